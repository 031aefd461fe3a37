//! The way from the Worker to its Durable Objects.

mod ask;
mod guard;
mod rehash;

pub(crate) use guard::GuardClient;
pub(crate) use rehash::RehashClient;
