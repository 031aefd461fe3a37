//! The Durable Objects.

mod guard;
mod rehash;
mod sqlite;
mod state;
