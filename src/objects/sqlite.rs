//! The SQLite of a Durable Object, as the crate `guard` uses it.

use guard::sql::{Row, Sql, SqlError, Value};
use worker::{Error, SqlStorage, SqlStorageValue};

pub(super) struct Sqlite(pub(super) SqlStorage);

impl Sql for Sqlite {
    fn query(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, SqlError> {
        let failed = |error: Error| SqlError::Failed(error.to_string());
        let values = values.iter().map(|value| match value {
            Value::Null => SqlStorageValue::Null,
            Value::Integer(integer) => SqlStorageValue::Integer(*integer),
            Value::Text(text) => SqlStorageValue::String(text.clone().into_owned()),
        });
        let rows = self.0.exec(statement, values.collect::<Vec<_>>()).map_err(failed)?;
        rows.raw().map(|row| read(row.map_err(failed)?)).collect()
    }
}

fn read(columns: Vec<SqlStorageValue>) -> Result<Row, SqlError> {
    let value = |(column, value)| match value {
        SqlStorageValue::Null => Ok(Value::Null),
        SqlStorageValue::Integer(integer) => Ok(Value::Integer(integer)),
        SqlStorageValue::String(text) => Ok(Value::Text(text.into())),
        _ => Err(SqlError::Type { column, expected: "an integer or a string" }),
    };
    columns.into_iter().enumerate().map(value).collect::<Result<_, _>>().map(Row)
}
