//! What is wrong with a request, in the shape of FastAPI's 422.

use serde::Serialize;

/// One entry of `detail`: where something is, and what is wrong with it. What was sent is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invalid {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: Vec<String>,
    msg: String,
    input: Option<()>,
}

impl Invalid {
    /// Something is missing.
    pub(super) fn missing(part: &'static str, name: &str) -> Self {
        Self::new("missing", part, name, "Field required")
    }

    /// There is something of a name that nobody knows.
    pub(super) fn extra(part: &'static str, name: &str) -> Self {
        Self::new("extra_forbidden", part, name, "Extra inputs are not permitted")
    }

    /// A value is of a type or a form that it can't have.
    pub(super) fn value(part: &'static str, name: &str, reason: &impl ToString) -> Self {
        Self::new("value_error", part, name, &format!("Value error, {}", reason.to_string()))
    }

    /// The body is no JSON object.
    pub(super) fn json() -> Self {
        Self {
            kind: "json_invalid",
            loc: vec!["body".to_owned()],
            msg: "JSON decode error: the body must be an object".to_owned(),
            input: None,
        }
    }

    fn new(kind: &'static str, part: &'static str, name: &str, msg: &str) -> Self {
        Self { kind, loc: vec![part.to_owned(), name.to_owned()], msg: msg.to_owned(), input: None }
    }

    /// What is wrong, in one line.
    pub(super) fn line(&self) -> String {
        format!("{}: {}", self.loc.join("."), self.msg)
    }
}
