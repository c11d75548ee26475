//! Composing: a letter becomes the message its channel is sent, worded in the channel's language.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use trailbell_notice::{Bulletin, Line, Page};
use trailbell_outbox::{Failures, Form, LedgerError, Letter, Listed, Message, Owed};
use trailbell_text::{Kind, Outcome};

use super::stored::Kept;
use super::{Watch, look, stored};

/// Notices that one message is made of; the page shows the first or the gravest of them and says how many more there are.
const LISTED: usize = 5_000;

/// A message and, where it tells one event as it comes, that event's time; or why there is none.
type Composed = Result<(Message, Option<Timestamp>), String>;

impl Watch {
    /// The message for a letter.
    pub(super) fn compose(&mut self, letter: &Letter, now: Timestamp) -> Result<Composed, LedgerError> {
        let reader = self.reader_of(&letter.channel);
        let (told, all) = match letter.form {
            Form::Notice | Form::Summary | Form::Digest => self.ledger.told_in(&letter.letter, LISTED)?,
            Form::Failures | Form::Bulletin => (Vec::new(), 0),
        };
        let mut event_time = None;
        let shown = match (letter.form, told.as_slice()) {
            // One thing is told as itself, however long it was held.
            (Form::Notice | Form::Summary | Form::Digest, [one]) if all == 1 => {
                if letter.form == Form::Notice {
                    event_time = one.time;
                }
                look::worded(one, &self.rules, &reader, Some(now))
                    .map(|worded| (worded.page(), worded.json()))
                    .map_err(|error| error.to_string())
            }
            (Form::Notice | Form::Summary | Form::Digest, []) => Err("it holds nothing".to_owned()),
            (Form::Notice | Form::Summary, told) => {
                let bulletin = self.summary(told, all, letter);
                Ok((bulletin.page(&reader), bulletin.json(&reader)))
            }
            (Form::Digest, told) => {
                let bulletin = self.digest(told, all, letter);
                Ok((bulletin.page(&reader), bulletin.json(&reader)))
            }
            (Form::Failures, _) => self
                .failures(letter, now)?
                .map(|bulletin| (bulletin.page(&reader), bulletin.json(&reader)))
                .ok_or_else(|| "what it counts is no longer known".to_owned()),
            (Form::Bulletin, _) => letter
                .bulletin
                .as_deref()
                .and_then(|json| serde_json::from_str::<Bulletin>(json).ok())
                .map(|bulletin| (bulletin.page(&reader), bulletin.json(&reader)))
                .ok_or_else(|| "this version of trailbell does not know what it says".to_owned()),
        };
        Ok(shown.map(|(page, json): (Page, Value)| {
            let message = Message {
                identity: letter.letter.clone(),
                thread: letter.thread.clone(),
                page,
                json,
                date: letter.opened,
            };
            (message, event_time)
        }))
    }

    fn summary(&self, told: &[Owed], all: u64, letter: &Letter) -> Bulletin {
        let times = || told.iter().map(|owed| owed.time.unwrap_or(owed.told_at));
        Bulletin::Summary {
            who: told.first().and_then(|owed| owed.principal.clone()),
            items: self.lines(told),
            more: all - told.len() as u64,
            since: times().min().unwrap_or(letter.opened),
            until: times().max().unwrap_or(letter.opened),
        }
    }

    fn digest(&self, told: &[Owed], all: u64, letter: &Letter) -> Bulletin {
        let mut counts = [0; 5];
        for owed in told {
            counts[owed.severity as usize] += 1;
        }
        Bulletin::Digest {
            items: self.lines(told),
            more: all - told.len() as u64,
            from: letter.opened,
            until: letter.due.min(letter.first_attempt.unwrap_or(letter.due)),
            counts,
        }
    }

    /// The kept notices as lines; one that cannot be read any more is left to the count.
    fn lines(&self, told: &[Owed]) -> Vec<Line> {
        let line = |owed: &Owed| {
            Some(match stored::read_any(&owed.facts).ok()? {
                Kept::Action(telling) => {
                    Line::of(&telling.facts(&self.rules, self.reader.lang), &self.reader)
                }
                Kept::Alarm(rung) => rung.line(&self.reader),
            })
        };
        told.iter().filter_map(line).collect()
    }

    /// What has been counted of a run of failed sign-ins.
    fn failures(&mut self, letter: &Letter, now: Timestamp) -> Result<Option<Bulletin>, LedgerError> {
        let Some(key) = &letter.bulletin else { return Ok(None) };
        let kept = self.ledger.state(key)?.into_iter().find_map(|(_, kept)| serde_json::from_str(&kept).ok());
        let Some(run): Option<Failures> = kept else { return Ok(None) };
        let at_end = run.has_ended(now);
        // Only at the end, and only what has been seen, is said of successes.
        let since = run.first.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(run.first);
        let listed = Listed { since: Some(since), until: None, minimum: None, limit: 1_000 };
        let succeeded = |owed: &Owed| {
            owed.kind == Kind::ConsoleSignIn
                && owed.outcome == Outcome::Success
                && (&owed.principal, &owed.account) == (&run.who, &run.account)
                && owed.time.is_none_or(|time| time >= run.first)
        };
        let seen = self.ledger.notices(&listed)?;
        // CloudTrail may be a quarter of an hour late with a success.
        let is_certain = now.duration_since(run.last) >= SignedDuration::from_mins(20);
        let none_succeeded = at_end && is_certain && seen.len() < listed.limit && !seen.iter().any(succeeded);
        Ok(Some(Bulletin::Failures {
            unknown_name: run.who.is_none(),
            account: run.account.clone().map(Into::into),
            who: run.who,
            count: run.count,
            first: run.first,
            last: run.last,
            addresses: run.addresses.into_iter().collect(),
            at_end,
            none_succeeded,
        }))
    }
}
