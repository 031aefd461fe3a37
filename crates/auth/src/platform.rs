//! What a platform has to provide: the user store, the guard, a way to replace a hash, and cryptography that the runtime
//! does better than a crate.

use std::time::Duration;

use accounts::{
    User, Username,
    change::{Change, NewUser, Outcome as ChangeOutcome, Stored},
};
use guard::{
    Attempt, HashRequest, MessageError, Shard, SignUp, SignUpAnswer, Verdict,
    rehash::{Outcome, Replacement},
    session::{Answer, Question},
};
use passwords::StoredHash;

use crate::{keys::EncryptionKey, signing_key::SigningKey};

/// How long a look-up or a change in the user store may take. After that, the platform gives up with
/// [`StoreError::TimedOut`].
pub const LOOKUP_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the guard may take for an attempt, including the time that the attempt waits in the
/// object's queue. After that, the platform gives up with [`GuardError::TimedOut`].
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(9);
/// How long the guard may take for a question about sessions. It doesn't wait for the attempts in the object's queue, but
/// for the password that is being verified.
pub const SESSION_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the home of an account may take for a change: it reads Workers KV, and then tells the guards.
pub const CHANGE_TIMEOUT: Duration = Duration::from_secs(LOOKUP_TIMEOUT.as_secs() + SESSION_TIMEOUT.as_secs() + 1);
/// How long the guard may take for a new hash. The work after a response has 30 s in all, and the
/// hash comes between two requests to the store.
pub const HASH_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the gate may take. After that, it lets the request pass, as it does if it fails.
pub const GATE_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a network has to wait if the gate turned it away, in seconds. It is the gate's period in
/// `wrangler.toml`.
pub(crate) const GATE_SECONDS: u32 = 60;

/// When the Worker's entry (`src/deadline.js`) answers in place of a request that has no answer yet. All
/// that a request waits for fits in less: the gate, its body, and two look-ups and two verifications, because a
/// refusal is confirmed. Otherwise a login could be accepted whose client was told 503.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(35);

/// Everything that a request needs from the platform.
pub trait Platform {
    /// The user store.
    fn users(&self) -> impl Users;

    /// The way to the guard objects.
    fn guard(&self) -> impl Guard;

    /// The way to replace a hash in the user store.
    fn rehash(&self) -> impl RehashStore;

    /// The users, as services and they themselves change them.
    fn directory(&self) -> impl Directory;

    /// The platform's cryptography.
    fn crypto(&self) -> impl Crypto;

    /// Services elsewhere.
    fn outside(&self) -> impl Outside;
}

/// The user store, as a request sees it.
#[allow(async_fn_in_trait)]
pub trait Users {
    /// The user with exactly this username, from the nearest copy of the store. `Ok(None)` means that
    /// there is none.
    ///
    /// # Errors
    /// [`StoreError`] if the store gave no answer, or the record is malformed.
    async fn find(&self, username: &Username) -> Result<Option<User>, StoreError>;

    /// The same, from the copy that is written to. `None` means that the store has no fresher copy.
    async fn find_newest(&self, username: &Username) -> Option<Result<Option<User>, StoreError>>;
}

/// The guard, as a request sees it.
#[allow(async_fn_in_trait)]
pub trait Guard {
    /// Whether a client's network may try at all. This gate is asked before anything else, even before
    /// the body is read. It is cheap, and need not be exact. `network` is a keyed hash, another one for each
    /// endpoint. A platform without a gate admits
    /// everyone.
    async fn admits(&self, network: &str) -> bool;

    /// Has the guard object of `shard` count an attempt and verify its password.
    ///
    /// # Errors
    /// [`GuardError`] if there is no verdict. The attempt may have been counted.
    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError>;

    /// Has the guard object of `shard` hash a password.
    ///
    /// # Errors
    /// [`GuardError`] if there is no hash.
    async fn hash(&self, shard: Shard, request: HashRequest) -> Result<StoredHash, GuardError>;

    /// Has the guard object of `shard` count a sign-up and hash its password.
    ///
    /// # Errors
    /// [`GuardError`] if there is no answer. The sign-up may have been counted.
    async fn sign_up(&self, shard: Shard, sign_up: SignUp) -> Result<SignUpAnswer, GuardError>;

    /// Asks the guard object of `shard` about an account's sessions.
    ///
    /// # Errors
    /// [`GuardError`] if there is no answer. What was asked may have been done.
    async fn session(&self, shard: Shard, question: Question) -> Result<Answer, GuardError>;
}

/// Replaces hashes in the user store.
#[allow(async_fn_in_trait)]
pub trait RehashStore {
    /// How a replacement of this user's hash would end, asked before a new hash is computed. `None`
    /// means that the hash can be replaced.
    ///
    /// # Errors
    /// [`StoreError`] if the store or its queue gave no answer.
    async fn refusal(&self, username: &Username) -> Result<Option<Outcome>, StoreError>;

    /// Stores the new hash in place of the old one, or queues it. If the store no longer has the old
    /// one, nothing changes.
    ///
    /// # Errors
    /// [`StoreError`] if the store or its queue gave no answer.
    async fn replace(&self, replacement: &Replacement) -> Result<Outcome, StoreError>;
}

/// The users, as services and they themselves change them.
#[allow(async_fn_in_trait)]
pub trait Directory {
    /// The newest that there is of a user.
    ///
    /// # Errors
    /// [`StoreError`] if the store gave no answer, or the record is malformed.
    async fn read(&self, username: &Username) -> Result<Stored, StoreError>;

    /// At most `limit` users. `after` is the `next` of the page before, or the username after which to begin in a store
    /// that has an order of usernames.
    ///
    /// # Errors
    /// [`StoreError`] if the store gave no answer.
    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Page, StoreError>;

    /// Makes a change, as [`Change::apply`] has it. Where the store's copies lag, the guards know of it
    /// before this returns.
    ///
    /// # Errors
    /// [`StoreError`] if there is no answer. The change may have been made, or may be made later.
    async fn change(&self, change: &Change) -> Result<ChangeOutcome, StoreError>;

    /// Creates those of these users who are not there, if the store can create many in one step. Returns the version of
    /// each user who was created.
    ///
    /// # Errors
    /// [`StoreError`] if there is no answer. The users may have been created.
    async fn create_missing(&self, users: &[(&Username, &NewUser)]) -> Result<Vec<(Username, i64)>, StoreError>;
}

/// Some of the users, in the store's order.
#[derive(Default)]
pub struct Page {
    /// Those whose record can be read.
    pub users: Vec<(Username, Stored)>,
    /// What the next page is after; `None` if this is the last.
    pub next: Option<String>,
}

/// Signatures and encryption by the platform, which may keep imported keys.
#[allow(async_fn_in_trait)]
pub trait Crypto {
    /// Signs a message. The signature is as RFC 7518 §3.4 and RFC 8037 §3.1 have it: 64 bytes.
    ///
    /// # Errors
    /// [`CryptoError`] if the key can't be used.
    async fn sign(&self, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// Whether the signature of a message is that of this key.
    ///
    /// # Errors
    /// [`CryptoError`] if the key can't be used.
    async fn verify(&self, key: &SigningKey, message: &[u8], signature: &[u8]) -> Result<bool, CryptoError>;

    /// Encrypts by AES-256-GCM: the ciphertext and the tag of 128 bits. A nonce serves once.
    ///
    /// # Errors
    /// [`CryptoError`] if the key can't be used.
    async fn seal(&self, key: &EncryptionKey, nonce: [u8; 12], plain: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// Decrypts what [`seal`](Self::seal) made with this nonce. `None` means that it was made with another
    /// key or another nonce, or was altered.
    ///
    /// # Errors
    /// [`CryptoError`] if the key can't be used.
    async fn open(&self, key: &EncryptionKey, nonce: [u8; 12], sealed: &[u8]) -> Result<Option<Vec<u8>>, CryptoError>;
}

/// Services elsewhere, over HTTPS.
#[allow(async_fn_in_trait)]
pub trait Outside {
    /// Sends a request, and returns the body of the answer, whose status is 200.
    ///
    /// # Errors
    /// [`OutsideError`] for every other answer, and if there was none in time.
    async fn ask(&self, question: &Outgoing<'_>) -> Result<String, OutsideError>;
}

/// A request to a service elsewhere.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// The whole URL.
    pub url: &'a str,
    /// A header, by its name in lower case.
    pub header: Option<(&'a str, &'a str)>,
    /// The URL-encoded form of a `POST`. Without one, the request is a `GET`.
    pub form: Option<&'a str>,
    /// How long the answer may take.
    pub limit: Duration,
}

/// Why a service elsewhere gave no answer. The message quotes nothing that was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OutsideError(pub String);

/// The platform's cryptography failed, for this reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the platform's cryptography failed: {0}")]
pub struct CryptoError(pub String);

/// Why a store, or the queue in front of it, gave no answer. The message may name tables and
/// bindings, but never quotes a stored value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store failed, or is not bound to the Worker.
    #[error("the user store failed: {0}")]
    Unavailable(String),
    /// The database lacks a table or a column: the Worker is newer than it is.
    #[error("the database lacks a migration ({0}): run `npx wrangler d1 migrations apply DB --remote`")]
    NotMigrated(String),
    /// The store did not answer within [`LOOKUP_TIMEOUT`].
    #[error("the user store did not answer within {} s", LOOKUP_TIMEOUT.as_secs())]
    TimedOut,
    /// The store has a record for this username, without the documented fields.
    #[error("the user's record does not have the documented fields")]
    Malformed,
    /// The home of the account failed, could not tell all guards, or is not bound to the Worker.
    #[error("the account's home failed: {0}")]
    Home(String),
    /// The queue of replacements failed, or is not bound to the Worker.
    #[error("the rehash queue failed: {0}")]
    Queue(String),
}

impl StoreError {
    /// The failure of a database, which gave this reason.
    #[must_use]
    pub fn of_database(reason: String) -> Self {
        let is_missing = ["no such column", "no such table"].iter().any(|missing| reason.contains(missing));
        if is_missing { Self::NotMigrated(reason) } else { Self::Unavailable(reason) }
    }
}

/// Why the guard gave no answer. Without its verdict, nobody logs in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The guard failed, or could not be reached.
    #[error("the guard failed: {0}")]
    Unavailable(String),
    /// The guard did not answer within this time: [`ATTEMPT_TIMEOUT`], [`SESSION_TIMEOUT`] or
    /// [`HASH_TIMEOUT`].
    #[error("the guard did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The Worker or the guard did not understand the other's message.
    #[error(transparent)]
    Message(#[from] MessageError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::BODY_TIMEOUT;

    #[test]
    fn everything_that_a_request_waits_for_fits_in_the_entrys_deadline() {
        assert!(GATE_TIMEOUT + BODY_TIMEOUT + 2 * (LOOKUP_TIMEOUT + ATTEMPT_TIMEOUT) < ANSWER_TIMEOUT);
        let entry = include_str!("../../../src/deadline.js");
        assert!(entry.contains(&format!("const SECONDS = {};", ANSWER_TIMEOUT.as_secs())));
    }
}
