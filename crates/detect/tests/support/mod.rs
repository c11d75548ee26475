//! What the one matcher says of events as they stand in their source.

#![expect(clippy::panic, reason = "a test stops at the first thing that is not as it should be")]

use trailbell_detect::{Interest, Matcher, RuleSet};
use trailbell_record::{Event, Glance, Problem, Reader, Sink, Skipped};

struct Asked<'r> {
    matcher: Matcher<'r>,
    answers: Vec<Interest>,
    with_glance: bool,
}

impl Sink for Asked<'_> {
    fn event(&mut self, event: Event<'_>) {
        let interest = self.matcher.interest(&event);
        assert_eq!(interest == Interest::Rule, self.matcher.may_meet(&event), "{}", event.text());
        self.answers.push(interest);
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        if self.with_glance { self.matcher.glance() } else { None }
    }

    fn passed(&mut self) {
        self.answers.push(Interest::Nothing);
    }

    fn problem(&mut self, problem: Problem) {
        panic!("{problem:?}");
    }

    fn skipped(&mut self, skipped: Skipped) {
        panic!("{skipped:?}");
    }
}

/// Whether the matcher lets a record through.
pub(crate) fn asked(rules: &RuleSet, text: &str) -> bool {
    asked_in_turn(rules, &[text]) == [true]
}

/// The same of several, asked of one matcher one after the other.
pub(crate) fn asked_in_turn(rules: &RuleSet, texts: &[&str]) -> Vec<bool> {
    interests(rules, texts).into_iter().map(|interest| interest == Interest::Rule).collect()
}

/// What is to be done with each of several records.
pub(crate) fn interests(rules: &RuleSet, texts: &[&str]) -> Vec<Interest> {
    let glanced = ask(rules, texts, true);
    let looked_at = ask(rules, texts, false);
    for ((text, glanced), looked_at) in texts.iter().zip(&glanced).zip(looked_at) {
        assert!(*glanced == looked_at || *glanced == Interest::Nothing, "{text}");
    }
    glanced
}

fn ask(rules: &RuleSet, texts: &[&str], with_glance: bool) -> Vec<Interest> {
    let mut asked = Asked { matcher: rules.matcher(), answers: Vec::new(), with_glance };
    let list = format!(r#"{{"Records":[{}]}}"#, texts.join(","));
    Reader::default().read_bytes(list.as_bytes(), &mut asked);
    assert_eq!(asked.answers.len(), texts.len(), "{texts:?}");
    asked.answers
}
