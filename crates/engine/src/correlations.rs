//! Correlations of Sigma rules: the events that meet those rules are counted, and the one that completes a correlation meets it.
//!
//! The counting is `trailbell-sigma`'s; here is which events count, what is told of them, and what must last. The rules that a
//! correlation counts are told by it alone, unless it says `generate: true` or their alarm says `each: true`. An event
//! counts once by its identity, which whoever calls sees to.
//!
//! In a scan events come in the order of time and nothing need last. A watch keeps each group in the ledger's state, in the
//! transaction of the events it counted; there is room for fewer of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use trailbell_config::Settings;
use trailbell_detect::{RuleName, RuleSet};
use trailbell_notice::{Correlated, CountedWhat};
use trailbell_record::Record;
use trailbell_sigma::{Bounds, Correlation, CorrelationRule, CorrelationType, Fired, GroupChange, KeptGroup};
use trailbell_text::stable_hash;

/// What a watch keeps of each correlation. A group is a row of its own in the ledger (an item in DynamoDB), which an event that is
/// counted in it writes anew.
const KEPT: Bounds = Bounds { groups: 1_000, events: 25_000 };

/// How much later than a correlation's own time an event may come and still find its group.
const LATE: SignedDuration = SignedDuration::from_hours(24);

/// The correlations of a rule set.
#[derive(Debug)]
pub(crate) struct Correlations {
    /// `None` where there are none.
    running: Option<Correlation>,
    /// Their names, as they are numbered there.
    names: Vec<RuleName>,
    /// The rules they count, with their places in the rule set.
    counted: BTreeMap<RuleName, usize>,
    /// Rules, and correlations among them, that are told by correlations alone.
    silent: BTreeSet<RuleName>,
    /// Rows of the ledger that are of no use any more.
    useless: Vec<String>,
}

/// By which correlations a rule is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedBy {
    /// Their names.
    pub correlations: Vec<String>,
    /// Whether what meets the rule is told by them alone.
    pub alone: bool,
}

impl CountedBy {
    /// Of the rule with that name; `None` where none counts it.
    pub fn of(rule: &str, settings: &Settings, rules: &RuleSet) -> Option<Self> {
        let rule = rules.rules().iter().find(|one| one.name().as_str() == rule)?;
        let counts = |correlation: &CorrelationRule| {
            rule.sigma().is_some_and(|base| correlation.refers_to(base))
                || rule.correlation().is_some_and(|base| correlation.refers_to_correlation(base))
        };
        let all = rules.rules().iter().filter(|one| one.correlation().is_some_and(counts));
        let correlations: Vec<String> = all.map(|one| one.name().as_str().to_owned()).collect();
        if correlations.is_empty() {
            return None;
        }
        let alone = Correlations::passing(settings, rules).only_count(rule.name());
        Some(Self { correlations, alone })
    }
}

/// A correlation that an event completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Completed {
    /// The correlation's name in the rule set.
    pub(crate) rule: String,
    /// What it counted.
    pub(crate) correlated: Correlated,
}

impl Correlations {
    /// Those of a rule set, for events that come once and in the order of time.
    pub(crate) fn passing(settings: &Settings, rules: &RuleSet) -> Self {
        Self::new(settings, rules, Correlation::new)
    }

    /// The same for a watch: what they count is kept.
    pub(crate) fn lasting(settings: &Settings, rules: &RuleSet) -> Self {
        Self::new(settings, rules, |all| Correlation::lasting(all, KEPT))
    }

    fn new<E>(
        settings: &Settings,
        rules: &RuleSet,
        make: impl FnOnce(Vec<CorrelationRule>) -> Result<Correlation, E>,
    ) -> Self {
        let correlations: Vec<(&RuleName, &CorrelationRule)> =
            rules.rules().iter().filter_map(|rule| Some((rule.name(), rule.correlation()?))).collect();
        let (mut counted, mut silent, mut generated) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for (_, correlation) in &correlations {
            let told = if correlation.generates() { &mut generated } else { &mut silent };
            for (place, rule) in rules.rules().iter().enumerate() {
                if rule.sigma().is_some_and(|base| correlation.refers_to(base)) {
                    counted.insert(rule.name().clone(), place);
                    told.insert(rule.name().clone());
                } else if rule.correlation().is_some_and(|base| correlation.refers_to_correlation(base)) {
                    told.insert(rule.name().clone());
                }
            }
        }
        let tells_each = |rule: &RuleName| settings.alarm_of(rule.as_str()).is_some_and(|alarm| alarm.each);
        silent.retain(|rule| !generated.contains(rule) && !tells_each(rule));
        let (names, all): (Vec<RuleName>, Vec<CorrelationRule>) =
            correlations.into_iter().map(|(name, rule)| (name.clone(), rule.clone())).unzip();
        // Circles are refused where the settings are read.
        let running = if all.is_empty() { None } else { make(all).ok() };
        Self { running, names, counted, silent, useless: Vec::new() }
    }

    /// Whether some correlation counts an event that meets these rules.
    pub(crate) fn count(&self, met: &[RuleName]) -> bool {
        !self.is_empty() && met.iter().any(|rule| self.counted.contains_key(rule))
    }

    /// Whether nothing counts.
    pub(crate) fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    /// Whether what meets the rule is told by correlations alone.
    pub(crate) fn only_count(&self, rule: &RuleName) -> bool {
        self.silent.contains(rule)
    }

    /// Counts an event of `at` that met these rules of the rule set; the correlations it completes.
    pub(crate) fn take(
        &mut self,
        record: &Record,
        met: &[RuleName],
        rules: &RuleSet,
        at: Timestamp,
    ) -> Vec<Completed> {
        let Some(running) = &mut self.running else { return Vec::new() };
        let place = |rule: &RuleName| self.counted.get(rule).and_then(|place| rules.rules().get(*place));
        let met: Vec<&trailbell_sigma::Rule> =
            met.iter().filter_map(place).filter_map(|rule| rule.sigma()).collect();
        let fired = running.take(at, &met, record.json());
        fired.into_iter().filter_map(|fired| completed(fired, running.rules(), &self.names)).collect()
    }

    /// Goes on with a group as it was kept under that key; what is of no correlation any more, or of one that counts otherwise now,
    /// is forgotten.
    pub(crate) fn resume(&mut self, key: &str, kept: &str) {
        let name = key.rsplit_once('/').map(|(name, _)| name);
        let rule = self.names.iter().position(|rule| Some(rule.as_str()) == name);
        let group: Option<KeptGroup> = serde_json::from_str(kept).ok();
        let goes_on = match (&mut self.running, rule, group) {
            (Some(running), Some(rule), Some(group)) => running.resume(rule, group),
            _ => false,
        };
        if !goes_on {
            self.useless.push(key.to_owned());
        }
    }

    /// What has changed since it was asked last: each key, and what is to be kept under it.
    pub(crate) fn take_changes(&mut self) -> Vec<(String, Option<String>)> {
        let useless = std::mem::take(&mut self.useless).into_iter().map(|key| (key, None));
        let Some(running) = &mut self.running else { return useless.collect() };
        let names = &self.names;
        let changes = running.take_changes().into_iter().filter_map(|GroupChange { rule, key, kept }| {
            let values: Vec<&str> = key.iter().map(String::as_str).collect();
            let key = format!("{}/{:032x}", names.get(rule)?, stable_hash(&values));
            Some((key, kept.and_then(|kept| serde_json::to_string(&kept).ok())))
        });
        useless.chain(changes).collect()
    }

    /// Forgets what nothing can be counted with any more, however late it comes.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        if let Some(running) = &mut self.running {
            running.forget_before(now.saturating_sub(LATE).unwrap_or(Timestamp::MIN));
        }
    }
}

fn completed(fired: Fired, rules: &[CorrelationRule], names: &[RuleName]) -> Option<Completed> {
    let rule = rules.get(fired.rule)?;
    let correlated = Correlated {
        what: match rule.kind() {
            CorrelationType::EventCount => CountedWhat::EventCount,
            CorrelationType::ValueCount => CountedWhat::ValueCount,
            CorrelationType::Temporal => CountedWhat::Temporal,
            CorrelationType::TemporalOrdered => CountedWhat::TemporalOrdered,
        },
        count: fired.count,
        fields: rule.fields().iter().map(|field| field.as_str().into()).collect(),
        group: fired.group.into_iter().map(|(field, value)| (field.into(), value.into())).collect(),
        first: fired.first,
        last: fired.last,
    };
    Some(Completed { rule: names.get(fired.rule)?.as_str().to_owned(), correlated })
}
