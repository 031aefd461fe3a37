//! Users as a store lists them.

use accounts::{Account, Username};

use super::error::{MalformedUser, StoreError};

/// Users in order of their names. Those whose record is malformed are in their places.
pub(crate) type Page = Vec<Result<Account, MalformedUser>>;

/// The name of a user in a page.
pub(crate) fn username_of(user: &Result<Account, MalformedUser>) -> &Username {
    match user {
        Ok(account) => &account.username,
        Err(MalformedUser(username)) => username,
    }
}

/// All users, a page at a time.
pub(crate) type Pages<'a> = Box<dyn Iterator<Item = Result<Page, StoreError>> + 'a>;
