//! A table that was read to its end: its users in order, each once. `plan` and `import` share it, so that
//! both say the same of a table.

use std::{
    io,
    iter::{self, Peekable},
};

use accounts::{Username, UsernameCase};

use super::{
    names::Names,
    row::{Refused, Row, SortedRow, username_of},
    sort::{Sorted, Sorter},
    subjects::Subjects,
};
use crate::{
    error::Error,
    figures::counted,
    io_error::IoError,
    table::{Headings, Line, RejectedRow, Rejection, Role, Table, UserRow},
};

/// The users of a table.
pub(crate) struct Users {
    pub(crate) headings: Headings,
    /// Rows that can be stored. A username may be among them more than once.
    pub(crate) rows: u64,
    banned_for_a_time: u64,
    names: Names,
    subjects: Subjects,
    sorted: Peekable<Sorted>,
}

/// Told of each row that can't be used: its line, and what is wrong.
type Reject<'a> = &'a mut dyn FnMut(u64, &RejectedRow) -> Result<(), Error>;

impl Users {
    /// Reads the whole table. Names become what `case` makes of them.
    pub(crate) fn read(mut table: Table<'_>, case: UsernameCase, reject: Reject<'_>) -> Result<Self, Error> {
        let temporary = || IoError::of("a temporary file can't be written");
        let mut unsorted = Sorter::new();
        let mut subjects = Subjects::default();
        let (mut rows, mut banned_for_a_time) = (0, 0);
        while let Some(line) = table.next() {
            let Line { number, row } = line?;
            let row = row.and_then(|row| in_case(row, case, table.headings()));
            let row = match row {
                Err(rejected) => {
                    reject(number, &rejected)?;
                    refused(number, &rejected, case)
                }
                Ok((UserRow { account, is_banned_for_a_time }, written)) => {
                    rows += 1;
                    banned_for_a_time += u64::from(is_banned_for_a_time);
                    subjects.add(&account, number);
                    Some(SortedRow { line: number, written, user: Ok(account) })
                }
            };
            if let Some(row) = row {
                unsorted.push(row).map_err(temporary())?;
            }
        }
        let sorted = unsorted.sorted().map_err(temporary())?.peekable();
        let headings = table.headings().clone();
        subjects.sort();
        Ok(Self { headings, rows, banned_for_a_time, names: Names::default(), subjects, sorted })
    }

    /// The next user in order of username. Of usable rows with the same username, the first one of the table counts. If
    /// rows have names that differ, but become one, none of them does: nobody knows whose the name is.
    pub(crate) fn next(&mut self, reject: Reject<'_>) -> Result<Option<Row>, Error> {
        let Some((first, others)) = self.next_group()? else { return Ok(None) };
        let other = others.iter().find(|row| row.written != first.written).map(|row| row.line);
        let (first_line, first_written) = (first.line, first.written.clone());
        // Anybody may have signed up with the name in another case. The row that has it as it is stored decides.
        let has_stored_name = iter::once(&first).chain(&others).any(|row| row.written.is_none());
        let mut refused = Refused { username: first.username().clone(), bars_login: true };
        let mut user = None;
        for row in iter::once(first).chain(others) {
            let bars_login = match &row.user {
                Ok(account) => account.disabled,
                Err(refused) => refused.bars_login,
            };
            if row.written.is_none() || !has_stored_name {
                refused.bars_login &= bars_login;
            }
            let rejection = match (&row.user, other, &user) {
                (Ok(account), None, None) => match self.subjects.check(account, row.line) {
                    Ok(()) => {
                        user = Some(row);
                        continue;
                    }
                    Err(rejection) => rejection,
                },
                (Ok(_), None, Some(user)) => Rejection::Duplicate(user.line),
                (Ok(_), Some(other), _) => {
                    Rejection::Collision(if row.written == first_written { other } else { first_line })
                }
                // It was rejected already.
                (Err(_), ..) => continue,
            };
            let rejected = RejectedRow {
                username: Some(row.written.as_ref().unwrap_or(row.username()).as_str().to_owned()),
                column: rejection.role().and_then(|role| self.headings.of(role)).map(str::to_owned),
                rejection,
                bars_login,
            };
            reject(row.line, &rejected)?;
        }
        let Some(SortedRow { line, user, .. }) = user else { return Ok(Some(Err(refused))) };
        self.names.add(username_of(&user), line);
        Ok(Some(user))
    }

    /// The rows of the next username, in order of line.
    fn next_group(&mut self) -> Result<Option<(SortedRow, Vec<SortedRow>)>, IoError> {
        let unreadable = || IoError::of("a temporary file can't be read");
        let Some(first) = self.sorted.next().transpose().map_err(unreadable())? else { return Ok(None) };
        let mut others = Vec::new();
        let has_same_name =
            |row: &io::Result<SortedRow>| !row.as_ref().is_ok_and(|row| row.username() != first.username());
        while let Some(row) = self.sorted.next_if(has_same_name) {
            others.push(row.map_err(unreadable())?);
        }
        Ok(Some((first, others)))
    }

    /// What people should look at, a line each, once all users have been taken.
    pub(crate) fn warnings(&mut self) -> Vec<String> {
        let bans = (self.banned_for_a_time > 0).then(|| {
            format!(
                "{} banned for a time: they stay disabled until you type `edge-login user enable`",
                counted(self.banned_for_a_time, "user is", "users are")
            )
        });
        self.names.warnings().into_iter().chain(bans).chain(self.subjects.warning()).collect()
    }
}

/// The row with the name under which its user is stored, and the name as it was if it was another. In lower case a name
/// may be too long.
fn in_case(
    mut row: UserRow,
    case: UsernameCase,
    headings: &Headings,
) -> Result<(UserRow, Option<Username>), RejectedRow> {
    let written = row.account.username;
    row.account.username = case.username(written.as_str()).ok_or_else(|| RejectedRow {
        username: Some(written.as_str().to_owned()),
        column: headings.of(Role::Username).map(str::to_owned),
        rejection: Rejection::Username,
        bars_login: row.account.disabled,
    })?;
    let is_another = written != row.account.username;
    Ok((row, is_another.then_some(written)))
}

/// The row that can't be used, unless nobody can have its name.
fn refused(line: u64, row: &RejectedRow, case: UsernameCase) -> Option<SortedRow> {
    let written = Username::parse(row.username.as_deref()?)?;
    let username = case.username(written.as_str())?;
    let written = Some(written).filter(|written| *written != username);
    Some(SortedRow { line, written, user: Err(Refused { username, bars_login: row.bars_login }) })
}
