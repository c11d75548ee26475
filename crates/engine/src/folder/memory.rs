//! What a folder source remembers, and its text as a position: which files have been read, and how far the growing ones.
//!
//! A file is remembered by a 64-bit fingerprint of its path, size and time, for as long as it is there: 8 bytes a file. A
//! newest time alone would miss files that share it and files that arrive with an old one.
//! [`MAX_FILES`] bounds it: beyond, the oldest tenth is taken as read for good, by its time.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use super::look::{Found, Present};

/// Files remembered one by one: eighty days of a busy account in seventeen regions, 3 MB.
pub(super) const MAX_FILES: usize = 400_000;
/// Growing files whose end is remembered; of others the whole is read again when they grow.
const MAX_TAILS: usize = 256;

/// How far a file of lines has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tail {
    /// Bytes read.
    pub(super) offset: u64,
    /// A hash of what stands before that place: another file of the same name has another.
    pub(super) check: u64,
}

/// What is known once a delivery is safe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    key: u64,
    read: Option<u64>,
    tail: Option<Tail>,
}

impl Mark {
    /// All of the file has been read.
    pub(super) const fn read(found: &Found, tail: Option<Tail>) -> Self {
        Self { key: found.key, read: Some(found.fingerprint), tail }
    }

    /// The file has been read as far as `tail`.
    pub(super) const fn so_far(found: &Found, tail: Option<Tail>) -> Self {
        Self { key: found.key, read: None, tail }
    }
}

/// What has been read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    read: HashSet<u64>,
    /// Files last changed before this (nanoseconds since 1970) are taken as read.
    floor: Option<i64>,
    /// By the file's key; the number says how long ago it was last read.
    tails: HashMap<u64, (u64, Tail)>,
    reads: u64,
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    read: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<i64>,
    #[serde(default)]
    tails: Vec<(u64, Tail)>,
}

impl Memory {
    /// Reads what [`Memory::to_text`] wrote; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let written: Written =
            serde_json::from_str(text).ok().filter(|written: &Written| written.version == 1)?;
        let bytes = STANDARD_NO_PAD.decode(&written.read).ok()?;
        let (fingerprints, rest) = bytes.as_chunks::<8>();
        let mut memory = Self {
            read: fingerprints.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect(),
            floor: written.floor,
            ..Self::default()
        };
        for (key, tail) in written.tails {
            memory.keep_tail(key, tail);
        }
        rest.is_empty().then_some(memory)
    }

    /// The position.
    pub(super) fn to_text(&self) -> String {
        let mut read: Vec<u64> = self.read.iter().copied().collect();
        read.sort_unstable();
        let bytes: Vec<u8> = read.into_iter().flat_map(u64::to_le_bytes).collect();
        let mut tails: Vec<(u64, (u64, Tail))> = self.tails.iter().map(|(key, tail)| (*key, *tail)).collect();
        tails.sort_unstable_by_key(|(_, (read, _))| *read);
        let written = Written {
            version: 1,
            read: STANDARD_NO_PAD.encode(bytes),
            floor: self.floor,
            tails: tails.into_iter().map(|(key, (_, tail))| (key, tail)).collect(),
        };
        // Numbers and a string always have a JSON form.
        serde_json::to_string(&written).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.read.len()
    }

    pub(super) const fn floor(&self) -> Option<i64> {
        self.floor
    }

    pub(super) fn has_read(&self, fingerprint: u64, changed: i64) -> bool {
        self.floor.is_some_and(|floor| changed < floor) || self.read.contains(&fingerprint)
    }

    pub(super) fn tail(&self, key: u64) -> Option<Tail> {
        self.tails.get(&key).map(|(_, tail)| *tail)
    }

    pub(super) fn apply(&mut self, mark: Mark) {
        self.read.extend(mark.read);
        if let Some(tail) = mark.tail {
            self.keep_tail(mark.key, tail);
        }
    }

    fn keep_tail(&mut self, key: u64, tail: Tail) {
        self.reads += 1;
        self.tails.insert(key, (self.reads, tail));
        if self.tails.len() > MAX_TAILS {
            let oldest = self.tails.iter().min_by_key(|(_, (read, _))| *read).map(|(key, _)| *key);
            oldest.and_then(|oldest| self.tails.remove(&oldest));
        }
    }

    /// Forgets what is not there any more. Where everything has been read and that is too much to remember, the oldest
    /// are taken as read for good.
    pub(super) fn keep_only(&mut self, present: &[Present], is_all_read: bool) {
        let there: HashSet<u64> =
            present.iter().map(|file| file.fingerprint).filter(|file| self.read.contains(file)).collect();
        self.read = there;
        if !self.tails.is_empty() {
            let keys: HashSet<u64> = present.iter().map(|file| file.key).collect();
            self.tails.retain(|key, _| keys.contains(key));
        }
        if is_all_read && self.read.len() > MAX_FILES {
            self.raise_floor(present, MAX_FILES / 10 * 9);
        }
    }

    fn raise_floor(&mut self, present: &[Present], most: usize) {
        let mut present = present.to_vec();
        present.sort_unstable();
        let Some(first_kept) = present.len().checked_sub(most).and_then(|nth| present.get(nth)) else {
            return;
        };
        self.floor = self.floor.max(Some(first_kept.changed));
        for gone in present.iter().take_while(|file| file.changed < first_kept.changed) {
            self.read.remove(&gone.fingerprint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(changed: i64) -> Present {
        let number = u64::try_from(changed).unwrap();
        Present { changed, fingerprint: number * 7 + 1, key: number }
    }

    fn remember(memory: &mut Memory, files: &[Present]) {
        memory.read.extend(files.iter().map(|file| file.fingerprint));
    }

    #[test]
    fn the_position_is_the_memory() {
        let mut memory = Memory::default();
        remember(&mut memory, &[present(1), present(2)]);
        memory.keep_tail(9, Tail { offset: u64::MAX, check: 3 });
        memory.floor = Some(-4);
        assert_eq!(Memory::parse(&memory.to_text()), Some(memory));
        assert_eq!(Memory::parse(r#"{"version":2,"read":""}"#), None);
        assert_eq!(Memory::parse(r#"{"version":1,"read":"AAAA"}"#), None, "not eight bytes");
    }

    #[test]
    fn what_went_away_is_forgotten() {
        let mut memory = Memory::default();
        remember(&mut memory, &[present(1), present(2)]);
        memory.keep_only(&[present(2), present(3)], false);
        assert_eq!(memory.len(), 1);
        assert!(memory.has_read(present(2).fingerprint, 2));
    }

    #[test]
    fn the_oldest_are_taken_as_read_by_their_time_and_never_those_that_share_it_with_younger_ones() {
        let files: Vec<Present> = [1, 2, 3, 3, 3, 4].map(present).to_vec();
        let mut memory = Memory::default();
        remember(&mut memory, &files);
        memory.raise_floor(&files, 3);
        assert_eq!(memory.floor(), Some(3));
        assert!(memory.has_read(0, 2), "older than any that is remembered");
        assert!(memory.has_read(present(3).fingerprint, 3));
        assert!(!memory.has_read(0, 3), "another file of the same time is still read");
    }

    #[test]
    fn growing_files_are_bounded() {
        let mut memory = Memory::default();
        for key in 0..1000 {
            memory.keep_tail(key, Tail { offset: 1, check: 1 });
        }
        assert_eq!(memory.tails.len(), MAX_TAILS);
        assert!(memory.tail(999).is_some() && memory.tail(0).is_none());
    }
}
