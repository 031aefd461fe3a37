//! Counts of a table: which hashes its users have, and which rows can't be used. A tally has a bounded
//! size, whatever the size of the table.

use std::collections::BTreeMap;

use accounts::Account;
use passwords::{Cost, Format, HashError, StoredHash};
use serde::Serialize;

use crate::table::{Headings, Rejection};

/// The most kinds of hashes that are distinguished. Any other is counted as the nearest kind of its format.
const MAX_KINDS: usize = 10_000;

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) columns: Headings,
    /// What people should look at, a line each.
    pub(crate) warnings: Vec<String>,
    pub(crate) kinds: BTreeMap<Kind, Users>,
    refused: BTreeMap<(&'static str, String), Refusals>,
}

/// A kind of hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub(crate) format: Format,
    pub(crate) cost: Cost,
    /// Whether a new hash would be like this one.
    pub(crate) current: bool,
}

/// How many users have hashes of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Users {
    pub(crate) enabled: u64,
    pub(crate) disabled: u64,
}

#[derive(Debug)]
struct Refusals {
    users: u64,
    first_line: u64,
    /// The highest cost among hashes that are refused because of their cost.
    costliest: Option<Cost>,
    /// Whether all of them have that cost.
    alike: bool,
}

/// Rows that can't be used for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Refused {
    /// The reason, for programs.
    pub(crate) kind: &'static str,
    pub(crate) reason: String,
    pub(crate) users: u64,
    /// The line of the first such row.
    pub(crate) first_line: u64,
}

impl Tally {
    /// Counts a user.
    pub(crate) fn add(&mut self, account: &Account) {
        self.add_within(account, MAX_KINDS);
    }

    fn add_within(&mut self, account: &Account, max_kinds: usize) {
        // A row is rejected if its hash can't be parsed.
        let Ok(hash) = StoredHash::parse(&account.password_hash) else { return };
        self.rows += 1;
        let kind = Kind { format: hash.format(), cost: hash.cost(), current: hash.is_current() };
        let users = self.kinds.entry(self.kind(kind, max_kinds)).or_default();
        if account.disabled {
            users.disabled += 1;
        } else {
            users.enabled += 1;
        }
    }

    /// Counts a row that can't be used.
    pub(crate) fn reject(&mut self, line: u64, rejection: &Rejection) {
        self.rows += 1;
        let (key, cost) = classified(rejection);
        let refusals =
            self.refused.entry(key).or_insert(Refusals { users: 0, first_line: line, costliest: cost, alike: true });
        refusals.users += 1;
        refusals.first_line = refusals.first_line.min(line);
        refusals.alike &= refusals.costliest == cost;
        refusals.costliest =
            refusals.costliest.into_iter().chain(cost).max_by_key(|cost| (cost.memory_bytes(), cost.work()));
    }

    /// The kind that a kind is counted as.
    fn kind(&self, kind: Kind, max_kinds: usize) -> Kind {
        if self.kinds.len() < max_kinds || self.kinds.contains_key(&kind) {
            return kind;
        }
        let next = self.kinds.range(kind..).next();
        let previous = self.kinds.range(..kind).next_back();
        let near = |other: &&Kind| other.format == kind.format && other.current == kind.current;
        [next, previous].into_iter().flatten().map(|(other, _)| other).find(near).copied().unwrap_or(kind)
    }

    /// The reasons why rows can't be used, the most common first.
    pub(crate) fn refused(&self) -> Vec<Refused> {
        let mut refused: Vec<Refused> = self.refused.iter().map(|(key, refusals)| refusals.summarised(key)).collect();
        refused.sort_by_key(|refused| std::cmp::Reverse(refused.users));
        refused
    }
}

/// What a rejection is counted as: its kind, and the reason without what only one row has. And the cost of
/// the hash if that is the reason.
fn classified(rejection: &Rejection) -> ((&'static str, String), Option<Cost>) {
    let kind = match rejection {
        Rejection::Hash(HashError::TooCostly { cost }) => {
            let is_memory = cost.memory_bytes() > cost.most_memory_bytes();
            let kind = if is_memory { "too_much_memory" } else { "too_much_work" };
            return ((kind, cost.primitive().to_owned()), Some(*cost));
        }
        Rejection::Hash(HashError::NoPassword) => "no_password",
        Rejection::Hash(HashError::Malformed(_)) => "malformed",
        Rejection::Hash(_) | Rejection::ControlInHash => "unknown_format",
        Rejection::NoHash => "no_hash",
        Rejection::NoUsername | Rejection::Username => "username",
        Rejection::Duplicate(_) | Rejection::SubjectTwice(_) | Rejection::UsernameIsSubject(_) => "duplicate",
        Rejection::Collision(_) => "collision",
        Rejection::NotJson { .. }
        | Rejection::FieldCount { .. }
        | Rejection::NotUtf8
        | Rejection::ManyLines(_)
        | Rejection::Flag { .. }
        | Rejection::Time { .. }
        | Rejection::Instant { .. }
        | Rejection::Nested { .. }
        | Rejection::Subject
        | Rejection::Claims(_) => "broken_row",
    };
    ((kind, rejection.in_general()), None)
}

impl Refusals {
    fn summarised(&self, (kind, reason): &(&'static str, String)) -> Refused {
        let reason = match self.costliest {
            Some(cost) if self.alike => HashError::TooCostly { cost }.to_string(),
            Some(cost) => format!("{} (the costliest of them)", HashError::TooCostly { cost }),
            None => reason.clone(),
        };
        Refused { kind, reason, users: self.users, first_line: self.first_line }
    }
}

#[cfg(test)]
mod tests {
    use accounts::Username;

    use super::*;
    use crate::{plan::survey, table};

    const BCRYPT: &str = "Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";

    fn tally(rows: &[String]) -> Tally {
        let table = format!("username,password_hash,disabled\n{}", rows.concat());
        survey(table::read(table.as_bytes(), "the table", 0).unwrap(), accounts::UsernameCase::Exact).unwrap()
    }

    #[test]
    fn users_are_counted_by_kind_and_rows_that_cant_be_used_by_reason() {
        let argon2 = |memory| {
            format!(
                "\"$argon2id$v=19$m={memory},t=3,p=4$yixYSWgd8uG+1KIm+fZtsA$rbcZT6OgrwCS305+CnjS1GsdwfMtE2mi6chIMDYlzH0\""
            )
        };
        let rows = [
            format!("a,$2b$04${BCRYPT},\n"),
            format!("b,$2a$04${BCRYPT},\n"),
            format!("c,$2b$04${BCRYPT},1\n"),
            format!("d,$2b$05${BCRYPT},0\n"),
            format!("e,{},0\n", argon2(65_536)),
            format!("f,{},0\n", argon2(102_400)),
            format!("g,{},0\n", argon2(131_072)),
            format!("h,$2b$18${BCRYPT},0\n"),
            "i,$2b$10$short,\n".to_owned(),
            "j,!,\n".to_owned(),
            "k,5f4dcc3b5aa765d61d8327deb882cf99,\n".to_owned(),
            format!(",$2b$04${BCRYPT},\n"),
            "l,,\n".to_owned(),
            "m\n".to_owned(),
            format!("n,$2b$04${BCRYPT},maybe\n"),
            format!("a,$2b$05${BCRYPT},\n"),
        ];
        let tally = tally(&rows);
        assert_eq!(tally.rows, 16);
        let kinds: Vec<_> = tally
            .kinds
            .iter()
            .map(|(kind, users)| (kind.format.name(), kind.cost.to_string(), users.enabled, users.disabled))
            .collect();
        assert_eq!(
            kinds,
            [
                ("argon2id", "argon2id-m65536-t3-p4".to_owned(), 1, 0),
                ("bcrypt", "bcrypt-04".to_owned(), 2, 1),
                ("bcrypt", "bcrypt-05".to_owned(), 1, 0),
            ]
        );
        let refused = tally.refused();
        assert_eq!(refused.iter().map(|refused| refused.users).sum::<u64>(), 11);
        let of = |kind: &str| refused.iter().find(|refused| refused.kind == kind).unwrap();
        assert_eq!((of("too_much_memory").users, of("too_much_memory").first_line), (2, 7));
        assert_eq!(
            of("too_much_memory").reason,
            "the argon2 hash asks for 128 MiB of memory, but only 64 MiB fit in a Worker (the costliest of them)"
        );
        assert_eq!(of("too_much_work").reason, "the bcrypt hash asks for 262144 rounds, but at most 32768 are allowed");
        assert_eq!(of("malformed").reason, "the bcrypt hash is malformed");
        for (kind, line, reason) in [
            ("no_password", 11, "the user has no password"),
            ("unknown_format", 12, "the hash is of no known format"),
            ("username", 13, "there is no username"),
            ("no_hash", 14, "there is no password hash"),
            ("broken_row", 15, "the row has more or fewer fields than the header"),
            ("broken_row", 16, "the column disabled must be true or false"),
            ("duplicate", 17, "the username is already in an earlier line"),
        ] {
            let expected = Refused { kind, reason: reason.to_owned(), users: 1, first_line: line };
            assert!(refused.contains(&expected), "{expected:?} {refused:?}");
        }
    }

    #[test]
    fn the_number_of_kinds_is_limited() {
        let mut tally = Tally::default();
        for rounds in [5000, 5002, 5001, 5003, 5002] {
            let account = Account {
                username: Username::parse("a").unwrap(),
                password_hash: format!(
                    "$5$rounds={rounds}$gu9N/AX7U6bLyR5i$Mg2EsKuYc.ZaC8uvJuvecNgdpPJlqusW5G0GcaxB/f6"
                ),
                disabled: false,
                subject: None,
                claims: None,
                imported_hash: None,
                created_at: None,
                changed_at: None,
            };
            tally.add_within(&account, 2);
        }
        let counted: Vec<_> = tally.kinds.iter().map(|(kind, users)| (kind.cost.to_string(), users.enabled)).collect();
        assert_eq!(counted, [("sha256-crypt-5000".to_owned(), 1), ("sha256-crypt-5002".to_owned(), 4)]);
    }
}
