use crate::{keys::KeyedHash, request::Client};

/// Guard objects per region. A fixed number: names made up by an attacker create no objects. One
/// object verifies one password at a time, so this also bounds a region's logins a second.
const SHARDS_PER_REGION: u64 = 64;

/// A place for guard objects, after the location hints of Durable Objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// Africa.
    Africa,
    /// Asia.
    Asia,
    /// Europe, west.
    Europe,
    /// North America, east; also where nothing is known of the client.
    NorthAmerica,
    /// Oceania.
    Oceania,
    /// South America.
    SouthAmerica,
}

impl Region {
    /// The region for a continent's code, as `request.cf` gives it.
    #[must_use]
    pub fn of(continent: Option<&str>) -> Self {
        match continent {
            Some("AF") => Self::Africa,
            Some("AS") => Self::Asia,
            Some("EU") => Self::Europe,
            Some("OC" | "AN") => Self::Oceania,
            Some("SA") => Self::SouthAmerica,
            _ => Self::NorthAmerica,
        }
    }

    /// The location hint that Durable Objects know it by.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Africa => "afr",
            Self::Asia => "apac",
            Self::Europe => "weur",
            Self::NorthAmerica => "enam",
            Self::Oceania => "oc",
            Self::SouthAmerica => "sam",
        }
    }
}

/// The guard object for one account in one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Where it is.
    pub region: Region,
    number: u64,
}

impl Shard {
    /// The same account always meets the same shard of a region. The hash is keyed, so that nobody
    /// outside can aim at one shard.
    pub(crate) fn of(username: &str, key: &KeyedHash, client: &Client) -> Self {
        let hash = u64::from_be_bytes(key.of(username));
        Self { region: Region::of(client.continent.as_deref()), number: hash % SHARDS_PER_REGION }
    }

    /// The object's name, such as `weur-17`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.region.hint(), self.number)
    }
}
