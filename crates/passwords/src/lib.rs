//! Parses stored password hashes, checks what they cost before any work starts, and verifies them.
//!
//! Start with [`StoredHash::parse`], then call [`StoredHash::verify`]. If a string parses, this crate
//! knows its format and accepts its parameters, so verifying can't fail:
//!
//! ```
//! use passwords::{Password, StoredHash};
//! use unicode_normalization::UnicodeNormalization;
//! use zeroize::Zeroizing;
//!
//! let hash = StoredHash::parse("$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy")?;
//! let nfkc = |text: &str| Zeroizing::new(text.nfkc().collect());
//! assert_eq!(hash.verify(&Password::new("correct horse battery staple"), nfkc), Ok(true));
//! assert_eq!(hash.verify(&Password::new("wrong"), nfkc), Ok(false));
//! # Ok::<(), passwords::HashError>(())
//! ```
//!
//! # Design
//! - **Limits come first.** The parameters are checked while the string is parsed. Nothing is
//!   allocated for a hash that is refused. [`limits`] says how much a hash may cost.
//! - **One file per hash function.** Each file reads every format in which libraries write hashes of
//!   its function. [`StoredHash`] recognizes a format by its prefix.
//! - **Other crates compute the hash functions.** The exception is scrypt, which takes two thirds of the
//!   time with vectors (`scrypt/function.rs`).
//! - **Nothing secret is printed.** The `Debug` output of [`Password`] and [`StoredHash`] is redacted,
//!   and a [`HashError`] never quotes its input.

mod argon2;
mod base64;
mod bcrypt;
mod breached;
mod cost;
mod dummy;
mod error;
mod format;
pub mod limits;
mod password;
mod pbkdf2;
mod room;
mod scrypt;
mod sha_crypt;
mod stored;

pub use breached::BreachRange;
pub use cost::{Argon2Kind, Cost, Digest, UnknownCost};
pub use error::{HashError, NoMemory};
pub use format::Format;
pub use password::{Nfkc, Password};
pub use stored::StoredHash;
