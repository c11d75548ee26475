//! Which texts a value must have for a pattern to match: what a matcher of many patterns needs for its index.

use std::collections::BTreeSet;

use crate::syntax::{Expression, JsonCondition, JsonTest, Operand, Pattern, ValueTest};

impl Pattern {
    /// The texts one of which the value at a path of keys must have for the pattern to match: the content of a
    /// string or the source text of a number. `None` where the pattern does not pin it to a finite set.
    ///
    /// The set never misses a text that could match. It may hold one that cannot; an empty set means that
    /// nothing matches. A bare number pins nothing, since it equals numbers of many texts.
    pub fn required_values(&self, path: &[&str]) -> Option<BTreeSet<&str>> {
        match self {
            Self::Json(json) => json.condition.required(&|condition| condition.required(path)),
            _ => None,
        }
    }
}

impl<C> Expression<C> {
    /// Puts together what each condition requires: of conditions that must all hold, what their sets share; of
    /// alternatives, all their sets, if each has one.
    pub(crate) fn required<'p, T: Ord>(
        &'p self,
        of: &impl Fn(&'p C) -> Option<BTreeSet<T>>,
    ) -> Option<BTreeSet<T>> {
        match self {
            Self::Condition(condition) => of(condition),
            Self::All(parts) => parts
                .iter()
                .filter_map(|part| part.required(of))
                .reduce(|left, right| left.into_iter().filter(|value| right.contains(value)).collect()),
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
    fn required(&self, path: &[&str]) -> Option<BTreeSet<&str>> {
        match &self.test {
            JsonTest::Value(ValueTest::Equal(Operand::Literal(literal))) if self.selector.is_path(path) => {
                literal.exact_text().map(|text| BTreeSet::from([text]))
            }
            _ => None,
        }
    }
}
