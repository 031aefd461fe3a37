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
    progress: Rc<Progress>,
}

/// How far a [`Bounded`] got. It must be reset with every row that was read to its end.
pub(super) struct RowLength(Rc<Progress>);

#[derive(Default)]
struct Progress {
    since_reset: Cell<usize>,
    is_at_end: Cell<bool>,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(input: R) -> (Self, RowLength) {
        let progress = Rc::default();
        (Self { input, progress: Rc::clone(&progress) }, RowLength(progress))
    }
}

impl RowLength {
    pub(super) fn reset(&self) {
        self.0.since_reset.set(0);
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.0.since_reset.get() > MAX_ROW
    }

    /// Whether the row was ended by the end of the input, rather than by the end of its line.
    pub(super) fn is_cut_off(&self) -> bool {
        self.0.is_at_end.get()
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let since_reset = self.progress.since_reset.get();
        if since_reset > MAX_ROW {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let count = self.input.read(buffer)?;
        self.progress.is_at_end.set(count == 0);
        self.progress.since_reset.set(since_reset.saturating_add(count));
        Ok(count)
    }
}
