//! What an event is to people, to correlations and to alarms: some rules are quieted for it, some only count it.

use jiff::tz::TimeZone;
use trailbell_config::Settings;
use trailbell_detect::{Detection, Rule, RuleName, RuleSet};
use trailbell_record::Record;

use crate::action::{subject, unless_ignored};
use crate::alarms::Alarms;
use crate::correlations::{Completed, Correlations};

/// By what events are judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Court<'a> {
    pub(crate) rules: &'a RuleSet,
    pub(crate) settings: &'a Settings,
    pub(crate) zone: &'a TimeZone,
    pub(crate) alarms: &'a Alarms,
}

/// What an event is by itself.
#[derive(Debug)]
pub(crate) struct Judged {
    /// What it is by the rules that are not ignored.
    pub(crate) detection: Detection,
    /// Whether a correlation or an alarm counts it.
    pub(crate) counts: bool,
}

/// What is to be done with an event: it is told, counted, or both.
#[derive(Debug)]
pub(crate) struct Weighed {
    /// What it is by the rules that are not ignored, and the correlations it completed.
    pub(crate) detection: Detection,
    /// The rules whose alarms count it.
    pub(crate) counting: Vec<RuleName>,
    /// What is told of it; `None`: it only counts.
    pub(crate) told: Option<Detection>,
    /// The correlations that are told with it.
    pub(crate) completed: Vec<Completed>,
}

impl Court<'_> {
    /// Judges an event that some rule met; `None` where every rule it met is ignored for it.
    pub(crate) fn judge(
        &self,
        record: &Record,
        detection: Detection,
        correlations: &Correlations,
    ) -> Option<Judged> {
        let detection = unless_ignored(record, detection, self.rules, self.settings, self.zone)?;
        let counts =
            correlations.count(&detection.rules) || !self.alarms.counting(&detection.rules).is_empty();
        Some(Judged { detection, counts })
    }

    /// What is to be done with an event that completed these.
    pub(crate) fn weigh(
        &self,
        record: &Record,
        judged: Judged,
        mut completed: Vec<Completed>,
        correlations: &Correlations,
    ) -> Weighed {
        let Judged { detection, counts } = judged;
        if !counts && completed.is_empty() {
            return Weighed { told: Some(detection.clone()), detection, counting: Vec::new(), completed };
        }
        let subject = subject(record, &detection.actor, self.zone);
        let is_ignored = |rule: &str| self.settings.ignored_by(&subject, rule).is_some();
        completed.retain(|one| !is_ignored(&one.rule));
        let is_completed = |rule: &&RuleName| completed.iter().any(|one| one.rule == rule.as_str());
        let names: Vec<&RuleName> = if completed.is_empty() {
            Vec::new()
        } else {
            self.rules.rules().iter().map(Rule::name).filter(is_completed).collect()
        };
        let full = if names.is_empty() {
            None
        } else {
            self.rules.inspect_as(record, |rule| !is_ignored(rule.as_str()), &names)
        };
        let full = full.unwrap_or_else(|| detection.clone());
        let only_counts = |rule: &RuleName| self.alarms.only_counts(rule) || correlations.only_count(rule);
        let told = if full.rules.iter().any(only_counts) {
            self.rules.inspect_as(record, |rule| !only_counts(rule) && !is_ignored(rule.as_str()), &names)
        } else {
            Some(full.clone())
        };
        completed.retain(|one| {
            told.as_ref().is_some_and(|told| told.rules.iter().any(|rule| rule.as_str() == one.rule))
        });
        Weighed { counting: self.alarms.counting(&full.rules), detection: full, told, completed }
    }
}
