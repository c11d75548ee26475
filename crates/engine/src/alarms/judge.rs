//! What an event is to people and to alarms: some rules are quieted for it, some only count it.

use jiff::tz::TimeZone;
use trailbell_config::Settings;
use trailbell_detect::{Detection, RuleName, RuleSet};
use trailbell_record::Record;

use super::Alarms;
use crate::action::{subject, unless_ignored};

/// What is to be done with an event.
pub(crate) enum Judged {
    /// Every rule it met is ignored for it.
    Ignored,
    /// It is told, counted, or both.
    Wanted {
        /// What it is by the rules that are not ignored.
        detection: Detection,
        /// The rules that count it.
        counting: Vec<RuleName>,
        /// What is told of it; `None`: it only counts.
        told: Option<Detection>,
    },
}

/// Judges an event that some rule met.
pub(crate) fn judge(
    record: &Record,
    detection: Detection,
    alarms: &Alarms,
    rules: &RuleSet,
    settings: &Settings,
    zone: &TimeZone,
) -> Judged {
    let Some(detection) = unless_ignored(record, detection, rules, settings, zone) else {
        return Judged::Ignored;
    };
    let counting = alarms.counting(&detection.rules);
    let told = if counting.iter().any(|rule| alarms.only_counts(rule)) {
        let subject = subject(record, &detection.actor, zone);
        rules.inspect_with(record, |rule| {
            !alarms.only_counts(rule) && settings.ignored_by(&subject, rule.as_str()).is_none()
        })
    } else {
        Some(detection.clone())
    };
    Judged::Wanted { detection, counting, told }
}
