//! Counting: what events are to the alarms of rules, and what those have to say becomes notices owed.

use jiff::Timestamp;
use trailbell_detect::Detection;
use trailbell_notice::{Bulletin, Ringing, Rung};
use trailbell_outbox::{Announcement, Fate, Identity, LedgerError, Owed};
use trailbell_record::Record;
use trailbell_text::{Kind, Outcome};

use super::{Watch, stored};
use crate::alarms::{Counted, alarm_identity};
use crate::correlations::Completed;
use crate::judge::{Court, Judged, Weighed};

impl Watch {
    const fn court(&self) -> Court<'_> {
        Court {
            rules: &self.rules,
            settings: &self.settings,
            zone: &self.reader.time_zone,
            alarms: &self.alarms,
        }
    }

    /// What is to be done with an event some rule met.
    pub(super) fn judge(&self, record: &Record, detection: Detection) -> Option<Judged> {
        self.court().judge(record, detection, &self.correlations)
    }

    /// Counts an event, once, for correlations and for alarms: what is thereby to be told, and what is to be said of it where that
    /// is nothing.
    pub(super) fn count(&mut self, record: &Record, judged: Judged, now: Timestamp) -> (Weighed, Fate) {
        let is_correlated = self.correlations.count(&judged.detection.rules);
        let mut completed = Vec::new();
        if is_correlated {
            let at = record.event_time().unwrap_or(now);
            completed = self.correlations.take(record, &judged.detection.rules, &self.rules, at);
        }
        let weighed = self.weigh(record, judged, completed);
        let counted = self.alarms.count(record, &weighed.detection, &weighed.counting, now, &self.reader);
        let is_late = counted == Counted::TooLate && !is_correlated;
        (weighed, if is_late { Fate::Late } else { Fate::Counted })
    }

    /// What is to be done with an event that completed these correlations.
    pub(super) fn weigh(&self, record: &Record, judged: Judged, completed: Vec<Completed>) -> Weighed {
        self.court().weigh(record, judged, completed, &self.correlations)
    }

    /// What an event completed that waits to be told must not be forgotten while it waits.
    pub(super) fn remember_completed(&mut self, event: &Identity, completed: &[Completed]) {
        if !completed.is_empty() && self.completed.get(event).is_none_or(|known| known != completed) {
            self.completed.insert(event.clone(), completed.to_vec());
            self.completed_changes.insert(event.clone());
        }
    }

    /// The event waits no longer.
    pub(super) fn forget_completed(&mut self, event: &Identity) {
        // What came and went between two commits was never written.
        if self.completed.remove(event).is_some() && !self.completed_changes.remove(event) {
            self.completed_changes.insert(event.clone());
        }
    }

    /// Lets the alarms' time pass; what rings waits to be told.
    pub(super) fn pass_time(&mut self, until: Timestamp) {
        self.rung.extend(self.alarms.advance(until));
    }

    /// What alarms have to say becomes notices owed; that one is over is told to those channels that can close what it opened.
    pub(super) fn tell_alarms(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        while let Some(rung) = self.rung.first().cloned() {
            let (_, thread) = alarm_identity(&rung);
            if rung.is_news() {
                let owed = owed(&rung, now);
                self.outbox.plan(&owed, now, self.ledger.as_mut(), &mut self.taking)?;
                self.counts.notices[owed.severity as usize] += 1;
                self.taking.notices.push(owed);
            }
            if rung.news == Ringing::Over {
                let key = ["alarm-over", &rung.rule, &rung.at.to_string()].map(str::to_owned);
                let bulletin = Bulletin::RuleAlarm(Box::new(rung));
                // Strings, numbers and lists of them: it cannot fail.
                let json = serde_json::to_string(&bulletin).unwrap_or_default();
                let announcement = Announcement {
                    key: &key.each_ref().map(String::as_str),
                    severity: bulletin.severity(),
                    bulletin: &json,
                    is_of_the_account: true,
                    except: None,
                    resolves: Some(&thread),
                    follows: None,
                };
                self.outbox.announce(&announcement, now, &mut self.taking);
            }
            self.rung.remove(0);
        }
        Ok(())
    }
}

/// A notice like any other: routed, muted by its rule, held for the digest. It waits for no company.
fn owed(rung: &Rung, now: Timestamp) -> Owed {
    let (notice, thread) = alarm_identity(rung);
    let account = rung.events.first().and_then(|event| event.line.account.as_ref());
    let one_account = rung.events.iter().all(|event| event.line.account.as_ref() == account);
    Owed {
        event_id: None,
        time: Some(rung.at),
        told_at: now,
        severity: rung.severity,
        kind: Kind::RuleMatch,
        outcome: Outcome::Success,
        account: account.filter(|_| one_account).map(|account| account.raw().to_owned()),
        principal: None,
        principal_arn: None,
        is_root: false,
        address: None,
        rules: vec![rung.rule.clone()],
        group: notice.clone(),
        notice,
        thread,
        facts: stored::write_alarm(rung),
        stands_alone: true,
    }
}
