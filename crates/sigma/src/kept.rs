//! A group as it is kept between two runs of a program: small, and read back only whole.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::correlation::{CorrelationRule, CorrelationType};
use crate::group::{Counted, Group, Lane, Mark};

/// One group of a correlation as it stands: what was counted, in microseconds of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptGroup {
    /// The fingerprint of the correlation it is of.
    of: String,
    key: Vec<String>,
    present: KeptLane,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    late: Option<KeptLane>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptLane {
    held: bool,
    /// The first since 1970, each other one since the one before it.
    times: Vec<i64>,
    /// Hashes of values, one a time, where values are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
    /// Places of rules, one a time, where rules are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<usize>,
}

impl KeptGroup {
    pub(crate) fn of(rule: &CorrelationRule, key: &[String], group: &Group) -> Self {
        Self {
            of: rule.fingerprint(),
            key: key.to_vec(),
            present: KeptLane::of(&group.present),
            late: (!group.late.events.is_empty()).then(|| KeptLane::of(&group.late)),
        }
    }

    /// The group and its key; `None` where it is not one of the correlation's, or damaged.
    pub(crate) fn into_group(self, rule: &CorrelationRule) -> Option<(Vec<String>, Group)> {
        if self.of != rule.fingerprint() || self.key.len() != rule.group_by.len() {
            return None;
        }
        let present = self.present.into_lane(rule)?;
        let late = match self.late {
            Some(late) => late.into_lane(rule)?,
            None => Lane::default(),
        };
        Some((self.key, Group { present, late }))
    }
}

impl KeptLane {
    fn of(lane: &Lane) -> Self {
        let mut kept = Self { held: lane.held, times: Vec::new(), values: Vec::new(), rules: Vec::new() };
        let mut before = 0;
        for Counted { time, mark } in &lane.events {
            let at = time.as_microsecond();
            kept.times.push(at - before);
            before = at;
            match mark {
                Mark::Event => {}
                Mark::Values(hash) => kept.values.push(format!("{hash:x}")),
                Mark::Rule(place) => kept.rules.push(*place),
            }
        }
        kept
    }

    fn into_lane(self, rule: &CorrelationRule) -> Option<Lane> {
        let value = |hash: &String| u128::from_str_radix(hash, 16).ok().map(Mark::Values);
        let place = |place: &usize| (*place < rule.rules.len()).then_some(Mark::Rule(*place));
        let marks: Vec<Mark> = match rule.kind {
            CorrelationType::EventCount => vec![Mark::Event; self.times.len()],
            CorrelationType::ValueCount => self.values.iter().map(value).collect::<Option<_>>()?,
            CorrelationType::Temporal | CorrelationType::TemporalOrdered => {
                self.rules.iter().map(place).collect::<Option<_>>()?
            }
        };
        if marks.len() != self.times.len() {
            return None;
        }
        let mut at = 0_i64;
        let mut events = VecDeque::with_capacity(marks.len());
        for (since, mark) in self.times.into_iter().zip(marks) {
            at = at.checked_add(since)?;
            events.push_back(Counted { time: Timestamp::from_microsecond(at).ok()?, mark });
        }
        // Its order is what everything rests on.
        events.make_contiguous().sort();
        Some(Lane { events, held: self.held })
    }
}
