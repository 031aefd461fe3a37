//! Where the service API is.

use ureq::http::Uri;

/// The origin of a Worker, as `https://host`, without a slash at the end.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) text: String,
    /// Whether it is this machine, which may be asked without TLS.
    pub(crate) is_plain: bool,
}

impl Origin {
    /// Reads an origin. Without TLS a key can be read on the way, so only this machine is asked without it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "it must be https:// and a host, as https://login.example.com";
        let uri: Uri = text.parse().map_err(|_| EXPECTED)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(EXPECTED) };
        if authority.as_str().contains('@') || uri.path() != "/" || uri.query().is_some() || text.contains('#') {
            return Err(EXPECTED);
        }
        let is_plain = match (scheme, authority.host()) {
            ("https", _) => false,
            ("http", "localhost" | "127.0.0.1" | "[::1]") => true,
            _ => return Err("it must be https://, except on localhost: the key could be read on the way"),
        };
        Ok(Self { text: format!("{scheme}://{authority}"), is_plain })
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        for text in ["https://login.example.com", "http://localhost:8787/", "http://127.0.0.1:1", "http://[::1]:1"] {
            assert!(Origin::parse(text).is_ok(), "{text}");
        }
        for text in [
            "http://login.example.com",
            "http://localhost.example.com",
            "http://localhost@example.com",
            "ftp://localhost",
            "login.example.com",
            "https://login.example.com/api",
            "https://login.example.com/?a",
            "https://login.example.com/#a",
            "",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }
}
