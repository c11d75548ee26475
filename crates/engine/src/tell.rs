//! From events in time order to notices: each event once, one action's records together, compared with what
//! came before.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trailbell_config::{Settings, Subject, ignore_line};
use trailbell_detect::{Detection, RuleSet, What};
use trailbell_history::{History, Occurrence, Seen};
use trailbell_json::Json;
use trailbell_notice::{self as notice, Client, Comparison, Facts, Folded, Network, Notice, Reader};
use trailbell_record::{Actor, EventIdentity, Mfa, Outcome, Record, Way};
use trailbell_text::{Kind, Phrase, Severity, Untrusted};

use crate::belonging::belonging;
use crate::fold::{Foldable, Folder};
use crate::sort::Found;
use crate::summary::{Noisiest, Summary};

/// How long an identity is remembered, in microseconds of event time. Copies of an event carry the same time,
/// so they are neighbours here; what shares a `sharedEventID` was written within minutes.
const REMEMBERED: i64 = 3600 * 1_000_000;
/// How far apart one person's changes with one program may be to count as one go, in microseconds.
const ONE_GO: i64 = 300 * 1_000_000;

/// A notice and the go it belongs to.
pub(crate) struct Told {
    pub(crate) notice: Notice,
    pub(crate) cause: Option<String>,
}

/// An event on its way to becoming a notice.
struct Event {
    record: Record,
    detection: Detection,
    time: i64,
    /// Its own sentence, should it be told inside another one's notice: what a stack does are deeds, not steps.
    headline: Option<Phrase>,
    folded: Vec<Folded>,
}

impl Foldable for Event {
    fn time(&self) -> i64 {
        self.time
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
    }
}

pub(crate) struct Teller<'a> {
    rules: &'a RuleSet,
    settings: &'a Settings,
    reader: &'a Reader,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    seen: Recent,
    folder: Folder<Event>,
    sign_ins: History,
    changes: History,
    goes: HashMap<String, (i64, u64)>,
    go_count: u64,
    summary: Summary,
    by_principal: HashMap<(String, String), (Untrusted, u64)>,
}

impl<'a> Teller<'a> {
    /// Tells `reader` of what `rules` meet and `settings` do not quiet, from `since` on and before `until`.
    pub(crate) fn new(
        rules: &'a RuleSet,
        settings: &'a Settings,
        reader: &'a Reader,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Self {
        Self {
            rules,
            settings,
            reader,
            since,
            until,
            seen: Recent::default(),
            folder: Folder::new(),
            sign_ins: History::new(),
            changes: History::new(),
            goes: HashMap::new(),
            go_count: 0,
            summary: Summary::default(),
            by_principal: HashMap::new(),
        }
    }

    /// Takes the next event in time order.
    pub(crate) fn take(&mut self, found: &Found) {
        // It was parsed and met a rule in the first pass, from this very text.
        let Ok(record) = Json::parse(&found.text).map(Record::new) else { return };
        let Some(detection) = self.rules.inspect(&record) else { return };
        let is_new = self.seen.is_new(&record, found.time);
        let Some(detection) = self.unless_ignored(&record, detection) else {
            self.summary.ignored += u64::from(is_new);
            return;
        };
        if !is_new {
            // What nobody is told of cannot be told twice.
            self.summary.duplicates += u64::from(self.is_in_window(&record));
            return;
        }
        let belonging = belonging(&record, &detection);
        let a_deed = matches!(&detection.what, What::Change(change) if change.through.is_some());
        let headline = (a_deed && belonging.is_some())
            .then(|| notice::headline(&facts(&record, &detection), self.reader));
        let event = Event { record, detection, time: found.time, headline, folded: Vec::new() };
        self.folder.push(event, belonging);
    }

    /// There is nothing more to take.
    pub(crate) fn finish(&mut self) {
        self.folder.finish();
    }

    /// The next notice that nothing can come before any more.
    pub(crate) fn next(&mut self) -> Option<Told> {
        loop {
            let event = self.folder.pop()?;
            let (seen, network_place) = self.compare(&event);
            if !self.is_in_window(&event.record) {
                continue;
            }
            return Some(self.tell(event, seen, network_place.as_deref()));
        }
    }

    /// Whether the event is of the time that is told. An event without a time is in no window, and in every scan
    /// that has none.
    fn is_in_window(&self, record: &Record) -> bool {
        let since = |at: Timestamp| self.since.is_none_or(|since| at >= since);
        let until = |at: Timestamp| self.until.is_none_or(|until| at < until);
        record.event_time().map_or(self.since.is_none() && self.until.is_none(), |at| since(at) && until(at))
    }

    pub(crate) fn into_summary(self) -> Summary {
        let mut noisiest: BTreeMap<String, Noisiest> = BTreeMap::new();
        for ((rule, _), (principal, notices)) in self.by_principal {
            let best = noisiest.get(&rule);
            // Of equals the first by name, so that the answer does not depend on hashing.
            let better = best.is_none_or(|best| {
                notices > best.notices || (notices == best.notices && principal < best.principal)
            });
            if better {
                let ignore = ignore_line(principal.raw(), &rule);
                noisiest.insert(rule, Noisiest { principal, notices, ignore });
            }
        }
        Summary { noisiest, folded: self.summary.folded + self.folder.swallowed(), ..self.summary }
    }

    /// What is left of a detection when the rules that the settings quiet for it are taken out.
    fn unless_ignored(&self, record: &Record, detection: Detection) -> Option<Detection> {
        if self.settings.ignores.is_empty() {
            return Some(detection);
        }
        let subject = subject(record, &detection.actor, &self.reader.time_zone);
        if detection.rules.iter().all(|rule| self.settings.ignored_by(&subject, rule.as_str()).is_none()) {
            return Some(detection);
        }
        self.rules.inspect_with(record, |rule| self.settings.ignored_by(&subject, rule.as_str()).is_none())
    }

    /// What earlier events say, which this one then joins.
    fn compare(&mut self, event: &Event) -> (Option<Seen>, Option<String>) {
        let Event { record, detection, .. } = event;
        let place = Network::of(record.source_address()).place();
        let history = match &detection.what {
            What::SignIn(_) => &mut self.sign_ins,
            What::Change(_) => &mut self.changes,
            _ => return (None, place),
        };
        let (Some(who), Some(at)) = (detection.actor.key(), record.event_time()) else {
            return (None, place);
        };
        let occurrence = Occurrence {
            // Doors differ: a first `aws login` by somebody who uses the console daily is a first all the same.
            who: match &detection.what {
                What::SignIn(sign_in) if sign_in.way == Way::AwsLogin => format!("aws-login/{who}"),
                _ => who,
            },
            name: format!("{}/{}", record.account().unwrap_or_default(), detection.actor.name.raw()),
            at,
            place: place.clone(),
            client: Client::of(record.user_agent()).family().map(str::to_owned),
            address: record.source_address().unwrap_or_default().to_owned(),
        };
        let seen = history.compare(&occurrence);
        if detection.outcome == Outcome::Success {
            history.learn(&occurrence);
        } else {
            history.learn_failure(&occurrence);
        }
        (Some(seen), place)
    }

    fn tell(&mut self, event: Event, seen: Option<Seen>, place: Option<&str>) -> Told {
        let cause = self.cause(&event);
        let Event { record, mut detection, mut folded, .. } = event;
        folded.sort_by_key(|folded| folded.event_time);
        if let (What::SignIn(_), Some(seen)) = (&detection.what, &seen) {
            detection.severity = detection.severity.max(raised(&detection, seen, place));
        }
        self.count(&detection, folded.len() as u64);
        let client_known = Client::of(record.user_agent()).family().is_some();
        let facts = Facts {
            rules: detection.rules.iter().map(|name| self.rule_words(name.as_str())).collect(),
            comparison: seen.map(|seen| Comparison {
                earlier: seen.earlier,
                from_here: place.is_some().then_some(seen.from_here),
                with_this: client_known.then_some(seen.with_this),
                usual_place: seen.usual_place,
                first: seen.first,
                last: seen.last,
                failures_before: seen.failures_before as u64,
            }),
            folded,
            ..facts(&record, &detection)
        };
        Told { notice: Notice::new(&facts, self.reader), cause }
    }

    fn rule_words(&self, name: &str) -> notice::Rule {
        let title = self.rules.rules().iter().find(|rule| rule.name().as_str() == name).map(|rule| {
            let title = rule.title();
            match self.reader.lang {
                notice::Lang::En => title.en.clone().into_owned(),
                notice::Lang::Ja => title.ja.clone().into_owned(),
            }
        });
        notice::Rule { name: name.to_owned(), title }
    }

    /// The go of changes this one belongs to: one principal, one program, no long pause.
    fn cause(&mut self, event: &Event) -> Option<String> {
        if event.detection.kind != Kind::IamChange {
            return None;
        }
        let who = event.detection.actor.key()?;
        let key = format!("{who}/{}", event.record.user_agent().unwrap_or_default());
        if self.goes.len() > 10_000 {
            self.goes.retain(|_, (last, _)| event.time.saturating_sub(*last) <= ONE_GO);
        }
        let go = self.goes.entry(key).or_insert((i64::MIN, 0));
        if event.time.saturating_sub(go.0) > ONE_GO {
            self.go_count += 1;
            go.1 = self.go_count;
        }
        go.0 = event.time;
        Some(go.1.to_string())
    }

    fn count(&mut self, detection: &Detection, folded: u64) {
        self.summary.notices += 1;
        self.summary.folded += folded;
        let name = &detection.actor.name;
        for rule in &detection.rules {
            *self.summary.by_rule.entry(rule.as_str().to_owned()).or_default() += 1;
            if !name.is_empty() {
                let key = (rule.as_str().to_owned(), name.raw().to_owned());
                self.by_principal.entry(key).or_insert_with(|| (name.clone(), 0)).1 += 1;
            }
        }
    }
}

/// What the event by itself says.
fn facts<'e>(record: &'e Record, detection: &'e Detection) -> Facts<'e> {
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
        comparison: None,
        folded: Vec::new(),
        told_at: None,
    }
}

/// What a sign-in is worth in the light of earlier ones (`critical` after a burst of failures; a new country
/// alone is `medium`, and `high` only with a second sign, for people travel).
fn raised(detection: &Detection, seen: &Seen, place: Option<&str>) -> Severity {
    if detection.outcome != Outcome::Success {
        return Severity::Info;
    }
    if seen.after_a_burst() {
        return Severity::Critical;
    }
    let new_place = seen.earlier > 0 && seen.from_here == 0 && place.is_some();
    let new_client = seen.earlier > 0 && seen.with_this == 0;
    match (new_place, new_client || seen.failures_before > 0) {
        (true, true) => Severity::High,
        (true, false) => Severity::Medium,
        (false, _) => Severity::Info,
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

/// The identities met lately.
#[derive(Default)]
struct Recent {
    identities: HashSet<EventIdentity>,
    shared: HashSet<String>,
    order: VecDeque<(i64, EventIdentity, Option<String>)>,
}

impl Recent {
    /// Whether neither this event nor the same action in another account's log has been met; it is now.
    fn is_new(&mut self, record: &Record, time: i64) -> bool {
        while self.order.front().is_some_and(|(old, ..)| time.saturating_sub(*old) > REMEMBERED) {
            if let Some((_, identity, shared)) = self.order.pop_front() {
                self.identities.remove(&identity);
                if let Some(shared) = shared {
                    self.shared.remove(&shared);
                }
            }
        }
        let identity = record.identity();
        let shared = record.shared_event_id().map(str::to_owned);
        if self.identities.contains(&identity) || shared.as_ref().is_some_and(|id| self.shared.contains(id)) {
            return false;
        }
        self.identities.insert(identity.clone());
        if let Some(shared) = &shared {
            self.shared.insert(shared.clone());
        }
        self.order.push_back((time, identity, shared));
        true
    }
}
