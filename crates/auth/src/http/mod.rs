//! HTTP as the endpoints see it: requests, bodies, forms, routes and responses.

mod body;
mod context;
mod cors;
pub mod form;
mod network;
mod open_bodies;
mod request;
mod response;
pub mod routes;
pub(crate) mod security_headers;

pub use body::{BODY_TIMEOUT, Body, BodyError, MAX_BODY_BYTES};
pub use context::{Random, RandomError, RequestContext};
pub use cors::Origins;
pub use network::Network;
pub(crate) use open_bodies::LOGIN;
pub use open_bodies::{MAX_OPEN_BODIES, OpenBodies, Places};
pub use request::{Client, Headers, Request};
pub use response::{Caching, Response};

pub(crate) use body::{read, read_up_to};
