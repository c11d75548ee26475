//! What is said while it goes on: lines on standard error for people, objects on standard output for programs.

use std::io::{self, Write as _};

use serde_json::{Value, json};
use trailbell_aws::{Change, Leftover, StackEvent};
use trailbell_text::{Channel, Untrusted};

use crate::context::Failure;
use crate::output;

/// How it is said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Talk {
    pub(super) json: bool,
    pub(super) quiet: bool,
}

impl Talk {
    /// A line for people.
    pub(super) fn say(self, words: &str) {
        if !self.quiet && !self.json {
            // Nothing is left to be done about a standard error that cannot be written to.
            let _ = writeln!(io::stderr(), "{words}");
        }
    }

    /// An object for programs.
    pub(super) fn object(self, object: &Value) -> Result<(), Failure> {
        if self.json {
            writeln!(io::stdout(), "{}", output::harmless(object))?;
        }
        Ok(())
    }

    /// What a stack would change, as a table.
    pub(super) fn changes(self, region: &str, changes: &[Change]) -> Result<(), Failure> {
        let rows: Vec<[String; 3]> = changes
            .iter()
            .map(|change| [action(change).to_owned(), theirs(&change.logical_id), theirs(&change.kind)])
            .collect();
        for line in table(&rows) {
            self.say(&format!("  {line}"));
        }
        for change in changes {
            self.object(&json!({
                "type": "change", "region": region, "action": change.action, "resource": change.logical_id,
                "kind": change.kind, "name": change.physical_id, "replacement": change.replacement,
            }))?;
        }
        Ok(())
    }

    /// What happened to a resource.
    pub(super) fn event(self, region: &str, event: &StackEvent) {
        let object = json!({
            "type": "resource", "region": region, "resource": event.logical_id, "kind": event.kind,
            "name": event.physical_id, "status": event.status, "reason": event.reason, "at": event.at,
        });
        // A reader that left is noticed at the end.
        let _ = self.object(&object);
        if event.is_of_stack() || (event.status.ends_with("_IN_PROGRESS") && event.reason.is_empty()) {
            return;
        }
        // CloudFormation says twice that something begins, the second time with a name.
        if event.status.ends_with("_IN_PROGRESS") && event.reason.contains("Initiated") {
            return;
        }
        let time = event.at.get(11..19).unwrap_or_default();
        let reason =
            if event.reason.is_empty() { String::new() } else { format!("  {}", theirs(&event.reason)) };
        self.say(&format!(
            "  {}  {:<28} {} ({}){reason}",
            theirs(time),
            theirs(&event.status),
            theirs(&event.logical_id),
            theirs(&event.kind)
        ));
    }
}

/// Something that went wrong, which no flag silences.
pub(super) fn warn(words: &str) {
    // Nothing is left to be done about a standard error that cannot be written to.
    let _ = writeln!(io::stderr(), "trailbell: {words}");
}

/// A value somebody else chose.
pub(in crate::command) fn theirs(text: &str) -> String {
    Untrusted::from(text).render(Channel::Terminal)
}

/// One leftover, for people.
pub(super) fn leftover(leftover: &Leftover) -> String {
    match leftover {
        Leftover::Bucket(name) => format!("bucket {}", theirs(name)),
        Leftover::LogGroup(name) => format!("log group {}", theirs(name)),
        Leftover::Other(kind, name) => format!("{} {}", theirs(kind), theirs(name)),
    }
}

/// CloudFormation's action in a word, and whether the old one goes.
fn action(change: &Change) -> &str {
    match (change.action.as_str(), change.replacement.as_str()) {
        ("Add", _) => "make",
        ("Remove", _) => "remove",
        ("Modify", "True") => "make anew",
        ("Modify", "Conditional") => "change or make anew",
        ("Modify", _) => "change",
        _ => "see to",
    }
}

/// Columns as wide as their widest.
pub(in crate::command) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..COLUMNS).map(width).collect();
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["a".to_owned(), "bb".to_owned()], ["ccc".to_owned(), String::new()]];
        assert_eq!(table(&rows), ["a    bb", "ccc"]);
    }

    #[test]
    fn whether_something_is_made_anew_is_said() {
        let change = |action: &str, replacement: &str| Change {
            action: action.to_owned(),
            logical_id: String::new(),
            physical_id: String::new(),
            kind: String::new(),
            replacement: replacement.to_owned(),
        };
        assert_eq!(action(&change("Modify", "True")), "make anew");
        assert_eq!(action(&change("Modify", "False")), "change");
        assert_eq!(action(&change("Add", "")), "make");
    }
}
