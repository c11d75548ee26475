//! Hearing: what arrived is read, every event that is new is held or on its way, and the source's position goes with it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use trailbell_outbox::{Fate, Held, Identity, LedgerError, Sighting};

use super::Watch;
use super::read::{Met, Read, read};
use crate::action::Action;
use crate::source::{Arrival, Condition, Taken};

/// An event older than this is not urgent: while a source catches up it waits, so that what happened before it is told,
/// and counted as usual, before it.
const OLD: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

impl Watch {
    /// Takes what sources delivered, in order. The answers are to be given once [`Watch::commit`] has succeeded.
    pub fn take(
        &mut self,
        arrivals: &[(String, Arrival)],
        now: Timestamp,
    ) -> Result<Vec<Taken>, LedgerError> {
        let mut answers = Vec::with_capacity(arrivals.len());
        let mut met: Vec<Met> = Vec::new();
        let mut newest = Vec::new();
        for (source, arrival) in arrivals {
            let Read { taken, met: events, grants, newest: time } =
                read(&mut self.bytes, &self.rules, arrival);
            for grant in &grants {
                self.habits.learn_grant(grant, Some(now));
            }
            for one in &events {
                self.habits.learn_policy(&one.record, &one.detection);
            }
            met.extend(events);
            newest.push((source, time, taken.events));
            answers.push(taken);
        }
        // One look at the ledger for all of them, before anything is decided.
        let names: Vec<Identity> =
            met.iter().flat_map(|met| [Some(&met.event), met.shared.as_ref()]).flatten().cloned().collect();
        let known: HashMap<Identity, Sighting> = names
            .iter()
            .cloned()
            .zip(self.ledger.sightings(&names)?)
            .filter_map(|(name, sighting)| Some((name, sighting?)))
            .collect();

        for (source, arrival) in arrivals {
            if let Some(position) = &arrival.position {
                self.taking.positions.push((source.clone(), position.clone()));
            }
            if arrival.backlog {
                self.catching_up.insert(source.clone(), now);
            } else {
                self.catching_up.remove(source);
            }
        }
        for (source, time, events) in newest {
            self.counts.events += events;
            self.ears.heard(source, events, time, now);
        }
        self.sort_out(met, known, now);
        self.tell_ready(now)?;
        self.hold_the_rest();
        Ok(answers)
    }

    /// How a source is.
    pub fn heard(&mut self, source: &str, condition: &Condition, now: Timestamp) {
        if matches!(condition, Condition::Failing(_) | Condition::Ended) {
            self.catching_up.remove(source);
        }
        self.ears.condition(source, condition, now);
    }

    /// What is new goes into the folder, or waits in the ledger for the rest of its time.
    fn sort_out(&mut self, mut met: Vec<Met>, mut known: HashMap<Identity, Sighting>, now: Timestamp) {
        met.sort_by_key(|met| met.time);
        let gathers = !self.catching_up.is_empty();
        let old = now.saturating_sub(OLD).unwrap_or(now).as_microsecond();
        for Met { event, shared, record, detection, time, text } in met {
            if known.contains_key(&event) {
                self.counts.duplicates += 1;
                continue;
            }
            let event_id = record.event_id().map(str::to_owned);
            let mut sighting = Sighting { event_id, at: now, fate: Fate::Held };
            if let Some(first) = shared.as_ref().and_then(|shared| known.get(shared)).map(|s| s.fate.clone())
            {
                self.counts.duplicates += 1;
                sighting.fate = first;
                known.insert(event.clone(), sighting.clone());
                self.taking.seen.push((event, sighting));
                continue;
            }
            if let Some(shared) = shared {
                let fate = Fate::Shared { first: event.clone() };
                let shared_sighting = Sighting { event_id: None, at: now, fate };
                known.insert(shared.clone(), shared_sighting.clone());
                self.taking.seen.push((shared, shared_sighting));
            }
            known.insert(event.clone(), sighting.clone());
            let Some(judged) = self.judge(&record, detection) else {
                self.counts.ignored += 1;
                sighting.fate = Fate::Ignored;
                self.taking.seen.push((event, sighting));
                continue;
            };
            if gathers && time < old {
                self.taking.seen.push((event.clone(), sighting));
                self.taking.held.push(Held { event, time, arrived: now, text });
                self.has_backlog = true;
                continue;
            }
            let counts = judged.counts;
            let (weighed, counted) = self.count(&record, judged, now);
            let Some(detection) = weighed.told else {
                sighting.fate = counted;
                self.taking.seen.push((event, sighting));
                continue;
            };
            self.taking.seen.push((event.clone(), sighting));
            self.taking.held.push(Held { event: event.clone(), time, arrived: now, text });
            if counts {
                self.counted_changed |= self.counted.insert(event.clone());
            }
            self.remember_completed(&event, &weighed.completed);
            let (action, belonging) = Action::new(record, detection, weighed.completed, time, &self.reader);
            self.waiting.insert(event);
            self.push(action, belonging, now, now);
        }
    }

    /// Of the events held in this batch, only those that wait need to be: the others' notices are in it already.
    fn hold_the_rest(&mut self) {
        let released: HashSet<Identity> = self.taking.released.iter().cloned().collect();
        let held = std::mem::take(&mut self.taking.held);
        let here: HashSet<Identity> = held.iter().map(|held| held.event.clone()).collect();
        self.taking.held = held.into_iter().filter(|held| !released.contains(&held.event)).collect();
        self.taking.released.retain(|event| !here.contains(event));
    }
}
