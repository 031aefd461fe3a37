//! Why a stored hash can't be used.

use crate::{
    Cost,
    limits::{MEMORY_MIB, MIB},
};

/// Why a stored hash can't be used. The message says what is wrong, and never quotes the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// No known format begins like this.
    #[error("the hash is of no known format")]
    UnknownFormat,
    /// The string says that there is no password, as Django and Unix write it (`!`, `*`).
    #[error("the user has no password")]
    NoPassword,
    /// The format is known, but the rest does not follow its grammar.
    #[error("the {0} hash is malformed")]
    Malformed(&'static str),
    /// The hash asks for more memory or work than a Worker can spend: see [`limits`](crate::limits).
    #[error("{}", excess(*.cost))]
    TooCostly {
        /// What the hash asks for.
        cost: Cost,
    },
}

fn excess(cost: Cost) -> String {
    let name = cost.primitive();
    if cost.memory_bytes() > cost.most_memory_bytes() {
        let mib = cost.memory_bytes().div_ceil(MIB);
        return format!("the {name} hash asks for {mib} MiB of memory, {MEMORY_MIB} MiB fit in a Worker");
    }
    format!("the {name} hash asks for {} {}, at most {} are allowed", cost.work(), cost.unit(), cost.most_work())
}
