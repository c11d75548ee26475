//! IP addresses and networks as patterns know them: wider than most readers, so `10.0.0.01` is one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network, `10.0.0.0/8`. An IPv4 network has no IPv6 address in it, mapped ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cidr {
    text: String,
    first: IpAddr,
    mask_bits: u32,
}

/// The address a text is, where it is one: digits in four groups, or hexadecimal digits and colons alone.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        let known = text.bytes().all(|b| b == b':' || b.is_ascii_hexdigit());
        return if known { text.parse::<Ipv6Addr>().ok().map(IpAddr::V6) } else { None };
    }
    let mut bytes = [0; 4];
    let mut groups = text.split('.');
    for byte in &mut bytes {
        let group = groups.next()?;
        if group.is_empty() || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let significant = group.trim_start_matches('0');
        *byte = if significant.is_empty() { 0 } else { significant.parse().ok()? };
    }
    groups.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(bytes)))
}

impl Cidr {
    /// Reads a network; bits of the host are allowed and without meaning. The error is AWS's text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // What is empty at the end does not count, as in the language of AWS's own reader.
        let mut parts: Vec<&str> = text.split('/').collect();
        while parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
        let [host, mask] = parts.as_slice() else {
            return Err("Malformed CIDR, one '/' required".to_owned());
        };
        let mask: i32 =
            mask.parse().map_err(|_| "Malformed CIDR, mask bits must be an integer".to_owned())?;
        let mask_bits =
            u32::try_from(mask).map_err(|_| "Malformed CIDR, mask bits must not be negative".to_owned())?;
        let ip = address(host).ok_or_else(|| format!("Nonstandard IP address: {host}"))?;
        let (kind, limit) = if ip.is_ipv4() { ("IPv4", 32) } else { ("IPv6", 128) };
        if mask_bits >= limit {
            return Err(format!("{kind} mask bits must be < {limit}"));
        }
        Ok(Self { text: text.to_owned(), first: masked(ip, mask_bits), mask_bits })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a text is an address in this network.
    pub fn contains(&self, text: &str) -> bool {
        address(text).is_some_and(|ip| masked(ip, self.mask_bits) == self.first)
    }
}

fn masked(ip: IpAddr, bits: u32) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let keep = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & keep))
        }
        IpAddr::V6(ip) => {
            let keep = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & keep))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_leading_zeroes_and_no_more_than_a_byte_a_group() {
        for text in ["10.0.0.007", "0.0.0.0", "::1", "2001:0DB8:0:0:0:0:0:1"] {
            assert!(address(text).is_some(), "{text}");
        }
        for text in ["10.0.0.256", "10.0.0", "10.0.0.1.2", "10.0.0.+1", "a.b.c.d", "::ffff:10.0.0.1", ""] {
            assert!(address(text).is_none(), "{text}");
        }
    }
}
