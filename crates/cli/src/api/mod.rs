//! Users and sessions through the service API of a deployed Worker, with a service key in place of Cloudflare credentials.

mod client;
mod error;
mod key;
mod origin;

pub(crate) use self::{
    client::{Api, User},
    error::ApiError,
    origin::Origin,
};
