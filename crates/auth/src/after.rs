//! Work that follows a response.

use crate::{
    config::Config,
    http::RequestContext,
    log::LogLine,
    platform::Platform,
    rehash::{self, Rehash},
};

/// Something that is left to be done once the client has its response.
#[derive(Debug)]
pub enum After {
    /// An old hash is to be replaced.
    Rehash(Rehash),
}

/// Does what a response left to be done. Returns the lines to log.
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
