//! One attempt to log in: the user is looked up, the guard counts the attempt and verifies the
//! password, and a refusal is confirmed with the newest copy of the store.

use accounts::{Claims, Subject, User, Username, kv::Record};
use guard::{
    BucketNames, Shard, Verdict,
    session::{NO_RECORD, NewSession, Newest, Sid},
};
use passwords::{Password, StoredHash};

use super::error::{LoginError, Refusal};
use crate::{
    config::Config,
    log::RequestFields,
    platform::{Guard, StoreError, Users},
    rehash::Rehash,
    token::Holder,
};

/// The longest password that is verified. A longer one would only cost work.
const MAX_PASSWORD_BYTES: usize = 4096;

/// Who tries to log in, with which password, and from where.
pub(crate) struct Attempt<'a> {
    pub(crate) username: &'a str,
    pub(crate) password: Password,
    /// The name of the client's network in the guard's buckets.
    pub(crate) network: String,
    pub(crate) network_is_known: bool,
    pub(crate) continent: Option<&'a str>,
    /// The session that the guard begins if the password is right.
    pub(crate) session: Option<NewSession>,
    /// Whether the client was let in a moment ago, so that this attempt doesn't count.
    pub(crate) already_counted: bool,
}

/// An attempt whose password was right.
pub(crate) struct Verified {
    pub(crate) holder: Holder,
    /// The session that began, unless the guard is of an older version.
    pub(crate) sid: Option<Sid>,
    pub(crate) password: Password,
    /// The hash that the password matched.
    pub(crate) hash: StoredHash,
    /// The guard object that verified it.
    pub(crate) shard: Shard,
}

impl Attempt<'_> {
    /// Verifies the attempt. A username that no user can have is looked up all the same, under a name
    /// that nobody has, so that it takes as long as any other.
    pub(crate) async fn verify(
        self,
        config: &Config,
        users: &impl Users,
        guard: &impl Guard,
        fields: &mut RequestFields<'_>,
    ) -> Result<Verified, LoginError> {
        if self.password.expose().len() > MAX_PASSWORD_BYTES {
            return Err(LoginError::Refused(Refusal::OverlongPassword));
        }
        let mut verifier = Verifier {
            guard,
            dummy: &config.dummy,
            shard: config.shards.of(config.shard_key.of(self.username), self.continent),
            buckets: BucketNames {
                account: config.buckets.pseudonym(self.username),
                network: self.network,
                network_is_known: self.network_is_known,
                already_counted: self.already_counted,
            },
            password: self.password,
            session: self.session,
        };
        let key = Username::parse(self.username);
        let is_key = key.is_some();
        let username = key.unwrap_or_else(Username::nobody);
        let candidate = |found| if is_key { found } else { Result::map(found, |_: Option<User>| None) };

        let found = users.find(&username).await;
        let mut judged = verifier.verify(candidate(found.clone()), false, fields).await?;
        if let Judged::Outdated(newest) = judged {
            // The guard has verified and counted nothing.
            let newest = match newest {
                Newest::Record(record) => {
                    Record::parse(&record).map(|record| Some(record.into())).map_err(|_| StoreError::Malformed)
                }
                Newest::Deleted => Ok(None),
                // It was stored before the guard was told.
                Newest::InStore => users.find_newest(&username).await.ok_or(LoginError::Outdated)?,
            };
            judged = verifier.verify(candidate(newest), true, fields).await?;
        } else if let Judged::Refused(_) = judged {
            // The nearest copy may not have a user who was just created, or a password just changed.
            if let Some(newest) = users.find_newest(&username).await.filter(|newest| *newest != found) {
                verifier.buckets.already_counted = true;
                judged = verifier.verify(candidate(newest), true, fields).await?;
            }
        }
        let (candidate, number) = match judged {
            Judged::Match(candidate, number) => (candidate, number),
            Judged::Refused(refusal) => return Err(LoginError::Refused(refusal)),
            Judged::Outdated(_) => return Err(LoginError::Outdated),
        };
        let Candidate { hash, subject, claims, version } = *candidate;
        let holder = Holder { username, subject, claims, version };
        let Verifier { password, shard, .. } = verifier;
        let sid = number.map(|number| Sid { shard, number });
        Ok(Verified { holder, sid, password, hash, shard })
    }
}

/// A hash that the password may match, and what its user's token would carry.
struct Candidate {
    hash: StoredHash,
    subject: Option<Subject>,
    claims: Option<Claims>,
    version: i64,
}

/// What the guard says to one copy of a record.
enum Judged {
    /// The password matches. The guard's number for the login comes with it.
    Match(Box<Candidate>, Option<i64>),
    Refused(Refusal),
    /// The copy is older than the guard knows.
    Outdated(Newest),
}

/// Everything that a verification needs except the user.
struct Verifier<'a, G> {
    guard: &'a G,
    dummy: &'a StoredHash,
    shard: Shard,
    buckets: BucketNames,
    password: Password,
    session: Option<NewSession>,
}

impl<G: Guard> Verifier<'_, G> {
    /// Verifies the password against the hash in the store's answer. If there is no hash to verify, the
    /// dummy is verified, and the attempt is refused whatever the result is.
    async fn verify(
        &self,
        found: Result<Option<User>, StoreError>,
        is_newest: bool,
        fields: &mut RequestFields<'_>,
    ) -> Result<Judged, LoginError> {
        let version = found.as_ref().ok().and_then(Option::as_ref).map_or(NO_RECORD, |user| user.version);
        let candidate = match found {
            Ok(Some(User { disabled: true, .. })) => Err(Refusal::Disabled),
            Ok(Some(User { password_hash, subject, claims, .. })) => StoredHash::parse(&password_hash)
                .map(|hash| Candidate { hash, subject, claims, version })
                .map_err(Refusal::BrokenHash),
            Ok(None) => Err(Refusal::UnknownUser),
            Err(error @ StoreError::Malformed) => Err(Refusal::BrokenRecord(error)),
            Err(error) => return Err(LoginError::Store(error)),
        };
        fields.format = candidate.as_ref().ok().map(|candidate| candidate.hash.format().name());
        let hash = candidate.as_ref().map_or(self.dummy, |candidate| &candidate.hash).clone();
        let (buckets, password, session) = (self.buckets.clone(), self.password.clone(), self.session.clone());
        // Where the newest copy has no hash to verify, the record that the guard may know is no newer one: the user was
        // deleted since. A record that can't be read has no version, and lets nobody in.
        let is_newer = is_newest && candidate.is_err() || matches!(candidate, Err(Refusal::BrokenRecord(_)));
        let version = if is_newer { i64::MAX } else { version };
        let attempt = guard::Attempt { buckets, hash, password, version: Some(version), session };
        match (self.guard.attempt(self.shard, attempt).await.map_err(LoginError::Guard)?, candidate) {
            (Verdict::Throttled { retry_after, .. }, _) => Err(LoginError::Throttled { retry_after }),
            (Verdict::Outdated { newest }, _) => Ok(Judged::Outdated(newest)),
            (_, Err(refusal)) => Ok(Judged::Refused(refusal)),
            (Verdict::Mismatch {}, Ok(_)) => Ok(Judged::Refused(Refusal::BadPassword)),
            (Verdict::Match { number }, Ok(candidate)) => Ok(Judged::Match(Box::new(candidate), number)),
        }
    }
}

impl Verified {
    /// The rehash that has to follow, if the hash is an old one and the store accepts new ones.
    pub(crate) fn rehash(self, config: &Config) -> Option<Rehash> {
        let Self { holder: Holder { username, .. }, password, hash, shard, .. } = self;
        (config.rehashes() && !hash.is_current()).then_some(Rehash { username, old: hash, password, shard })
    }
}
