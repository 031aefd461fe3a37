//! A row on its way to the store.

use std::{
    cmp::Ordering,
    io::{self, BufRead, Write},
};

use accounts::{Account, Claims, Subject, Username};

/// A user whom a store can have, or one whose row can't be used.
pub(crate) type Row = Result<Account, Refused>;

/// A user whose row can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) username: Username,
    /// Whether the row says that nobody can log in as this user.
    pub(crate) bars_login: bool,
}

/// The name under which the user of a row is stored.
pub(crate) fn username_of(row: &Row) -> &Username {
    match row {
        Ok(account) => &account.username,
        Err(refused) => &refused.username,
    }
}

/// A row, ordered by username and then by line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SortedRow {
    pub(crate) line: u64,
    /// The name in the table, if it is not the one under which the user is stored.
    pub(crate) written: Option<Username>,
    pub(crate) user: Row,
}

impl SortedRow {
    /// Writes the row as a line of fields separated by tabs. No field has control characters.
    pub(crate) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        let Self { line, written, user } = self;
        let written = written.as_ref().map_or("", Username::as_str);
        let account = match user {
            Ok(account) => account,
            Err(Refused { username, bars_login }) => {
                return writeln!(output, "{line}\t{written}\t{}\t{bars_login}", username.as_str());
            }
        };
        let Account { username, password_hash, disabled, subject, claims, imported_hash, .. } = account;
        let (subject, claims) =
            (subject.as_ref().map_or("", Subject::as_str), claims.as_ref().map_or("", Claims::as_json));
        let [created_at, changed_at] =
            [account.created_at, account.changed_at].map(|time| time.map(|time| time.to_string()).unwrap_or_default());
        let (username, imported_hash) = (username.as_str(), imported_hash.as_deref().unwrap_or_default());
        writeln!(
            output,
            "{line}\t{written}\t{username}\t{disabled}\t{password_hash}\t{subject}\t{claims}\t{imported_hash}\t{created_at}\t{changed_at}"
        )
    }

    /// Reads what [`write`](Self::write) wrote; `None` at the end.
    pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let row = Self::parse(line.trim_end_matches('\n'));
        row.map(Some).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the temporary file was altered"))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut field = || fields.next();
        let filled = |text| Some(text).filter(|text: &&str| !text.is_empty());
        let time = |text| filled(text).map(str::parse).transpose().ok();
        let line = field()?.parse().ok()?;
        let written = filled(field()?).map(|text| Username::parse(text).ok_or(())).transpose().ok()?;
        let username = Username::parse(field()?)?;
        let disabled = field()?.parse().ok()?;
        let Some(password_hash) = field() else {
            return Some(Self { line, written, user: Err(Refused { username, bars_login: disabled }) });
        };
        let account = Account {
            username,
            password_hash: password_hash.to_owned(),
            disabled,
            subject: filled(field()?).map(|text| Subject::try_from(text.to_owned())).transpose().ok()?,
            claims: filled(field()?).map(Claims::parse).transpose().ok()?,
            imported_hash: filled(field()?).map(str::to_owned),
            created_at: time(field()?)?,
            changed_at: time(field()?)?,
        };
        Some(Self { line, written, user: Ok(account) })
    }

    /// The name under which the user is stored.
    pub(crate) fn username(&self) -> &Username {
        username_of(&self.user)
    }

    fn key(&self) -> (&Username, u64) {
        (self.username(), self.line)
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
