//! The SQLite of a Durable Object.

use login::guard::{Sql, SqlError, SqlValue};
use worker::{SqlStorage, SqlStorageValue};

pub(super) struct Sqlite(pub(super) SqlStorage);

impl Sql for Sqlite {
    fn run(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<i64>>, SqlError> {
        let failed = |error: worker::Error| SqlError(error.to_string());
        let values = values.iter().map(|value| match value {
            SqlValue::Text(text) => SqlStorageValue::String((*text).to_owned()),
            SqlValue::Integer(number) => SqlStorageValue::Integer(*number),
        });
        let rows = self.0.exec(statement, values.collect::<Vec<_>>()).map_err(failed)?;
        rows.raw().map(|row| row.map_err(failed)?.iter().map(integer).collect()).collect()
    }
}

fn integer(value: &SqlStorageValue) -> Result<i64, SqlError> {
    match value {
        SqlStorageValue::Integer(number) => Ok(*number),
        _ => Err(SqlError("a value is no integer".to_owned())),
    }
}
