//! Telling: what is ready becomes a notice owed, with what each channel is to get of it.

use jiff::Timestamp;
use trailbell_json::Json;
use trailbell_notice::Folded;
use trailbell_outbox::{Fate, Held, Identity, LedgerError, Owed, Sighting};
use trailbell_record::{ActorKind, Record};
use trailbell_text::{Severity, Untrusted};

use super::{Watch, stored};
use crate::action::{Action, identity};
use crate::compare::{Compared, Telling};
use crate::fold::{Belonging, Foldable as _, Pushed};

/// Events of a backlog that are told in one transaction.
const SLICE: usize = 500;

impl Watch {
    /// Hands an event to the folder. `arrived` is when it came, which may be before a restart.
    pub(super) fn push(
        &mut self,
        action: Action,
        belonging: Option<Belonging>,
        arrived: Timestamp,
        now: Timestamp,
    ) {
        let belonging = belonging.map(|belonging| Belonging {
            // What is critical waits for nobody.
            patience: if action.detection.severity == Severity::Critical { 0 } else { belonging.patience },
            ..belonging
        });
        self.folder.close_until(action.time().min(now.as_microsecond()));
        match self.folder.push_arrived(action, belonging, arrived.as_microsecond()) {
            Pushed::Taken => {}
            Pushed::Late(told, action) => self.late.push((told, action)),
            Pushed::Again(action) => {
                self.counts.folded += 1;
                self.fate(&action.events, now, |_| Fate::Again);
            }
        }
    }

    /// Tells what is ready, and what has waited long enough.
    pub(super) fn tell_ready(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        let clock = now.as_microsecond();
        self.folder.close_until(clock);
        self.folder.tell_until(clock);
        while let Some(action) = self.folder.pop_any() {
            self.tell(action, now)?;
        }
        self.tell_alarms(now)?;
        self.tell_late(now)
    }

    /// Tells what the ledger holds of a time that sources have caught up with, in the order of its time, a slice a
    /// transaction. Also what was waiting when the process ended.
    pub(super) fn tell_backlog(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        let mut after: Option<(i64, Identity)> = None;
        loop {
            let from = after.as_ref().map(|(time, event)| (*time, event));
            let slice = self.ledger.held(from, SLICE)?;
            let Some(last) = slice.last() else { break };
            after = Some((last.time, last.event.clone()));
            for held in slice {
                self.unhold(held, now);
                while let Some(action) = self.folder.pop() {
                    self.tell(action, now)?;
                }
            }
            self.tell_alarms(now)?;
            self.tell_late(now)?;
            match self.commit() {
                // The batch is kept; the rest of the backlog waits with it.
                Err(error) if error.is_for_now() => return Ok(()),
                done => done?,
            }
        }
        self.has_backlog = false;
        self.tell_ready(now)
    }

    fn unhold(&mut self, held: Held, now: Timestamp) {
        if self.waiting.contains(&held.event) {
            return;
        }
        // It was parsed and met a rule when it was held; since then the rules, and what is ignored, may have changed.
        let record = Json::parse(&held.text).map(Record::new).ok();
        let detection = record.as_ref().and_then(|record| self.rules.inspect(record));
        let judged = record.zip(detection).and_then(|(record, detection)| {
            let judged = self.judge(&record, detection)?;
            Some((record, judged))
        });
        let Some((record, judged)) = judged else {
            self.counts.ignored += 1;
            self.fate(&[held.event], now, |_| Fate::Ignored);
            return;
        };
        let (weighed, fate) = if judged.counts && !self.counted.contains(&held.event) {
            if let Some(at) = record.event_time() {
                self.pass_time(at.min(now));
            }
            self.counted_changed |= self.counted.insert(held.event.clone());
            self.count(&record, judged, now)
        } else {
            let completed = self.completed.get(&held.event).cloned().unwrap_or_default();
            (self.weigh(&record, judged, completed), Fate::Counted)
        };
        let Some(detection) = weighed.told else {
            self.fate(&[held.event], now, |_| fate.clone());
            return;
        };
        self.remember_completed(&held.event, &weighed.completed);
        let (action, belonging) = Action::new(record, detection, weighed.completed, held.time, &self.reader);
        self.waiting.insert(held.event);
        self.push(action, belonging, held.arrived, now);
    }

    fn tell(&mut self, action: Action, now: Timestamp) -> Result<(), LedgerError> {
        let telling = match self.habits.compare(action, &self.rules, &self.settings) {
            Compared::Told(telling) => telling,
            Compared::Unmet(events) => {
                self.counts.unmet += events.len() as u64;
                self.fate(&events, now, |_| Fate::Unmet);
                return Ok(());
            }
        };
        let notice = identity(&telling.record);
        let mut owed = owed(&telling, &notice, now);
        self.seat(&telling, &mut owed, now);
        self.outbox.plan(&owed, now, self.ledger.as_mut(), &mut self.taking)?;
        self.counts.notices[owed.severity as usize] += 1;
        self.counts.folded += telling.folded.len() as u64;
        self.taking.notices.push(owed);
        self.fate(&telling.events, now, |event| {
            if *event == notice {
                Fate::Told { notice: notice.clone() }
            } else {
                Fate::Folded { notice: notice.clone() }
            }
        });
        Ok(())
    }

    /// Records that came after their action was told: into its notice, unless they are graver than it.
    fn tell_late(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        for (told, action) in std::mem::take(&mut self.late) {
            let here = self.taking.notices.iter().rev().find(|owed| owed.notice == told).cloned();
            let owed = match here {
                Some(owed) => Some(owed),
                None => self.ledger.notice(&told)?,
            };
            let readable = owed.and_then(|owed| Some((stored::read(&owed.facts).ok()?, owed)));
            // A step joins what was told; a deed of its own (a stack's next change), what completes a correlation, or what is graver
            // is told too, and the delivery gathers it.
            let joins = |owed: &Owed| {
                action.headline.is_none()
                    && action.completed.is_empty()
                    && action.detection.severity <= owed.severity
            };
            let Some((mut telling, mut owed)) = readable.filter(|(_, owed)| joins(owed)) else {
                self.tell(action, now)?;
                continue;
            };
            self.counts.folded += action.events.len() as u64;
            self.fate(&action.events, now, |_| Fate::Folded { notice: told.clone() });
            telling.folded.push(folded(&action));
            telling.folded.extend(action.folded);
            telling.folded.sort_by_key(|folded| folded.event_time);
            owed.facts = stored::write(&telling);
            self.taking.notices.push(owed);
        }
        Ok(())
    }

    /// What became of events; none of them waits any longer.
    fn fate(&mut self, events: &[Identity], now: Timestamp, fate: impl Fn(&Identity) -> Fate) {
        for event in events {
            self.waiting.remove(event);
            self.counted_changed |= self.counted.remove(event);
            self.forget_completed(event);
            // The event's own id was written when it was met; a known sighting keeps it.
            let sighting = Sighting { event_id: None, at: now, fate: fate(event) };
            self.taking.seen.push((event.clone(), sighting));
            self.taking.released.push(event.clone());
        }
    }
}

/// An action that is told inside another one's notice.
fn folded(action: &Action) -> Folded {
    Folded {
        event_id: action.record.event_id().map(Untrusted::from),
        event_name: action.record.event_name().into(),
        event_time: action.record.event_time(),
        outcome: action.detection.outcome,
        severity: action.detection.severity,
        headline: action.headline.clone(),
    }
}

fn owed(telling: &Telling, notice: &Identity, now: Timestamp) -> Owed {
    let Telling { record, detection, .. } = telling;
    let actor = &detection.actor;
    let (group, thread) = trailbell_notice::gathered(record, actor, detection.kind, detection.outcome);
    let parts = |parts: &[String]| Identity::of(&parts.iter().map(String::as_str).collect::<Vec<_>>());
    Owed {
        notice: notice.clone(),
        event_id: record.event_id().map(str::to_owned),
        time: record.event_time(),
        told_at: now,
        severity: detection.severity,
        kind: detection.kind,
        outcome: detection.outcome,
        account: record.account().map(str::to_owned),
        principal: Some(actor.name.raw().to_owned()).filter(|name| !name.is_empty()),
        principal_arn: actor.arn.as_ref().map(|arn| arn.raw().to_owned()),
        is_root: actor.kind == ActorKind::Root,
        address: record.source_address().map(str::to_owned),
        rules: detection.rules.iter().map(|rule| rule.as_str().to_owned()).collect(),
        group: parts(&group),
        thread: parts(&thread),
        facts: stored::write(telling),
        stands_alone: !telling.completed.is_empty(),
    }
}
