//! Patterns that AWS accepts and that say something else than they seem to.

use std::collections::BTreeSet;

use trailbell_text::{Diagnostic, Span};

use crate::syntax::{AnythingBut, Branch, EventPattern, Field, Test, ValueTest};

/// The characters of a pattern that a rule may have by EventBridge's default quota.
const DEFAULT_LENGTH: usize = 2048;

/// The fields every event of EventBridge has, all strings but the last two.
const TOP_LEVEL: &[&str] = &[
    "version",
    "id",
    "detail-type",
    "source",
    "account",
    "time",
    "region",
    "replay-name",
    "resources",
    "detail",
];

impl EventPattern {
    /// What is likely to surprise whoever wrote the pattern, each with its place, in the order of the pattern.
    ///
    /// `always_present` are paths (`detail.eventName`) that every event meant is known to have: for them `anything-but` is no
    /// trap.
    pub fn warnings(&self, always_present: &[&str]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.length > DEFAULT_LENGTH {
            found.push(
                Diagnostic::new(
                    format!("{} characters are more than EventBridge's default quota", self.length),
                    Span::new(0, 0),
                )
                .with_hint(format!("a pattern may have {DEFAULT_LENGTH}; a larger quota can be asked for")),
            );
        }
        for (path, span) in &self.replaced {
            found.push(
                Diagnostic::new(format!("this is ignored: {path} is named again"), *span)
                    .with_hint("of two equal names the last counts; put all accepted values into one list"),
            );
        }
        let mut seen = BTreeSet::new();
        for field in self.branches.iter().flat_map(Branch::fields) {
            if seen.insert((field.span.start, field.span.end)) {
                of_field(field, always_present, &mut found);
            }
        }
        found.sort_by_key(|diagnostic| diagnostic.span.start);
        found
    }
}

fn of_field(field: &Field, always_present: &[&str], found: &mut Vec<Diagnostic>) {
    let top = field.path.split('.').next().unwrap_or_default();
    if !TOP_LEVEL.contains(&top) {
        found.push(
            Diagnostic::new(format!("no event of EventBridge has the field {top:?} at its top"), field.span)
                .with_hint(format!("what a service tells is in detail: {{\"detail\": {{\"{top}\": ...}}}}")),
        );
    }
    let is_text = top == field.path && top != "detail" && TOP_LEVEL.contains(&top);
    let has = |wanted: bool| field.tests.iter().any(|test| test.value == ValueTest::Exists(wanted));
    if has(true) && has(false) {
        found.push(Diagnostic::new("this list accepts nearly every event: present or absent", field.span));
    }
    let is_present = is_text || always_present.contains(&field.path.as_str());
    for test in &field.tests {
        of_test(test, is_text, found);
        if matches!(test.value, ValueTest::AnythingBut(_)) && !is_present && !field.may_be_absent() {
            found.push(
                Diagnostic::new("anything-but never holds of an event without this field", test.span)
                    .with_hint("to keep such events, add {\"exists\": false} to the list"),
            );
        }
    }
    let excluding = field.tests.iter().filter(|test| matches!(test.value, ValueTest::AnythingBut(_))).count();
    if excluding > 1 {
        found.push(
            Diagnostic::new("one of several anything-but lets through what another excludes", field.span)
                .with_hint("put everything that is excluded into one anything-but list"),
        );
    }
}

fn of_test(test: &Test, is_text: bool, found: &mut Vec<Diagnostic>) {
    let mut warn = |message: &str, hint: &str| {
        let warning = Diagnostic::new(message, test.span);
        found.push(if hint.is_empty() { warning } else { warning.with_hint(hint) });
    };
    if is_text
        && matches!(
            test.value,
            ValueTest::Number(_) | ValueTest::Bool(_) | ValueTest::Null | ValueTest::Numeric(_)
        )
    {
        warn("nothing can match: this field is always a string", "write the value in double quotes");
    }
    match &test.value {
        ValueTest::Text(text) | ValueTest::Prefix(text) | ValueTest::Suffix(text) if text.contains('*') => {
            warn("a * is an ordinary character here", "for any characters write {\"wildcard\": \"a*b\"}");
        }
        ValueTest::AnythingBut(AnythingBut::Texts(texts)) if texts.iter().any(|text| text.contains('*')) => {
            warn("a * is an ordinary character here", "write {\"anything-but\": {\"wildcard\": \"a*b\"}}");
        }
        ValueTest::Text(text) if ["true", "false", "null"].contains(&text.as_str()) => {
            warn(
                "this is a string; it is not equal to the value of that name",
                "without quotes it is the value that JSON knows",
            );
        }
        ValueTest::Text(text) if text.is_empty() => {
            warn("this matches only the empty string", "for every string write {\"prefix\": \"\"}");
        }
        ValueTest::Wildcard(wildcard) if wildcard.exact().is_some() => {
            warn("a wildcard without * matches only the very text", "write *text* for a part of a text");
        }
        ValueTest::Prefix(text) | ValueTest::Suffix(text) if text.is_empty() => {
            warn("every string matches, and no other value", "for any value write {\"exists\": true}");
        }
        _ => {}
    }
}
