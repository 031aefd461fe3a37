//! Tables of all kinds, usable and not.

use std::io::{Read, repeat};

use super::*;

const HASH: &str = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";

/// The outcome of each row: its username, or why it is rejected.
fn read_all(table: &[u8]) -> Result<Vec<(u64, String)>, TableError> {
    read(table, "the table")?.map(|line| line.map(|line| (line.number, outcome(line.row)))).collect()
}

fn outcome(row: Result<UserRow, Rejection>) -> String {
    match row {
        Ok(UserRow { account, .. }) => {
            let disabled = if account.disabled { " disabled" } else { "" };
            let times = [account.created_at, account.changed_at]
                .map(|time| time.map_or(String::new(), |time| format!(" {time}")));
            format!("{}{disabled}{}", account.username.as_str(), times.concat())
        }
        Err(rejection) => format!("rejected: {rejection}"),
    }
}

fn outcomes(table: &str) -> Vec<String> {
    read_all(table.as_bytes()).unwrap().into_iter().map(|(_, outcome)| outcome).collect()
}

#[test]
fn the_columns_of_each_framework_are_understood() {
    for header in [
        "username,password_hash",
        "username,hashed_password",
        "email,hashed_password",
        "username,password",
        "Username,Password",
        "\u{feff}email,password",
    ] {
        assert_eq!(outcomes(&format!("{header}\nalice,{HASH}\n")), ["alice"], "{header}");
        let [name, hash] = header.trim_start_matches('\u{feff}').split(',').collect::<Vec<_>>()[..] else { panic!() };
        assert_eq!(
            outcomes(&format!("{{\"{name}\": \"alice\", \"{hash}\": \"{HASH}\", \"x\": [1]}}")),
            ["alice"],
            "{header}"
        );
    }
    // Django has both: its users log in with their usernames.
    assert_eq!(outcomes(&format!("id,password,email,username\n7,{HASH},a@example.com,alice")), ["alice"]);
}

#[test]
fn flags_and_times_are_read_as_databases_write_them() {
    let table = format!(
        "username,password_hash,is_active,created_at,changed_at\r\n\
         a,{HASH},t,,\r\nb,{HASH},False,,\r\nc,{HASH},1,1700000000,1700000001\r\nd,{HASH},maybe,,\r\ne,{HASH},1,yesterday,\r\n"
    );
    assert_eq!(
        outcomes(&table),
        [
            "a",
            "b disabled",
            "c 1700000000 1700000001",
            "rejected: the column is_active must be true or false, but it is \"maybe\"",
            "rejected: the column created_at must be a Unix time in whole seconds, but it is \"yesterday\"",
        ]
    );
    assert_eq!(
        outcomes(&format!(r#"{{"username":"a","password_hash":"{HASH}","disabled":true,"created_at":5}}"#)),
        ["a disabled 5"]
    );
    assert_eq!(outcomes(&format!("username,password_hash,disabled\na,{HASH},1")), ["a disabled"]);
}

#[test]
fn quoted_fields_hold_commas_quotes_and_names_of_any_script() {
    let table = format!("username,password_hash\n\"O'Hara, \"\"J\"\"\",\"{HASH}\"\n日本語,{HASH}\n a b ,{HASH}\n");
    assert_eq!(outcomes(&table), ["O'Hara, \"J\"", "日本語", " a b "]);
}

#[test]
fn rows_that_cant_be_used_are_rejected_and_the_rest_is_read() {
    let long = "x".repeat(257);
    let table = format!(
        "username,password_hash\nalice\n,{HASH}\nbob,\nnul\0,{HASH}\n{long},{HASH}\nmd5,5f4dcc3b5aa765d61d8327deb882cf99\n\
         tab,{HASH}\t\ncarol,{HASH}\ncut,$2b$04$Jte.uR9\n"
    );
    let outcomes = read_all(table.as_bytes()).unwrap();
    let bad = |line, reason: &str| (line, format!("rejected: {reason}"));
    let username = "the username must be 1 to 256 bytes without control characters";
    assert_eq!(
        outcomes[..6],
        [
            bad(2, "the row has 1 field, but the header has 2"),
            bad(3, "there is no username"),
            bad(4, "there is no password hash"),
            bad(5, username),
            bad(6, username),
            bad(7, "the hash is of no known format"),
        ]
    );
    assert!(outcomes[6].1.starts_with("rejected: "), "{outcomes:?}");
    assert_eq!(outcomes[7], (9, "carol".to_owned()));
    assert_eq!(outcomes[8], bad(10, "the bcrypt hash is malformed"));
}

#[test]
fn a_row_that_is_not_utf_8_is_rejected_alone() {
    let table =
        [b"username,password_hash\nal\xffice,".as_slice(), HASH.as_bytes(), b"\nbob,", HASH.as_bytes()].concat();
    let outcomes = read_all(&table).unwrap();
    assert_eq!(outcomes, [(2, "rejected: the row is not UTF-8".to_owned()), (3, "bob".to_owned())]);
}

#[test]
fn json_lines_that_cant_be_used_are_rejected() {
    let table = format!(
        "{{\"username\":\"a\"}}\n\n{{\"password\":\"{HASH}\"}}\n{{]\n{{\"username\":\"b\",\"password\":null}}\n{{\"username\":\"c\",\"password\":\"{HASH}\"}}\n"
    );
    let outcomes = read_all(table.as_bytes()).unwrap();
    assert_eq!(outcomes.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3, 4, 5, 6]);
    assert_eq!(outcomes[0].1, "rejected: there is no password hash");
    assert_eq!(outcomes[1].1, "rejected: there is no username");
    assert_eq!(outcomes[2].1, "rejected: the row is not a JSON object: the error is at column 2");
    assert_eq!(outcomes[3].1, "rejected: there is no password hash");
    assert_eq!(outcomes[4].1, "c");
}

#[test]
fn an_unclosed_quote_is_reported_with_the_lines_it_took() {
    let table = format!("username,password_hash\n\"alice,{HASH}\nbob,{HASH}\ncarol,{HASH}\n");
    let outcomes = read_all(table.as_bytes()).unwrap();
    assert_eq!(outcomes, [(2, "rejected: the row spans 3 lines: a closing quote may be missing".to_owned())]);
}

#[test]
fn a_file_that_is_not_a_table_is_refused_as_a_whole() {
    assert!(matches!(read_all(b""), Err(TableError::Empty(_))));
    assert!(matches!(read_all(b" \n\n"), Err(TableError::Empty(_))));
    assert!(matches!(read_all(b"name,address\nx,y"), Err(TableError::Columns(columns)) if columns == "`name,address`"));
    // Without a header the first line is a user's, and is not shown.
    let headless = format!("alice,{HASH}\n");
    assert!(matches!(read_all(headless.as_bytes()), Err(TableError::Columns(columns)) if columns == "no header"));
    let utf16: Vec<u8> = "username,password".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(read_all(&utf16), Err(TableError::NotText(1))));
    assert!(matches!(read_all(b"\x7fELF\x02\x01\x01\0\0\0"), Err(TableError::NotText(1) | TableError::Columns(_))));
}

#[test]
fn a_row_without_end_stops_the_table_early() {
    let gigabyte = || repeat(b'x').take(1 << 30);
    let csv = read(b"username,password_hash\nalice,".chain(gigabyte()), "the table").unwrap();
    let json = read(b"{\"username\":\"a\"}\n".chain(b"{".as_slice()).chain(gigabyte()), "the table").unwrap();
    for mut rows in [csv, json] {
        let end = rows.find_map(Result::err);
        assert!(matches!(end, Some(TableError::RowTooLong { line: 1 | 2 })), "{end:?}");
        assert!(rows.next().is_none());
    }
    assert!(matches!(read(gigabyte(), "the table").map(drop), Err(TableError::RowTooLong { line: 1 })));
}
