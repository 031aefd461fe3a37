//! Prints how many milliseconds native bcrypt takes at cost 12, one measurement per line.

use std::{hint::black_box, time::Instant};

fn main() {
    let samples = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(31);
    for _ in 0..samples {
        let started = Instant::now();
        black_box(bcrypt::bcrypt(12, *b"sixteen of salt.", black_box(b"a password\0")));
        println!("{}", started.elapsed().as_secs_f64() * 1000.0);
    }
}
