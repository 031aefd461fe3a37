//! The users of a service in order of username, read page by page.

use std::vec;

use accounts::Username;

use crate::api::{Api, ApiError, User};

/// More than any page has.
const PAGE: usize = 1000;

pub(super) struct Here<'a> {
    api: &'a Api,
    page: vec::IntoIter<User>,
    next: Next,
    peeked: Option<User>,
    last: Option<Username>,
}

/// The next page.
enum Next {
    First,
    After(String),
    None,
}

impl<'a> Here<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        Self { api, page: Vec::new().into_iter(), next: Next::First, peeked: None, last: None }
    }

    /// The next user, if the name is up to this one.
    pub(super) fn next_up_to(&mut self, username: Option<&Username>) -> Result<Option<User>, ApiError> {
        if self.peeked.is_none() {
            self.peeked = self.read()?;
        }
        Ok(self.peeked.take_if(|user| username.is_none_or(|username| user.username <= *username)))
    }

    fn read(&mut self) -> Result<Option<User>, ApiError> {
        loop {
            if let Some(user) = self.page.next() {
                // Only in order is it sure who is not there.
                if self.last.as_ref().is_some_and(|last| user.username <= *last) {
                    return Err(ApiError::Unordered);
                }
                self.last = Some(user.username.clone());
                return Ok(Some(user));
            }
            let page = match &self.next {
                Next::First => self.api.page(None, PAGE)?,
                Next::After(after) => self.api.page(Some(after), PAGE)?,
                Next::None => return Ok(None),
            };
            self.page = page.users.into_iter();
            self.next = page.next.map_or(Next::None, Next::After);
        }
    }
}
