//! Users in D1 and in KV, reached through wrangler.

mod config;
mod configured;
mod d1;
mod either;
mod error;
mod kv;
mod page;
mod spool;

pub(crate) use self::{
    configured::{user_store, username_case},
    d1::D1,
    either::Store,
    error::{MalformedUser, StoreError},
    kv::Kv,
    page::{Page, username_of},
    spool::interrupted,
};
