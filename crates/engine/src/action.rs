//! One human action: the event that speaks for it, and the records of the same action folded into it.

use jiff::tz::TimeZone;
use trailbell_config::{Settings, Subject};
use trailbell_detect::{Detection, RuleSet, What};
use trailbell_notice::{self as notice, Facts, Folded, Reader};
use trailbell_outbox::Identity;
use trailbell_record::{Actor, EventIdentity, Mfa, Record};
use trailbell_text::{BothPhrases, Untrusted};

use crate::belonging::belonging;
use crate::correlations::Completed;
use crate::fold::{Belonging, Foldable};

/// An event on its way to becoming a notice.
pub(crate) struct Action {
    pub(crate) record: Record,
    pub(crate) detection: Detection,
    /// Its time in microseconds since 1970.
    pub(crate) time: i64,
    /// Its own sentence, should it be told inside another one's notice: what a stack does are deeds, not steps.
    pub(crate) headline: Option<BothPhrases>,
    pub(crate) folded: Vec<Folded>,
    /// Itself and those folded into it.
    pub(crate) events: Vec<Identity>,
    /// The correlations that it, or one folded into it, completed.
    pub(crate) completed: Vec<Completed>,
}

impl Action {
    /// The event as an action of its own, and with what it belongs together.
    pub(crate) fn new(
        record: Record,
        detection: Detection,
        completed: Vec<Completed>,
        time: i64,
        reader: &Reader,
    ) -> (Self, Option<Belonging>) {
        let mut belonging = belonging(&record, &detection);
        if let (false, Some(belonging)) = (completed.is_empty(), &mut belonging) {
            // What completes a correlation is no mere repetition of what was told.
            belonging.once = None;
        }
        let a_deed = matches!(&detection.what, What::Change(change) if change.through.is_some());
        let headline =
            (a_deed && belonging.is_some()).then(|| notice::headlines(&facts(&record, &detection), reader));
        let events = vec![identity(&record)];
        (Self { record, detection, time, headline, folded: Vec::new(), events, completed }, belonging)
    }
}

impl Foldable for Action {
    fn time(&self) -> i64 {
        self.time
    }

    fn identity(&self) -> Identity {
        identity(&self.record)
    }

    fn absorb(&mut self, other: Self) {
        self.detection.severity = self.detection.severity.max(other.detection.severity);
        if let (What::SignIn(own), What::SignIn(other)) = (&mut self.detection.what, &other.detection.what) {
            // One step of a sign-in may know what another does not; a "no" beside a "yes" was an earlier step.
            own.mfa = match (own.mfa, other.mfa) {
                (Mfa::Yes, _) | (_, Mfa::Yes) => Mfa::Yes,
                (Mfa::Unknown, other) => other,
                (own, _) => own,
            };
        }
        for rule in other.detection.rules {
            if !self.detection.rules.contains(&rule) {
                self.detection.rules.push(rule);
            }
        }
        self.folded.push(Folded {
            event_id: other.record.event_id().map(Untrusted::from),
            event_name: other.record.event_name().into(),
            event_time: other.record.event_time(),
            outcome: other.detection.outcome,
            severity: other.detection.severity,
            headline: other.headline,
        });
        self.folded.extend(other.folded);
        self.events.extend(other.events);
        self.completed.extend(other.completed);
    }
}

/// The name of an event: the same however it arrived.
pub(crate) fn identity(record: &Record) -> Identity {
    match record.identity() {
        EventIdentity::Event(account, event) => Identity::of(&["event", &account, &event]),
        EventIdentity::Content(content) => Identity::of(&["content", &format!("{content:032x}")]),
    }
}

/// What the event by itself says; its rules are not named and nothing is compared.
pub fn facts<'e>(record: &'e Record, detection: &'e Detection) -> Facts<'e> {
    Facts {
        record,
        actor: &detection.actor,
        outcome: detection.outcome,
        what: match &detection.what {
            What::SignIn(sign_in) => notice::What::SignIn(sign_in),
            What::Change(change) => notice::What::Change(change),
            What::Trail(trail) => {
                notice::What::Recording { target: trail.target.as_ref(), goes_dark: trail.goes_dark }
            }
            What::Sharing(sharing) => notice::What::Sharing {
                resource: sharing.resource.as_ref(),
                anyone: sharing.anyone,
                outside: &sharing.outside,
            },
            What::Root | What::Rule => notice::What::Other,
        },
        kind: detection.kind,
        severity: detection.severity,
        rules: Vec::new(),
        behind: None,
        comparison: None,
        folded: Vec::new(),
        earlier_policy: None,
        named_policy: None,
        told_at: None,
    }
}

/// What `ignore` entries are compared with, for an event; its day is the one in `zone`.
pub fn subject<'a>(record: &'a Record, actor: &'a Actor, zone: &TimeZone) -> Subject<'a> {
    Subject {
        name: Some(actor.name.raw()).filter(|name| !name.is_empty()),
        arn: actor.arn.as_ref().map(Untrusted::raw),
        address: record.source_address(),
        event: Some(record.event_name()),
        day: record.event_time().map(|at| at.to_zoned_datetime(zone.clone()).date()),
    }
}

/// What is left of a detection when the rules that the settings quiet for it are taken out; `None`: nothing.
pub(crate) fn unless_ignored(
    record: &Record,
    detection: Detection,
    rules: &RuleSet,
    settings: &Settings,
    zone: &TimeZone,
) -> Option<Detection> {
    if settings.ignores.is_empty() {
        return Some(detection);
    }
    let subject = subject(record, &detection.actor, zone);
    if detection.rules.iter().all(|rule| settings.ignored_by(&subject, rule.as_str()).is_none()) {
        return Some(detection);
    }
    rules.inspect_with(record, |rule| settings.ignored_by(&subject, rule.as_str()).is_none())
}
