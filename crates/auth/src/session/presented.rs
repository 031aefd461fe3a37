//! A token whose signature is right: whose it is, and by what the guard knows it.

use accounts::{User, Username};
use chrono::{DateTime, TimeDelta, Utc};
use guard::{
    Shard,
    session::{Sid, TokenName},
};

use super::{
    account::Account,
    error::{Dead, SessionError},
};
use crate::{
    config::Config,
    platform::Crypto,
    token::{AccessToken, TokenError},
};

/// A token whose signature is right. Whether it has expired or was ended is not known yet.
pub(crate) struct Presented {
    /// Whose token it is, as the stores have the name.
    pub(crate) username: Username,
    pub(crate) account: Account,
    /// The object that knows whether the token was ended.
    pub(crate) shard: Shard,
    /// By what the object knows the token.
    pub(crate) name: TokenName,
    pub(crate) sid: Option<Sid>,
    pub(crate) claims: AccessToken,
}

impl Presented {
    /// Reads an access token, which may have expired. It is [`Dead`] if it isn't one of this service, or no account can
    /// have it.
    ///
    /// # Errors
    /// [`SessionError::Crypto`] if it could not be verified.
    pub(crate) async fn read(
        config: &Config,
        crypto: &impl Crypto,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Result<Self, Dead>, SessionError> {
        let claims = match config.tokens.verify(crypto, token, now).await {
            Ok(claims) => claims,
            Err(TokenError::Crypto(error)) => return Err(SessionError::Crypto(error)),
            Err(_) => return Ok(Err(Dead::Forged)),
        };
        // An application that names its users by an id has tokens whose `sub` is no username. The record's
        // subject decides then: see `belongs_to`.
        let account = Account::of(config, claims.username.as_str());
        let (shard, name) = if let Some(Sid { shard, number }) = claims.sid {
            (shard, TokenName::Number(number))
        } else {
            let (digest, issued) = (claims.digest.clone(), claims.issued.timestamp_millis());
            (account.home(config), TokenName::Digest { digest, issued })
        };
        Ok(Ok(Self { username: claims.username.clone(), account, shard, name, sid: claims.sid, claims }))
    }

    /// Whether the record is that of the user whom the token names. Somebody else may have a name that is this
    /// user's id in an application.
    pub(crate) fn belongs_to(&self, config: &Config, user: &User) -> bool {
        match &user.subject {
            Some(subject) => *subject == self.claims.subject,
            None => config.username_case.apply(self.claims.subject.as_str()) == self.username.as_str(),
        }
    }
}

/// By how much the clocks of two machines may differ.
pub(super) const CLOCKS: TimeDelta = TimeDelta::minutes(5);
