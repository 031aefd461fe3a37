//! One attempt to log in: the user is looked up, the guard counts the attempt and verifies the
//! password, and a refusal is confirmed with the newest copy of the store.

use accounts::{Claims, Subject, User, Username};
use guard::{BucketNames, Shard, Verdict};
use passwords::{Password, StoredHash};

use super::error::{LoginError, Refusal};
use crate::{
    config::Config,
    log::RequestFields,
    platform::{Guard, StoreError, Users},
    rehash::Rehash,
    token::Holder,
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
    pub(super) holder: Holder,
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
        fields: &mut RequestFields<'_>,
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
        let Match { hash, subject, claims } = result.map_err(LoginError::Refused)?;
        let holder = Holder { username, subject, claims };
        Ok(Verified { holder, password: verifier.password, hash, shard: verifier.shard })
    }
}

/// A hash that the password matched, and what its user's token will carry.
struct Match {
    hash: StoredHash,
    subject: Option<Subject>,
    claims: Option<Claims>,
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
    /// Verifies the password against the hash in the store's answer. If there is no hash to verify, the
    /// dummy is verified, and the attempt is refused whatever the result is.
    async fn verify(
        &self,
        found: Result<Option<User>, StoreError>,
        fields: &mut RequestFields<'_>,
    ) -> Result<Result<Match, Refusal>, LoginError> {
        let candidate = match found {
            Ok(Some(User { disabled: true, .. })) => Err(Refusal::Disabled),
            Ok(Some(User { password_hash, subject, claims, .. })) => StoredHash::parse(&password_hash)
                .map(|hash| Match { hash, subject, claims })
                .map_err(Refusal::BrokenHash),
            Ok(None) => Err(Refusal::UnknownUser),
            Err(error @ StoreError::Malformed) => Err(Refusal::BrokenRecord(error)),
            Err(error) => return Err(LoginError::Store(error)),
        };
        fields.format = candidate.as_ref().ok().map(|candidate| candidate.hash.format().name());
        let hash = candidate.as_ref().map_or(self.dummy, |candidate| &candidate.hash).clone();
        let (buckets, password) = (self.buckets.clone(), self.password.clone());
        let attempt = guard::Attempt { buckets, hash, password };
        match (self.guard.attempt(self.shard, attempt).await.map_err(LoginError::Guard)?, candidate) {
            (Verdict::Throttled { retry_after }, _) => Err(LoginError::Throttled { retry_after }),
            (_, Err(refusal)) => Ok(Err(refusal)),
            (Verdict::Mismatch {}, Ok(_)) => Ok(Err(Refusal::BadPassword)),
            (Verdict::Match {}, Ok(candidate)) => Ok(Ok(candidate)),
        }
    }
}

impl Verified {
    /// The rehash that has to follow, if the hash is an old one and the store accepts new ones.
    pub(super) fn rehash(self, config: &Config) -> Option<Rehash> {
        let Self { holder: Holder { username, .. }, password, hash, shard } = self;
        (config.rehashes() && !hash.is_current()).then_some(Rehash { username, old: hash, password, shard })
    }
}
