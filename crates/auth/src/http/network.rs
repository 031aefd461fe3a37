//! The network of a client: what counts as one place to log in from.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A client's network: an IPv4 address, or the first 64 bits of an IPv6 address. One customer usually
/// gets all addresses that share those bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// An IPv4 address (/32).
    V4(Ipv4Addr),
    /// An IPv6 network (/64). The lower 64 bits are zero.
    V6(Ipv6Addr),
    /// The address is missing, can't be parsed, or stands for the Workers of all other zones. All such
    /// clients count as one network.
    Unknown,
}

/// Cloudflare gives the address `2a06:98c0:3600::103` to the requests of all Workers outside the zone that
/// they call, whoever their clients are
/// (<https://developers.cloudflare.com/workers/runtime-apis/headers/>). This is its network.
const FOREIGN_WORKERS: Ipv6Addr = Ipv6Addr::new(0x2a06, 0x98c0, 0x3600, 0, 0, 0, 0, 0);

impl Network {
    /// The network of an address in the form that `CF-Connecting-IP` has. An IPv4-mapped IPv6 address
    /// counts as IPv4.
    #[must_use]
    pub fn of(address: Option<&str>) -> Self {
        match address.and_then(|text| text.trim().parse::<IpAddr>().ok()).map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address),
            Some(IpAddr::V6(address)) => match Ipv6Addr::from_bits(address.to_bits() >> 64 << 64) {
                FOREIGN_WORKERS => Self::Unknown,
                network => Self::V6(network),
            },
            None => Self::Unknown,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => write!(f, "{address}/32"),
            Self::V6(address) => write!(f, "{address}/64"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}
