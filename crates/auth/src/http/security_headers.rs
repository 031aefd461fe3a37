//! The headers that restrict what a browser does with a response: those of OWASP's REST security cheat sheet and
//! Secure Headers project.

use super::Response;

/// Those that every response has. `Strict-Transport-Security` leaves out the host's subdomains, which may be
/// others' services.
const EVERYWHERE: [(&str, &str); 8] = [
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-permitted-cross-domain-policies", "none"),
];

/// An answer of the API is data. If a browser shows it as a page nevertheless, nothing of it may load or run.
const DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// The docs page loads its own files and asks its own origin. Its icons are `data:` URLs in Swagger UI's style sheet.
const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds the headers to a response.
pub(crate) fn add(mut response: Response) -> Response {
    let policy = if response.is_asset { DOCS } else { DATA };
    response.headers.reserve(EVERYWHERE.len() + 1);
    response.headers.push(("content-security-policy", policy.into()));
    response.headers.extend(EVERYWHERE.map(|(name, value)| (name, value.into())));
    response
}
