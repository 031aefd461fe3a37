//! The Durable Objects: the guard, the homes of accounts in Workers KV, and the rehash queue.

mod guard;
mod home;
mod rehash;
mod sqlite;
mod state;
mod turns;
