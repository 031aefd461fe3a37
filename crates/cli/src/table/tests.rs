//! Tables of all kinds, usable and not.

use std::io::{Read, repeat};

use accounts::Account;

use super::*;

/// 2023-11-14, in Unix seconds.
const NOW: i64 = 1_700_000_000;
const HASH: &str = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";

/// The outcome of each row: its username, or why it is rejected.
fn read_all(table: &[u8]) -> Result<Vec<(u64, String)>, TableError> {
    read(table, "the table", NOW)?.map(|line| line.map(|line| (line.number, outcome(line.row)))).collect()
}

fn outcome(row: Result<UserRow, RejectedRow>) -> String {
    match row {
        Ok(UserRow { account, .. }) => {
            let disabled = if account.disabled { " disabled" } else { "" };
            let times = [account.created_at, account.changed_at]
                .map(|time| time.map_or(String::new(), |time| format!(" {time}")));
            format!("{}{disabled}{}", account.username.as_str(), times.concat())
        }
        Err(RejectedRow { rejection, .. }) => format!("rejected: {rejection}"),
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
    assert!(
        matches!(read_all(b"name,address\nx,y"), Err(TableError::Columns { header, .. }) if header == "`name,address`")
    );
    // Without a header the first line is a user's, and is not shown.
    let headless = format!("alice,{HASH}\n");
    assert!(matches!(read_all(headless.as_bytes()), Err(TableError::Columns { header, .. }) if header == "no header"));
    let unmarked: Vec<u8> = "username,password".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(read_all(&unmarked), Err(TableError::NotText(1))));
    assert!(matches!(read_all(b"\x7fELF\x02\x01\x01\0\0\0"), Err(TableError::NotText(1) | TableError::Columns { .. })));
}

#[test]
fn a_header_that_is_not_understood_lists_what_is_accepted() {
    let message = read_all(b"username;secret\nx;y").unwrap_err().to_string();
    for part in ["no column of password hashes", "`username;secret`", "`hashed_password`", "`email`", "`is_active`"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(read_all(b"name,password\nx,y").unwrap_err().to_string().contains("no column of usernames"));
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let refusal = |start: &[u8]| read_all(start).unwrap_err().to_string();
    assert!(refusal(b"PK\x03\x04\x14\0\x06\0").contains("the table is an Excel workbook"));
    assert!(refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0").contains("save the sheet with the users as CSV"));
    assert!(refusal(b"[\n  {\"username\": \"a\"}\n]").contains("is a JSON array"));
    assert!(refusal(b"line,username,column,reason\n2,a,,\n").contains("lists the rows that an import rejected"));
}

#[test]
fn semicolons_tabs_and_pipes_separate_fields_too() {
    for delimiter in [",", ";", "\t", "|"] {
        let table = format!("id,username,password_hash,note\n1,alice,{HASH},x\n2,bob,{HASH}\n").replace(',', delimiter);
        assert_eq!(
            outcomes(&table),
            ["alice", "rejected: the row has 3 fields, but the header has 4"],
            "{delimiter:?}"
        );
    }
    // The other characters are part of a field then.
    let table = format!("username;password;is_active\n\"a,b|c\";\"{HASH}\";1\n");
    assert_eq!(outcomes(&table), ["a,b|c"]);
}

#[test]
fn utf_16_with_a_byte_order_mark_is_read() {
    let text = format!("\u{feff}username\tpassword\tis_active\r\nändré 🔑\t{HASH}\t0\r\n");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        assert_eq!(read_all(&bytes).unwrap(), [(2, "ändré 🔑 disabled".to_owned())]);
    }
    let json: Vec<u8> = format!("\u{feff}{{\"username\":\"a\",\"password\":\"{HASH}\"}}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read_all(&json).unwrap(), [(1, "a".to_owned())]);
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let json = format!("{{\"username\":\"a\",\"password\":\"{HASH}\"}}\n\n{{\"username\":\"b\"}}\n");
    let csv = format!("username,password,note\na,{HASH},\"x\ny\"\n\nb,{HASH},\nc,{HASH}\n");
    for end in ["\n", "\r\n", "\r"] {
        let lines = |table: &str| -> Vec<u64> {
            read_all(table.replace('\n', end).as_bytes()).unwrap().iter().map(|(line, _)| *line).collect()
        };
        assert_eq!(lines(&json), [1, 3], "{end:?}");
        assert_eq!(lines(&csv), [2, 5, 6], "{end:?}");
        assert_eq!(lines(&format!("\n\n{csv}")), [4, 7, 8], "{end:?}");
        assert_eq!(lines(&format!("\n{json}")), [2, 4], "{end:?}");
    }
}

#[test]
fn an_array_or_an_object_in_a_column_that_is_read_is_rejected() {
    for (column, value) in [
        ("username", "[\"x\"]"),
        ("password_hash", "{}"),
        ("disabled", "[]"),
        ("is_active", "{\"value\": false}"),
        ("banned", "[true]"),
        ("banExpires", "{}"),
        ("created_at", "[5]"),
    ] {
        let mut row: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&format!(r#"{{"username":"a","password_hash":"{HASH}"}}"#)).unwrap();
        row.insert(column.to_owned(), serde_json::from_str(value).unwrap());
        let text = serde_json::to_string(&row).unwrap();
        let reason = format!(
            "rejected: the column {} must be a single value, but it is an array or an object",
            column.to_lowercase()
        );
        assert_eq!(outcomes(&text), [reason]);
    }
    assert_eq!(outcomes(&format!(r#"{{"username":"a","password_hash":"{HASH}","roles":["x"]}}"#)), ["a"]);
}

#[test]
fn subjects_and_claims_are_read_and_checked() {
    let read = |table: String| {
        let line = read(table.as_bytes(), "the table", NOW).unwrap().next().unwrap().unwrap();
        line.row.map_err(|row| format!("{}: {}", row.column.unwrap_or_default(), row.rejection)).map(|row| {
            let Account { subject, claims, .. } = row.account;
            (subject.map(|subject| subject.as_str().to_owned()), claims.map(|claims| claims.as_json().to_owned()))
        })
    };
    let both = Ok((Some("42".to_owned()), Some(r#"{"user_id":42}"#.to_owned())));
    let csv = |subject: &str, claims: &str| {
        read(format!("username,password,subject,claims\na,{HASH},{subject},\"{}\"\n", claims.replace('"', "\"\"")))
    };
    let json = |subject: &str, claims: &str| {
        read(format!(r#"{{"username":"a","password":"{HASH}","subject":{subject},"claims":{claims}}}"#))
    };
    assert_eq!(csv("42", r#"{"user_id":42}"#), both);
    assert_eq!(json("42", r#"{"user_id": 42}"#), both);
    assert_eq!(json("\"42\"", r#""{\"user_id\":42}""#), both);
    assert_eq!(csv("", ""), Ok((None, None)));
    assert_eq!(json("null", "null"), Ok((None, None)));
    assert_eq!(csv("", "[1]"), Err("claims: the claims are not a JSON object".to_owned()));
    assert_eq!(json("1", r#"{"sub": 1}"#), Err("claims: the claim `sub` can't be set for a user".to_owned()));
    assert!(csv(&"x".repeat(257), "").unwrap_err().starts_with("subject: the subject must be 1 to 256 bytes"));
}

#[test]
fn a_ban_of_better_auth_disables_until_it_expires() {
    let row = |banned: &str, expires: &str| {
        let table = format!("email,password,banned,banReason,banExpires\na,{HASH},{banned},spam,{expires}\n");
        let line = read(table.as_bytes(), "the table", NOW).unwrap().next().unwrap().unwrap();
        line.row.map(|row| (row.account.disabled, row.is_banned_for_a_time)).map_err(|row| row.rejection.to_string())
    };
    assert_eq!(row("t", ""), Ok((true, false)));
    assert_eq!(row("true", "2023-11-14 22:13:21+00"), Ok((true, true)));
    assert_eq!(row("1", "1700000000001"), Ok((false, false)));
    assert_eq!(row("1", "2023-11-14T22:13:20.000Z"), Ok((false, false)));
    assert_eq!(row("0", "2030-01-01T00:00:00.000Z"), Ok((false, false)));
    assert_eq!(row("", ""), Ok((false, false)));
    assert!(row("1", "soon").unwrap_err().starts_with("the column banexpires must be a date"));
    assert!(row("spam", "").unwrap_err().starts_with("the column banned must be true or false"));
}

#[test]
fn it_is_said_which_columns_are_used_and_which_are_ignored() {
    let headings = |table: &str| {
        let mut table = read(table.as_bytes(), "the table", NOW).unwrap();
        assert!(table.by_ref().all(|line| line.is_ok()));
        (table.headings().text(), table.headings().say_who_is_disabled())
    };
    assert_eq!(
        headings(&format!("id,Email,hashed_password,is_active,suspended\n1,a,{HASH},1,1\n")),
        (
            "Columns used: email as username, hashed_password as password_hash, is_active. Ignored: id, suspended."
                .to_owned(),
            true
        )
    );
    let unsaid = "\nNo column says who is disabled, so all users count as enabled.";
    assert_eq!(
        headings(&format!("{{\"username\":\"a\",\"password\":\"{HASH}\"}}\n{{\"username\":\"b\",\"Blocked\":true}}\n")),
        (format!("Columns used: password as password_hash, username. Ignored: blocked.{unsaid}"), false)
    );
    assert!(!headings(&format!("username,password,suspended\na,{HASH},1\n")).1);
}

#[test]
fn a_rejected_row_says_whose_it_is_and_in_which_column() {
    let table = format!("email,password,active\nalice,x,1\n,{HASH},1\nbob,{HASH},maybe\ncarol\n");
    let rows = read(table.as_bytes(), "the table", NOW).unwrap().map(|line| line.unwrap().row.unwrap_err());
    let said: Vec<_> = rows.map(|row| [row.username.unwrap_or_default(), row.column.unwrap_or_default()]).collect();
    assert_eq!(said, [["alice", "password"], ["", "email"], ["bob", "active"], ["", ""]]);
}

#[test]
fn a_row_without_end_stops_the_table_early() {
    let gigabyte = || repeat(b'x').take(1 << 30);
    let csv = read(b"username,password_hash\nalice,".chain(gigabyte()), "the table", NOW).unwrap();
    let json = read(b"{\"username\":\"a\"}\n".chain(b"{".as_slice()).chain(gigabyte()), "the table", NOW).unwrap();
    for mut rows in [csv, json] {
        let end = rows.find_map(Result::err);
        assert!(matches!(end, Some(TableError::RowTooLong { line: 1 | 2 })), "{end:?}");
        assert!(rows.next().is_none());
    }
    assert!(matches!(read(gigabyte(), "the table", NOW).map(drop), Err(TableError::RowTooLong { line: 1 })));
}

#[test]
fn a_row_of_several_lines_keeps_its_name_unless_that_has_a_line_break() {
    let table =
        format!("username,password_hash,claims\nalice,{HASH},\"[1,\n2]\"\n\"bob,{HASH},{{}}\ncarol\",{HASH},[]\n");
    let rows = read(table.as_bytes(), "the table", NOW).unwrap();
    let names: Vec<_> = rows.map(|line| line.unwrap().row.unwrap_err().username).collect();
    assert_eq!(names, [Some("alice".to_owned()), None]);
}
