//! What the Worker remembers of refusals, so that it need not ask an object again before their time is
//! over. Guesses without end at one account then keep no object busy.

use crate::{counter::BucketNames, shard::Shard};

/// How many refusals are remembered. They take about 200 KB.
const SLOTS: usize = 4096;

/// The refusals that an isolate remembers, each of one account's attempts from one network. There is
/// one place for each; another refusal with the same place replaces the one before it.
#[derive(Debug, Default)]
pub struct Refusals {
    slots: Vec<Option<Refusal>>,
}

#[derive(Debug, Clone, Copy)]
struct Refusal {
    key: Key,
    /// In Unix milliseconds.
    until: i64,
}

type Key = (Shard, u64, u64);

impl Refusals {
    /// None so far.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: Vec::new() }
    }

    /// Remembers that an object refused an attempt for so many seconds. `now` is in Unix milliseconds.
    pub fn remember(&mut self, shard: Shard, names: &BucketNames, retry_after: u32, now: i64) {
        let Some(key) = key(shard, names) else { return };
        self.slots.resize(SLOTS, None);
        if let Some(slot) = self.slots.get_mut(slot(key)) {
            *slot = Some(Refusal { key, until: now + 1000 * i64::from(retry_after) });
        }
    }

    /// How many seconds an attempt still has to wait, if its object refused one like it. `None` means
    /// that the object has to be asked. `now` is in Unix milliseconds.
    #[must_use]
    pub fn wait(&self, shard: Shard, names: &BucketNames, now: i64) -> Option<u32> {
        if names.already_counted {
            return None;
        }
        let key = key(shard, names)?;
        let refusal = (*self.slots.get(slot(key))?).filter(|refusal| refusal.key == key)?;
        let millis = refusal.until - now;
        if millis > 0 { u32::try_from((millis + 999) / 1000).ok() } else { None }
    }
}

/// Names are keyed hashes of 64 bits in hexadecimal digits. Others are not remembered.
fn key(shard: Shard, names: &BucketNames) -> Option<Key> {
    let bits = |name: &str| u64::from_str_radix(name, 16).ok();
    Some((shard, bits(&names.account)?, bits(&names.network)?))
}

/// Since nobody outside can choose names, nobody can choose places.
fn slot((_, account, network): Key) -> usize {
    usize::try_from((account ^ network) % SLOTS as u64).unwrap_or_default()
}
