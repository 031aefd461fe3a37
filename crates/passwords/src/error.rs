//! Says why a stored hash can't be used.

use crate::{
    Cost,
    limits::{MEMORY_MIB, MIB},
};

/// Why a stored hash can't be used. The error says what is wrong but never quotes the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The string doesn't start like any format that this crate knows.
    #[error("the hash is of no known format")]
    UnknownFormat,
    /// The string marks a user without a password, as Django and Unix do (`!`, `*`).
    #[error("the user has no password")]
    NoPassword,
    /// The format is known, but the string doesn't follow its grammar.
    #[error("the {0} hash is malformed")]
    Malformed(&'static str),
    /// The hash asks for more memory or work than a Worker can spend: see [`limits`](crate::limits).
    #[error("{}", excess(*.cost))]
    TooCostly {
        /// The cost that the hash asks for.
        cost: Cost,
    },
}

impl Cost {
    /// Refuses a cost over the limits with [`HashError::TooCostly`].
    pub(crate) fn affordable(self) -> Result<(), HashError> {
        if self.is_affordable() { Ok(()) } else { Err(HashError::TooCostly { cost: self }) }
    }
}

/// The message that names the limit a cost is over.
fn excess(cost: Cost) -> String {
    let name = cost.primitive();
    if cost.memory_bytes() > cost.most_memory_bytes() {
        let mib = cost.memory_bytes().div_ceil(MIB);
        return format!("the {name} hash asks for {mib} MiB of memory, but only {MEMORY_MIB} MiB fit in a Worker");
    }
    format!("the {name} hash asks for {} {}, but at most {} are allowed", cost.work(), cost.unit(), cost.most_work())
}

/// There is not enough memory to compute a hash. Nothing is known about the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is not enough memory to verify the password")]
pub struct NoMemory;
