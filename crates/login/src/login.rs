//! `POST /api/user/login`.

use passwords::{Password, StoredHash};
use serde::Serialize;

use crate::{
    body::{self, Body},
    config::Config,
    error::{LoginError, Refusal},
    form::Form,
    grant::PasswordGrant,
    guard::{Attempt, Bucketed, Guard, Network, Shard, Verdict},
    keys::pseudonym,
    log::LoginLine,
    request::{Moment, Request},
    response::Response,
    upgrade::Upgrade,
    users::{StoreError, UserRecord, Username, Users},
};

/// The longest password that is hashed. Beyond it a password only costs work.
const MAX_PASSWORD_BYTES: usize = 4096;

/// What a network is told to wait that the gate turned away: the gate's period in `wrangler.toml`.
const GATE_SECONDS: u32 = 60;

#[derive(Serialize)]
struct Success<'a> {
    access_token: String,
    token_type: &'static str,
    username: &'a str,
    /// The token's lifetime in seconds (RFC 6749 §5.1).
    expires_in: i64,
}

/// Answers one attempt, and writes what is learned of it into its log line. Gives the upgrade that
/// is to follow where the user's hash is an old one.
pub(crate) async fn login(
    config: &Config,
    (users, guard): (&impl Users, &impl Guard),
    request: &Request,
    body: impl Body,
    moment: Moment,
    line: &mut LoginLine<'_>,
) -> Result<(Response, Option<Upgrade>), LoginError> {
    let body = body::read(request, body).await.map_err(LoginError::Body)?;
    let form = Form::parse(request.content_type.as_deref(), &body).map_err(LoginError::Form)?;
    let PasswordGrant { username, password } = PasswordGrant::parse(&form).map_err(LoginError::Fields)?;
    line.user = Some(pseudonym(config.pseudonyms.of(&username)));
    if password.expose().len() > MAX_PASSWORD_BYTES {
        return Err(LoginError::Refused(Refusal::OverlongPassword));
    }

    let address = Network::of(request.client.address.as_deref());
    let network = pseudonym(config.buckets.of(&address.to_string()));
    if !guard.admits(&network).await {
        return Err(LoginError::Throttled { retry_after: GATE_SECONDS });
    }

    let mut judge = Judge {
        guard,
        dummy: &config.dummy,
        shard: config.shards.of(&username, request.client.continent.as_deref()),
        bucketed: Bucketed {
            account: pseudonym(config.buckets.of(&username)),
            network,
            network_is_known: address != Network::Unknown,
            again: false,
        },
        password,
    };
    let key = Username::parse(&username);
    let is_key = key.is_some();
    let key = key.unwrap_or_else(Username::nobody);
    let found = users.find(&key).await;
    let mut judged = judge.judge(found.clone(), is_key, line).await?;
    if judged.is_err() {
        // A copy of the store may be older than a user who was just created, or a new password.
        if let Some(newest) = users.find_newest(&key).await.filter(|newest| *newest != found) {
            judge.bucketed.again = true;
            judged = judge.judge(newest, is_key, line).await?;
        }
    }
    let hash = judged.map_err(LoginError::Refused)?;

    let access_token = config.tokens.issue(&username, moment.now, moment.random).map_err(LoginError::Token)?;
    let expires_in = config.tokens.lifetime.num_seconds();
    let success = Success { access_token, token_type: "bearer", username: &username, expires_in };
    let upgrade = (config.upgrades() && !hash.is_current()).then(|| Upgrade {
        username: key,
        old: hash,
        password: judge.password,
        shard: judge.shard,
    });
    Ok((Response::json(200, &success), upgrade))
}

/// All that judging one attempt takes, but for the record it is judged by.
struct Judge<'a, G> {
    guard: &'a G,
    dummy: &'a StoredHash,
    shard: Shard,
    bucketed: Bucketed,
    password: Password,
}

impl<G: Guard> Judge<'_, G> {
    /// Judges by what the store said; gives the hash that matched. Where there is no hash to verify,
    /// the dummy is: the refusal stands before, whatever comes of it. A username that can't be a key
    /// was looked up all the same, under a name nobody has.
    async fn judge(
        &self,
        found: Result<Option<UserRecord>, StoreError>,
        is_key: bool,
        line: &mut LoginLine<'_>,
    ) -> Result<Result<StoredHash, Refusal>, LoginError> {
        let candidate = match found {
            Ok(Some(UserRecord { disabled: true, .. })) if is_key => Err(Refusal::Disabled),
            Ok(Some(record)) if is_key => StoredHash::parse(&record.password_hash).map_err(Refusal::BrokenHash),
            Ok(_) => Err(Refusal::UnknownUser),
            Err(error @ StoreError::Malformed) => Err(Refusal::BrokenRecord(error)),
            Err(error) => return Err(LoginError::Store(error)),
        };
        line.format = candidate.as_ref().ok().map(|hash| hash.format().name());
        let (hash, refusal) = match candidate {
            Ok(hash) => (hash, None),
            Err(refusal) => (self.dummy.clone(), Some(refusal)),
        };
        let (bucketed, password) = (self.bucketed.clone(), self.password.clone());
        let attempt = Attempt { bucketed, hash: hash.clone(), password };
        match (self.guard.attempt(self.shard, attempt).await.map_err(LoginError::Guard)?, refusal) {
            (Verdict::Throttled { retry_after }, _) => Err(LoginError::Throttled { retry_after }),
            (_, Some(refusal)) => Ok(Err(refusal)),
            (Verdict::Mismatch {}, None) => Ok(Err(Refusal::BadPassword)),
            (Verdict::Match {}, None) => Ok(Ok(hash)),
        }
    }
}
