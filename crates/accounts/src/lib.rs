//! What a user is, and how D1 and Workers KV hold one. The Worker and the command line share it, so
//! that both read a record the same way.
//!
//! - [`Username`]: a username that can be a key.
//! - [`UsernameCase`]: whether upper and lower case make two names of one.
//! - [`Version`]: by which a token is told from one that is older than the password.
//! - [`Subject`] and [`Claims`]: what an application reads in a user's tokens.
//! - [`User`]: what a login needs to know of a user.
//! - [`Account`]: a user with everything that a store holds.
//! - [`SignUpNames`]: which names may sign up.
//! - [`Email`]: an address that an application keeps beside a user.
//! - [`Reset`]: a reset of a password that was asked for.
//! - [`hash_digest`]: by which an application's hash is known again.
//! - [`change`]: changes of a record, and what comes of them.
//! - [`UserStore`]: the two stores, as `USER_STORE` names them.
//! - [`kv`]: the key and the JSON of a user in Workers KV.
//! - [`d1`]: the SQL of the table `users` in D1.
//! - `new_password`: which new passwords are refused, with the feature `new-passwords`.

mod account;
pub mod change;
mod claims;
pub mod d1;
mod email;
pub mod hash_digest;
pub mod kv;
#[cfg(feature = "new-passwords")]
pub mod new_password;
mod reset;
mod sign_up_names;
mod store;
mod subject;
mod user;
mod username;
mod username_case;
mod version;

pub use account::Account;
pub use claims::{Claims, ClaimsError};
pub use email::{Email, InvalidEmail};
pub use reset::Reset;
pub use sign_up_names::SignUpNames;
pub use store::UserStore;
pub use subject::{InvalidSubject, Subject};
pub use user::User;
pub use username::{InvalidUsername, Username};
pub use username_case::UsernameCase;
pub use version::{InvalidVersion, Version};
