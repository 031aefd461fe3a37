//! Keys for signatures that everyone may verify: ES256 and `EdDSA`, as JSON Web Keys (RFC 7517).

use std::fmt;

use zeroize::Zeroizing;

/// What a key signs with. A key has one algorithm, whatever a token's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// ECDSA with P-256 and SHA-256 (RFC 7518 §3.4).
    Es256,
    /// Ed25519 (RFC 8037 §3.1).
    EdDsa,
}

/// A key pair that signs tokens and verifies them.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// What the header of a token names the key by. No two configured keys have the same.
    pub kid: String,
    /// What the key signs with.
    pub algorithm: SignatureAlgorithm,
    /// The public key as a JSON Web Key, without `kid`.
    pub public: String,
    /// The private key as a JSON Web Key, without `kid`.
    pub private: Zeroizing<String>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
