/// Why a stored hash can't be used. Says what is wrong, never what the hash was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// No format known here starts like this.
    #[error("the hash is of no known format")]
    UnknownFormat,
    /// The format is known, but the rest does not follow its grammar.
    #[error("the {0} hash is malformed")]
    Malformed(&'static str),
    /// It would take more memory or work than [`limits`](crate::limits) allow.
    #[error("the {0} hash asks for more memory or work than is allowed")]
    TooCostly(&'static str),
}
