//! A limit to the length of a row, so that memory stays small whatever the file is.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

/// The longest row that is read, in bytes.
pub(super) const MAX_ROW: usize = 1024 * 1024;

/// A reader that fails once a row is too long.
pub(super) struct Bounded<R> {
    input: R,
    since: Rc<Cell<usize>>,
}

/// How much was read since the last reset. It must be reset with every row that was read to its end.
pub(super) struct RowLength(Rc<Cell<usize>>);

impl<R: Read> Bounded<R> {
    pub(super) fn new(input: R) -> (Self, RowLength) {
        let since = Rc::new(Cell::new(0));
        (Self { input, since: Rc::clone(&since) }, RowLength(since))
    }
}

impl RowLength {
    pub(super) fn reset(&self) {
        self.0.set(0);
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.0.get() > MAX_ROW
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.get() > MAX_ROW {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.input.read(buffer)?;
        self.since.set(self.since.get().saturating_add(count));
        Ok(count)
    }
}
