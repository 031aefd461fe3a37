//! What runs inside the Durable Objects, and the messages that the Worker exchanges with them.
//!
//! Durable Objects count attempts and verify passwords: there, all locations agree on the count, and
//! the CPU limit of the client's request doesn't apply. One object serves one shard of a region's
//! users. Another object queues new hashes for users in Workers KV.
//!
//! - [`Attempt`] asks an object to verify a password; [`Verdict`] is the answer.
//! - [`HashRequest`] asks an object for a new hash, and [`SignUp`] for that of somebody who signs up.
//! - [`Ledger`] is what an object keeps in its database.
//! - [`AttemptCounter`] keeps the buckets in which attempts are counted; [`Policy`] says how many
//!   failures are free and how long each further one delays the next attempt.
//! - [`Refusals`] are what the Worker remembers, so that it need not ask again.
//! - [`Waiting`] bounds how many attempts wait in an object, and for how long.
//! - [`session`] ends tokens before their time, and refreshes them.
//! - [`home`] makes changes of users in Workers KV, one object for each.
//! - [`shard`] says which object serves an account.
//! - [`rehash`] replaces an old hash, and queues replacements for Workers KV.
//! - [`sql`] is the port to the object's SQLite.
//!
//! Nothing here knows HTTP or the Workers runtime. The time comes in as an argument.

mod attempt;
mod bucket_names;
mod buckets;
pub mod counter;
mod hash_request;
pub mod home;
mod ledger;
mod message;
pub mod policy;
mod refusals;
pub mod rehash;
pub mod session;
pub mod shard;
mod sign_up;
pub mod sql;
mod waiting;

pub use attempt::{Attempt, AttemptError, Verdict};
pub use bucket_names::BucketNames;
pub use counter::AttemptCounter;
pub use hash_request::HashRequest;
pub use ledger::Ledger;
pub use message::MessageError;
pub use policy::Policy;
pub use refusals::{Elsewhere, Refusals};
pub use shard::{Region, Regions, Shard, Shards};
pub use sign_up::{SignUp, SignUpAnswer};
pub use waiting::{MAX_WAITING, Waiting};
