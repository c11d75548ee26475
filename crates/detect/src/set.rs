//! The rules together: what a record is by all of them.

use std::sync::Arc;

use trailbell_record::{Actor, ActorKind, Change, Credential, Outcome, Record, SignIn};
use trailbell_text::{Kind, Severity};

use crate::condition::Condition;
use crate::fields::Fields;
use crate::glance::Watched;
use crate::index::{Index, Memory};
use crate::prescreen::Prescreen;
use crate::rule::{self, Check, Error, Rule, RuleName, RuleSettings};
use crate::sharing::Sharing;
use crate::tampering::Tampering;
use crate::{change_severity, sign_in_severity};

/// Rules compiled for use, by any number of threads at once.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    pub(crate) prescreen: Prescreen,
    pub(crate) index: Index,
    pub(crate) watched: Option<Watched>,
}

/// What one event is by the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// The first kind, in [`Kind`]'s order, among the rules it met.
    pub kind: Kind,
    /// Every rule it met, in the order of the rule set. Never empty.
    pub rules: Vec<RuleName>,
    /// The highest severity among the rules it met.
    pub severity: Severity,
    /// How it ended.
    pub outcome: Outcome,
    /// Who acted.
    pub actor: Actor,
    /// What happened, by the kind.
    pub what: What,
}

/// What happened; the variant goes with the [`Kind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A sign-in, or a step of one.
    SignIn(SignIn),
    /// A change of who can do what.
    Change(Change),
    /// The record keeping was touched.
    Trail(Tampering),
    /// The root user did something else.
    Root,
    /// A resource's own policy.
    Sharing(Sharing),
    /// Met only by filter patterns.
    Rule,
}

impl What {
    fn among(
        kind: Kind,
        sign_in: Option<SignIn>,
        change: Option<Change>,
        tampering: Option<Tampering>,
        sharing: Option<Sharing>,
    ) -> Option<Self> {
        match kind {
            Kind::ConsoleSignIn => sign_in.map(Self::SignIn),
            Kind::IamChange => change.map(Self::Change),
            Kind::TrailTampering => tampering.map(Self::Trail),
            Kind::ResourceSharing => sharing.map(Self::Sharing),
            Kind::RootActivity => Some(Self::Root),
            Kind::RuleMatch => Some(Self::Rule),
        }
    }
}

impl Detection {
    /// The detection of a record that rules met earlier: what they said is given, what the record says is read again. Where
    /// a later version sees no such thing in the record any more, it is one that a rule met.
    pub fn again(record: &Record, kind: Kind, severity: Severity, rules: &[String]) -> Self {
        let facts = Facts::of(record);
        let what = What::among(kind, facts.sign_in, facts.change, facts.tampering, facts.sharing);
        Self {
            kind,
            rules: rules.iter().map(|name| RuleName::new(name)).collect(),
            severity,
            outcome: facts.outcome,
            actor: facts.actor,
            what: what.unwrap_or(What::Rule),
        }
    }
}

/// What the built-in rules look at, found once.
pub(crate) struct Facts {
    pub(crate) actor: Actor,
    pub(crate) outcome: Outcome,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) change: Option<Change>,
    pub(crate) tampering: Option<Tampering>,
    pub(crate) sharing: Option<Sharing>,
}

impl Facts {
    pub(crate) fn of(record: &Record) -> Self {
        let (actor, outcome) = (Actor::of(record), record.outcome());
        Self {
            sign_in: SignIn::of(record, &actor),
            change: Change::of(record, &actor, outcome),
            tampering: Tampering::of(record),
            sharing: Sharing::of(record),
            actor,
            outcome,
        }
    }

    /// The root user, and not an AWS service in its name or AWS's own event about it.
    pub(crate) fn is_root_activity(&self, record: &Record) -> bool {
        self.actor.kind == ActorKind::Root
            && record.text(&["userIdentity", "invokedBy"]).is_none()
            && !record.event_type().eq_ignore_ascii_case("AwsServiceEvent")
    }

    fn as_it_ended(&self, success: Severity) -> Severity {
        match self.outcome {
            Outcome::Success => success,
            Outcome::Denied => success.lower(),
            Outcome::Failure => Severity::Info,
        }
    }

    fn root_severity(&self, record: &Record) -> Severity {
        if let Some(sign_in) = &self.sign_in {
            return sign_in_severity::of(sign_in, &self.actor, self.outcome);
        }
        let reads = record.read_only() == Some(true);
        self.as_it_ended(match self.actor.credential {
            // Root should have no access key at all.
            Credential::AccessKey(_) => Severity::High,
            _ if reads => Severity::Low,
            _ => Severity::High,
        })
    }

    /// The severity the rule gives the record; `None` where it does not meet it.
    pub(crate) fn met_by(&self, check: &Check, record: &Record) -> Option<Severity> {
        match check {
            Check::SignIn => {
                self.sign_in.as_ref().map(|s| sign_in_severity::of(s, &self.actor, self.outcome))
            }
            Check::Change => {
                self.change.as_ref().map(|c| change_severity::of(record, &self.actor, c, self.outcome))
            }
            Check::Tampering => self.tampering.as_ref().map(|t| self.as_it_ended(t.severity)),
            Check::Root => self.is_root_activity(record).then(|| self.root_severity(record)),
            Check::Sharing => self.sharing.as_ref().map(|s| self.as_it_ended(s.severity())),
            Check::Condition(condition) => condition.holds_of(record).then_some(Severity::Medium),
            // It takes several events, and only whoever counts them knows.
            Check::Correlation(_) => None,
        }
    }
}

impl RuleSet {
    /// Compiles rules.
    pub fn new(settings: RuleSettings) -> Result<Self, Error> {
        Ok(Self::compiled(rule::all(settings)?))
    }

    /// The same, whose matcher also tells which events may hand out credentials to somebody ([`trailbell_record::SessionGrant`]). No rule need
    /// meet such an event; without it nobody is known behind a role.
    #[must_use]
    pub fn with_grants(mut self) -> Self {
        self.prescreen = self.prescreen.with_grants();
        self.watched = Watched::of(&self.prescreen, &self.index);
        self
    }

    fn compiled(rules: Vec<Rule>) -> Self {
        let conditions = rules.iter().enumerate().filter(|(_, rule)| rule.enabled);
        let index = Index::new(conditions.filter_map(|(place, rule)| match &rule.check {
            Check::Condition(condition) => Some((place, Arc::clone(condition))),
            _ => None,
        }));
        let prescreen = Prescreen::of(&rules);
        Self { watched: Watched::of(&prescreen, &index), prescreen, index, rules }
    }

    /// Nothing but these conditions, each a rule of its own named by its place.
    pub fn of_conditions(conditions: impl IntoIterator<Item = Condition>) -> Self {
        let rules =
            conditions.into_iter().enumerate().map(|(nth, condition)| rule::of_condition(nth, condition));
        Self::compiled(rules.collect())
    }

    /// What a change that only names a policy is worth, once somebody knows that policy's text; `None` where that changes nothing, and where
    /// the owner has said what the rule is worth.
    pub fn severity_by_text(&self, detection: &Detection, text: &str) -> Option<Severity> {
        let What::Change(change) = &detection.what else { return None };
        let is_left_to_it = |rule: &&Rule| {
            matches!(rule.check, Check::Change)
                && rule.severity.is_none()
                && detection.rules.contains(&rule.name)
        };
        self.rules.iter().find(is_left_to_it).filter(|_| detection.outcome == Outcome::Success)?;
        change_severity::by_named_text(change, text)
    }

    /// All rules, those that are off too.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a condition that is on holds of a raw log event of any kind.
    pub fn holds_of_message(&self, message: &str) -> bool {
        self.index.entries.iter().any(|entry| entry.condition.holds_of_message(message))
    }

    /// What the record is by the rules that are on; `None` where none met it.
    pub fn inspect(&self, record: &Record) -> Option<Detection> {
        self.inspect_with(record, |_| true)
    }

    /// The places of the conditions that the record's fields do not rule out, ascending.
    fn left(&self, record: &Record) -> Vec<usize> {
        let fields = Fields::of_record(record);
        let mut memory = Memory::default();
        self.index.by_fields(fields.as_ref(), &mut memory);
        self.index.by_members(record.json(), fields.is_some(), &mut memory);
        memory.left().filter_map(|place| self.index.entries.get(place)).map(|entry| entry.rule).collect()
    }

    /// The same by those rules alone that `counts` says yes to: an owner can quiet one rule for one person.
    pub fn inspect_with(&self, record: &Record, counts: impl Fn(&RuleName) -> bool) -> Option<Detection> {
        self.inspect_as(record, counts, &[])
    }

    /// The same of an event that these correlations are met by, too.
    pub fn inspect_as(
        &self,
        record: &Record,
        counts: impl Fn(&RuleName) -> bool,
        correlations: &[&RuleName],
    ) -> Option<Detection> {
        let facts = Facts::of(record);
        let left = self.left(record);
        let met: Vec<(&Rule, Severity)> = self
            .rules
            .iter()
            .enumerate()
            .filter(|(place, rule)| match rule.check {
                Check::Condition(_) => left.binary_search(place).is_ok(),
                Check::Correlation(_) => correlations.contains(&&rule.name),
                _ => rule.enabled,
            })
            .map(|(_, rule)| rule)
            .filter(|rule| counts(&rule.name))
            .filter_map(|rule| {
                let severity = match rule.check {
                    Check::Correlation(_) => rule.severity?,
                    _ => facts.met_by(&rule.check, record)?,
                };
                Some((rule, rule.severity.unwrap_or(severity)))
            })
            .collect();
        let kind = met.iter().map(|(rule, _)| rule.kind()).min()?;
        let severity = met.iter().map(|(_, severity)| *severity).max()?;
        let what = What::among(kind, facts.sign_in, facts.change, facts.tampering, facts.sharing)?;
        Some(Detection {
            kind,
            rules: met.iter().map(|(rule, _)| rule.name.clone()).collect(),
            severity,
            outcome: facts.outcome,
            actor: facts.actor,
            what,
        })
    }
}
