//! What a service sends of a user: a JSON object.
#![allow(clippy::option_option, reason = "a member that is null is not one that is absent, as in `Patch`")]

use accounts::{
    Claims, Email, Subject, Username,
    change::{Condition, NewHash, NewUser, Patch},
    hash_digest, new_password,
};
use guard::{HashRequest, Shard};
use passwords::{Password, StoredHash};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{error::UsersError, invalid::Invalid};
use crate::{
    config::Config,
    http::RequestContext,
    log::RequestFields,
    new_password::refuse_breached,
    platform::{Guard, Platform},
};

/// The members of a body, each taken once.
pub(super) struct Members(Map<String, Value>);

/// The password or the hash that a service gives.
pub(super) enum Given {
    Password(Password),
    Hash(NewHash),
}

/// What a service gives of a user. Outside, `None` means that a member is absent; inside, that it is `null`.
pub(super) struct GivenUser {
    pub(super) hash: Option<Given>,
    disabled: Option<bool>,
    subject: Option<Option<Subject>>,
    claims: Option<Option<Claims>>,
    email: Option<Option<Email>>,
}

impl Members {
    pub(super) fn read(json: &[u8]) -> Result<Self, UsersError> {
        serde_json::from_slice(json).map(Self).map_err(|_| UsersError::Invalid(vec![Invalid::json()]))
    }

    /// A member that is a string.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<Zeroizing<String>>, Invalid> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Zeroizing::new(text))),
            Some(_) => Err(Invalid::value("body", name, &"it must be a string")),
        }
    }

    /// The condition that the member `version` sets: that the user has this version, or for `null` that there is no such user.
    pub(super) fn condition(&mut self) -> Result<Condition, Invalid> {
        let version = self.nullable("version", |version| version.as_i64().ok_or("it must be an integer".to_owned()))?;
        Ok(match version {
            None => Condition::Always,
            Some(None) => Condition::Absent,
            Some(Some(version)) => Condition::Version(vec![version]),
        })
    }

    /// A member that may be `null`.
    fn nullable<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Value) -> Result<T, String>,
    ) -> Result<Option<Option<T>>, Invalid> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(value) => {
                parse(value).map(|value| Some(Some(value))).map_err(|why| Invalid::value("body", name, &why))
            }
        }
    }

    /// The user, of whom nothing else is left. The password has to be one that a user may choose.
    pub(super) fn into_user(mut self, username: &Username) -> Result<GivenUser, UsersError> {
        let password = self.text("password").and_then(|text| {
            let refused = |refused| Invalid::value("body", "password", &refused);
            let checked =
                text.map(|text| new_password::check(&text, username).map(|()| Given::Password(Password::from(text))));
            checked.transpose().map_err(refused)
        });
        let hash = self.text("password_hash").and_then(|text| text.map(|text| new_hash(&text)).transpose());
        let both = || Invalid::value("body", "password_hash", &"password is given, too");
        let hash = match (password, hash) {
            (Ok(Some(_)), Ok(Some(_))) => Err(both()),
            (Ok(given), Ok(None)) | (Ok(None), Ok(given)) => Ok(given),
            (Err(invalid), _) | (_, Err(invalid)) => Err(invalid),
        };
        let disabled = match self.0.remove("disabled") {
            None => Ok(None),
            Some(Value::Bool(disabled)) => Ok(Some(disabled)),
            Some(_) => Err(Invalid::value("body", "disabled", &"it must be true or false")),
        };
        let string = |value| serde_json::from_value::<String>(value).map_err(|_| "it must be a string".to_owned());
        let subject =
            self.nullable("subject", |value| Subject::try_from(string(value)?).map_err(|why| why.to_string()));
        let email = self.nullable("email", |value| Email::try_from(string(value)?).map_err(|why| why.to_string()));
        let claims = self.nullable("claims", |value| Claims::parse(&value.to_string()).map_err(|why| why.to_string()));
        let extra = self.0.keys().map(|name| Invalid::extra("body", name));
        match (hash, disabled, subject, claims, email) {
            (Ok(hash), Ok(disabled), Ok(subject), Ok(claims), Ok(email)) if self.0.is_empty() => {
                Ok(GivenUser { hash, disabled, subject, claims, email })
            }
            (hash, disabled, subject, claims, email) => {
                let wrong = [hash.err(), disabled.err(), subject.err(), claims.err(), email.err()];
                Err(UsersError::Invalid(wrong.into_iter().flatten().chain(extra).collect()))
            }
        }
    }
}

impl GivenUser {
    /// A whole user with this hash. What is absent has its default value.
    pub(super) fn into_new_user(self, hash: NewHash) -> NewUser {
        NewUser {
            hash,
            disabled: self.disabled.unwrap_or_default(),
            subject: self.subject.flatten(),
            claims: self.claims.flatten(),
            email: self.email.flatten(),
        }
    }

    /// What is to be changed.
    pub(super) fn into_patch(self, hash: Option<NewHash>) -> Patch {
        Patch { hash, disabled: self.disabled, subject: self.subject, claims: self.claims, email: self.email }
    }
}

impl Given {
    /// The hash to store. A password that is known from a breach is refused, and any other is hashed by a guard object.
    pub(super) async fn hash(
        self,
        config: &Config,
        platform: &impl Platform,
        shard: Shard,
        context: &RequestContext<'_>,
        fields: &mut RequestFields<'_>,
    ) -> Result<NewHash, UsersError> {
        match self {
            Self::Hash(hash) => Ok(hash),
            Self::Password(password) => {
                let refused = |refused| UsersError::Invalid(vec![Invalid::value("body", "password", &refused)]);
                refuse_breached(config, platform, &password, fields).await.map_err(refused)?;
                let salt = context.random().map_err(UsersError::Random)?;
                let hash =
                    platform.guard().hash(shard, HashRequest { password, salt }).await.map_err(UsersError::Guard)?;
                Ok(NewHash { hash: hash.expose().to_owned(), digest: None })
            }
        }
    }
}

fn new_hash(hash: &str) -> Result<Given, Invalid> {
    StoredHash::parse(hash).map_err(|why| Invalid::value("body", "password_hash", &why))?;
    Ok(Given::Hash(NewHash { hash: hash.to_owned(), digest: Some(hash_digest::of(hash)) }))
}
