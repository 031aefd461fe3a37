/// Why a stored hash can't be used. Says what is wrong, never what the hash was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// No format known here starts like this.
    #[error("the hash is of no known format")]
    UnknownFormat,
    /// It says that there is no password, as Django and Unix write it (`!`, `*`).
    #[error("the user has no password")]
    NoPassword,
    /// The format is known, but the rest does not follow its grammar.
    #[error("the {0} hash is malformed")]
    Malformed(&'static str),
    /// It would take more memory than there is in a Worker: see [`limits`](crate::limits).
    #[error(
        "the {primitive} hash needs {mib} MiB of memory, and a Worker has {} MiB for it",
        crate::limits::MEMORY_MIB
    )]
    TooMuchMemory {
        /// What computes it, such as `argon2`.
        primitive: &'static str,
        /// What it asks for, in whole ones.
        mib: u64,
    },
    /// It would take more work than is allowed: see [`limits`](crate::limits).
    #[error("the {primitive} hash asks for {times} times the work that is allowed")]
    TooMuchWork {
        /// What computes it, such as `bcrypt`.
        primitive: &'static str,
        /// How much too much, rounded up.
        times: u64,
    },
}
