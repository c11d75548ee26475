//! The fast scan: validates, splits and finds the few fields that rules ask for first, in one pass.

use crate::read::element::{self, Found};

/// What a scan of one element came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan<'a> {
    /// The element is whole and valid.
    Whole(Found<'a>),
    /// The bytes end before the element does.
    Cut,
    /// Something is wrong: the careful reading says what and where.
    Broken,
}

/// How elements are scanned on this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanner;

impl Scanner {
    pub(crate) fn new() -> Self {
        Self
    }

    /// Scans the element that starts at the first byte.
    #[inline]
    pub(crate) fn scan(self, bytes: &[u8]) -> Scan<'_> {
        match element::read(bytes) {
            Ok(found) => Scan::Whole(found),
            Err(damage) if damage.cut => Scan::Cut,
            Err(_) => Scan::Broken,
        }
    }
}
