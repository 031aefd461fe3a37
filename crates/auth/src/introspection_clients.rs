//! The services that may ask about tokens, and their secrets.

use base64ct::{Base64, Encoding};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::keys::Mac;

/// The services that may ask about tokens. Only a MAC of each name and secret is kept.
#[derive(Debug, Clone)]
pub(crate) struct IntrospectionClients {
    key: Mac,
    known: Vec<[u8; Mac::BYTES]>,
}

impl IntrospectionClients {
    /// Reads `id:secret` pairs that are separated by commas. One name may have several secrets, so that one can
    /// take the place of another. `None` for anything else, and if a secret isn't one.
    pub(crate) fn parse(list: &str, key: Mac, is_secret: impl Fn(&str) -> bool) -> Option<Self> {
        let client = |pair: &str| {
            let (id, secret) = pair.trim().split_once(':')?;
            let fits = !id.is_empty() && is_secret(secret);
            fits.then(|| mac(&key, id, secret)).flatten()
        };
        let known = list.split(',').filter(|_| !list.is_empty()).map(client).collect::<Option<_>>()?;
        Some(Self { key, known })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether the header `Authorization` names one of them, with its secret. The name and the secret are form-encoded
    /// before they are put together (RFC 6749 §2.3.1).
    pub(crate) fn admit(&self, authorization: &str) -> bool {
        let Some((id, secret)) = credentials(authorization) else { return false };
        let message = message(&id, &secret);
        // All are compared, so that the time doesn't tell which one it was.
        self.known.iter().fold(false, |known, mac| self.key.fits(&message, mac) | known)
    }
}

fn mac(key: &Mac, id: &str, secret: &str) -> Option<[u8; Mac::BYTES]> {
    key.of(&message(id, secret)).try_into().ok()
}

/// A name has no colon, so no other pair makes the same message.
fn message(id: &str, secret: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([id, ":", secret].concat().into_bytes())
}

fn credentials(authorization: &str) -> Option<(String, Zeroizing<String>)> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| Base64::decode_vec(encoded.trim()).ok())??;
    let pair = Zeroizing::new(String::from_utf8(decoded).ok()?);
    let (id, secret) = pair.split_once(':')?;
    Some((form_decoded(id)?, Zeroizing::new(form_decoded(secret)?))).filter(|(id, _)| !id.contains(':'))
}

/// A value of `application/x-www-form-urlencoded`.
fn form_decoded(text: &str) -> Option<String> {
    let spaces = Zeroizing::new(text.replace('+', " "));
    percent_decode_str(&spaces).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::RootSecret;

    const SECRET: &str = "9f5c-0b7e_1c2d.3e4f+5a6b%20c7d8e9f0";

    fn clients(list: &str) -> Option<IntrospectionClients> {
        let key = RootSecret::new(b"a root secret of 32 bytes or more").mac("test");
        IntrospectionClients::parse(list, key, |secret| secret.len() >= 32)
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", Base64::encode_string(pair.as_bytes()))
    }

    #[test]
    fn a_client_is_admitted_with_its_secret_form_encoded() {
        let clients = clients(&format!("api:{SECRET}, other:{}", "x".repeat(32))).unwrap();
        for pair in [
            "api:9f5c-0b7e_1c2d.3e4f%2B5a6b%2520c7d8e9f0",
            "api:9f5c%2D0b7e%5F1c2d%2E3e4f%2B5a6b%2520c7d8e9f0",
            "%61pi:9f5c-0b7e_1c2d.3e4f%2b5a6b%2520c7d8e9f0",
        ] {
            assert!(clients.admit(&basic(pair)), "{pair}");
        }
        assert!(clients.admit(&basic(&format!("other:{}", "x".repeat(32))).replace("Basic", "basic")));
        for header in [
            basic(&format!("api:{SECRET}")),
            basic("api:"),
            basic("api"),
            basic(&format!("api:{}", "x".repeat(32))),
            basic(&format!("nobody:{}", "x".repeat(32))),
            basic(&format!("other%3A:{}", "x".repeat(31))),
            basic(&format!("other:{}", "x".repeat(31))),
            format!("Bearer {}", Base64::encode_string(format!("other:{}", "x".repeat(32)).as_bytes())),
            "Basic".to_owned(),
            "Basic !".to_owned(),
            String::new(),
        ] {
            assert!(!clients.admit(&header), "{header}");
        }
    }

    #[test]
    fn a_list_has_names_and_long_secrets() {
        assert!(clients("").unwrap().is_empty());
        for list in
            ["api", "api:", ":", ",", "api:short", &format!(":{}", "x".repeat(32)), &format!("api:{},", "x".repeat(32))]
        {
            assert!(clients(list).is_none(), "{list}");
        }
    }
}
