//! The Durable Objects: the guard and the rehash queue.

mod guard;
mod rehash;
mod sqlite;
mod state;
mod turns;
