//! Turns: an object handles one attempt after another, in the order in which they came.

use std::{cell::RefCell, time::Duration};

use futures_channel::oneshot;
use worker::Delay;

/// The queue of an object's attempts.
#[derive(Default)]
pub(super) struct Turns {
    /// Resolves when the last attempt in the queue is done, or was given up.
    last: RefCell<Option<oneshot::Receiver<()>>>,
}

/// An attempt's turn. It ends when this is dropped.
pub(super) struct Turn(#[allow(dead_code)] oneshot::Sender<()>);

impl Turns {
    /// Waits for the attempts that came before, and then for one turn of the event loop, in which the
    /// runtime sends the answer before this one. Otherwise all answers would leave with the last one.
    pub(super) async fn next(&self) -> Turn {
        let (turn, done) = oneshot::channel();
        let before = self.last.replace(Some(done));
        if let Some(before) = before {
            // An error means that the other attempt is over, too.
            let _ = before.await;
        }
        Delay::from(Duration::ZERO).await;
        Turn(turn)
    }
}
