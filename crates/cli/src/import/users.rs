//! A table that was read to its end: its users in order, each once. `plan` and `import` share it, so that
//! both say the same of a table.

use accounts::{Account, Username, UsernameCase};

use super::{
    names::Names,
    row::SortedRow,
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
    sorted: Sorted,
    /// The username of the last row that was not a repetition, and its line.
    previous: Option<(Username, u64)>,
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
            match row.and_then(|row| in_case(row, case, table.headings())) {
                Err(rejected) => reject(number, &rejected)?,
                Ok(UserRow { account, is_banned_for_a_time, .. }) => {
                    rows += 1;
                    banned_for_a_time += u64::from(is_banned_for_a_time);
                    subjects.add(&account, number);
                    unsorted.push(SortedRow { line: number, account }).map_err(temporary())?;
                }
            }
        }
        let sorted = unsorted.sorted().map_err(temporary())?;
        subjects.sort();
        let headings = table.headings().clone();
        Ok(Self { headings, rows, banned_for_a_time, names: Names::default(), subjects, sorted, previous: None })
    }

    /// The next user in order of username. Of rows with the same username, the first one of the table counts.
    pub(crate) fn next(&mut self, reject: Reject<'_>) -> Result<Option<Account>, Error> {
        for row in self.sorted.by_ref() {
            let SortedRow { line, account } = row.map_err(IoError::of("a temporary file can't be read"))?;
            let checked = match &self.previous {
                Some((username, first)) if *username == account.username => Err(Rejection::Duplicate(*first)),
                _ => {
                    self.previous = Some((account.username.clone(), line));
                    self.subjects.check(&account, line)
                }
            };
            let Err(rejection) = checked else {
                self.names.add(&account.username, line);
                return Ok(Some(account));
            };
            let rejected = RejectedRow {
                username: Some(account.username.as_str().to_owned()),
                column: rejection.role().and_then(|role| self.headings.of(role)).map(str::to_owned),
                rejection,
            };
            reject(line, &rejected)?;
        }
        Ok(None)
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

/// The row with the name under which its user is stored. In lower case a name may be too long.
fn in_case(mut row: UserRow, case: UsernameCase, headings: &Headings) -> Result<UserRow, RejectedRow> {
    let username = row.account.username.as_str();
    row.account.username = case.username(username).ok_or_else(|| RejectedRow {
        username: Some(username.to_owned()),
        column: headings.of(Role::Username).map(str::to_owned),
        rejection: Rejection::Username,
    })?;
    Ok(row)
}
