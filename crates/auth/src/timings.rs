//! How long the parts of a request took, for the operator who asks for it with a key.

use std::cell::RefCell;

use zeroize::Zeroizing;

use crate::{config::Config, http::Request};

/// The header that an operator sends, with the key in `TIMING_KEY`.
const HEADER: &str = "edge-login-timing";

/// What a request may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The rate limiter in front of the guard.
    Gate,
    /// A guard object. Its time includes that of a hash.
    Guard,
    /// The home of an account in Workers KV.
    Home,
    /// The user store.
    Store,
}

/// What one request waited for, in the order in which it ended, in milliseconds.
#[derive(Debug, Default)]
pub struct Timings(RefCell<Vec<(Part, i64)>>);

impl Timings {
    /// Begins with nothing if the request asks for timings with the right key. `None`: nothing is to be measured.
    #[must_use]
    pub fn asked_for(config: &Config, request: &Request<'_>) -> Option<Self> {
        let key = config.timing_key.as_ref()?;
        let sent = Zeroizing::new(request.headers.get(HEADER)?);
        key.fits(&sent).then(Self::default)
    }

    /// Adds a wait that has ended.
    pub fn add(&self, part: Part, milliseconds: i64) {
        self.0.borrow_mut().push((part, milliseconds));
    }

    /// The value of the header `Server-Timing`
    /// (<https://www.w3.org/TR/server-timing/#the-server-timing-header-field>).
    pub(crate) fn header(&self, total: i64) -> String {
        let waits = self.0.borrow();
        let parts = waits.iter().map(|(part, milliseconds)| format!("{};dur={milliseconds}, ", part.name()));
        parts.collect::<String>() + &format!("total;dur={total}")
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Guard => "guard",
            Self::Home => "home",
            Self::Store => "store",
        }
    }
}
