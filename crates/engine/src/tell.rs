//! Looking back: from events in time order to notices: each event once, one action's records together, compared
//! with what came before.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use trailbell_config::{Settings, ignore_line};
use trailbell_detect::{Detection, RuleName, RuleSet};
use trailbell_json::Json;
use trailbell_notice::{Notice, Reader, Rung};
use trailbell_record::{EventIdentity, GrantTexts, Record, SessionGrant};
use trailbell_text::{Kind, Untrusted};

use crate::action::Action;
use crate::alarms::Alarms;
use crate::asked::AskedKeys;
use crate::compare::{Compared, Habits, Telling};
use crate::correlations::Correlations;
use crate::fold::Folder;
use crate::judge::Court;
use crate::sort::{Form, Found};
use crate::summary::{Noisiest, Summary};
use crate::window;

/// How long an identity is remembered, in microseconds of event time. Copies of an event carry the same time,
/// so they are neighbours here; what shares a `sharedEventID` was written within minutes.
const REMEMBERED: i64 = 3600 * 1_000_000;
/// How far apart one person's changes with one program may be to count as one go, in microseconds.
const ONE_GO: i64 = 300 * 1_000_000;

/// How long after the last event alarms are looked at once more: the minute it is in is over then.
const LAST_LOOK: SignedDuration = SignedDuration::from_secs(70);

/// What is told.
pub(crate) enum Told {
    /// A notice and the go it belongs to.
    Notice(Box<Notice>, Option<String>),
    /// A rule's alarm.
    Alarm(Box<Rung>),
}

pub(crate) struct Teller<'a> {
    rules: &'a RuleSet,
    settings: &'a Settings,
    reader: &'a Reader,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    seen: Recent,
    folder: Folder<Action>,
    habits: Habits,
    asked: AskedKeys,
    goes: HashMap<String, (i64, u64)>,
    go_count: u64,
    correlations: Correlations,
    /// Those that were completed and told.
    completed: BTreeSet<String>,
    alarms: Alarms,
    /// What alarms have to say, in order of time.
    rung: VecDeque<Rung>,
    /// The newest event's time.
    newest: Option<Timestamp>,
    /// An action that is ready, behind an alarm of before it.
    ready: Option<Action>,
    is_finished: bool,
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
            habits: Habits::new(settings, &reader.networks),
            asked: AskedKeys::every(),
            goes: HashMap::new(),
            go_count: 0,
            correlations: Correlations::passing(settings, rules),
            completed: BTreeSet::new(),
            alarms: Alarms::new(settings, rules),
            rung: VecDeque::new(),
            newest: None,
            ready: None,
            is_finished: false,
            summary: Summary::default(),
            by_principal: HashMap::new(),
        }
    }

    /// Takes the next event in time order.
    pub(crate) fn take(&mut self, found: &Found) {
        match found.form {
            Form::Event => self.take_event(found),
            Form::Grant => {
                if let Ok(grant) = serde_json::from_str(&found.text) {
                    self.habits.learn_grant(&grant, None);
                }
            }
            Form::GrantTexts => {
                if let Some(grant) = GrantTexts::of(&found.text) {
                    let is_asked = self.asked.may_have(grant.key);
                    self.habits.learn_grant_texts(&grant, is_asked);
                }
            }
        }
    }

    fn take_event(&mut self, found: &Found) {
        // It was parsed and met a rule in the first pass, in this very text.
        let Ok(record) = Json::parse(&found.text).map(Record::new) else { return };
        if let Some(grant) = SessionGrant::of(&record) {
            self.habits.learn_grant(&grant, None);
        }
        let Some(detection) = self.rules.inspect(&record) else { return };
        self.habits.learn_policy(&record, &detection);
        let is_new = self.seen.is_new(&record, found.time);
        let Some(judged) = self.court().judge(&record, detection, &self.correlations) else {
            self.summary.ignored += u64::from(is_new);
            return;
        };
        if !is_new {
            // What nobody is told of cannot be told twice.
            self.summary.duplicates += u64::from(self.is_in_window(&record));
            return;
        }
        // An event without a time is of no time that passes.
        let completed = match record.event_time() {
            Some(at) if judged.counts => {
                self.correlations.take(&record, &judged.detection.rules, self.rules, at)
            }
            _ => Vec::new(),
        };
        let weighed = self.court().weigh(&record, judged, completed, &self.correlations);
        self.completed.extend(weighed.completed.iter().map(|one| one.rule.clone()));
        self.count_for_alarms(&record, &weighed.detection, &weighed.counting);
        let Some(detection) = weighed.told else {
            self.summary.counted += 1;
            return;
        };
        let (action, belonging) = Action::new(record, detection, weighed.completed, found.time, self.reader);
        self.folder.push(action, belonging);
    }

    /// Who got other access keys than these need not be remembered.
    pub(crate) fn remember_only(&mut self, asked: AskedKeys) {
        self.asked = asked;
    }

    /// Nobody keeps what was learned.
    pub(crate) fn drop_changes(&mut self) {
        self.habits.drop_changes();
    }

    fn court(&self) -> Court<'_> {
        Court {
            rules: self.rules,
            settings: self.settings,
            zone: &self.reader.time_zone,
            alarms: &self.alarms,
        }
    }

    /// The correlations that were told.
    pub(crate) fn completed(&self) -> &BTreeSet<String> {
        &self.completed
    }

    /// Lets the alarms' time pass up to the event, and counts it. An event without a time is of no time that passes.
    fn count_for_alarms(&mut self, record: &Record, detection: &Detection, counting: &[RuleName]) {
        let Some(at) = record.event_time().filter(|_| !self.alarms.is_empty()) else { return };
        self.rung.extend(self.alarms.advance(at));
        self.newest = self.newest.max(Some(at));
        self.alarms.count(record, detection, counting, at, self.reader);
    }

    /// There is nothing more to take.
    pub(crate) fn finish(&mut self) {
        self.folder.finish();
        if let Some(end) = self.newest.and_then(|newest| newest.checked_add(LAST_LOOK).ok()) {
            self.rung.extend(self.alarms.advance(end));
        }
        self.is_finished = true;
    }

    /// The next notice or alarm that nothing can come before any more.
    pub(crate) fn next(&mut self) -> Option<Told> {
        loop {
            self.ready = self.ready.take().or_else(|| self.folder.pop());
            // What an alarm says is of the time between two events.
            let comes_first = |rung: &Rung| match &self.ready {
                Some(action) => rung.at.as_microsecond() <= action.time,
                None => self.is_finished,
            };
            if self.rung.front().is_some_and(comes_first) {
                let rung = self.rung.pop_front()?;
                if !rung.is_news() || !self.is_time_told(rung.at) {
                    continue;
                }
                self.summary.alarms += 1;
                return Some(Told::Alarm(Box::new(rung)));
            }
            let action = self.ready.take()?;
            let is_in_window = self.is_in_window(&action.record);
            let time = action.time;
            match self.habits.compare(action, self.rules, self.settings) {
                Compared::Told(telling) if is_in_window => return Some(self.tell(&telling, time)),
                Compared::Unmet(events) if is_in_window => self.summary.unmet += events.len() as u64,
                Compared::Told(_) | Compared::Unmet(_) => {}
            }
        }
    }

    /// Whether the event is of the time that is told.
    fn is_in_window(&self, record: &Record) -> bool {
        window::holds_of_event(self.since, self.until, record.event_time())
    }

    fn is_time_told(&self, at: Timestamp) -> bool {
        window::holds(self.since, self.until, at)
    }

    /// What was learned, and what was met on the way.
    pub(crate) fn into_habits(mut self) -> (Habits, Summary) {
        let habits = std::mem::take(&mut self.habits);
        (habits, self.into_summary())
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

    fn tell(&mut self, telling: &Telling, time: i64) -> Told {
        let cause = self.cause(telling, time);
        self.count(&telling.detection, telling.folded.len() as u64);
        let notice = Notice::new(&telling.facts(self.rules, self.reader.lang), self.reader);
        Told::Notice(Box::new(notice), cause)
    }

    /// The go of changes this one belongs to: one principal, one program, no long pause.
    fn cause(&mut self, telling: &Telling, time: i64) -> Option<String> {
        if telling.detection.kind != Kind::IamChange {
            return None;
        }
        let who = telling.detection.actor.key()?;
        let key = format!("{who}/{}", telling.record.user_agent().unwrap_or_default());
        if self.goes.len() > 10_000 {
            self.goes.retain(|_, (last, _)| time.saturating_sub(*last) <= ONE_GO);
        }
        let go = self.goes.entry(key).or_insert((i64::MIN, 0));
        if time.saturating_sub(go.0) > ONE_GO {
            self.go_count += 1;
            go.1 = self.go_count;
        }
        go.0 = time;
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

/// The identities met lately.
#[derive(Default)]
pub(crate) struct Recent {
    identities: HashSet<EventIdentity>,
    shared: HashSet<String>,
    order: VecDeque<(i64, EventIdentity, Option<String>)>,
}

impl Recent {
    /// Whether neither this event nor the same action in another account's log has been met; it is now.
    pub(crate) fn is_new(&mut self, record: &Record, time: i64) -> bool {
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
