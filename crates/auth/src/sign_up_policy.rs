//! How strangers become users: what the configuration says.

use std::fmt;

use accounts::{SignUpNames, Subject};
use zeroize::Zeroizing;

use crate::http::{RandomError, RequestContext};

/// How strangers become users.
#[derive(Clone)]
pub(crate) struct SignUpPolicy {
    /// The names that they may take.
    pub(crate) names: SignUpNames,
    /// The `sub` of their tokens.
    pub(crate) subject: SignUpSubject,
    /// How many sign-ups a network has in a day, in each region.
    pub(crate) per_day: u32,
    /// Turnstile's secret, if a challenge has to be solved.
    pub(crate) turnstile: Option<Zeroizing<String>>,
}

/// The `sub` of the tokens of those who signed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignUpSubject {
    /// 128 random bits. A stranger who could choose it would choose that of somebody else.
    Random,
    /// The username, for a Worker whose users all have no subject.
    Username,
}

impl SignUpSubject {
    /// The subject of a new user.
    pub(crate) fn of_user(self, context: &RequestContext<'_>) -> Result<Option<Subject>, RandomError> {
        match self {
            Self::Random => Ok(Some(Subject::random(context.random()?))),
            Self::Username => Ok(None),
        }
    }
}

impl fmt::Debug for SignUpPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpPolicy")
            .field("names", &self.names)
            .field("subject", &self.subject)
            .field("per_day", &self.per_day)
            .finish_non_exhaustive()
    }
}
