//! Turns: an object handles one attempt after another, in the order in which they came.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use auth::platform::ATTEMPT_TIMEOUT;
use futures_channel::oneshot;
use futures_util::future::FusedFuture;
use guard::Waiting;
use worker::Delay;

use crate::{environment::now_ms, timeout::within};

thread_local! {
    /// How many turns have ended in this isolate.
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

/// The queue of an object's attempts.
pub(super) struct Turns {
    waiting: RefCell<Waiting>,
    /// Resolves when the last attempt in the queue is done, or was given up.
    last: RefCell<Option<oneshot::Receiver<()>>>,
}

/// An attempt's place in the queue, until this is dropped.
pub(super) struct Place<'a> {
    turns: &'a Turns,
    arrived: i64,
}

/// An attempt's turn. It ends when this is dropped.
pub(super) struct Turn(#[allow(dead_code)] oneshot::Sender<()>);

impl Turns {
    pub(super) fn new() -> Self {
        Self { waiting: RefCell::new(Waiting::new(ATTEMPT_TIMEOUT)), last: RefCell::default() }
    }

    /// A place for an attempt that arrives now, if there is room.
    pub(super) fn enter(&self) -> Option<Place<'_>> {
        let arrived = now_ms();
        let has_room = self.waiting.borrow_mut().enter(arrived);
        has_room.then(|| Place { turns: self, arrived })
    }
}

impl Place<'_> {
    /// Waits for the attempts that came before, and then until the runtime has sent their answers. Otherwise all
    /// answers would leave with the last one.
    ///
    /// Returns `None` when the Worker no longer waits for an answer. So an attempt that is neither done nor
    /// dropped holds up nobody for longer than that.
    pub(super) async fn turn(&self) -> Option<Turn> {
        let (turn, done) = oneshot::channel();
        let before = self.turns.last.replace(Some(done));
        within(self.left()?, async {
            if let Some(before) = before.filter(|before| !before.is_terminated()) {
                // An error means that the other attempt is over, too.
                let _ = before.await;
                // The other objects have waited for longer, so their timers come first.
                Delay::from(Duration::ZERO).await;
            }
            quiet().await;
        })
        .await?;
        // While the attempts before this one compute, no timer fires.
        self.left().map(|_| Turn(turn))
    }

    fn left(&self) -> Option<Duration> {
        self.turns.waiting.borrow().left(self.arrived, now_ms())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.set(TAKEN.get().wrapping_add(1));
    }
}

/// Lets turns of the event loop pass until there is one in which neither this object nor another one in this isolate
/// has handled an attempt. These objects share a thread.
async fn quiet() {
    loop {
        let taken = TAKEN.get();
        Delay::from(Duration::ZERO).await;
        if TAKEN.get() == taken {
            break;
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.turns.waiting.borrow_mut().leave(self.arrived);
    }
}
