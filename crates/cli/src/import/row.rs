use std::{
    cmp::Ordering,
    io::{self, BufRead, Write},
};

use accounts::{Account, Username};

/// A row on its way to the store, ordered by username and then by line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SortedRow {
    pub(crate) line: u64,
    pub(crate) user: Account,
}

impl SortedRow {
    /// Writes the row as a line of fields between tabs: no field has control characters.
    pub(crate) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        let Self { line, user } = self;
        let Account { username, password_hash, disabled, .. } = user;
        let [created_at, changed_at] =
            [user.created_at, user.changed_at].map(|time| time.map(|time| time.to_string()).unwrap_or_default());
        writeln!(output, "{}\t{password_hash}\t{disabled}\t{created_at}\t{changed_at}\t{line}", username.as_str())
    }

    /// Reads what [`write`](Self::write) wrote; `None` at the end.
    pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut text = String::new();
        if input.read_line(&mut text)? == 0 {
            return Ok(None);
        }
        let row = Self::parse(text.trim_end_matches('\n'));
        row.map(Some).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a temporary file was altered"))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('\t');
        let mut field = || fields.next();
        let time = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
        let user = Account {
            username: Username::parse(field()?)?,
            password_hash: field()?.to_owned(),
            disabled: field()?.parse().ok()?,
            created_at: time(field()?)?,
            changed_at: time(field()?)?,
        };
        Some(Self { line: field()?.parse().ok()?, user })
    }

    fn key(&self) -> (&Username, u64) {
        (&self.user.username, self.line)
    }
}

impl Ord for SortedRow {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for SortedRow {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
