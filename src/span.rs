//! How long a request waits for something.

use auth::{Part, Timings};

use crate::environment::now_ms;

/// Measures from its creation until it is dropped. The runtime's clock stands still while the Worker computes.
pub(crate) struct Span<'a>(Option<(&'a Timings, Part, i64)>);

impl<'a> Span<'a> {
    /// `None`: nothing is to be measured.
    pub(crate) fn new(timings: Option<&'a Timings>, part: Part) -> Self {
        Self(timings.map(|timings| (timings, part, now_ms())))
    }
}

impl Drop for Span<'_> {
    fn drop(&mut self) {
        if let Some((timings, part, begun)) = self.0 {
            timings.add(part, now_ms() - begun);
        }
    }
}
