//! What an index of many rules needs: which fields a rule looks at, and which values they must or could have.

use std::collections::BTreeSet;

use trailbell_json::Json;

use crate::lower::lower;
use crate::rule::Rule;
use crate::syntax::{Expression, Item, Test};

impl Rule {
    /// Every field it looks at, sorted, each once. `None` where it has keywords, which need the whole event.
    pub fn paths(&self) -> Option<Vec<&str>> {
        let mut paths = BTreeSet::new();
        for item in self.detection.items() {
            paths.insert(item.field.as_deref()?);
            for test in item.values.iter().flat_map(|value| &value.tests) {
                if let Test::Field(reference) = test {
                    paths.insert(&reference.field);
                }
            }
        }
        Some(paths.into_iter().collect())
    }

    /// Texts, in lower case ([`lower`](crate::lower())), one of which the field must have for the rule to match: as a string,
    /// a number as it is written or a boolean, or as one element of a list. Empty where the rule cannot match at all;
    /// `None` where it does not pin the field to a finite set of texts.
    pub fn required_values(&self, field: &str) -> Option<BTreeSet<String>> {
        self.detection.required_values(field)
    }

    /// Whether, of a list at the field, one element alone can make it match: then [`Rule::could_match`] says so of that element. It
    /// cannot where several things are asked of the field, for each may be met by another element.
    pub fn is_met_by_one(&self, field: &str) -> bool {
        self.detection.demands(field, true) <= 1
    }

    /// Whether an event could match that has exactly this string at the field, or nothing or `null` there (`None`), whatever else it
    /// holds. `false` only where it is certain that none does.
    pub fn could_match(&self, field: &str, value: Option<&str>) -> bool {
        let value = value.map(|text| Json::String(text.to_owned()));
        self.detection.known(field, value.as_ref()) != Some(false)
    }
}

impl Rule {
    /// Whether an event that has a string at each of [`Rule::paths`] matches just where [`Rule::could_match`] says so of each.
    pub fn is_decided_by_strings(&self) -> bool {
        self.detection.is_decided_field_by_field()
    }
}

impl Expression {
    /// Whether it asks something of each field that has nothing to do with the others.
    fn is_decided_field_by_field(&self) -> bool {
        if let Self::All(parts) = self {
            return parts.iter().all(Self::is_decided_field_by_field);
        }
        let items = self.items();
        let first = items.first().and_then(|item| item.field.as_deref());
        first.is_some()
            && items.iter().all(|item| {
                let mut tests = item.values.iter().flat_map(|value| &value.tests);
                item.field.as_deref() == first && !tests.any(|test| matches!(test, Test::Field(_)))
            })
    }

    /// How many things, at most, are asked of a field that one element each may meet; of the opposite where it `is_to_hold` not.
    fn demands(&self, field: &str, is_to_hold: bool) -> usize {
        let of_parts = |parts: &[Self], are_together: bool| {
            let demands = parts.iter().map(|part| part.demands(field, is_to_hold));
            if are_together { demands.sum() } else { demands.max().unwrap_or(0) }
        };
        match self {
            Self::Item(item) if item.field.as_deref() != Some(field) => 0,
            // What must not be there is asked of all elements alike.
            Self::Item(item) if item.negated == is_to_hold => 0,
            Self::Item(item) => {
                if item.all {
                    item.values.len()
                } else {
                    1
                }
            }
            Self::All(parts) => of_parts(parts, is_to_hold),
            Self::Any(parts) => of_parts(parts, !is_to_hold),
            Self::Not(inner) => inner.demands(field, !is_to_hold),
        }
    }

    fn required_values(&self, field: &str) -> Option<BTreeSet<String>> {
        match self {
            Self::Item(item) => item.required_values(field),
            // Not what the parts have in common: each could be met by another element of a list.
            Self::All(parts) => {
                parts.iter().filter_map(|part| part.required_values(field)).min_by_key(BTreeSet::len)
            }
            Self::Any(parts) => parts.iter().try_fold(BTreeSet::new(), |mut all, part| {
                all.append(&mut part.required_values(field)?);
                Some(all)
            }),
            Self::Not(_) => None,
        }
    }

    /// Whether it holds, as far as one field says; `None` where other fields decide.
    fn known(&self, field: &str, value: Option<&Json>) -> Option<bool> {
        match self {
            Self::Item(item) => item.known(field, value),
            Self::All(parts) => every(parts.iter().map(|part| part.known(field, value))),
            Self::Any(parts) => some(parts.iter().map(|part| part.known(field, value))),
            Self::Not(inner) => inner.known(field, value).map(|holds| !holds),
        }
    }
}

impl Item {
    fn required_values(&self, field: &str) -> Option<BTreeSet<String>> {
        if self.negated || self.field.as_deref() != Some(field) {
            return None;
        }
        let mut of_values = self
            .values
            .iter()
            .map(|value| value.tests.iter().map(Test::required_text).collect::<Option<BTreeSet<_>>>());
        if self.all {
            return of_values.flatten().min_by_key(BTreeSet::len);
        }
        of_values.try_fold(BTreeSet::new(), |mut all, texts| {
            all.append(&mut texts?);
            Some(all)
        })
    }

    fn known(&self, field: &str, value: Option<&Json>) -> Option<bool> {
        let tests = |value_of_rule: &crate::syntax::Value| {
            some(value_of_rule.tests.iter().map(|test| self.test_known(test, field, value)))
        };
        let held =
            if self.all { every(self.values.iter().map(tests)) } else { some(self.values.iter().map(tests)) };
        held.map(|held| held != self.negated)
    }

    fn test_known(&self, test: &Test, field: &str, value: Option<&Json>) -> Option<bool> {
        let Some(own) = self.field.as_deref() else {
            // Another field may have the keyword as well.
            return value.is_some_and(|value| test.matches(value)).then_some(true);
        };
        if let Test::Field(reference) = test {
            // A field that is missing has nothing that another could have.
            let is_missing = value.is_none() && (own == field || reference.field == field);
            return is_missing.then_some(false);
        }
        if own != field {
            return None;
        }
        Some(match (test, value) {
            (Test::Null, value) => value.is_none(),
            (Test::Exists(wanted), Some(_)) => *wanted,
            // `null` is there.
            (Test::Exists(_), None) => return None,
            (test, Some(value)) => test.matches(value),
            (_, None) => false,
        })
    }
}

impl Test {
    /// The one text, in lower case, that passes.
    fn required_text(&self) -> Option<String> {
        match self {
            // What begins like a list or an object could be the text of one.
            Self::Text(pattern) => pattern
                .exact()
                .filter(|text| !text.starts_with(['[', '{']))
                .map(|text| lower(text).into_owned()),
            Self::Boolean(value) => Some(value.to_string()),
            _ => None,
        }
    }
}

/// All of them: false where one is, true where all are.
fn every(mut parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    parts
        .try_fold(Some(true), |all, part| match part {
            Some(false) => Err(()),
            None => Ok(None),
            Some(true) => Ok(all),
        })
        .unwrap_or(Some(false))
}

/// One of them.
fn some(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    every(parts.map(|part| part.map(|holds| !holds))).map(|holds| !holds)
}
