//! Sign-up: a stranger's form asks for a user.

mod form;

pub use form::SignUpForm;
