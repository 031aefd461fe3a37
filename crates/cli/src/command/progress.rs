//! Bars on standard error, where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// For bytes that are read, of so many if that is known.
pub(super) fn reading(size: Option<u64>) -> ProgressBar {
    match size {
        Some(size) => bar(ProgressBar::new(size), "{wide_bar} {bytes}/{total_bytes} read, {eta} left"),
        None => bar(ProgressBar::new_spinner(), "{spinner} {bytes} read"),
    }
}

/// For users that are stored.
pub(super) fn storing(users: u64) -> ProgressBar {
    bar(ProgressBar::new(users), "{wide_bar} {human_pos}/{human_len} users, {per_sec}, {eta} left")
}

fn bar(bar: ProgressBar, template: &str) -> ProgressBar {
    bar.enable_steady_tick(Duration::from_millis(250));
    // A template that isn't one leaves the library's own.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
