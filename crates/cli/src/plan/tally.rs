//! Counts of a table: which hashes its users have, and which rows can't be used. A tally has a bounded
//! size, whatever the size of the table.

use std::collections::BTreeMap;

use passwords::{Cost, Format, HashError};
use serde::Serialize;

use crate::table::{Line, Lines, Rejection, TableError, UserRow};

/// The most kinds of hashes that are distinguished. Any other is counted as the nearest kind of its format.
const MAX_KINDS: usize = 10_000;

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) kinds: BTreeMap<Kind, Users>,
    refused: BTreeMap<(&'static str, &'static str), Refusals>,
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
    pub(crate) fn of(lines: Lines<'_>) -> Result<Self, TableError> {
        let mut tally = Self::default();
        for line in lines {
            tally.count(line?, MAX_KINDS);
        }
        Ok(tally)
    }

    fn count(&mut self, Line { number, row }: Line, max_kinds: usize) {
        self.rows += 1;
        match row {
            Ok(UserRow { account, hash }) => {
                let kind = Kind { format: hash.format(), cost: hash.cost(), current: hash.is_current() };
                let users = self.kinds.entry(self.kind(kind, max_kinds)).or_default();
                if account.disabled {
                    users.disabled += 1;
                } else {
                    users.enabled += 1;
                }
            }
            Err(rejection) => {
                let (key, cost) = classified(&rejection);
                let refusals = self.refused.entry(key).or_insert(Refusals {
                    users: 0,
                    first_line: number,
                    costliest: cost,
                    alike: true,
                });
                refusals.users += 1;
                refusals.alike &= refusals.costliest == cost;
                refusals.costliest =
                    refusals.costliest.into_iter().chain(cost).max_by_key(|cost| (cost.memory_bytes(), cost.work()));
            }
        }
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
        let mut refused: Vec<Refused> = self.refused.iter().map(|(key, refusals)| refusals.summarised(*key)).collect();
        refused.sort_by_key(|refused| std::cmp::Reverse(refused.users));
        refused
    }
}

/// What a rejection is counted as, and the cost of the hash if that is the reason.
fn classified(rejection: &Rejection) -> ((&'static str, &'static str), Option<Cost>) {
    match *rejection {
        Rejection::Hash(HashError::TooCostly { cost }) if cost.memory_bytes() > cost.most_memory_bytes() => {
            (("too_much_memory", cost.primitive()), Some(cost))
        }
        Rejection::Hash(HashError::TooCostly { cost }) => (("too_much_work", cost.primitive()), Some(cost)),
        Rejection::Hash(HashError::NoPassword) => (("no_password", ""), None),
        Rejection::Hash(HashError::Malformed(format)) => (("malformed", format), None),
        Rejection::Hash(_) | Rejection::ControlInHash => (("unknown_format", ""), None),
        Rejection::NoHash => (("no_hash", ""), None),
        Rejection::NoUsername | Rejection::Username | Rejection::Duplicate(_) => (("username", ""), None),
        Rejection::NotJson { .. }
        | Rejection::FieldCount { .. }
        | Rejection::NotUtf8
        | Rejection::ManyLines(_)
        | Rejection::Flag { .. }
        | Rejection::Time { .. } => (("broken_row", ""), None),
    }
}

impl Refusals {
    fn summarised(&self, (kind, what): (&'static str, &'static str)) -> Refused {
        let reason = match kind {
            "too_much_memory" | "too_much_work" => {
                let reason = self.costliest.map(|cost| HashError::TooCostly { cost }.to_string()).unwrap_or_default();
                if self.alike { reason } else { reason + " (the costliest of them)" }
            }
            "no_password" => HashError::NoPassword.to_string(),
            "malformed" => format!("the {what} hash is malformed"),
            "unknown_format" => HashError::UnknownFormat.to_string(),
            "no_hash" => Rejection::NoHash.to_string(),
            "username" => "the username is missing or not allowed".to_owned(),
            _ => "the row can't be read: `edge-login user import` says why".to_owned(),
        };
        Refused { kind, reason, users: self.users, first_line: self.first_line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    const BCRYPT: &str = "Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";

    fn tally(rows: &[String]) -> Tally {
        let table = format!("username,password_hash,disabled\n{}", rows.concat());
        Tally::of(table::read(table.as_bytes(), "the table").unwrap()).unwrap()
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
        ];
        let tally = tally(&rows);
        assert_eq!(tally.rows, 15);
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
        assert_eq!(refused.iter().map(|refused| refused.users).sum::<u64>(), 10);
        let of = |kind: &str| refused.iter().find(|refused| refused.kind == kind).unwrap();
        assert_eq!((of("too_much_memory").users, of("too_much_memory").first_line), (2, 7));
        assert_eq!(
            of("too_much_memory").reason,
            "the argon2 hash asks for 128 MiB of memory, but only 64 MiB fit in a Worker (the costliest of them)"
        );
        assert_eq!(of("too_much_work").reason, "the bcrypt hash asks for 262144 rounds, but at most 32768 are allowed");
        assert_eq!(of("malformed").reason, "the bcrypt hash is malformed");
        assert_eq!((of("broken_row").users, of("broken_row").first_line), (2, 15));
        for kind in ["no_password", "unknown_format", "username", "no_hash"] {
            assert_eq!(of(kind).users, 1, "{kind}");
        }
    }

    #[test]
    fn the_number_of_kinds_is_limited() {
        let mut tally = Tally::default();
        let sha_crypt = |rounds: u32| {
            format!(
                "username,password_hash\na,$5$rounds={rounds}$gu9N/AX7U6bLyR5i$Mg2EsKuYc.ZaC8uvJuvecNgdpPJlqusW5G0GcaxB/f6\n"
            )
        };
        for table in [5000, 5002, 5001, 5003, 5002].map(sha_crypt) {
            for line in table::read(table.as_bytes(), "the table").unwrap() {
                tally.count(line.unwrap(), 2);
            }
        }
        let counted: Vec<_> = tally.kinds.iter().map(|(kind, users)| (kind.cost.to_string(), users.enabled)).collect();
        assert_eq!(counted, [("sha256-crypt-5000".to_owned(), 1), ("sha256-crypt-5002".to_owned(), 4)]);
    }
}
