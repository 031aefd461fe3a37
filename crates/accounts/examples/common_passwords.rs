//! Writes `common.bin` from a list of passwords in lower case, one a line:
//! `cargo run -p accounts --features new-passwords --example common_passwords < list > common.bin`.
#![allow(missing_docs)]

use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let mut list = String::new();
    io::stdin().read_to_string(&mut list)?;
    io::stdout().write_all(&accounts::new_password::write_list(list.lines()))
}
