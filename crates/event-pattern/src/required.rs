//! Which texts a value must have for a pattern to match, and where it looks: what a matcher of many patterns needs for its
//! index.

use std::collections::BTreeSet;

use crate::syntax::{EventPattern, Scalar, ValueTest};

impl EventPattern {
    /// The strings one of which an event must have at a path, its names joined by `.`, for the pattern to match; of a list, one
    /// of its elements. `None` where the pattern does not pin the path to a finite set of strings.
    ///
    /// The set never misses a string that could match. What numbers, addresses and texts in any case are equal to
    /// has many spellings, so these pin nothing.
    pub fn required_values(&self, path: &str) -> Option<BTreeSet<&str>> {
        let mut all = BTreeSet::new();
        for branch in &self.branches {
            for test in &branch.field(path)?.tests {
                match &test.value {
                    ValueTest::Text(text) => all.insert(text.as_str()),
                    ValueTest::Wildcard(wildcard) => all.insert(wildcard.exact()?),
                    _ => return None,
                };
            }
        }
        Some(all)
    }

    /// Whether an event could match that has this string at a path, its names joined by `.`, and nothing else there, whatever
    /// else it holds; `None`: that has nothing there, or `null`. `false` is certain.
    pub fn could_match(&self, path: &str, value: Option<&str>) -> bool {
        self.branches.iter().any(|branch| {
            branch.field(path).is_none_or(|field| match value {
                Some(text) => field.matches(Scalar::Text(text)),
                None => field.may_be_absent() || field.matches(Scalar::Null),
            })
        })
    }

    /// Whether an event that has a string at each of [`EventPattern::paths`], none in a list, matches just where
    /// [`EventPattern::could_match`] says so of each.
    pub fn is_decided_by_strings(&self) -> bool {
        self.branches.len() == 1
    }

    /// The paths of the fields it looks at, names joined by `.`.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }
}
