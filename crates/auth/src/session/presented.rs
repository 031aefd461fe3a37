//! A token whose signature is right: whose it is, and by what the guard knows it.

use accounts::{User, Username};
use chrono::{DateTime, TimeDelta, Utc};
use guard::{
    Shard,
    session::{Sid, TokenName},
};

use super::{access_token::AccessToken, account::Account, error::Dead};
use crate::config::Config;

/// A token whose signature is right. Whether it is still good is not known yet.
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
    /// When it was issued.
    pub(crate) issued: DateTime<Utc>,
    /// When it expires: by its `exp`, or earlier if the lifetime was made shorter since.
    pub(crate) expires: DateTime<Utc>,
}

impl Presented {
    /// Reads an access token, which may have expired.
    ///
    /// # Errors
    /// [`Dead`] if the signature is wrong, or no account can have the token.
    pub(crate) fn read(config: &Config, token: &str, now: DateTime<Utc>) -> Result<Self, Dead> {
        let claims = AccessToken::verify(config, token).ok_or(Dead::Forged)?;
        // An application that names its users by an id has tokens whose `sub` is no username. The record's
        // subject decides then: see `belongs_to`.
        let username = claims.preferred_username.as_ref().unwrap_or(&claims.sub);
        let username = config.username_case.username(username).ok_or(Dead::Gone)?;
        let account = Account::of(config, username.as_str());
        let lifetime = config.tokens.lifetime;
        // Without `iat`, a token is taken for as old as it can be. One that would live for longer from now on than any
        // token does could not be ended for good.
        let issued = claims.issued.or_else(|| claims.expires.checked_sub_signed(lifetime)).ok_or(Dead::Expired)?;
        if issued > now + CLOCKS {
            return Err(Dead::Forged);
        }
        let expires = issued.checked_add_signed(lifetime).map_or(claims.expires, |end| end.min(claims.expires));
        let sid = match &claims.sid {
            None => None,
            Some(sid) => Some(Sid::parse(sid).filter(|sid| account.has(config, sid.shard)).ok_or(Dead::Moved)?),
        };
        let (shard, name) = if let Some(Sid { shard, number }) = sid {
            (shard, TokenName::Number(number))
        } else {
            let digest = claims.digest.clone();
            (account.home(config), TokenName::Digest { digest, issued: issued.timestamp_millis() })
        };
        Ok(Self { username, account, shard, name, sid, claims, issued, expires })
    }

    /// The same, unless the token has expired.
    ///
    /// # Errors
    /// [`Dead`] if the token can't be good any more.
    pub(crate) fn read_unexpired(config: &Config, token: &str, now: DateTime<Utc>) -> Result<Self, Dead> {
        let presented = Self::read(config, token, now)?;
        if presented.expires > now { Ok(presented) } else { Err(Dead::Expired) }
    }

    /// Whether the record is that of the user whom the token names. Somebody else may have a name that is this
    /// user's id in an application.
    pub(crate) fn belongs_to(&self, config: &Config, user: &User) -> bool {
        match &user.subject {
            Some(subject) => subject.as_str() == self.claims.sub,
            None => config.username_case.apply(&self.claims.sub) == self.username.as_str(),
        }
    }
}

/// By how much the clocks of two machines may differ.
pub(super) const CLOCKS: TimeDelta = TimeDelta::minutes(5);
