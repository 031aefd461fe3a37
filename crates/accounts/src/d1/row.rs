//! What D1 answers.

use serde::Deserialize;

use crate::{account::Account, claims::Claims, user::User, username::Username, version::Version};

/// A whole row of the table, in JSON.
#[derive(Deserialize)]
pub struct Row {
    username: String,
    password_hash: String,
    disabled: u8,
    created_at: i64,
    changed_at: i64,
    subject: Option<String>,
    claims: Option<String>,
    imported_hash: Option<String>,
}

/// The answer to [`COUNT`](super::COUNT).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Count {
    /// How many users there are.
    pub count: u64,
}

/// The subject or the claims of this user can't be those of a token, so nobody can log in with this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedRow(pub Username);

/// The user in the columns of [`FIND`](super::FIND); `None` if the subject or the claims can't be those
/// of a token, or the version is out of range.
#[must_use]
pub fn user(
    password_hash: String,
    disabled: bool,
    subject: Option<String>,
    claims: Option<&str>,
    version: i64,
    changed_at: i64,
) -> Option<User> {
    let subject = subject.map(TryInto::try_into).transpose().ok()?;
    let claims = claims.map(Claims::parse).transpose().ok()?;
    let version = Version::try_from(version).ok()?.millis();
    Some(User { password_hash, disabled, subject, claims, version, changed_at })
}

impl Row {
    /// The username as it is stored, whether or not somebody can log in with it.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The user in this row; `None` if nobody can have this name.
    ///
    /// # Errors
    /// [`MalformedRow`] if the subject or the claims can't be those of a token.
    #[must_use]
    pub fn into_account(self) -> Option<Result<Account, MalformedRow>> {
        let username = Username::parse(&self.username)?;
        let (disabled, changed_at) = (self.disabled != 0, self.changed_at);
        let user = user(self.password_hash, disabled, self.subject, self.claims.as_deref(), 0, changed_at);
        let Some(User { password_hash, disabled, subject, claims, .. }) = user else {
            return Some(Err(MalformedRow(username)));
        };
        Some(Ok(Account {
            username,
            password_hash,
            disabled,
            subject,
            claims,
            imported_hash: self.imported_hash,
            created_at: Some(self.created_at),
            changed_at: Some(changed_at).filter(|time| *time != 0),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_with_what_no_token_can_carry_is_malformed() {
        let row = |subject: Option<&str>, claims: Option<&str>| Row {
            username: "alice".to_owned(),
            password_hash: "x".to_owned(),
            disabled: 0,
            created_at: 1,
            changed_at: 2,
            subject: subject.map(str::to_owned),
            claims: claims.map(str::to_owned),
            imported_hash: None,
        };
        for (subject, claims) in
            [(Some(""), None), (None, Some("")), (None, Some("[]")), (None, Some(r#"{"sub":"bob"}"#))]
        {
            let malformed = MalformedRow(Username::parse("alice").unwrap());
            assert_eq!(row(subject, claims).into_account(), Some(Err(malformed)), "{subject:?} {claims:?}");
        }
        let account = row(Some("42"), Some(r#"{"role": "admin"}"#)).into_account().unwrap().unwrap();
        assert_eq!(account.subject.unwrap().as_str(), "42");
        assert_eq!(account.claims.unwrap().as_json(), r#"{"role": "admin"}"#);
        assert_eq!(Row { username: String::new(), ..row(None, None) }.into_account(), None);
    }
}
