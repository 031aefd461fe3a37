//! Everything that one guard object keeps in its database.

use std::{rc::Rc, time::Duration};

use crate::{
    counter::AttemptCounter,
    session::{Answer, Question, SessionBook},
    sql::{Row, Sql, SqlError, Value},
};

/// What one object keeps for the accounts of its shard.
#[derive(Debug)]
pub struct Ledger<S> {
    /// The attempts that were counted.
    pub counter: AttemptCounter<Rc<S>>,
    /// The sessions.
    pub sessions: SessionBook<Rc<S>>,
}

impl<S: Sql> Ledger<S> {
    /// Opens both in a database, which may be empty.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        let sql = Rc::new(sql);
        Ok(Self { counter: AttemptCounter::open(sql.clone())?, sessions: SessionBook::open(sql)? })
    }

    /// Answers a question. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. A part of what was asked may have been done.
    pub fn answer(&self, question: &Question, now: i64) -> Result<Answer, SqlError> {
        if let Question::Forgive { account } = question {
            self.counter.forgive(account)?;
        }
        self.sessions.answer(question, now)
    }

    /// Deletes rows that mean nothing any more: some, because the object does nothing else meanwhile. Returns how long to
    /// wait before this is called again, or `None` if no rows are left. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn forget(&self, now: i64) -> Result<Option<Duration>, SqlError> {
        let waits = [self.counter.forget(now)?, self.sessions.sweep(now)?];
        Ok(waits.into_iter().flatten().min())
    }
}

impl<S: Sql> Sql for Rc<S> {
    fn query(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, SqlError> {
        (**self).query(statement, values)
    }
}
