//! The Worker's clients for its Durable Objects.

mod ask;
mod guard;
mod home;
mod rehash;

pub(crate) use guard::GuardClient;
pub(crate) use home::HomeClient;
pub(crate) use rehash::RehashClient;
