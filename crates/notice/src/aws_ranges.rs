//! Which addresses are Amazon's. Registries call all of them American, so this is asked before the country.
//!
//! The table is `data/aws-ranges.bin`: lines of text up to a NUL (the date of the ranges, then the regions'
//! names), then for IPv4 and for IPv6 (cut at 64 bits) a count and that many blocks, ascending and disjoint:
//! gap from the last block's end, length - 1, both as LEB128, and one byte that indexes the regions.
//!
//! Amazon's address is not Amazon's act: most of these are machines that anybody can rent.

use std::net::IpAddr;

static TABLE: &[u8] = include_bytes!("../data/aws-ranges.bin");

/// The region an address of Amazon's is in: `ap-northeast-1`, or `GLOBAL`; `None` for anybody else's address.
pub(crate) fn region_of(address: IpAddr) -> Option<&'static str> {
    let end_of_names = TABLE.iter().position(|b| *b == 0)?;
    let names = std::str::from_utf8(TABLE.get(..end_of_names)?).ok()?;
    let mut rest = TABLE.get(end_of_names + 1..)?;
    let wanted = match address {
        IpAddr::V4(v4) => u64::from(u32::from(v4)),
        IpAddr::V6(v6) => u64::try_from(u128::from(v6) >> 64).ok()?,
    };
    for is_v4 in [true, false] {
        let count = varint(&mut rest)?;
        let mut last = 0;
        for _ in 0..count {
            let first = last + varint(&mut rest)?;
            last = first + varint(&mut rest)?;
            let (region, after) = rest.split_first()?;
            rest = after;
            if is_v4 == address.is_ipv4() && (first..=last).contains(&wanted) {
                // The first line is the date.
                return names.lines().nth(usize::from(*region) + 1);
            }
        }
    }
    None
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    let mut shift = 0;
    loop {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_addresses_are_found_with_their_region_and_others_are_not() {
        let region = |address: &str| region_of(address.parse().unwrap());
        assert_eq!(region("3.112.23.0"), Some("ap-northeast-1"));
        assert_eq!(region("54.240.197.1"), Some("eu-west-1"));
        assert_eq!(region("2406:da14::1"), Some("ap-northeast-1"));
        for other in ["8.8.8.8", "126.0.0.1", "203.0.113.9", "2400:4050::1", "0.0.0.0", "255.255.255.255"] {
            assert_eq!(region(other), None, "{other}");
        }
    }
}
