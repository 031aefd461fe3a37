//! `GET /.well-known/oauth-authorization-server`: where the endpoints are, and what they take (RFC 8414).

use serde::Serialize;

use crate::{
    config::Config,
    http::{Request, Response},
    jwks::JWKS_PATH,
};

/// Lists only what is switched on. RFC 8414 §2 defines the names.
pub(super) fn metadata(config: &Config, request: &Request<'_>) -> Response {
    #[derive(Serialize)]
    struct Metadata<'a> {
        issuer: &'a str,
        token_endpoint: String,
        token_endpoint_auth_methods_supported: [&'static str; 1],
        grant_types_supported: Vec<&'static str>,
        response_types_supported: [&'static str; 0],
        /// Without public keys, there is nothing that they could verify.
        #[serde(skip_serializing_if = "Option::is_none")]
        jwks_uri: Option<String>,
        revocation_endpoint: String,
        revocation_endpoint_auth_methods_supported: [&'static str; 1],
        #[serde(skip_serializing_if = "Option::is_none")]
        introspection_endpoint: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        introspection_endpoint_auth_methods_supported: Option<[&'static str; 1]>,
    }
    let origin = request.origin.as_str();
    let issuer = config.tokens.issuer.as_deref().filter(|issuer| issuer.starts_with("https://"));
    let introspects = !config.introspection_clients.is_empty();
    let mut grants = vec!["password"];
    grants.extend(config.refresh.map(|_| "refresh_token"));
    let metadata = Metadata {
        issuer: issuer.unwrap_or(origin),
        token_endpoint: format!("{origin}/api/user/login"),
        token_endpoint_auth_methods_supported: ["none"],
        grant_types_supported: grants,
        response_types_supported: [],
        jwks_uri: config.tokens.keys.signing.published().next().map(|_| format!("{origin}{JWKS_PATH}")),
        revocation_endpoint: format!("{origin}/api/user/logout"),
        revocation_endpoint_auth_methods_supported: ["none"],
        introspection_endpoint: introspects.then(|| format!("{origin}/api/user/introspect")),
        introspection_endpoint_auth_methods_supported: introspects.then_some(["client_secret_basic"]),
    };
    Response::json(200, &metadata)
}
