//! The access keys that somebody may ask about, looking back: those with which something was done that is told, or that asked for other
//! credentials. Of all the others nobody needs to remember who got them.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// So many keys are told apart (8 bytes each); of more, every key is one.
const MOST: usize = 200_000;

/// A set of access keys, by a hash of each.
#[derive(Debug, Default)]
pub(crate) struct AskedKeys {
    keys: HashSet<u64>,
    is_every: bool,
}

impl AskedKeys {
    /// Every key there is.
    pub(crate) fn every() -> Self {
        Self { keys: HashSet::new(), is_every: true }
    }

    /// Another key, if there is one.
    pub(crate) fn extend(&mut self, key: Option<&str>) {
        if let Some(key) = key.filter(|_| !self.is_every) {
            self.keys.insert(hash(key));
            self.bound();
        }
    }

    /// The keys of both.
    pub(crate) fn join(&mut self, other: Self) {
        self.is_every |= other.is_every;
        self.keys.extend(other.keys);
        self.bound();
    }

    fn bound(&mut self) {
        if self.is_every || self.keys.len() > MOST {
            *self = Self::every();
        }
    }

    /// Whether the key is among them, or one whose hash is the same.
    pub(crate) fn may_have(&self, key: &str) -> bool {
        self.is_every || self.keys.contains(&hash(key))
    }
}

/// The same in every thread.
fn hash(key: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_up_to_a_bound() {
        let (mut one, mut other) = (AskedKeys::default(), AskedKeys::default());
        one.extend(Some("ASIA1"));
        other.extend(Some("ASIA2"));
        one.join(other);
        assert!(one.may_have("ASIA1") && one.may_have("ASIA2") && !one.may_have("ASIA3"));
        for nth in 0..MOST {
            one.extend(Some(&nth.to_string()));
        }
        assert!(one.may_have("ASIA3") && one.keys.is_empty());
        let mut none = AskedKeys::default();
        none.join(one);
        assert!(none.may_have("ASIA3"));
    }
}
