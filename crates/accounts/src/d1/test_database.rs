//! A database in memory with the real table.

use rusqlite::Connection;

use super::row::Row;
use crate::{account::Account, username::Username};

pub(super) const MIGRATIONS: [&str; 6] = [
    include_str!("../../../../migrations/0001_users.sql"),
    include_str!("../../../../migrations/0002_subject_claims.sql"),
    include_str!("../../../../migrations/0003_imported_hash.sql"),
    include_str!("../../../../migrations/0004_version.sql"),
    include_str!("../../../../migrations/0005_service_api.sql"),
    include_str!("../../../../migrations/0006_resets.sql"),
];

pub(super) fn database() -> Connection {
    let database = Connection::open_in_memory().unwrap();
    for migration in MIGRATIONS {
        database.execute_batch(migration).unwrap();
    }
    database
}

pub(super) fn name(username: &str) -> Username {
    Username::parse(username).unwrap()
}

pub(super) fn account(username: &str) -> Account {
    Account {
        username: name(username),
        password_hash: "old".to_owned(),
        disabled: false,
        subject: None,
        claims: None,
        imported_hash: None,
        created_at: None,
        changed_at: None,
    }
}

/// What a `SELECT` of whole rows answers, read as the JSON that D1 makes of it.
pub(super) fn accounts(database: &Connection, select: &str) -> Vec<Account> {
    let mut statement = database.prepare(select).unwrap();
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let rows = statement.query_map([], |row| {
        let cell = |(index, name): (usize, &String)| {
            let value = match row.get(index)? {
                rusqlite::types::Value::Integer(number) => number.into(),
                rusqlite::types::Value::Text(text) => text.into(),
                rusqlite::types::Value::Null => serde_json::Value::Null,
                other => panic!("{other:?}"),
            };
            Ok((name.clone(), value))
        };
        names.iter().enumerate().map(cell).collect::<rusqlite::Result<serde_json::Map<_, _>>>()
    });
    let row = |json| serde_json::from_value::<Row>(serde_json::Value::Object(json)).unwrap();
    rows.unwrap().map(|json| row(json.unwrap()).into_account().unwrap().unwrap()).collect()
}
