//! Looking for what one pattern matches, in any of the languages: CloudTrail events, or raw log events of any kind.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use trailbell_detect::Condition;
use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;
use trailbell_record::{Event, Limits};
use trailbell_text::Untrusted;

use crate::read::{Opener, Progress, Tally, Unreadable, Visitor};
use crate::walk::Walk;

/// What to look for, and where.
#[derive(Debug)]
pub struct Find<'a> {
    /// The pattern. An event pattern is asked about the event EventBridge makes of a record; of raw log events, each is the event.
    pub condition: &'a Condition,
    /// Files, folders, or `-`.
    pub paths: Vec<PathBuf>,
    /// Only events from this time on.
    pub since: Option<Timestamp>,
    /// Only events before this time.
    pub until: Option<Timestamp>,
    /// How much is read at most.
    pub limits: Limits,
}

/// A raw log event that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEvent<'a> {
    /// Its position among the events read, from 0, over all sources.
    pub index: u64,
    /// Its text.
    pub message: &'a str,
}

impl Find<'_> {
    /// Hands every matching CloudTrail event to `found`, in the order of the input, and what cannot be read to
    /// `unreadable`. Ends early where `found` fails, with its error.
    pub fn records(
        &self,
        progress: &Progress,
        found: &mut dyn FnMut(&Json) -> io::Result<()>,
        unreadable: &mut dyn FnMut(&Unreadable),
    ) -> io::Result<Tally> {
        let required = Required::of(self.condition);
        let mut visitor = Records { find: self, required, found, unreadable, failure: None };
        let mut opener = Opener::new(self.limits, progress);
        let mut total = Tally::default();
        for input in Walk::new(self.paths.clone()) {
            total.add(opener.read(input, &mut visitor));
            if visitor.is_done() {
                break;
            }
        }
        visitor.failure.map_or(Ok(total), Err)
    }

    /// Hands every matching raw log event to `found`: each line is one, and in a CloudWatch Logs payload each
    /// `logEvents[].message`. The tally's records are the events read.
    pub fn log_events(
        &self,
        progress: &Progress,
        found: &mut dyn FnMut(LogEvent<'_>) -> io::Result<()>,
        unreadable: &mut dyn FnMut(&Unreadable),
    ) -> io::Result<Tally> {
        let opener = Opener::new(self.limits, progress);
        let mut total = Tally::default();
        let mut index = 0;
        let mut failure = None;
        for input in Walk::new(self.paths.clone()) {
            let before = index;
            let problems = opener.read_log_events(
                input,
                &mut |message| {
                    if failure.is_none() && self.condition.holds_of_message(message) {
                        failure = found(LogEvent { index, message }).err();
                    }
                    index += 1;
                    failure.is_none()
                },
                unreadable,
            );
            total.add(Tally { records: index - before, unreadable: problems, skipped: 0 });
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
        Ok(total)
    }

    fn matches(&self, event: &Event<'_>, required: &Required<'_>) -> Result<Option<Json>, Untrusted> {
        if event.is_exact() && required.exclude(event) {
            return Ok(None);
        }
        // CloudWatch Logs gets a record as compact JSON. Where the text is just that, it need not be read first.
        if let Condition::Filter(pattern) = self.condition
            && !matches!(pattern, Pattern::Json(_))
            && is_compact(event.text())
            && !pattern.matches_message(event.text())
        {
            return Ok(None);
        }
        let record = event.record().map_err(|error| Untrusted::from(error.to_string()))?;
        let in_window = |at: Option<Timestamp>| match at {
            Some(at) => {
                self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
            }
            None => self.since.is_none() && self.until.is_none(),
        };
        if !in_window(record.event_time()) {
            return Ok(None);
        }
        Ok(self.condition.holds_of(&record).then(|| record.into_json()))
    }
}

/// The texts that a record must have for a pattern to match it, of what is found without reading it whole.
struct Required<'a> {
    names: Option<BTreeSet<&'a str>>,
    sources: Option<BTreeSet<&'a str>>,
}

impl<'a> Required<'a> {
    fn of(condition: &'a Condition) -> Self {
        let at = |key| match condition {
            Condition::Filter(pattern) => pattern.required_values(&[key]),
            Condition::Event(pattern) => pattern.required_values(&["detail", key]),
        };
        Self { names: at("eventName"), sources: at("eventSource") }
    }

    /// Whether the event lacks one. What a pattern insists on are texts; one that reads as a number could also be met by a
    /// number, which is no text here.
    fn exclude(&self, event: &Event<'_>) -> bool {
        let lacks = |texts: &Option<BTreeSet<&str>>, has: Option<&str>| matches!((texts, has), (Some(texts), Some(has)) if !texts.contains(has));
        lacks(&self.names, event.event_name()) || lacks(&self.sources, event.event_source())
    }
}

/// Whether a JSON text is as [`Json`] would print it: no blanks outside strings, and no escapes that could be
/// written otherwise. A `false` only costs time.
fn is_compact(text: &str) -> bool {
    let mut bytes = text.bytes();
    let mut in_string = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if !matches!(bytes.next(), Some(b'"' | b'\\' | b'n' | b'r' | b't')) => return false,
            b' ' | b'\n' | b'\r' | b'\t' if !in_string => return false,
            // Some characters beyond ASCII and DEL are printed as escapes.
            0x7f.. => return false,
            _ => {}
        }
    }
    true
}

struct Records<'a> {
    find: &'a Find<'a>,
    required: Required<'a>,
    found: &'a mut dyn FnMut(&Json) -> io::Result<()>,
    unreadable: &'a mut dyn FnMut(&Unreadable),
    failure: Option<io::Error>,
}

impl Visitor for Records<'_> {
    fn event(&mut self, event: &Event<'_>, _: u64) -> Result<(), Untrusted> {
        if self.failure.is_none()
            && let Some(json) = self.find.matches(event, &self.required)?
        {
            self.failure = (self.found)(&json).err();
        }
        Ok(())
    }

    fn unreadable(&mut self, problem: Unreadable) {
        (self.unreadable)(&problem);
    }

    fn is_done(&self) -> bool {
        self.failure.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use trailbell_json::Json;

    proptest! {
        #[test]
        fn what_is_called_compact_is_printed_the_same(
            text in r#"\{("[a-c \\n\\t"/u0041é]{0,6}" ?: ?(1|"[a \\"]{0,3}"|\[ ?\]),?){0,3}\}"#
        ) {
            if let Ok(json) = Json::parse(&text) {
                prop_assert!(!super::is_compact(&text) || json.to_string() == text, "{}", text);
            }
        }
    }
}
