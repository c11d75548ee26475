//! Counting: what events are to the alarms of rules, and what those have to say becomes notices owed.

use jiff::Timestamp;
use trailbell_detect::{Detection, RuleName};
use trailbell_notice::{Bulletin, Ringing, Rung};
use trailbell_outbox::{Announcement, Fate, LedgerError, Owed};
use trailbell_record::Record;
use trailbell_text::{Kind, Outcome};

use super::{Watch, stored};
use crate::alarms::{Counted, Judged, alarm_identity, judge};

impl Watch {
    /// What is to be done with an event some rule met.
    pub(super) fn judge(&self, record: &Record, detection: Detection) -> Option<Judged> {
        let zone = &self.reader.time_zone;
        judge(record, detection, &self.alarms, &self.rules, &self.settings, zone)
    }

    /// Counts an event, and says what is thereby to be said of one that is told by alarms alone.
    pub(super) fn count(
        &mut self,
        record: &Record,
        detection: &Detection,
        counting: &[RuleName],
        now: Timestamp,
    ) -> Fate {
        match self.alarms.count(record, detection, counting, now, &self.reader) {
            Counted::Yes => Fate::Counted,
            Counted::TooLate => Fate::Late,
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
    }
}
