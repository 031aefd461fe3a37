//! What counts as one client's network.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A client's network: an IPv4 address, or the 64 bits of an IPv6 address that one customer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// IPv4 /32.
    V4(Ipv4Addr),
    /// IPv6 /64: the lower half is zero.
    V6(Ipv6Addr),
    /// The address is missing, or it isn't one. All such clients count as one.
    Unknown,
}

impl Network {
    /// The network of an address, as `CF-Connecting-IP` gives it.
    #[must_use]
    pub fn of(address: Option<&str>) -> Self {
        match address.and_then(|text| text.trim().parse::<IpAddr>().ok()).map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address),
            Some(IpAddr::V6(address)) => Self::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
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
