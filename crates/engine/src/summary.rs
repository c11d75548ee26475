//! What a scan came to, counted.

use std::collections::BTreeMap;

use serde::Serialize;
use trailbell_text::Untrusted;

/// What a scan came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// CloudTrail events read, every copy of one counted.
    pub records: u64,
    /// Events that were told and met again.
    pub duplicates: u64,
    /// Places that could not be read.
    pub unreadable: u64,
    /// Files met in folders, and values in files, that are not CloudTrail events (digests, insights, others).
    pub skipped: u64,
    /// Notices told.
    pub notices: u64,
    /// Events told inside another one's notice, or not again.
    pub folded: u64,
    /// Events that only count for correlations or for alarms.
    pub counted: u64,
    /// Events every rule of which asks for more, which was not so.
    pub unmet: u64,
    /// What alarms of rules had to say.
    pub alarms: u64,
    /// Events that only ignored rules met.
    pub ignored: u64,
    /// Notices each rule had a part in.
    pub by_rule: BTreeMap<String, u64>,
    /// Of each rule, who made most of its notices, and the line that would quiet them.
    pub noisiest: BTreeMap<String, Noisiest>,
}

/// The principal a rule tells most of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Noisiest {
    /// The name.
    pub principal: Untrusted,
    /// The notices.
    pub notices: u64,
    /// The line under `ignore:` that would quiet them; `None` where the name cannot stand in one.
    pub ignore: Option<String>,
}
