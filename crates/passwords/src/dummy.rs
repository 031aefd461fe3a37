//! Writes dummy hashes of any cost. No password is known to match them.

use crate::{
    Cost::{self, Argon2, Bcrypt, Pbkdf2, Scrypt, ShaCrypt},
    Digest, base64,
};

/// Random bytes, so nobody knows a password with this digest.
const RANDOM: [u8; 64] = [
    0xa7, 0xb1, 0x58, 0xe4, 0x12, 0x74, 0x68, 0x72, 0xb2, 0x2b, 0x73, 0xe5, 0xee, 0xdf, 0x2c, 0x71, 0xdf, 0x69, 0x13,
    0x89, 0x4b, 0xfe, 0xfe, 0x04, 0xfe, 0x3a, 0x30, 0x32, 0xc8, 0xdb, 0x9c, 0xc4, 0x3f, 0x2c, 0x8b, 0xc6, 0xaf, 0x05,
    0x8c, 0x02, 0xf9, 0x16, 0x49, 0xe5, 0x70, 0xe7, 0x76, 0xcb, 0xbd, 0x28, 0xa9, 0x48, 0x62, 0xbf, 0x3f, 0x54, 0xef,
    0x5d, 0x86, 0xb6, 0x03, 0x2f, 0x62, 0xf0,
];
/// A salt for every format except bcrypt, whose salts have an alphabet of their own.
const SALT: &str = "OOY0GHo6SbXSlO44";
/// Random characters in SHA-crypt's own Base64.
const SHA_CRYPT_OUTPUT: &str = "Tf.wJcBo2NO7YClZOiYmeUilUgOE5GVOicDCgizXY.pqAY.68Sz/8YTNGFGjsDJWLNrQWGcfWGFlwD7WndMqs9";

/// A dummy hash of this cost, as a string.
pub(crate) fn string(cost: Cost) -> String {
    let key = |bytes: usize| RANDOM.get(..bytes).map(base64::encode).unwrap_or_default();
    match cost {
        Argon2 { kind, memory_kib, passes, lanes } => {
            format!("${}$v=19$m={memory_kib},t={passes},p={lanes}${SALT}${}", kind.name(), key(32))
        }
        Bcrypt { cost } => format!("$2b${cost:02}$052SALUtT6jRZEqnAXP14e0UTF8EDXbN3eIhoA6H998/kTxhekyV3"),
        Pbkdf2 { digest, iterations } => {
            let name = match digest {
                Digest::Sha1 => "pbkdf2",
                Digest::Sha256 => "pbkdf2-sha256",
                Digest::Sha512 => "pbkdf2-sha512",
            };
            format!("${name}${iterations}${SALT}${}", key(digest.bytes()))
        }
        // Better Auth's alone has this cost. It hashes the password in NFKC, which can be ten times as long.
        Scrypt { log_n: 14, r: 16, p: 1 } => {
            let hex = |bytes: usize| RANDOM.get(..bytes).map(base16ct::lower::encode_string).unwrap_or_default();
            format!("{}:{}", hex(16), hex(64))
        }
        Scrypt { log_n, r, p } => format!("$scrypt$ln={log_n},r={r},p={p}${SALT}${}", key(32)),
        ShaCrypt { digest: Digest::Sha512, rounds } => format!("$6$rounds={rounds}${SALT}${SHA_CRYPT_OUTPUT}"),
        ShaCrypt { rounds, .. } => {
            format!("$5$rounds={rounds}${SALT}${}", SHA_CRYPT_OUTPUT.get(..43).unwrap_or_default())
        }
    }
}
