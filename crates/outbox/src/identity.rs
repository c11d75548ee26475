//! A stable name for a thing: the same on every machine and after every restart, made of nothing but hex digits.

use std::fmt;

use serde::{Deserialize, Serialize};
use trailbell_text::stable_hash;

/// 32 hex digits that name an event, a notice, a letter or a thread. Fits a Message-ID, a dedup key and a file name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity(String);

impl Identity {
    /// The identity of something that these parts name; no two lists of parts share one (each part ends with a
    /// zero byte).
    pub fn of(parts: &[&str]) -> Self {
        Self(format!("{:032x}", stable_hash(parts)))
    }

    /// Takes what [`Identity::as_str`] gave; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| Self(text.to_owned()))
    }

    /// The 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits in the shape of a UUID, for the channels that want one (version 8: made from a hash of ours).
    pub fn as_uuid(&self) -> String {
        let d = &self.0;
        format!("{}-{}-8{}-a{}-{}", &d[..8], &d[8..12], &d[13..16], &d[17..20], &d[20..])
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
