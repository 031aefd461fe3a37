//! What the Worker remembers of refusals, so that it need not ask an object again before their time is
//! over. Endless guesses at one account then keep no object busy.

use serde::{Deserialize, Serialize};

use crate::{bucket_names::BucketNames, shard::Shard};

/// How many refusals of either kind are remembered. They take about 600 KB.
const SLOTS: usize = 4096;

/// The refusals that an isolate remembers. There is one place for each; another refusal with the same place replaces
/// the one before it.
#[derive(Debug, Default)]
pub struct Refusals {
    /// Those of one account's attempts from one network.
    networks: Vec<Option<Refusal<()>>>,
    /// Those of one account's attempts from all networks but these.
    accounts: Vec<Option<Refusal<Vec<u64>>>>,
}

/// What an object says of an account's other networks when it refuses an attempt: they have to wait too, except those that
/// the account trusts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// How many seconds to wait before the next attempt.
    pub retry_after: u32,
    /// The names of the networks that the account trusts.
    pub trusted: Vec<String>,
}

#[derive(Debug, Clone)]
struct Refusal<E> {
    shard: Shard,
    account: u64,
    network: u64,
    /// In Unix milliseconds.
    until: i64,
    except: E,
}

impl Refusals {
    /// None so far.
    #[must_use]
    pub const fn new() -> Self {
        Self { networks: Vec::new(), accounts: Vec::new() }
    }

    /// Remembers that an object refused an attempt for so many seconds. `now` is in Unix milliseconds.
    pub fn remember(
        &mut self,
        shard: Shard,
        names: &BucketNames,
        (retry_after, elsewhere): (u32, Option<&Elsewhere>),
        now: i64,
    ) {
        let Some((account, network)) = bits(&names.account).zip(bits(&names.network)) else { return };
        let until = |seconds| now + 1000 * i64::from(seconds);
        let refusal = Refusal { shard, account, network, until: until(retry_after), except: () };
        put(&mut self.networks, account ^ network, refusal);
        if let Some(Elsewhere { retry_after, trusted }) = elsewhere {
            let except = trusted.iter().filter_map(|network| bits(network)).collect();
            let refusal = Refusal { shard, account, network: 0, until: until(*retry_after), except };
            put(&mut self.accounts, account, refusal);
        }
    }

    /// Forgets the refusals of an account, whose failures were forgiven.
    pub fn forget(&mut self, account: &str) {
        let Some(account) = bits(account) else { return };
        let is_other = |of: u64| of != account;
        self.networks.iter_mut().for_each(|slot| *slot = slot.take().filter(|refusal| is_other(refusal.account)));
        self.accounts.iter_mut().for_each(|slot| *slot = slot.take().filter(|refusal| is_other(refusal.account)));
    }

    /// How many seconds an attempt still has to wait, if its object refused one like it. `None` means
    /// that the object has to be asked. `now` is in Unix milliseconds.
    #[must_use]
    pub fn wait(&self, shard: Shard, names: &BucketNames, now: i64) -> Option<u32> {
        if names.already_counted {
            return None;
        }
        let (account, network) = bits(&names.account).zip(bits(&names.network))?;
        let here = find(&self.networks, account ^ network, (shard, account, network)).map(|refusal| refusal.until);
        let elsewhere = find(&self.accounts, account, (shard, account, 0));
        let elsewhere = elsewhere.filter(|refusal| !refusal.except.contains(&network)).map(|refusal| refusal.until);
        let millis = here.max(elsewhere)? - now;
        if millis > 0 { u32::try_from((millis + 999) / 1000).ok() } else { None }
    }
}

/// Names are keyed hashes of 64 bits in hexadecimal digits. Others are not remembered.
fn bits(name: &str) -> Option<u64> {
    u64::from_str_radix(name, 16).ok()
}

/// Since nobody outside can choose names, nobody can choose places.
fn place(bits: u64) -> usize {
    usize::try_from(bits % SLOTS as u64).unwrap_or_default()
}

fn put<E: Clone>(slots: &mut Vec<Option<Refusal<E>>>, bits: u64, refusal: Refusal<E>) {
    slots.resize(SLOTS, None);
    if let Some(slot) = slots.get_mut(place(bits)) {
        *slot = Some(refusal);
    }
}

fn find<E>(slots: &[Option<Refusal<E>>], bits: u64, key: (Shard, u64, u64)) -> Option<&Refusal<E>> {
    let refusal = slots.get(place(bits))?.as_ref()?;
    ((refusal.shard, refusal.account, refusal.network) == key).then_some(refusal)
}
