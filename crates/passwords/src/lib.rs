//! Stored password hashes are parsed once, bounded before any work starts, and verified.
//!
//! The way in is [`StoredHash::parse`], then [`StoredHash::verify`]. A string that parses names a
//! format this crate knows, with parameters it is willing to run, so verifying can't fail:
//!
//! ```
//! use passwords::{Password, StoredHash};
//! use unicode_normalization::UnicodeNormalization;
//! use zeroize::Zeroizing;
//!
//! let hash = StoredHash::parse("$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy")?;
//! let nfkc = |text: &str| Zeroizing::new(text.nfkc().collect());
//! assert!(hash.verify(&Password::new("correct horse battery staple"), nfkc));
//! assert!(!hash.verify(&Password::new("wrong"), nfkc));
//! # Ok::<(), passwords::HashError>(())
//! ```
//!
//! # Design
//! - **Limits come first.** Parameters are read and bounded while parsing; nothing is allocated
//!   for a hash that is refused. What a hash may cost at most is written in [`limits`].
//! - **One file per primitive.** Each hashing function has a file, with all the formats in which libraries
//!   write its hashes. [`StoredHash`] tells the formats apart by their first characters.
//! - **Only the parsing is our own.** The hashing functions come from other crates.
//! - **Nothing secret is printed.** [`Password`] and [`StoredHash`] have a redacted `Debug`, and a
//!   [`HashError`] never quotes its input.

mod argon2;
mod base64;
mod bcrypt;
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

pub use cost::{Argon2Kind, Cost, Digest, UnknownCost};
pub use error::HashError;
pub use format::Format;
pub use password::{Nfkc, Password};
pub use stored::StoredHash;
