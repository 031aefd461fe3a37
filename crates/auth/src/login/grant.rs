//! The password grant (RFC 6749 §4.3.2), read as FastAPI's `OAuth2PasswordRequestForm` reads it.

use std::borrow::Cow;

use passwords::Password;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::http::form::{Form, Value};

/// Who wants to log in, and with which password. `scope`, `client_id` and `client_secret` are accepted
/// but not used, as in FastAPI's tutorial.
#[derive(Debug)]
pub struct PasswordGrant {
    /// The username, exactly as sent. It is not empty.
    pub username: String,
    /// The password, exactly as sent. It is not empty.
    pub password: Password,
}

/// One entry of the `detail` in FastAPI's 422 response: a field, and what is wrong with it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: [&'static str; 2],
    msg: Cow<'static, str>,
    input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Pattern>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Pattern {
    pattern: String,
}

impl PasswordGrant {
    /// Reads the grant from a form.
    ///
    /// # Errors
    /// One [`FieldError`] for each field that is wrong, in FastAPI's order.
    pub fn parse(form: &Form) -> Result<Self, Vec<FieldError>> {
        let grant_type = optional(form, "grant_type").and_then(|text| match text {
            Some(text) if text.as_str() != "password" => {
                Err(FieldError::pattern("grant_type", text, "^password$".to_owned()))
            }
            _ => Ok(()),
        });
        let username = required(form, "username");
        let password = required(form, "password");
        let unused = ["scope", "client_id", "client_secret"].map(|name| optional(form, name).map(drop));

        match (grant_type, username, password, unused) {
            (Ok(()), Ok(username), Ok(password), [Ok(()), Ok(()), Ok(())]) => {
                Ok(Self { username: username.to_string(), password: password.clone().into() })
            }
            (grant_type, username, password, unused) => {
                let fields = [grant_type, username.map(drop), password.map(drop)];
                Err(fields.into_iter().chain(unused).filter_map(Result::err).collect())
            }
        }
    }
}

/// A field's string. An empty string counts as absent.
fn optional<'a>(form: &'a Form, name: &'static str) -> Result<Option<&'a Zeroizing<String>>, FieldError> {
    match form.last(name) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(Value::File) => Err(FieldError::new("string_type", name, "Input should be a valid string")),
    }
}

/// A field's string, which is not empty.
pub(crate) fn required<'a>(form: &'a Form, name: &'static str) -> Result<&'a Zeroizing<String>, FieldError> {
    optional(form, name)?.ok_or(FieldError::new("missing", name, "Field required"))
}

impl FieldError {
    fn new(kind: &'static str, field: &'static str, msg: &'static str) -> Self {
        Self { kind, loc: ["body", field], msg: msg.into(), input: None, ctx: None }
    }

    /// A field's value is refused. The value is not repeated, as it may be a secret.
    pub(crate) fn value(field: &'static str, why: &impl ToString) -> Self {
        Self { msg: format!("Value error, {}", why.to_string()).into(), ..Self::new("value_error", field, "") }
    }

    /// A field's value does not match a pattern.
    pub(crate) fn pattern(field: &'static str, value: &str, pattern: String) -> Self {
        Self {
            msg: format!("String should match pattern '{pattern}'").into(),
            input: Some(value.to_owned()),
            ctx: Some(Pattern { pattern }),
            ..Self::new("string_pattern_mismatch", field, "")
        }
    }
}
