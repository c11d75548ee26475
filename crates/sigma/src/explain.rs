//! Why a rule matches an event or not: each item, whether it holds, and what stands in the event.

use std::collections::HashSet;
use std::fmt;

use trailbell_json::Json;

use crate::place::{any_scalar, any_value};
use crate::rule::Rule;
use crate::syntax::Item;

/// One item of a rule, held against an event.
#[derive(Debug, Clone)]
pub struct Explanation<'r, 'e> {
    /// The selection it stands in.
    pub selection: &'r str,
    /// The item; it prints as the rule writes it.
    pub item: &'r Item,
    /// Whether it holds.
    pub holds: bool,
    /// What stands at its field: of several values one that makes it hold, else the first. For keywords, the value one
    /// is found in.
    pub found: Option<&'e Json>,
}

impl Rule {
    /// Holds each item of the rule against the event, in the order of its condition; one that the condition names several
    /// times is there once.
    pub fn explain<'r, 'e>(&'r self, event: &'e Json) -> Vec<Explanation<'r, 'e>> {
        let mut seen = HashSet::new();
        self.detection
            .items()
            .into_iter()
            .filter(|item| seen.insert((&item.selection, item.span)))
            .map(|item| Explanation {
                selection: &item.selection,
                item,
                holds: item.matches(event),
                found: item.found(event),
            })
            .collect()
    }
}

impl Item {
    fn found<'e>(&self, event: &'e Json) -> Option<&'e Json> {
        let passes =
            |value: &Json| self.values.iter().flat_map(|one| &one.tests).any(|test| test.matches(value));
        let mut first = None;
        let mut passing = None;
        let mut visit = |value: &'e Json| {
            first = first.or(Some(value));
            if passes(value) {
                passing = Some(value);
            }
            passing.is_some()
        };
        if let Some(field) = &self.field {
            any_value(event, field, &mut visit);
            passing.or(first)
        } else {
            any_scalar(event, &mut visit);
            passing
        }
    }
}

/// As the rule writes it, values in quotes where they are texts.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.as_deref().unwrap_or_default())?;
        for modifier in &self.modifiers {
            write!(f, "|{modifier}")?;
        }
        if self.field.is_some() || !self.modifiers.is_empty() {
            f.write_str(": ")?;
        }
        match self.values.as_slice() {
            [one] => f.write_str(&one.written),
            several => {
                for (index, value) in several.iter().enumerate() {
                    write!(f, "{}{}", if index == 0 { "[" } else { ", " }, value.written)?;
                }
                f.write_str("]")
            }
        }
    }
}
