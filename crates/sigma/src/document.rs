//! A text of one or several documents -> rules and correlations, and what is wrong with the others.

use trailbell_text::{Diagnostic, Span};
use trailbell_yaml::{Node, Reader, is_mapping, parse_documents};

use crate::correlation::CorrelationRule;
use crate::detection::{self, MAX_EXPRESSIONS};
use crate::rule::Rule;

/// Bytes of a text that are read.
pub const MAX_LENGTH: usize = 1 << 20;

/// Regular expressions in all rules of a text.
const MAX_ALL_EXPRESSIONS: usize = 1000;

/// What stands in one document.
#[derive(Debug, Clone)]
pub enum Document {
    /// Asks something of one event.
    Rule(Rule),
    /// Asks something of the matches of rules.
    Correlation(CorrelationRule),
}

/// What a text holds.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The documents in which nothing is wrong, in their order.
    pub documents: Vec<Document>,
    /// What is wrong with the others, in their order.
    pub problems: Vec<Diagnostic>,
}

/// Reads a text. What is wrong in one document leaves the others as they are.
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    if text.len() > MAX_LENGTH {
        parsed.problems.push(
            Diagnostic::new(format!("This is longer than {MAX_LENGTH} bytes"), Span::new(0, 0))
                .with_hint("divide it into several files"),
        );
        return parsed;
    }
    let mut expressions = 0;
    for document in parse_documents(text) {
        match document {
            Ok(root) => {
                let mut reader = Reader::new(text);
                let document = read(&mut reader, &root, &mut expressions);
                if reader.problems.is_empty() {
                    parsed.documents.extend(document);
                }
                parsed.problems.append(&mut reader.problems);
            }
            Err(mut problems) => parsed.problems.append(&mut problems),
        }
    }
    parsed
}

/// Whether the regular expressions of a detection are few enough, in the rule and in the text so far.
fn can_take(reader: &mut Reader<'_>, detection: &Node, so_far: &mut usize) -> bool {
    let own = detection::expressions(detection);
    *so_far += own.min(MAX_EXPRESSIONS);
    let most = if own > MAX_EXPRESSIONS {
        format!("A rule may have {MAX_EXPRESSIONS} regular expressions, and this has {own}")
    } else if *so_far > MAX_ALL_EXPRESSIONS {
        format!("A text may have {MAX_ALL_EXPRESSIONS} regular expressions, and up to here are {so_far}")
    } else {
        return true;
    };
    reader.problem_with_hint(detection.span, most, "write texts with wildcards, or divide it into several");
    false
}

fn read(reader: &mut Reader<'_>, root: &Node, expressions: &mut usize) -> Option<Document> {
    if !is_mapping(root) {
        reader.problem_with_hint(root.span, "A Sigma rule must be a mapping", "begin it with `title: ...`");
        return None;
    }
    let entries = reader.entries(root, "A rule");
    let find = |key: &str| entries.iter().find(|(scalar, ..)| scalar.text == key);
    let get = |key: &str| find(key).map(|(_, _, node)| (*node).clone());
    if let Some((_, span, _)) = find("action") {
        reader.problem_with_hint(
            *span,
            "Rule collections (`action: global`) are not read: Sigma has given them up",
            "write each rule out whole",
        );
        return None;
    }
    if let Some((_, span, _)) = find("filter") {
        reader.problem_with_hint(
            *span,
            "Sigma filters are not read",
            "write what is to be left out as a selection of the rule, with `and not` in its condition",
        );
        return None;
    }
    match (get("detection"), get("correlation")) {
        (Some(node), None) if !can_take(reader, &node, expressions) => None,
        (Some(_), None) => Rule::read(reader, root, &get).map(Document::Rule),
        (None, Some(_)) => CorrelationRule::read(reader, root, &get).map(Document::Correlation),
        (Some(_), Some(node)) => {
            reader.problem(node.span, "A document is a rule or a correlation, and this is both");
            None
        }
        (None, None) => {
            let near = entries.iter().find(|(key, ..)| key.text.to_ascii_lowercase().starts_with("det"));
            let span = near.map_or(Span::new(root.span.start, root.span.start), |(_, span, _)| *span);
            reader.problem_with_hint(
                span,
                "This is no Sigma rule: there is neither `detection` nor `correlation`",
                "write `detection:` with selections and a `condition` below it",
            );
            None
        }
    }
}
