//! Which texts a value must have for a pattern to match, and where it looks: what a matcher of many patterns needs for its
//! index.

use std::collections::BTreeSet;

use crate::syntax::{
    Expression, FieldCondition, JsonCondition, JsonTest, Operand, Pattern, Selector, Step, ValueTest,
};

impl Pattern {
    /// The texts one of which the value at a path of keys must have for the pattern to match: the content of a
    /// string or the source text of a number. `None` where the pattern does not pin it to a finite set.
    ///
    /// The set never misses a text that could match. It may hold one that cannot; an empty set means that
    /// nothing matches. A bare number pins nothing, since it equals numbers of many texts.
    pub fn required_values(&self, path: &[&str]) -> Option<BTreeSet<&str>> {
        match self {
            Self::Json(json) => json.condition.required(&|condition: &JsonCondition| {
                if condition.selector.is_path(path) { condition.text() } else { None }
            }),
            _ => None,
        }
    }

    /// Whether an event could match that has this string at a path of keys, whatever else it holds; `None`: that has
    /// nothing there, or `null`. `false` is certain.
    pub fn could_match(&self, path: &[impl AsRef<str>], value: Option<&str>) -> bool {
        let Self::Json(json) = self else { return true };
        json.condition.holds(&mut |condition: &JsonCondition| {
            !condition.selector.is_path(path)
                || match (&condition.test, value) {
                    (JsonTest::Value(test), Some(text)) => test.holds_of_string(text),
                    (JsonTest::IsNull | JsonTest::NotExists, None) => true,
                    _ => false,
                }
        })
    }

    /// Whether an event that has a string at each of [`Pattern::paths`] matches just where [`Pattern::could_match`] says so of each.
    pub fn is_decided_by_strings(&self) -> bool {
        let Self::Json(json) = self else { return false };
        json.condition.is_decided_path_by_path()
    }

    /// The paths of keys on which alone it depends whether a JSON event matches, each with everything under it; `None` where it
    /// depends on the event's text.
    pub fn paths(&self) -> Option<Vec<Vec<&str>>> {
        match self {
            Self::MatchAll => Some(Vec::new()),
            Self::Json(json) => {
                let all = json.condition.conditions().into_iter();
                Some(all.map(|condition| condition.selector.keys().collect()).collect())
            }
            Self::Terms(_) | Self::SpaceDelimited(_) => None,
        }
    }
}

impl Selector {
    /// Whether it is a path of keys.
    fn is_plain(&self) -> bool {
        self.keys().count() == self.steps.len()
    }

    /// The keys it begins with, up to the first index or wildcard.
    fn keys(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map_while(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            _ => None,
        })
    }
}

impl Expression<JsonCondition> {
    /// Whether it asks something of each path that has nothing to do with the others.
    fn is_decided_path_by_path(&self) -> bool {
        let conditions = self.conditions();
        if !conditions.iter().all(|condition| condition.selector.is_plain()) {
            return false;
        }
        match self {
            Self::All(parts) => parts.iter().all(Self::is_decided_path_by_path),
            Self::Any(_) | Self::Condition(_) => {
                let first = conditions.first().map(|condition| &condition.selector);
                conditions.iter().all(|condition| Some(&condition.selector) == first)
            }
        }
    }
}

impl<C> Expression<C> {
    /// Puts together what each condition requires: of conditions that must all hold, what their sets share; of
    /// alternatives, all their sets, if each has one.
    pub(crate) fn required<'p, T: Ord>(&'p self, of: &impl Fn(&'p C) -> Option<T>) -> Option<BTreeSet<T>> {
        match self {
            Self::Condition(condition) => of(condition).map(|text| BTreeSet::from([text])),
            Self::All(parts) => parts
                .iter()
                .filter_map(|part| part.required(of))
                .reduce(|left, right| left.into_iter().filter(|text| right.contains(text)).collect()),
            Self::Any(parts) => {
                parts.iter().map(|part| part.required(of)).try_fold(BTreeSet::new(), |mut all, part| {
                    all.extend(part?);
                    Some(all)
                })
            }
        }
    }
}

impl JsonCondition {
    /// The one text a value must have where this is on that selector.
    pub(crate) fn text_at(&self, selector: &Selector) -> Option<&str> {
        if self.selector == *selector { self.text() } else { None }
    }

    fn text(&self) -> Option<&str> {
        match &self.test {
            JsonTest::Value(test) => test.text(),
            _ => None,
        }
    }
}

impl FieldCondition {
    /// The one text the field must have.
    pub(crate) fn text(&self) -> Option<&str> {
        self.test.text()
    }
}

impl ValueTest {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Equal(Operand::Literal(literal)) => literal.exact_text(),
            _ => None,
        }
    }
}
