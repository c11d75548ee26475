//! What an event is to people and to alarms: some rules are quieted for it, some only count it.

use jiff::tz::TimeZone;
use trailbell_config::Settings;
use trailbell_detect::{Detection, RuleName, RuleSet};
use trailbell_record::Record;

use super::Alarms;
use crate::action::{subject, unless_ignored};

/// What is to be done with an event: it is told, counted, or both.
pub(crate) struct Judged {
    /// What it is by the rules that are not ignored.
    pub(crate) detection: Detection,
    /// The rules that count it.
    pub(crate) counting: Vec<RuleName>,
    /// What is told of it; `None`: it only counts.
    pub(crate) told: Option<Detection>,
}

/// Judges an event that some rule met; `None` where every rule it met is ignored for it.
pub(crate) fn judge(
    record: &Record,
    detection: Detection,
    alarms: &Alarms,
    rules: &RuleSet,
    settings: &Settings,
    zone: &TimeZone,
) -> Option<Judged> {
    let detection = unless_ignored(record, detection, rules, settings, zone)?;
    let counting = alarms.counting(&detection.rules);
    let told = if counting.iter().any(|rule| alarms.only_counts(rule)) {
        let subject = subject(record, &detection.actor, zone);
        rules.inspect_with(record, |rule| {
            !alarms.only_counts(rule) && settings.ignored_by(&subject, rule.as_str()).is_none()
        })
    } else {
        Some(detection.clone())
    };
    Some(Judged { detection, counting, told })
}
