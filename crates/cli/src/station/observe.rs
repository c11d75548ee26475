//! What the watch says of itself: lines on standard error, and the numbers of `/metrics`.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use trailbell_engine::{Condition, Counts, Observer, SourceState};
use trailbell_http::Status;
use trailbell_outbox::{Failure, FailureKind, LedgerError};
use trailbell_text::{Channel, MAX_SHOWN_CHARS, Severity, Untrusted};

use crate::context::Context;

/// Watches the watch.
pub(crate) struct Watcher {
    status: Arc<Status>,
    zone: TimeZone,
    channels: Vec<String>,
    quiet: bool,
    verbose: bool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// What was last said of each source, so that it is said once.
    sources: HashMap<String, String>,
    events: HashMap<String, u64>,
    notices: [u64; 5],
    ledger: Option<String>,
}

impl Watcher {
    pub(crate) fn new(status: Arc<Status>, channels: Vec<String>, context: &Context) -> Self {
        let (zone, quiet, verbose) = (context.zone.clone(), context.quiet, context.verbose);
        Self { status, zone, channels, quiet, verbose, known: Mutex::default() }
    }

    /// A line for a person. What is hostile has been through an escaper.
    pub(crate) fn say(&self, line: &str) {
        if self.quiet {
            return;
        }
        let now = Timestamp::now().to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z");
        // Nothing is left to be done about a standard error that cannot be written to.
        let _ = writeln!(io::stderr(), "{now}  {line}");
    }

    /// Says it if it is not what was last said of that source.
    fn say_of(&self, source: &str, line: String) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.sources.get(source) != Some(&line) {
            self.say(&format!("{}: {line}", shown(source)));
            known.sources.insert(source.to_owned(), line);
        }
    }
}

fn shown(text: &str) -> String {
    Untrusted::from(text).render(Channel::Terminal)
}

/// What went wrong, with the advice at its end: longer than one value may be, but no book.
fn whole(text: &str) -> String {
    const PARTS: usize = 5;
    let chars: Vec<char> = text.chars().collect();
    let parts = chars.chunks(MAX_SHOWN_CHARS).take(PARTS).map(|part| shown(&part.iter().collect::<String>()));
    let shown: String = parts.collect();
    if chars.len() > PARTS * MAX_SHOWN_CHARS { shown + "…" } else { shown }
}

impl Observer for Watcher {
    fn round(&self, sources: &[SourceState], counts: &Counts) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for source in sources {
            let before = known.events.insert(source.name.clone(), source.heard).unwrap_or(0);
            if source.heard > before {
                self.status.source_took(&source.name, source.heard - before, source.newest);
            }
            let why = source.deaf.then(|| match &source.failing {
                Some(reason) => reason.clone(),
                None => "no event for longer than usual".to_owned(),
            });
            self.status.source_silent(&source.name, why.as_deref());
        }
        for (severity, (now, before)) in Severity::ALL.iter().zip(counts.notices.iter().zip(known.notices)) {
            for _ in before..*now {
                self.status.notice_told(*severity);
            }
        }
        known.notices = counts.notices;
    }

    fn ledger(&self, trouble: Option<&LedgerError>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = trouble.map(ToString::to_string);
        if known.ledger == now {
            return;
        }
        match &now {
            Some(trouble) => self.say(&format!("waiting for the ledger: {}", whole(trouble))),
            None => self.say("the ledger takes what it is given again"),
        }
        self.status.ledger_blocked(now.as_deref());
        known.ledger = now;
    }

    fn kept(&self, counts: &trailbell_outbox::Counts) {
        self.status.ledger_holds(counts.bytes, counts.held, counts.waiting);
        for channel in &self.channels {
            let waiting = counts.waiting_by_channel.iter().find(|(name, _)| name == channel);
            self.status.letters_waiting(channel, waiting.map_or(0, |(_, waiting)| *waiting));
        }
    }

    fn attempt(
        &self,
        channel: &str,
        outcome: Result<(), &Failure>,
        took: Duration,
        delay: Option<SignedDuration>,
    ) {
        match outcome {
            Ok(()) => {
                self.status.letter_sent(channel);
                // The next failure is news again.
                self.known.lock().unwrap_or_else(PoisonError::into_inner).sources.remove(channel);
                self.status.channel_refusing(channel, None);
                self.status.delivered(delay, SignedDuration::try_from(took).unwrap_or_default());
                if self.verbose {
                    self.say(&format!("{}: sent in {} ms", shown(channel), took.as_millis()));
                }
            }
            Err(failure) => {
                self.status.letter_failed(channel);
                if failure.kind == FailureKind::Closed {
                    self.status.channel_refusing(channel, Some(&failure.message));
                }
                self.say_of(channel, format!("not sent: {}", whole(&failure.message)));
            }
        }
    }

    fn given_up(&self, channel: &str) {
        self.status.letter_dead(channel);
        self.say(&format!(
            "{}: a letter is given up; `trailbell deliveries retry` tries it again",
            shown(channel)
        ));
    }

    fn probed(&self, channel: &str, outcome: Result<&[String], &Failure>) {
        match outcome {
            Ok(unconfirmed) => {
                self.status.channel_refusing(channel, None);
                for address in unconfirmed {
                    self.say(&format!(
                        "{}: {} has not confirmed and gets nothing",
                        shown(channel),
                        shown(address)
                    ));
                }
            }
            Err(failure) => {
                if failure.kind == FailureKind::Closed {
                    self.status.channel_refusing(channel, Some(&failure.message));
                }
                self.say(&format!("{}: would reach nobody: {}", shown(channel), whole(&failure.message)));
            }
        }
    }

    fn condition(&self, source: &str, condition: &Condition) {
        self.status.source_is(source, condition);
        match condition {
            Condition::Listening => self.say_of(source, "listening".to_owned()),
            Condition::Failing(reason) => self.say_of(source, format!("failing: {}", whole(reason))),
            Condition::Remark(remark) => self.say(&format!("{}: {}", shown(source), whole(remark))),
            Condition::Ended => self.say_of(source, "at its end".to_owned()),
        }
    }

    fn problem(&self, source: &str, label: &str, problem: &str) {
        self.say(&format!("{}: {}: {}", shown(source), shown(label), shown(problem)));
    }
}
