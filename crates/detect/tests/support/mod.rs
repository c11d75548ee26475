//! What the one matcher says of events as they stand in their source.

#![expect(clippy::panic, reason = "a test stops at the first thing that is not as it should be")]

use trailbell_detect::{Effort, Matcher, RuleSet};
use trailbell_record::{Event, Problem, Reader, Sink, Skipped};

struct Asked<'r> {
    matcher: Matcher<'r>,
    answers: Vec<bool>,
}

impl Sink for Asked<'_> {
    fn event(&mut self, event: Event<'_>) {
        self.answers.push(self.matcher.may_meet(&event));
    }

    fn problem(&mut self, problem: Problem) {
        panic!("{problem:?}");
    }

    fn skipped(&mut self, skipped: Skipped) {
        panic!("{skipped:?}");
    }
}

/// Whether the matcher lets a record through, and what that took.
pub(crate) fn asked(rules: &RuleSet, text: &str) -> (bool, Effort) {
    let mut asked = Asked { matcher: rules.matcher(), answers: Vec::new() };
    Reader::default().read_bytes(format!(r#"{{"Records":[{text}]}}"#).as_bytes(), &mut asked);
    assert_eq!(asked.answers.len(), 1, "{text}");
    (asked.answers[0], asked.matcher.effort())
}
