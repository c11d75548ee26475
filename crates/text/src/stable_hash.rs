//! A hash that stays the same between versions and machines, which the standard library's hasher does not promise:
//! what a Message-ID, a thread and a row of the ledger are named by.

/// FNV-1a of 128 bits over bytes. It keeps nobody from making two texts with one hash; it is for naming.
pub fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    bytes.into_iter().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

/// The hash of a list of parts, each ended by a zero byte, so that `["ab", "c"]` is not `["a", "bc"]`.
pub fn stable_hash(parts: &[&str]) -> u128 {
    fnv1a(parts.iter().flat_map(|part| part.bytes().chain([0])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // From the FNV authors' test vectors.
        assert_eq!(fnv1a([]), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv1a(*b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(stable_hash(&["ab", "c"]), stable_hash(&["a", "bc"]));
        assert_ne!(stable_hash(&[]), stable_hash(&[""]));
    }
}
