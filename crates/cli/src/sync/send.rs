//! Sends lines to the service: as many in a request as it takes.

use std::{collections::VecDeque, thread, time::Duration};

use indicatif::ProgressBar;

use super::{named::Named, spool::Spool};
use crate::{
    api::{Api, ApiError, Status},
    error::Error,
    io_error::IoError,
};

/// The longest body that the service takes, in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// The most lines in a request. More would take the service long, and gain little.
const MAX_LINES: usize = 1000;
/// How often a line is sent, if it fails.
const TRIES: u32 = 4;
/// How many lines that could not be stored are told of.
const TOLD: usize = 5;

/// What came of the lines.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) created: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    /// Users whom somebody changed or created meanwhile.
    pub(crate) outdated: Named,
    /// Lines that the service does not take.
    pub(crate) refused: u64,
    /// Of the first of these: the user, and why not.
    pub(crate) first_refused: Vec<(String, String)>,
}

struct Line {
    text: String,
    tries: u32,
}

/// Sends all lines. Those for which a request had no room are sent again, and later requests are as short as it had room for.
pub(crate) fn send(api: &Api, spool: Spool, bar: &ProgressBar, sent: &mut Sent) -> Result<(), Error> {
    let unreadable = || IoError::of("a temporary file can't be read");
    let mut unsent = spool.lines().map_err(unreadable())?;
    let mut waiting = VecDeque::new();
    let (mut most, mut failures) = (MAX_LINES, 0);
    loop {
        while waiting.len() < most
            && let Some(line) = unsent.next().transpose().map_err(unreadable())?
        {
            waiting.push_back(Line { text: line, tries: 0 });
        }
        let (batch, body) = take(&mut waiting, most);
        if batch.is_empty() {
            return Ok(());
        }
        let answers = api.put_many(&body)?;
        if answers.len() != batch.len() {
            return Err(ApiError::Lines.into());
        }
        let had_no_room = answers.last().is_some_and(|answer| answer.status == Status::Failed);
        let mut done = 0;
        for (line, answer) in batch.into_iter().zip(answers).rev() {
            let tries = line.tries + 1;
            let refusal = match answer.status {
                Status::Created => {
                    sent.created += 1;
                    None
                }
                Status::Changed => {
                    sent.changed += 1;
                    None
                }
                Status::Unchanged => {
                    sent.unchanged += 1;
                    None
                }
                Status::Outdated => {
                    sent.outdated.push(answer.username.as_deref().unwrap_or_default());
                    None
                }
                Status::Failed if tries < TRIES => {
                    waiting.push_front(Line { tries, ..line });
                    continue;
                }
                Status::Invalid | Status::Failed => Some(answer.detail.unwrap_or_default()),
            };
            done += usize::from(answer.status != Status::Failed);
            bar.inc(1);
            if let Some(why) = refusal {
                sent.refused += 1;
                if sent.first_refused.len() < TOLD {
                    sent.first_refused.push((answer.username.unwrap_or_default(), why));
                }
            }
        }
        if done == 0 {
            failures += 1;
            if failures == TRIES {
                return Err(ApiError::Unavailable.into());
            }
            thread::sleep(Duration::from_secs(1 << failures));
        } else {
            failures = 0;
            if had_no_room {
                most = done;
            }
        }
    }
}

/// The lines of a request, and its body.
fn take(waiting: &mut VecDeque<Line>, most: usize) -> (Vec<Line>, String) {
    let (mut batch, mut body) = (Vec::new(), String::new());
    while batch.len() < most
        && let Some(line) = waiting.pop_front()
    {
        if !batch.is_empty() && body.len() + line.text.len() >= MAX_BYTES {
            waiting.push_front(line);
            break;
        }
        body.push_str(&line.text);
        body.push('\n');
        batch.push(line);
    }
    (batch, body)
}
