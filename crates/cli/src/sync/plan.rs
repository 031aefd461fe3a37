//! What has to change so that the users of a service are those of a table.

use std::cmp::Ordering;

use accounts::{Account, Username};

use super::{
    here::Here,
    line::{as_kept, line, stored},
    spool::Spool,
};
use crate::{
    api::{Api, ApiError, User},
    error::Error,
    import::{Row, Users, username_of, wanted},
    io_error::IoError,
    table::{Given, RejectedRow},
};

/// What a table changes. Nothing is changed yet.
pub(crate) struct Plan {
    pub(crate) additions: Spool,
    pub(crate) changes: Spool,
    pub(crate) disabling: Vec<Disabling>,
    /// Users whom `changes` disable, because their rows say so.
    pub(crate) disabled_by_row: u64,
    /// Users who are here and can log in.
    pub(crate) enabled_here: u64,
    /// Users who can log in, though their rows can't be used.
    pub(crate) refused_but_enabled: u64,
}

/// A user who is to be disabled if nobody has changed the user meanwhile.
pub(crate) struct Disabling {
    pub(crate) username: Username,
    pub(crate) version: i64,
    /// Whether the user is in no row. Otherwise the row can't be used, but says that the user can't log in.
    pub(crate) is_gone: bool,
}

impl Disabling {
    pub(crate) fn name(&self) -> &str {
        self.username.as_str()
    }
}

impl Plan {
    /// Compares a table with the users of a service. Both are in order of username.
    pub(crate) fn of(
        table: &mut Users,
        api: &Api,
        reject: &mut dyn FnMut(u64, &RejectedRow) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let spool = || Spool::new().map_err(temporary());
        let given = table.headings.given();
        let mut plan = Self {
            additions: spool()?,
            changes: spool()?,
            disabling: Vec::new(),
            disabled_by_row: 0,
            enabled_here: 0,
            refused_but_enabled: 0,
        };
        let mut here = Here::new(api);
        while let Some(row) = table.next(reject)? {
            let row = row.map(as_kept);
            match plan.up_to(username_of(&row), &mut here)? {
                Some(user) => plan.compare(&user, &row, given)?,
                None => plan.add(&row)?,
            }
        }
        while let Some(user) = here.next_up_to(None)? {
            plan.gone(&user);
        }
        Ok(plan)
    }

    /// How many users are disabled, for whatever reason.
    pub(crate) fn disabled(&self) -> u64 {
        self.disabled_by_row + self.disabling.len() as u64
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.additions.users.count == 0 && self.changes.users.count == 0 && self.disabling.is_empty()
    }

    /// The user with a name. Those before are in no row.
    fn up_to(&mut self, username: &Username, here: &mut Here<'_>) -> Result<Option<User>, ApiError> {
        while let Some(user) = here.next_up_to(Some(username))? {
            match user.username.cmp(username) {
                Ordering::Equal => return Ok(Some(user)),
                _ => self.gone(&user),
            }
        }
        Ok(None)
    }

    fn gone(&mut self, user: &User) {
        if !user.disabled {
            self.enabled_here += 1;
            self.disable(user, true);
        }
    }

    fn disable(&mut self, user: &User, is_gone: bool) {
        self.disabling.push(Disabling { username: user.username.clone(), version: user.version, is_gone });
    }

    fn add(&mut self, row: &Row) -> Result<(), Error> {
        let Ok(account) = row else { return Ok(()) };
        push(&mut self.additions, account, &account.password_hash, None)
    }

    fn compare(&mut self, user: &User, row: &Row, given: Given) -> Result<(), Error> {
        self.enabled_here += u64::from(!user.disabled);
        match (row, wanted(&stored(user), row, given)) {
            (Ok(row), Some(new)) => {
                self.disabled_by_row += u64::from(new.disabled && !user.disabled);
                push(&mut self.changes, &new, &row.password_hash, Some(user.version))?;
            }
            (Err(_), Some(_)) => self.disable(user, false),
            (Err(_), None) => self.refused_but_enabled += u64::from(!user.disabled),
            (Ok(_), None) => {}
        }
        Ok(())
    }
}

fn push(spool: &mut Spool, account: &Account, password_hash: &str, version: Option<i64>) -> Result<(), Error> {
    let line = line(account, password_hash, version).map_err(ApiError::from)?;
    Ok(spool.push(account.username.as_str(), &line).map_err(temporary())?)
}

fn temporary() -> impl FnOnce(std::io::Error) -> IoError {
    IoError::of("a temporary file can't be written")
}
