//! Ends of lines: LF, CRLF and CR alike become LF, so that lines are counted as an editor counts them.

use std::io::{self, Read};

/// A reader whose lines end with LF.
pub(super) struct Newlines<R> {
    input: R,
    after_cr: bool,
}

impl<R: Read> Newlines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, after_cr: false }
    }
}

impl<R: Read> Read for Newlines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.input.read(buffer)?;
            let Some(bytes) = buffer.get_mut(..read) else { return Err(io::ErrorKind::InvalidData.into()) };
            // An LF after a CR has been passed on already, as the end of that line.
            let skips = std::mem::take(&mut self.after_cr) && bytes.first() == Some(&b'\n');
            let mut kept = 0;
            for index in usize::from(skips)..read {
                let Some(&byte) = bytes.get(index) else { break };
                let follows_cr = self.after_cr;
                self.after_cr = byte == b'\r';
                if byte == b'\n' && follows_cr {
                    continue;
                }
                if let Some(place) = bytes.get_mut(kept) {
                    *place = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
            // Nothing but the LF of a CRLF is not the end of the file.
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one byte at a time.
    struct Bytes<'a>(&'a [u8]);

    impl Read for Bytes<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let one = buffer.len().min(1);
            self.0.read(&mut buffer[..one])
        }
    }

    #[test]
    fn all_ends_of_lines_become_one() {
        let text = b"a\r\nb\rc\n\nd\r\n\r\ne\r\r";
        for mut input in [Box::new(&text[..]) as Box<dyn Read>, Box::new(Bytes(text))] {
            let mut read = String::new();
            Newlines::new(&mut input).read_to_string(&mut read).unwrap();
            assert_eq!(read, "a\nb\nc\n\nd\n\ne\n\n");
        }
    }
}
