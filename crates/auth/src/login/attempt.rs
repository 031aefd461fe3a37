//! One attempt to log in: the user is looked up, the guard counts the attempt and verifies the
//! password, and a refusal is confirmed with the newest copy of the store.

use accounts::{User, Username};
use guard::{BucketNames, Shard, Verdict};
use passwords::{Password, StoredHash};

use super::{
    error::{LoginError, Refusal},
    log::LoginFields,
};
use crate::{
    config::Config,
    platform::{Guard, StoreError, Users},
    rehash::Rehash,
};

/// Who tries to log in, with which password, and from where.
pub(super) struct Attempt<'a> {
    pub(super) username: &'a str,
    pub(super) password: Password,
    /// The name of the client's network in the guard's buckets.
    pub(super) network: String,
    pub(super) network_is_known: bool,
    pub(super) continent: Option<&'a str>,
}

/// An attempt whose password was right.
pub(super) struct Verified {
    username: Username,
    password: Password,
    /// The hash that the password matched.
    hash: StoredHash,
    /// The guard object that verified it.
    shard: Shard,
}

impl Attempt<'_> {
    /// Verifies the attempt. A username that no user can have is looked up all the same, under a name
    /// that nobody has, so that it takes as long as any other.
    pub(super) async fn verify(
        self,
        config: &Config,
        users: &impl Users,
        guard: &impl Guard,
        fields: &mut LoginFields<'_>,
    ) -> Result<Verified, LoginError> {
        let mut verifier = Verifier {
            guard,
            dummy: &config.dummy,
            shard: config.shards.of(config.shard_key.of(self.username), self.continent),
            buckets: BucketNames {
                account: config.buckets.pseudonym(self.username),
                network: self.network,
                network_is_known: self.network_is_known,
                already_counted: false,
            },
            password: self.password,
        };
        let key = Username::parse(self.username);
        let is_key = key.is_some();
        let username = key.unwrap_or_else(Username::nobody);
        let candidate = |found| if is_key { found } else { Result::map(found, |_: Option<User>| None) };

        let found = users.find(&username).await;
        let mut result = verifier.verify(candidate(found.clone()), fields).await?;
        if result.is_err() {
            // The nearest copy may not have a user who was just created, or a password just changed.
            if let Some(newest) = users.find_newest(&username).await.filter(|newest| *newest != found) {
                verifier.buckets.already_counted = true;
                result = verifier.verify(candidate(newest), fields).await?;
            }
        }
        let hash = result.map_err(LoginError::Refused)?;
        Ok(Verified { username, password: verifier.password, hash, shard: verifier.shard })
    }
}

/// Everything that a verification needs except the user.
struct Verifier<'a, G> {
    guard: &'a G,
    dummy: &'a StoredHash,
    shard: Shard,
    buckets: BucketNames,
    password: Password,
}

impl<G: Guard> Verifier<'_, G> {
    /// Verifies the password against the store's answer, and returns the hash that matched. If there
    /// is no hash to verify, the dummy is verified, and the attempt is refused whatever the result is.
    async fn verify(
        &self,
        found: Result<Option<User>, StoreError>,
        fields: &mut LoginFields<'_>,
    ) -> Result<Result<StoredHash, Refusal>, LoginError> {
        let candidate = match found {
            Ok(Some(User { disabled: true, .. })) => Err(Refusal::Disabled),
            Ok(Some(user)) => StoredHash::parse(&user.password_hash).map_err(Refusal::BrokenHash),
            Ok(None) => Err(Refusal::UnknownUser),
            Err(error @ StoreError::Malformed) => Err(Refusal::BrokenRecord(error)),
            Err(error) => return Err(LoginError::Store(error)),
        };
        fields.format = candidate.as_ref().ok().map(|hash| hash.format().name());
        let (hash, refusal) = match candidate {
            Ok(hash) => (hash, None),
            Err(refusal) => (self.dummy.clone(), Some(refusal)),
        };
        let (buckets, password) = (self.buckets.clone(), self.password.clone());
        let attempt = guard::Attempt { buckets, hash: hash.clone(), password };
        match (self.guard.attempt(self.shard, attempt).await.map_err(LoginError::Guard)?, refusal) {
            (Verdict::Throttled { retry_after }, _) => Err(LoginError::Throttled { retry_after }),
            (_, Some(refusal)) => Ok(Err(refusal)),
            (Verdict::Mismatch {}, None) => Ok(Err(Refusal::BadPassword)),
            (Verdict::Match {}, None) => Ok(Ok(hash)),
        }
    }
}

impl Verified {
    /// The rehash that has to follow, if the hash is an old one and the store accepts new ones.
    pub(super) fn rehash(self, config: &Config) -> Option<Rehash> {
        let Self { username, password, hash, shard } = self;
        (config.rehashes() && !hash.is_current()).then_some(Rehash { username, old: hash, password, shard })
    }
}
