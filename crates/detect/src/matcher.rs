//! The one matcher: whether an event as it stands in its source meets any rule, with no more of it read than that takes.
//!
//! 1. Most events are not even read: no key that rules insist on has a value they want ([`Matcher::glance`]).
//! 2. The few fields the scan found in passing rule out nearly all rules on nearly all events ([`crate::index`]).
//! 3. Of an event that is left, the strings are found that rules look at; where they are plain, they decide.
//! 4. Else only the members are read that the rules that are left look at.
//! 5. Only an event that meets a rule is read whole.
//!
//! What the first steps cannot take (escapes or equal keys in those fields) skips them, and is counted. The slow and
//! obvious way, every rule on every event read whole, is [`RuleSet::explain`]'s; tests hold one to the other.

use trailbell_json::{Error, Json, Wanted};
use trailbell_record::{Event, Glance, Record, Seen};

use crate::bus::OnBus;
use crate::condition::Condition;
use crate::fields::Fields;
use crate::glance::Answers;
use crate::index::{Index, Memory};
use crate::set::RuleSet;

/// What is to be done with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interest {
    /// Nothing: no rule meets it.
    Nothing,
    /// No rule meets it, but it may hand out credentials ([`RuleSet::with_grants`]): that much of it is to be read.
    Grant,
    /// It is to be read whole: a rule may meet it, or only that can tell whether it hands out credentials.
    Rule,
}

/// How many events had to be read how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Left to a whole reading, because a rule that comes with the program may meet them.
    pub whole: u64,
    /// Ruled out by the fields that the scan finds in passing.
    pub by_fields: u64,
    /// Decided by the members that rules look at.
    pub by_members: u64,
    /// The same, for every rule there is, because something in those fields only a careful reading gets right.
    pub with_care: u64,
}

impl Effort {
    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.whole += other.whole;
        self.by_fields += other.by_fields;
        self.by_members += other.by_members;
        self.with_care += other.with_care;
    }

    /// Events that a matcher was asked about: all but those that a glance was enough for.
    pub const fn asked(self) -> u64 {
        self.whole + self.by_fields + self.by_members + self.with_care
    }
}

/// Matches events one after another, and remembers what their values said: one for each thread.
#[derive(Debug)]
pub struct Matcher<'r> {
    rules: &'r RuleSet,
    memory: Memory,
    answers: Answers,
    effort: Effort,
}

impl RuleSet {
    /// A matcher of these rules.
    pub fn matcher(&self) -> Matcher<'_> {
        Matcher {
            rules: self,
            memory: Memory::default(),
            answers: Answers::default(),
            effort: Effort::default(),
        }
    }
}

impl Glance for Matcher<'_> {
    fn keys(&self) -> &[Box<str>] {
        self.rules.watched.as_ref().map_or(&[], |watched| &watched.keys)
    }

    fn is_worth(&mut self, seen: &[Seen<'_>]) -> bool {
        let RuleSet { watched, prescreen, index, .. } = self.rules;
        watched.as_ref().is_none_or(|watched| watched.is_worth(prescreen, index, &mut self.answers, seen))
    }
}

impl Matcher<'_> {
    /// What is to be done with an event. What it is worth is certain; that a rule meets it is not.
    pub fn interest(&mut self, event: &Event<'_>) -> Interest {
        let fields = Fields::of(event);
        match self.meets_with(event, fields.as_ref()) {
            Ok(true) | Err(_) => Interest::Rule,
            Ok(false) if fields.is_some_and(|fields| self.rules.prescreen.may_grant(&fields)) => {
                Interest::Grant
            }
            Ok(false) => Interest::Nothing,
        }
    }

    /// What to look for in an event before it is read; `None` where every event must be.
    pub fn glance(&mut self) -> Option<&mut dyn Glance> {
        self.rules.watched.is_some().then_some(self)
    }

    /// Whether reading the event whole is worth it; `false` is certain. A rule that comes with the program takes a closer look
    /// at some that it does not meet; a condition of the owner's holds where this says so.
    pub fn may_meet(&mut self, event: &Event<'_>) -> bool {
        // What cannot be read says so to whoever reads it whole.
        self.meets(event).unwrap_or(true)
    }

    /// The same. Fails where reading the event whole fails, if it had to be read this far.
    pub fn meets(&mut self, event: &Event<'_>) -> Result<bool, Error> {
        self.meets_with(event, Fields::of(event).as_ref())
    }

    fn meets_with(&mut self, event: &Event<'_>, fields: Option<&Fields<'_>>) -> Result<bool, Error> {
        if self.rules.prescreen.passes(fields) {
            self.effort.whole += 1;
            return Ok(true);
        }
        let index = &self.rules.index;
        if !index.by_fields(fields, &mut self.memory) {
            self.effort.by_fields += 1;
            return Ok(false);
        }
        match fields {
            Some(_) => self.effort.by_members += 1,
            None => self.effort.with_care += 1,
        }
        any_holds(index, fields.is_some(), &mut self.memory, event.text())
    }

    /// How far events had to be read so far.
    pub const fn effort(&self) -> Effort {
        self.effort
    }
}

/// Whether one of the conditions that are left holds.
fn any_holds(index: &Index, are_fields_known: bool, memory: &mut Memory, text: &str) -> Result<bool, Error> {
    if let Some(holds) = index.by_strings(text, are_fields_known, memory) {
        return Ok(holds);
    }
    let part = Json::project(text, index.wanted(memory).as_slice())?;
    index.by_members(&part, are_fields_known, memory);
    let part = Record::new(part);
    let asked = OnBus::new(&part);
    let mut by_text = Vec::new();
    for entry in memory.left().filter_map(|place| index.entries.get(place)) {
        if entry.wanted.is_none() {
            by_text.push(entry);
        } else if entry.condition.holds_on_bus(&asked) {
            return Ok(true);
        }
    }
    if by_text.is_empty() {
        return Ok(false);
    }
    // CloudWatch Logs gets a record as compact JSON. Where the text is just that, it need not be read first.
    if is_compact(text) {
        return Ok(by_text.iter().any(|entry| entry.condition.holds_of_text(text)));
    }
    let record = Record::new(Json::parse(text)?);
    Ok(by_text.iter().any(|entry| entry.condition.holds_of(&record)))
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

impl Condition {
    /// The members of a record that [`Condition::holds_of`] looks at; `None` where that is its text.
    pub(crate) fn wanted(&self) -> Option<Wanted> {
        let mut wanted = Wanted::default();
        match self {
            Self::Filter(pattern) => pattern.paths()?.into_iter().for_each(|path| wanted.add(path)),
            Self::Event(pattern) => {
                for path in crate::bus::MADE_OF {
                    wanted.add(path.iter().copied());
                }
                for path in pattern.paths() {
                    if let Some(path) = path.strip_prefix("detail.") {
                        wanted.add(path.split('.'));
                    }
                }
            }
            Self::Sigma(rule) => {
                for path in rule.paths()? {
                    wanted.add(path.split('.'));
                }
            }
        }
        Some(wanted)
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
