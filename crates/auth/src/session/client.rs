//! The client of a session, as its user sees it in a list. The guard keeps it encrypted.

use serde::{Deserialize, Serialize};

use super::grant::GrantError;
use crate::{
    config::Config,
    http::{Network, Request, RequestContext},
    platform::{CryptoError, Platform},
    sealed,
};

/// The longest user agent that is kept, in characters.
const MAX_CHARS: usize = 256;

/// Where a session began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClientDetails {
    /// The client's network, such as `192.0.2.1/32`.
    pub(super) network: String,
    /// The header `User-Agent`.
    pub(super) user_agent: Option<String>,
}

impl ClientDetails {
    pub(super) fn of(config: &Config, request: &Request<'_>) -> Self {
        let user_agent = request.headers.get("user-agent");
        Self {
            network: Network::of(request.headers.get(&config.client_ip_header).as_deref()).to_string(),
            user_agent: user_agent.map(|text| text.chars().take(MAX_CHARS).collect()),
        }
    }

    pub(super) async fn seal(
        &self,
        config: &Config,
        platform: &impl Platform,
        context: &RequestContext<'_>,
    ) -> Result<String, GrantError> {
        // Strings always serialise.
        let text = serde_json::to_string(self).unwrap_or_default();
        let nonce = context.random().map_err(GrantError::Random)?;
        sealed::seal(&platform.crypto(), &config.client_key, nonce, &text).await.map_err(GrantError::Crypto)
    }

    /// `None` if it was encrypted with another key: the root secret was changed since.
    pub(super) async fn open(
        config: &Config,
        platform: &impl Platform,
        sealed: &str,
    ) -> Result<Option<Self>, CryptoError> {
        let text = sealed::open(&platform.crypto(), &config.client_key, sealed).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }
}
