//! The names of an attempt's buckets.

use serde::{Deserialize, Serialize};

/// The names of an attempt's buckets, and how the attempt counts in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketNames {
    /// The keyed hash of the account's username, in hexadecimal digits.
    pub account: String,
    /// The keyed hash of the client's network.
    pub network: String,
    /// Whether the client's network is known. All clients without a known network share one bucket,
    /// which is never trusted.
    pub network_is_known: bool,
    /// Whether this attempt was counted before, and now comes again with a hash from a fresher copy of
    /// the store. Messages keep the name that earlier versions know.
    #[serde(rename = "again")]
    pub already_counted: bool,
}
