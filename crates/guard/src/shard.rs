//! Shards: which guard object serves an account.

/// A region for guard objects. Each is one of the location hints of Durable Objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// Africa.
    Africa,
    /// Asia.
    Asia,
    /// Western Europe.
    Europe,
    /// Eastern North America.
    NorthAmerica,
    /// Oceania.
    Oceania,
    /// South America.
    SouthAmerica,
}

use Region::{Africa, Asia, Europe, NorthAmerica, Oceania, SouthAmerica};

impl Region {
    /// All regions.
    pub const ALL: [Self; 6] = [Africa, Asia, Europe, NorthAmerica, Oceania, SouthAmerica];

    /// The region's location hint, such as `weur`.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Africa => "afr",
            Asia => "apac",
            Europe => "weur",
            NorthAmerica => "enam",
            Oceania => "oc",
            SouthAmerica => "sam",
        }
    }

    /// The region of a location hint.
    #[must_use]
    pub fn parse(hint: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.hint() == hint)
    }

    /// All regions, the nearest to a continent first. `continent` is a code from `request.cf`.
    fn near(continent: Option<&str>) -> [Self; 6] {
        match continent {
            Some("AF") => [Africa, Europe, NorthAmerica, Asia, SouthAmerica, Oceania],
            Some("AS") => [Asia, Oceania, Europe, NorthAmerica, Africa, SouthAmerica],
            Some("EU") => [Europe, Africa, NorthAmerica, Asia, SouthAmerica, Oceania],
            Some("OC" | "AN") => [Oceania, Asia, NorthAmerica, Europe, SouthAmerica, Africa],
            Some("SA") => [SouthAmerica, NorthAmerica, Europe, Africa, Asia, Oceania],
            _ => [NorthAmerica, Europe, SouthAmerica, Asia, Oceania, Africa],
        }
    }
}

/// The regions that are in use. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions(Vec<Region>);

impl Regions {
    /// Reads location hints that are separated by commas, or returns `None` if one of them is unknown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(|hint| Region::parse(hint.trim())).collect::<Option<_>>().map(Self)
    }

    /// All regions. The first is that of a client whose continent is not known.
    #[must_use]
    pub fn all() -> Self {
        Self(Region::near(None).to_vec())
    }

    /// The region that was named first.
    #[must_use]
    pub fn first(&self) -> Region {
        self.0.first().copied().unwrap_or(NorthAmerica)
    }

    /// How many different regions are in use. An attacker who comes from everywhere is counted in each
    /// of them separately.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(Region::ALL.iter().filter(|region| self.0.contains(region)).count()).unwrap_or(1)
    }

    fn nearest(&self, continent: Option<&str>) -> Region {
        let nearest = Region::near(continent).into_iter().find(|region| self.0.contains(region));
        nearest.unwrap_or(NorthAmerica)
    }
}

/// How accounts are spread over guard objects.
#[derive(Debug, Clone)]
pub struct Shards {
    /// The regions in use.
    pub regions: Regions,
    /// How many objects a region has. The number is fixed, so that an attacker's made-up names create
    /// no objects. One object verifies one password at a time, so the number also bounds how many
    /// logins a second a region can serve.
    pub per_region: u32,
}

/// The guard object of one account in one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Where the object is.
    pub region: Region,
    number: u64,
}

impl Shards {
    /// The shard of an account, in the region nearest to the client's continent. In each region, an
    /// account always gets the same shard. `account` is a keyed hash of the username, so that no
    /// outsider can aim at one shard.
    #[must_use]
    pub fn of(&self, account: [u8; 8], continent: Option<&str>) -> Shard {
        let number = u64::from_be_bytes(account) % u64::from(self.per_region.max(1));
        Shard { region: self.regions.nearest(continent), number }
    }

    /// The shards of an account in all regions that are in use, always in the same order.
    pub fn all_of(&self, account: [u8; 8]) -> impl Iterator<Item = Shard> {
        let Shard { number, .. } = self.of(account, None);
        Region::ALL
            .into_iter()
            .filter(|region| self.regions.0.contains(region))
            .map(move |region| Shard { region, number })
    }
}

impl Shard {
    /// Reads an object's name. Whether such an object is in use is not known yet.
    #[must_use]
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (hint, number) = name.split_once('-')?;
        Some(Self { region: Region::parse(hint)?, number: number.parse().ok()? })
    }

    /// The name of the object that is the home of the shard's accounts, such as `home-17`. There is one for all regions.
    #[must_use]
    pub fn home_name(&self) -> String {
        format!("home-{}", self.number)
    }

    /// The object's name, such as `weur-17`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.region.hint(), self.number)
    }
}
