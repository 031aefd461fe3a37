//! Keys for signatures that everyone may verify: ES256 and `EdDSA`, as JSON Web Keys (RFC 7517, RFC 8037).

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What a key signs with. A key has one algorithm, whatever a token's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureAlgorithm {
    /// ECDSA with P-256 and SHA-256 (RFC 7518 §3.4).
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519 (RFC 8037 §3.1).
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// What a key does. It goes through all four, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It is published, so that services know it before it signs.
    Standby,
    /// It signs. At most one key does.
    Current,
    /// It signed, and tokens that it signed are still good.
    Previous,
    /// Nothing that it signed is good any more.
    Revoked,
}

/// A key pair that signs tokens and verifies them.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// What the header of a token names the key by. No two configured keys have the same.
    pub kid: String,
    /// What the key signs with.
    pub algorithm: SignatureAlgorithm,
    /// What the key does.
    pub state: KeyState,
    /// The public key as a JSON Web Key.
    pub public: String,
    /// The private key as a JSON Web Key. A key that doesn't sign may lack it.
    pub private: Option<Zeroizing<String>>,
}

/// All keys that are configured.
#[derive(Debug, Clone, Default)]
pub struct SigningKeys(Vec<SigningKey>);

/// Why a text can't be `SIGNING_KEYS`. The message quotes none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeysError {
    /// It is not a JSON array of keys with the documented members.
    #[error("is not a JSON array of keys as `edge-login key` prints it")]
    NotKeys,
    /// A key has no name that a header can have.
    #[error("has a key whose kid is not 1 to 64 letters, digits, dots, dashes and underscores")]
    Kid,
    /// Two keys have the same name.
    #[error("has two keys with the same kid")]
    KidTwice,
    /// A key's members are not those that its algorithm has.
    #[error("has a key that does not fit its algorithm")]
    Key,
    /// A key signs, or is to sign, but its private half is missing.
    #[error("has a key without d that signs or is to sign")]
    Private,
    /// Two keys sign.
    #[error("has two current keys")]
    CurrentTwice,
}

/// A key as it is configured.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfiguredKey {
    kid: String,
    alg: SignatureAlgorithm,
    state: KeyState,
    kty: String,
    crv: String,
    x: String,
    y: Option<String>,
    d: Option<Zeroizing<String>>,
}

/// A key as it is imported and published. RFC 7517 §4 and RFC 7518 §6.2 define the names.
#[derive(Serialize)]
struct Jwk<'a> {
    kid: &'a str,
    alg: SignatureAlgorithm,
    r#use: &'static str,
    kty: &'a str,
    crv: &'a str,
    x: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<&'a str>,
}

impl SignatureAlgorithm {
    /// The name in a header (RFC 7518 §3.1, RFC 8037 §3.1).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl SigningKeys {
    /// Reads the variable `SIGNING_KEYS`: a JSON array of private JSON Web Keys with `kid`, `alg` and `state`.
    ///
    /// # Errors
    /// [`SigningKeysError`] if it isn't one.
    pub fn parse(json: &str) -> Result<Self, SigningKeysError> {
        let configured: Vec<ConfiguredKey> = serde_json::from_str(json).map_err(|_| SigningKeysError::NotKeys)?;
        let keys = configured.iter().map(ConfiguredKey::parse).collect::<Result<Vec<_>, _>>()?;
        for (index, key) in keys.iter().enumerate() {
            let mut later = keys.iter().skip(index + 1);
            if later.clone().any(|other| other.kid == key.kid) {
                return Err(SigningKeysError::KidTwice);
            }
            if key.state == KeyState::Current && later.any(|other| other.state == KeyState::Current) {
                return Err(SigningKeysError::CurrentTwice);
            }
        }
        Ok(Self(keys))
    }

    /// The key that signs. Without one, HS256 does.
    pub(crate) fn current(&self) -> Option<&SigningKey> {
        self.0.iter().find(|key| key.state == KeyState::Current)
    }

    /// The key that a token has to be signed with which names it so. A key on standby counts, because it may sign in
    /// another location already.
    pub(crate) fn verifying(&self, kid: &str) -> Option<&SigningKey> {
        self.published().find(|key| key.kid == kid)
    }

    /// The keys that services should know.
    pub(crate) fn published(&self) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().filter(|key| key.state != KeyState::Revoked)
    }
}

impl ConfiguredKey {
    fn parse(&self) -> Result<SigningKey, SigningKeysError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !(1..=64).contains(&self.kid.len()) || !self.kid.bytes().all(is_plain) {
            return Err(SigningKeysError::Kid);
        }
        let has_form = match self.alg {
            SignatureAlgorithm::Es256 => {
                self.kty == "EC" && self.crv == "P-256" && self.y.as_deref().is_some_and(is_256_bits)
            }
            SignatureAlgorithm::EdDsa => self.kty == "OKP" && self.crv == "Ed25519" && self.y.is_none(),
        };
        let d = self.d.as_ref().map(|d| d.as_str());
        if !has_form || !is_256_bits(&self.x) || !d.is_none_or(is_256_bits) {
            return Err(SigningKeysError::Key);
        }
        if d.is_none() && matches!(self.state, KeyState::Standby | KeyState::Current) {
            return Err(SigningKeysError::Private);
        }
        let jwk = |d| {
            let Self { kid, alg, kty, crv, x, y, .. } = self;
            let jwk = Jwk { kid, alg: *alg, r#use: "sig", kty, crv, x, y: y.as_deref(), d };
            serde_json::to_string(&jwk).map_err(|_| SigningKeysError::Key)
        };
        Ok(SigningKey {
            kid: self.kid.clone(),
            algorithm: self.alg,
            state: self.state,
            public: jwk(None)?,
            private: d.map(|d| jwk(Some(d)).map(Zeroizing::new)).transpose()?,
        })
    }
}

/// Whether a text is 256 bits in base64url.
fn is_256_bits(text: &str) -> bool {
    Base64UrlUnpadded::decode(text, &mut [0; 32]).is_ok_and(|bytes| bytes.len() == 32)
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kid, algorithm, state, .. } = self;
        write!(f, "SigningKey({kid}, {algorithm:?}, {state:?})")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The key of RFC 7520 §3.2 is on P-521, so this is the one of RFC 7515 §A.3.
    fn es256(kid: &str, state: &str) -> Value {
        json!({
            "kid": kid, "alg": "ES256", "state": state, "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
        })
    }

    /// RFC 8037 §A.1.
    fn eddsa(kid: &str, state: &str) -> Value {
        json!({
            "kid": kid, "alg": "EdDSA", "state": state, "kty": "OKP", "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        })
    }

    fn parse(keys: &Value) -> Result<SigningKeys, SigningKeysError> {
        SigningKeys::parse(&keys.to_string())
    }

    #[test]
    fn keys_go_from_standby_to_revoked() {
        let keys = [es256("a", "standby"), eddsa("b", "current"), es256("c", "previous"), eddsa("d", "revoked")];
        let keys = parse(&json!(keys)).unwrap();
        assert_eq!(keys.current().unwrap().kid, "b");
        assert_eq!(keys.published().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(keys.verifying("a").is_some() && keys.verifying("d").is_none() && keys.verifying("e").is_none());
        assert!(parse(&json!([])).unwrap().current().is_none());
    }

    #[test]
    fn a_key_that_no_longer_signs_may_lack_its_private_half() {
        let without = |state| {
            let mut key = es256("a", state);
            key.as_object_mut().unwrap().remove("d");
            parse(&json!([key])).map(|keys| keys.0[0].private.is_some())
        };
        assert_eq!((without("previous"), without("revoked")), (Ok(false), Ok(false)));
        assert_eq!(
            (without("standby"), without("current")),
            (Err(SigningKeysError::Private), Err(SigningKeysError::Private))
        );
    }

    #[test]
    fn what_is_not_a_list_of_keys_is_refused() {
        let with = |name: &str, value: Value| {
            let mut key = es256("a", "current");
            key[name] = value;
            parse(&json!([key])).map(|_| ())
        };
        for (name, value, error) in [
            ("kid", json!(""), SigningKeysError::Kid),
            ("kid", json!("../key"), SigningKeysError::Kid),
            ("alg", json!("HS256"), SigningKeysError::NotKeys),
            ("alg", json!("EdDSA"), SigningKeysError::Key),
            ("state", json!("Current"), SigningKeysError::NotKeys),
            ("crv", json!("P-521"), SigningKeysError::Key),
            ("y", json!(null), SigningKeysError::Key),
            ("x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE"), SigningKeysError::Key),
            ("d", json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI="), SigningKeysError::Key),
            ("p", json!("x"), SigningKeysError::NotKeys),
        ] {
            assert_eq!(with(name, value.clone()), Err(error), "{name} {value}");
        }
        assert_eq!(
            parse(&json!([es256("a", "current"), eddsa("a", "standby")])).map(|_| ()),
            Err(SigningKeysError::KidTwice)
        );
        assert_eq!(
            parse(&json!([es256("a", "current"), eddsa("b", "current")])).map(|_| ()),
            Err(SigningKeysError::CurrentTwice)
        );
        assert_eq!(parse(&es256("a", "current")).map(|_| ()), Err(SigningKeysError::NotKeys));
    }

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let keys = parse(&json!([es256("a", "current")])).unwrap();
        assert_eq!(format!("{keys:?}"), "SigningKeys([SigningKey(a, Es256, Current)])");
    }
}
