//! DynamoDB's expressions, as far as a ledger writes them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Refusal;
use super::table::Item;

/// An expression's words, with what its placeholders stand for.
#[derive(Debug)]
pub(crate) struct Expressions<'a> {
    names: Option<&'a Map<String, Value>>,
    values: Option<&'a Map<String, Value>>,
    used: BTreeSet<String>,
}

/// What must hold of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Term {
    Exists(String),
    ExistsNot(String),
    Equals(String, Value),
    BeginsWith(String, String),
    After(String, String),
    Between(String, String, String),
}

/// What an update does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Set(String, Value),
    Remove(String),
}

fn invalid(what: impl Into<String>) -> Refusal {
    Refusal::validation(what)
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_whitespace() || "(),=<>".contains(c) {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if !c.is_whitespace() {
                words.push(c.to_string());
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

impl<'a> Expressions<'a> {
    /// Those of a request, or of a part of one.
    pub(crate) fn of(input: &'a Value) -> Self {
        Self {
            names: input["ExpressionAttributeNames"].as_object(),
            values: input["ExpressionAttributeValues"].as_object(),
            used: BTreeSet::new(),
        }
    }

    fn name(&mut self, word: &str) -> Result<String, Refusal> {
        let found = self.names.and_then(|names| names.get(word)).and_then(Value::as_str);
        let name = found.ok_or_else(|| invalid(format!("no attribute name for {word}")))?;
        self.used.insert(word.to_owned());
        Ok(name.to_owned())
    }

    fn value(&mut self, word: &str) -> Result<Value, Refusal> {
        let found = self.values.and_then(|values| values.get(word));
        let value = found.ok_or_else(|| invalid(format!("no attribute value for {word}")))?;
        self.used.insert(word.to_owned());
        Ok(value.clone())
    }

    fn text(&mut self, word: &str) -> Result<String, Refusal> {
        let value = self.value(word)?;
        value["S"].as_str().map(str::to_owned).ok_or_else(|| invalid("a key is of another type"))
    }

    /// A condition: terms, all of which must hold.
    pub(crate) fn condition(&mut self, text: &str) -> Result<Vec<Term>, Refusal> {
        let words = words(text);
        let mut words = words.iter().map(String::as_str).collect::<Vec<_>>();
        let mut terms = Vec::new();
        loop {
            let (term, taken) = match words.as_slice() {
                ["attribute_exists", "(", name, ")", ..] => (Term::Exists(self.name(name)?), 4),
                ["attribute_not_exists", "(", name, ")", ..] => (Term::ExistsNot(self.name(name)?), 4),
                ["begins_with", "(", name, ",", value, ")", ..] => {
                    (Term::BeginsWith(self.name(name)?, self.text(value)?), 6)
                }
                [name, "BETWEEN", from, "AND", to, ..] => {
                    let (from, to) = (self.text(from)?, self.text(to)?);
                    if from > to {
                        return Err(invalid("BETWEEN needs an upper bound that is not below the lower one"));
                    }
                    (Term::Between(self.name(name)?, from, to), 5)
                }
                [name, "=", value, ..] => (Term::Equals(self.name(name)?, self.value(value)?), 3),
                [name, ">", value, ..] => (Term::After(self.name(name)?, self.text(value)?), 3),
                _ => return Err(invalid(format!("not an expression of this stand-in: {text}"))),
            };
            terms.push(term);
            words.drain(..taken);
            match words.first() {
                None => return Ok(terms),
                Some(&"AND") => words.remove(0),
                Some(_) => return Err(invalid(format!("not an expression of this stand-in: {text}"))),
            };
        }
    }

    /// An update: `SET a = :a, b = :b` or `REMOVE a, b`.
    pub(crate) fn update(&mut self, text: &str) -> Result<Vec<Action>, Refusal> {
        let words = words(text);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some((verb, rest)) = words.split_first() else { return Err(invalid("an empty update")) };
        rest.split(|word| *word == ",")
            .map(|part| match (*verb, part) {
                ("SET", [name, "=", value]) => Ok(Action::Set(self.name(name)?, self.value(value)?)),
                ("REMOVE", [name]) => Ok(Action::Remove(self.name(name)?)),
                _ => Err(invalid(format!("not an update of this stand-in: {text}"))),
            })
            .collect()
    }

    /// The names of a projection.
    pub(crate) fn projection(&mut self, text: &str) -> Result<Vec<String>, Refusal> {
        text.split(',').map(|word| self.name(word.trim())).collect()
    }

    /// DynamoDB refuses placeholders that nothing uses.
    pub(crate) fn all_used(&self) -> Result<(), Refusal> {
        let given = self.names.into_iter().chain(self.values).flat_map(Map::keys);
        let unused: Vec<&String> = given.filter(|word| !self.used.contains(*word)).collect();
        if unused.is_empty() { Ok(()) } else { Err(invalid(format!("unused in expressions: {unused:?}"))) }
    }
}

/// Whether all of it holds of an item, or of none.
pub(crate) fn holds(terms: &[Term], item: Option<&Item>) -> bool {
    let of = |name: &String| item.and_then(|item| item.get(name));
    let text = |name: &String| of(name).and_then(|value| value["S"].as_str());
    terms.iter().all(|term| match term {
        Term::Exists(name) => of(name).is_some(),
        Term::ExistsNot(name) => of(name).is_none(),
        Term::Equals(name, value) => of(name) == Some(value),
        Term::BeginsWith(name, prefix) => text(name).is_some_and(|text| text.starts_with(prefix)),
        Term::After(name, value) => text(name).is_some_and(|text| text > value.as_str()),
        Term::Between(name, from, to) => text(name).is_some_and(|text| (from.as_str()..=to).contains(&text)),
    })
}
