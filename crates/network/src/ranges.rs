//! Whose machines an address may be of that anybody can rent: Amazon's, by region, and other clouds'.
//!
//! Registries call all of Amazon's addresses American, so this is asked before the country. The table is
//! `data/rented-ranges.bin`: lines of text up to a NUL (the date of the ranges, then the owners: an AWS region, or `cloud:` and a
//! word). Then for IPv4 and for IPv6 (cut at 64 bits) an index and pages: the number of pages (2 bytes) and the length of
//! all of them (4), for each page its first address (8) and where it begins (4), all big-endian; then the pages, of
//! 64 blocks at most, ascending and disjoint: gap from the last block's end (none for the first), length - 1, both as LEB128, and
//! one byte that indexes the owners.
//!
//! Amazon's address is not Amazon's act: most of these are machines that anybody can rent.

use std::net::IpAddr;

static TABLE: &[u8] = include_bytes!("../data/rented-ranges.bin");

/// Bytes of one entry of an index.
const ENTRY: usize = 12;

/// Who owns an address that anybody can rent: an AWS region (`ap-northeast-1`, or `GLOBAL`), or `cloud:` and a word.
pub(crate) fn owner_of(address: IpAddr) -> Option<&'static str> {
    let end_of_names = TABLE.iter().position(|b| *b == 0)?;
    let names = std::str::from_utf8(TABLE.get(..end_of_names)?).ok()?;
    let v4 = TABLE.get(end_of_names + 1..)?;
    let (family, wanted) = match address {
        IpAddr::V4(address) => (v4, u64::from(u32::from(address))),
        IpAddr::V6(address) => (split(v4)?.2, u64::try_from(u128::from(address) >> 64).ok()?),
    };
    let (index, pages, _) = split(family)?;
    // The last page that does not begin behind it.
    let (mut low, mut high) = (0, index.len() / ENTRY);
    while low < high {
        let middle = low.midpoint(high);
        if entry(index, middle)?.0 <= wanted { low = middle + 1 } else { high = middle }
    }
    let (mut last, start) = entry(index, low.checked_sub(1)?)?;
    let end = entry(index, low).map_or(pages.len(), |(_, start)| start);
    let mut rest = pages.get(start..end)?;
    while !rest.is_empty() {
        let first = last + varint(&mut rest)?;
        last = first + varint(&mut rest)?;
        let (owner, after) = rest.split_first()?;
        rest = after;
        if (first..=last).contains(&wanted) {
            // The first line is the date.
            return names.lines().nth(usize::from(*owner) + 1);
        }
    }
    None
}

/// The index and the pages of a family, and what stands behind them.
fn split(family: &'static [u8]) -> Option<(&'static [u8], &'static [u8], &'static [u8])> {
    let (count, rest) = family.split_at_checked(2)?;
    let (length, rest) = rest.split_at_checked(4)?;
    let (index, rest) = rest.split_at_checked(usize::try_from(number(count)).ok()? * ENTRY)?;
    let (pages, rest) = rest.split_at_checked(usize::try_from(number(length)).ok()?)?;
    Some((index, pages, rest))
}

/// The first address of a page and where it begins.
fn entry(index: &[u8], nth: usize) -> Option<(u64, usize)> {
    let (first, start) = index.get(nth * ENTRY..(nth + 1) * ENTRY)?.split_at_checked(8)?;
    Some((number(first), usize::try_from(number(start)).ok()?))
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
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
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn owner(address: &str) -> Option<&'static str> {
        owner_of(address.parse().unwrap())
    }

    #[test]
    fn amazons_addresses_are_found_with_their_region_and_others_are_not() {
        assert_eq!(owner("3.112.23.0"), Some("ap-northeast-1"));
        assert_eq!(owner("54.240.197.1"), Some("eu-west-1"));
        assert_eq!(owner("2406:da14::1"), Some("ap-northeast-1"));
        for other in
            ["126.0.0.1", "203.0.113.9", "2400:4050::1", "0.0.0.0", "255.255.255.255", "::", "ffff::"]
        {
            assert_eq!(owner(other), None, "{other}");
        }
    }

    #[test]
    fn other_clouds_addresses_are_found_and_googles_own_name_server_is_no_rented_machine() {
        assert_eq!(owner("34.85.1.2"), Some("cloud:gcp"));
        assert_eq!(owner("20.43.64.1"), Some("cloud:azure"));
        assert_eq!(owner("138.68.1.1"), Some("cloud:digitalocean"));
        assert_eq!(owner("129.146.1.1"), Some("cloud:oracle"));
        assert_eq!(owner("162.158.1.1"), Some("cloud:cloudflare"));
        assert_eq!(owner("8.8.8.8"), None);
    }

    /// The blocks of a family as they stand in the table, read without its index.
    fn blocks(family: &'static [u8]) -> Vec<(u64, u64, u8)> {
        let (index, pages, _) = split(family).unwrap();
        let mut blocks = Vec::new();
        for nth in 0..index.len() / ENTRY {
            let (mut last, start) = entry(index, nth).unwrap();
            let mut rest = &pages[start..entry(index, nth + 1).map_or(pages.len(), |next| next.1)];
            while !rest.is_empty() {
                let first = last + varint(&mut rest).unwrap();
                last = first + varint(&mut rest).unwrap();
                blocks.push((first, last, rest[0]));
                rest = &rest[1..];
            }
        }
        blocks
    }

    #[test]
    fn both_ends_of_every_block_are_found_and_what_is_beside_it_is_not_its() {
        let end_of_names = TABLE.iter().position(|b| *b == 0).unwrap();
        let names: Vec<&str> = std::str::from_utf8(&TABLE[..end_of_names]).unwrap().lines().skip(1).collect();
        let v4 = &TABLE[end_of_names + 1..];
        for (family, is_v4) in [(v4, true), (split(v4).unwrap().2, false)] {
            let at = |number: u64| -> IpAddr {
                if is_v4 {
                    Ipv4Addr::from(u32::try_from(number).unwrap()).into()
                } else {
                    Ipv6Addr::from(u128::from(number) << 64).into()
                }
            };
            let blocks = blocks(family);
            assert!(blocks.len() > 3_000);
            for pair in blocks.windows(2) {
                let [(first, last, owner), (next, ..)] = pair else { unreachable!() };
                let name = names[usize::from(*owner)];
                assert!(first <= last && last < next);
                assert_eq!((owner_of(at(*first)), owner_of(at(*last))), (Some(name), Some(name)));
                if last + 1 < *next {
                    assert_eq!(owner_of(at(last + 1)), None);
                }
            }
        }
    }

    #[test]
    fn every_owner_is_a_region_or_a_cloud_that_has_a_name() {
        let end_of_names = TABLE.iter().position(|b| *b == 0).unwrap();
        for owner in std::str::from_utf8(&TABLE[..end_of_names]).unwrap().lines().skip(1) {
            let cloud = owner.strip_prefix("cloud:");
            assert!(cloud.is_none_or(|word| crate::Cloud::of(word).is_some()), "{owner}");
        }
    }
}
