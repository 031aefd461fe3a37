//! Sorts any number of rows by username: runs of them in memory, which are kept in temporary files
//! and then merged. A store's index takes sorted rows fastest, duplicates meet side by side, and an
//! interrupted import knows where it was.
//!
//! The files hold hashes, so they have no name and end with the program, however that ends. The crate
//! `extsort` names its files and leaves them behind when the program is killed; the licence of `ext-sort`
//! is not among the allowed ones. So the merge is written here.

use std::{
    cmp::Ordering,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Seek},
};

use super::row::SortedRow;

/// Rows that are sorted in memory at a time, about 60 MB.
const RUN_ROWS: usize = 200_000;

/// Takes rows in any order.
pub(crate) struct Sorter {
    runs: Vec<File>,
    run: Vec<SortedRow>,
    run_rows: usize,
}

impl Sorter {
    pub(crate) fn new() -> Self {
        Self::with_runs_of(RUN_ROWS)
    }

    fn with_runs_of(run_rows: usize) -> Self {
        Self { runs: Vec::new(), run: Vec::new(), run_rows }
    }

    pub(crate) fn push(&mut self, row: SortedRow) -> io::Result<()> {
        self.run.push(row);
        if self.run.len() >= self.run_rows { self.write_run() } else { Ok(()) }
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.run.sort_unstable();
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for row in self.run.drain(..) {
            row.write(&mut file)?;
        }
        let mut file = file.into_inner()?;
        file.rewind()?;
        self.runs.push(file);
        Ok(())
    }

    /// Returns all rows in order of username, then of line.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted> {
        self.write_run()?;
        let mut runs: Vec<_> = self.runs.into_iter().map(BufReader::new).collect();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (number, run) in runs.iter_mut().enumerate() {
            if let Some(row) = SortedRow::read(run)? {
                heads.push(Head { row, run: number });
            }
        }
        Ok(Sorted { heads, runs })
    }
}

/// The merged runs.
pub(crate) struct Sorted {
    heads: BinaryHeap<Head>,
    runs: Vec<BufReader<File>>,
}

impl Iterator for Sorted {
    type Item = io::Result<SortedRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let Head { row, run } = self.heads.pop()?;
        let next = self.runs.get_mut(run).map_or(Ok(None), SortedRow::read);
        match next {
            Err(error) => return Some(Err(error)),
            Ok(Some(next)) => self.heads.push(Head { row: next, run }),
            Ok(None) => {}
        }
        Some(Ok(row))
    }
}

/// The next row of a run. The order is reversed, because the heap gives the greatest first.
struct Head {
    row: SortedRow,
    run: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        other.row.cmp(&self.row)
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

#[cfg(test)]
mod tests {
    use accounts::{Account, Username};

    use super::*;
    use crate::import::row::Refused;

    fn row(username: &str, line: u64) -> Option<SortedRow> {
        let account = Account {
            username: Username::parse(username)?,
            password_hash: "$2b$04$".to_owned(),
            disabled: false,
            subject: None,
            claims: None,
            imported_hash: None,
            created_at: None,
            changed_at: None,
        };
        Some(SortedRow { line, written: None, user: Ok(account) })
    }

    #[test]
    fn rows_of_many_runs_come_in_order_of_username_then_line() -> io::Result<()> {
        let names = ["b", "a", "ä", "b", "c", "a", "Z", "b"];
        let mut sorter = Sorter::with_runs_of(3);
        for (line, name) in names.iter().enumerate() {
            sorter.push(row(name, line as u64).unwrap())?;
        }
        let merged = sorter.sorted()?.map(|row| row.map(|row| (row.username().as_str().to_owned(), row.line)));
        let expected = [("Z", 6), ("a", 1), ("a", 5), ("b", 0), ("b", 3), ("b", 7), ("c", 4), ("ä", 2)];
        assert_eq!(merged.collect::<io::Result<Vec<_>>>()?, expected.map(|(name, line)| (name.to_owned(), line)));
        Ok(())
    }

    #[test]
    fn a_row_is_read_as_it_was_written() -> io::Result<()> {
        let mut row = row("jöhn o'hara, \"x\"", 1_000_000).unwrap();
        row.written = Username::parse("Jöhn O'Hara, \"x\"");
        let refused = Err(Refused { username: row.username().clone(), bars_login: true });
        let refused = SortedRow { line: 7, written: row.written.clone(), user: refused };
        let account = row.user.as_mut().unwrap();
        account.disabled = true;
        account.created_at = Some(-5);
        account.imported_hash = Some("0f".to_owned());
        account.subject = Some("4 2".to_owned().try_into().unwrap());
        account.claims = Some(accounts::Claims::parse("{\"roles\":[\"a\",\"b\\t\"]}").unwrap());
        for row in [row, refused] {
            let mut text = Vec::new();
            row.write(&mut text)?;
            assert_eq!(SortedRow::read(&mut text.as_slice())?, Some(row));
        }
        assert_eq!(SortedRow::read(&mut io::empty())?, None);
        assert!(SortedRow::read(&mut &b"not a row"[..]).is_err());
        Ok(())
    }
}
