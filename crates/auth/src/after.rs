//! Work that is done after the response was sent.

use crate::{
    config::Config,
    http::RequestContext,
    log::LogLine,
    platform::Platform,
    rehash::{self, Rehash},
};

/// Work that a request leaves for the time after its response.
#[derive(Debug)]
pub enum After {
    /// Replace an old hash.
    Rehash(Rehash),
}

/// Does the work that a request left, in order, and returns the lines to log. A failure is logged,
/// not returned: the client already has its response.
pub async fn after_response(
    config: &Config,
    platform: &impl Platform,
    after: Vec<After>,
    context: &RequestContext<'_>,
) -> Vec<LogLine> {
    let mut log = Vec::new();
    for After::Rehash(rehash) in after {
        log.extend(rehash::rehash(config, platform, rehash, context).await);
    }
    log
}
