//! The SQLite of a Durable Object.

use login::sql::{Sql, SqlError, SqlValue};
use worker::{Error, SqlStorage, SqlStorageValue};

pub(crate) struct Sqlite(pub(crate) SqlStorage);

impl Sql for Sqlite {
    fn run(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<i64>>, SqlError> {
        self.rows(statement, values, |value| match value {
            SqlStorageValue::Integer(number) => Some(number),
            _ => None,
        })
    }

    fn texts(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<String>>, SqlError> {
        self.rows(statement, values, |value| match value {
            SqlStorageValue::String(text) => Some(text),
            _ => None,
        })
    }
}

impl Sqlite {
    fn rows<T>(
        &self,
        statement: &str,
        values: &[SqlValue<'_>],
        column: fn(SqlStorageValue) -> Option<T>,
    ) -> Result<Vec<Vec<T>>, SqlError> {
        let failed = |error: Error| SqlError(error.to_string());
        let values = values.iter().map(|value| match value {
            SqlValue::Text(text) => SqlStorageValue::String((*text).to_owned()),
            SqlValue::Integer(number) => SqlStorageValue::Integer(*number),
        });
        let rows = self.0.exec(statement, values.collect::<Vec<_>>()).map_err(failed)?;
        let of_another_type = || SqlError("a value is of another type".to_owned());
        rows.raw()
            .map(|row| {
                row.map_err(failed)?.into_iter().map(|value| column(value).ok_or_else(of_another_type)).collect()
            })
            .collect()
    }
}
