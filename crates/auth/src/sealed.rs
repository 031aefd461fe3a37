//! Texts that only this deployment can read, such as a client's network in the row of a session.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::{
    keys::EncryptionKey,
    platform::{Crypto, CryptoError},
};

/// Encrypts a text: the nonce, 96 random bits, then the ciphertext and its tag, in base64url.
pub(crate) async fn seal(
    crypto: &impl Crypto,
    key: &EncryptionKey,
    nonce: [u8; 12],
    text: &str,
) -> Result<String, CryptoError> {
    let sealed = crypto.seal(key, nonce, text.as_bytes()).await?;
    Ok(Base64UrlUnpadded::encode_string(&[&nonce, sealed.as_slice()].concat()))
}

/// Decrypts what [`seal`] made. `None` means that it was made with another key, or was altered.
pub(crate) async fn open(
    crypto: &impl Crypto,
    key: &EncryptionKey,
    sealed: &str,
) -> Result<Option<String>, CryptoError> {
    let Ok(sealed) = Base64UrlUnpadded::decode_vec(sealed) else { return Ok(None) };
    let Some((nonce, sealed)) = sealed.split_first_chunk() else { return Ok(None) };
    let plain = crypto.open(key, *nonce, sealed).await?;
    Ok(plain.and_then(|plain| String::from_utf8(plain).ok()))
}
