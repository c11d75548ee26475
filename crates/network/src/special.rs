//! Addresses that are of no network of the public Internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ranges that are not of the public Internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialRange {
    /// RFC 1918 and IPv6 unique local: seen where a request came through a VPC endpoint.
    Private,
    /// RFC 6598.
    CarrierNat,
    /// The machine itself.
    Loopback,
    /// RFC 3927 and `fe80::/10`.
    LinkLocal,
    /// RFC 5737 and 3849.
    Documentation,
    /// RFC 3056.
    SixToFour,
    /// Multicast, broadcast, unspecified and what is kept for later.
    Reserved,
}

impl SpecialRange {
    pub(crate) fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Option<Self> {
        let [a, b, c, _] = address.octets();
        Some(match (a, b, c) {
            _ if address.is_private() => Self::Private,
            (100, 64..=127, _) => Self::CarrierNat,
            (127, ..) => Self::Loopback,
            (169, 254, _) => Self::LinkLocal,
            (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Self::Documentation,
            (192, 88, 99) => Self::SixToFour,
            (0 | 224..=255, ..) | (198, 18 | 19, _) | (192, 0, 0) => Self::Reserved,
            _ => return None,
        })
    }

    fn of_v6(address: Ipv6Addr) -> Option<Self> {
        let first = address.segments();
        Some(match first {
            _ if address.is_loopback() => Self::Loopback,
            [0xfc00..=0xfdff, ..] => Self::Private,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Self::Documentation,
            [0x2002, ..] => Self::SixToFour,
            [0 | 0x0100 | 0xff00..=0xffff, ..] => Self::Reserved,
            _ => return None,
        })
    }

    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::CarrierNat => "carrier-nat",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
            Self::Documentation => "documentation",
            Self::SixToFour => "6to4",
            Self::Reserved => "reserved",
        }
    }
}
