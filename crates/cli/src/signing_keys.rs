//! The file of signing keys: what the secret `SIGNING_KEYS` holds.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use clap::ValueEnum;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    io_error::IoError,
    private,
    random::{self, RandomError},
};

/// What a key signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    /// ECDSA with P-256, which nearly every library verifies
    #[value(name = "ES256")]
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519, whose signatures are made faster
    #[value(name = "EdDSA")]
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// What a key does, in the order in which it does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It is published, and will sign.
    Standby,
    /// It signs.
    Current,
    /// It signed, and its tokens are good.
    Previous,
    /// Its tokens are no longer good.
    Revoked,
}

/// A private JSON Web Key. In the file its members have these names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) alg: Algorithm,
    pub(crate) state: State,
    kty: String,
    crv: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    /// The private half. A key that no longer signs has lost it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<Zeroizing<String>>,
}

/// The keys of a file.
pub(crate) struct SigningKeys(Vec<Key>);

#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningKeysError {
    #[error(transparent)]
    Io(#[from] IoError),
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error("{0} is not a file of signing keys")]
    Malformed(String),
    #[error("there is no key {0:?}")]
    NoKey(String),
    #[error("there is no key on standby: make one with `edge-login key new`")]
    NoStandby,
    #[error("there is more than one key on standby: name one of them")]
    WhichStandby,
    #[error("the key {0:?} is not on standby")]
    NotStandby(String),
}

impl SigningKeys {
    /// Reads the file; without one there are no keys.
    pub(crate) fn read(path: &Path) -> Result<Self, SigningKeysError> {
        let json = match fs::read_to_string(path) {
            Ok(json) => Zeroizing::new(json),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self(Vec::new())),
            Err(error) => return Err(IoError::of(format!("{} can't be read", path.display()))(error).into()),
        };
        let keys = serde_json::from_str(&json).map_err(|_| SigningKeysError::Malformed(path.display().to_string()))?;
        Ok(Self(keys))
    }

    /// Writes the file, which only its owner can read. The old one stays until the new one is complete.
    pub(crate) fn write(&self, path: &Path) -> Result<(), SigningKeysError> {
        let json = Zeroizing::new(serde_json::to_string_pretty(&self.0).unwrap_or_default());
        let new = path.with_extension("json.new");
        let written = private::replace(&new)
            .and_then(|mut file| writeln!(file, "{}", json.as_str()).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&new, path));
        Ok(written.map_err(IoError::of(format!("{} can't be written", path.display())))?)
    }

    pub(crate) fn all(&self) -> &[Key] {
        &self.0
    }

    /// Adds a new key on standby, and returns its name.
    pub(crate) fn add(&mut self, algorithm: Algorithm) -> Result<&str, RandomError> {
        self.0.push(Key::generate(algorithm)?);
        Ok(self.0.last().map_or("", |key| &key.kid))
    }

    /// Makes a key on standby the one that signs. The one that did becomes a previous one, and loses its private half. Returns
    /// the names of both.
    pub(crate) fn promote(&mut self, kid: Option<&str>) -> Result<(String, Option<String>), SigningKeysError> {
        let next = self.standby(kid)?;
        let mut before = None;
        for key in &mut self.0 {
            if key.kid == next {
                key.state = State::Current;
            } else if key.state == State::Current {
                key.retire(State::Previous);
                before = Some(key.kid.clone());
            }
        }
        Ok((next, before))
    }

    /// Makes a key's tokens worthless. Returns the state that it had.
    pub(crate) fn revoke(&mut self, kid: &str) -> Result<State, SigningKeysError> {
        let key = self.0.iter_mut().find(|key| key.kid == kid);
        let key = key.ok_or_else(|| SigningKeysError::NoKey(kid.to_owned()))?;
        let before = key.state;
        key.retire(State::Revoked);
        Ok(before)
    }

    fn standby(&self, kid: Option<&str>) -> Result<String, SigningKeysError> {
        if let Some(kid) = kid {
            let key =
                self.0.iter().find(|key| key.kid == kid).ok_or_else(|| SigningKeysError::NoKey(kid.to_owned()))?;
            let is_standby = key.state == State::Standby;
            return if is_standby { Ok(kid.to_owned()) } else { Err(SigningKeysError::NotStandby(kid.to_owned())) };
        }
        let mut standby = self.0.iter().filter(|key| key.state == State::Standby);
        let first = standby.next().ok_or(SigningKeysError::NoStandby)?;
        if standby.next().is_some() { Err(SigningKeysError::WhichStandby) } else { Ok(first.kid.clone()) }
    }
}

impl Key {
    fn generate(algorithm: Algorithm) -> Result<Self, RandomError> {
        let mut d = Zeroizing::new([0; 32]);
        let (kty, crv, x, y) = loop {
            random::fill(&mut *d)?;
            match algorithm {
                Algorithm::EdDsa => {
                    let public = ed25519_dalek::SigningKey::from_bytes(&d).verifying_key().to_bytes();
                    break ("OKP", "Ed25519", base64(&public), None);
                }
                Algorithm::Es256 => {
                    // One in 2³² is larger than the group.
                    let Ok(key) = p256::SecretKey::from_slice(&*d) else { continue };
                    let point = key.public_key().to_encoded_point(false);
                    let (Some(x), Some(y)) = (point.x(), point.y()) else { continue };
                    break ("EC", "P-256", base64(x), Some(base64(y)));
                }
            }
        };
        let d = Some(Zeroizing::new(base64(&*d)));
        let (kty, crv) = (kty.to_owned(), crv.to_owned());
        let kid = thumbprint(&kty, &crv, &x, y.as_deref());
        Ok(Self { kid, alg: algorithm, state: State::Standby, kty, crv, x, y, d })
    }

    fn retire(&mut self, state: State) {
        self.state = state;
        self.d = None;
    }
}

/// The key's thumbprint (RFC 7638): a name that no other key has.
fn thumbprint(kty: &str, crv: &str, x: &str, y: Option<&str>) -> String {
    let y = y.map_or(String::new(), |y| format!(r#","y":"{y}""#));
    base64(&Sha256::digest(format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"{y}}}"#)))
}

fn base64(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037 §A.3.
    #[test]
    fn a_thumbprint_is_that_of_the_rfc() {
        assert_eq!(
            thumbprint("OKP", "Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", None),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }
}
