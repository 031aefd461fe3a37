//! Progress bars, on standard error if it is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// For bytes that are read. The size may be unknown.
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
    // An invalid template would leave the style of the library.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
