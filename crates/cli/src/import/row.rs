//! A row on its way to the store.

use std::{
    cmp::Ordering,
    io::{self, BufRead, Write},
};

use accounts::{Account, Claims, Subject, Username};

/// A row, ordered by username and then by line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SortedRow {
    pub(crate) line: u64,
    pub(crate) account: Account,
}

impl SortedRow {
    /// Writes the row as a line of fields separated by tabs. No field has control characters.
    pub(crate) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        let Self { line, account } = self;
        let Account { username, password_hash, disabled, subject, claims, imported_hash, .. } = account;
        let (subject, claims) =
            (subject.as_ref().map_or("", Subject::as_str), claims.as_ref().map_or("", Claims::as_json));
        let [created_at, changed_at] =
            [account.created_at, account.changed_at].map(|time| time.map(|time| time.to_string()).unwrap_or_default());
        let (username, imported_hash) = (username.as_str(), imported_hash.as_deref().unwrap_or_default());
        writeln!(
            output,
            "{username}\t{password_hash}\t{disabled}\t{subject}\t{claims}\t{imported_hash}\t{created_at}\t{changed_at}\t{line}"
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
        let account = Account {
            username: Username::parse(field()?)?,
            password_hash: field()?.to_owned(),
            disabled: field()?.parse().ok()?,
            subject: filled(field()?).map(|text| Subject::try_from(text.to_owned())).transpose().ok()?,
            claims: filled(field()?).map(Claims::parse).transpose().ok()?,
            imported_hash: filled(field()?).map(str::to_owned),
            created_at: time(field()?)?,
            changed_at: time(field()?)?,
        };
        Some(Self { line: field()?.parse().ok()?, account })
    }

    fn key(&self) -> (&Username, u64) {
        (&self.account.username, self.line)
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
