//! A pattern as text again: the same meaning, `$or` at its end.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter, Write};

use trailbell_json::write_string;

use crate::ignore_case::IgnoreCase;
use crate::parse::RESERVED;
use crate::syntax::{AnythingBut, Branch, EventPattern, Field, Range, ValueTest};

/// Names that are written inside one another; a longer path is written as one name with dots.
const MAX_NESTED: usize = 64;

/// Compact JSON that is read as a pattern of the same meaning. Characters that could act on a terminal are escaped.
impl Display for EventPattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // What all branches share stands before `$or`: of it, names that are reserved inside would be refused there.
        let everywhere = |field: &&Field| {
            self.branches
                .iter()
                .all(|branch| branch.field(&field.path).is_some_and(|other| tests_are_equal(field, other)))
        };
        let shared: BTreeMap<&str, &Field> = self
            .branches
            .first()
            .into_iter()
            .flat_map(Branch::fields)
            .filter(everywhere)
            .map(|field| (field.path.as_str(), field))
            .collect();
        let own = |branch| {
            Branch::fields(branch).filter(|field| !shared.contains_key(field.path.as_str())).collect()
        };
        let mut rest: Vec<Vec<&Field>> = self.branches.iter().map(own).collect();
        let mut tree = Tree::default();
        for field in shared.values() {
            tree.add(field, false);
        }
        if rest.iter().any(Vec::is_empty) {
            // A branch with nothing of its own holds whenever another does. Not so where a field may be absent: what the
            // other asks for besides chooses an element of a list, and in that one the field may be. Then such a branch
            // is written with one of the shared fields again.
            let spare = shared
                .values()
                .find(|field| !field.path.split('.').any(|name| RESERVED.contains(&name)))
                .filter(|_| !rest.iter().all(Vec::is_empty))
                .filter(|_| shared.values().any(|field| field.may_be_absent()));
            let Some(spare) = spare else { return tree.write(f, None) };
            for fields in rest.iter_mut().filter(|fields| fields.is_empty()) {
                fields.push(spare);
            }
        }
        tree.write(f, Some(&rest))
    }
}

/// One branch alone.
impl Display for Branch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut tree = Tree::default();
        for field in &self.fields {
            tree.add(field, false);
        }
        tree.write(f, None)
    }
}

/// The path, and what is wanted of it: `detail.eventName: ["CreateUser"]`.
impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: [", self.path.escape_debug())?;
        for (nth, test) in self.tests.iter().enumerate() {
            let comma = if nth > 0 { "," } else { "" };
            write!(f, "{comma}{}", test.value)?;
        }
        f.write_char(']')
    }
}

fn tests_are_equal(one: &Field, other: &Field) -> bool {
    one.tests.iter().map(|test| &test.value).eq(other.tests.iter().map(|test| &test.value))
}

/// Fields by their names, one name a level.
#[derive(Default)]
struct Tree<'p> {
    field: Option<&'p Field>,
    children: BTreeMap<&'p str, Self>,
}

impl<'p> Tree<'p> {
    fn add(&mut self, field: &'p Field, in_or: bool) {
        let names: Vec<&str> = field.path.split('.').collect();
        let mut at = self;
        // `$or` as a part of a longer name is a field's, and so is what is reserved inside `$or`; alone they would not be.
        let is_refused_alone = |name: &&str| *name == "$or" || in_or && RESERVED.contains(name);
        if names.len() > MAX_NESTED || names.iter().any(is_refused_alone) {
            at = at.children.entry(&field.path).or_default();
        } else {
            for name in names {
                at = at.children.entry(name).or_default();
            }
        }
        at.field = Some(field);
    }

    fn write(&self, f: &mut Formatter<'_>, or: Option<&[Vec<&Field>]>) -> fmt::Result {
        f.write_char('{')?;
        let mut separator = "";
        for (name, child) in &self.children {
            if let Some(field) = child.field {
                f.write_str(separator)?;
                write_string(f, name)?;
                f.write_char(':')?;
                list(f, &field.tests, |f, test| write!(f, "{}", test.value))?;
                separator = ",";
            }
            if !child.children.is_empty() {
                f.write_str(separator)?;
                write_string(f, name)?;
                f.write_char(':')?;
                child.write(f, None)?;
                separator = ",";
            }
        }
        if let Some(branches) = or {
            write!(f, "{separator}\"$or\":")?;
            list(f, branches, |f, fields| {
                let mut tree = Tree::default();
                for field in fields {
                    tree.add(field, true);
                }
                tree.write(f, None)
            })?;
        }
        f.write_char('}')
    }
}

/// As it is written in a field's list.
impl Display for ValueTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => f.write_str(number.text()),
            // An address that is compared as a text alone has this one other spelling.
            Self::Text(text) if crate::address::address(text).is_some() => operator(f, "exactly", text),
            Self::Text(text) | Self::Address(text) => write_string(f, text),
            Self::Prefix(text) => operator(f, "prefix", text),
            Self::Suffix(text) => operator(f, "suffix", text),
            Self::PrefixIgnoreCase(text) => nested(f, "prefix", text),
            Self::SuffixIgnoreCase(text) => nested(f, "suffix", text),
            Self::EqualsIgnoreCase(text) => operator(f, "equals-ignore-case", text.text()),
            Self::Wildcard(wildcard) => operator(f, "wildcard", wildcard.text()),
            Self::Cidr(network) => operator(f, "cidr", network.text()),
            Self::Exists(value) => write!(f, "{{\"exists\":{value}}}"),
            Self::Numeric(range) => write!(f, "{{\"numeric\":{range}}}"),
            Self::AnythingBut(excluded) => write!(f, "{{\"anything-but\":{excluded}}}"),
        }
    }
}

impl Display for AnythingBut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = |f: &mut Formatter<'_>, text: &String| write_string(f, text);
        let operator = match self {
            Self::Texts(texts) => return list(f, texts, text),
            Self::Numbers(numbers) => return list(f, numbers, |f, number| f.write_str(number.text())),
            Self::Prefix(_) => "prefix",
            Self::Suffix(_) => "suffix",
            Self::EqualsIgnoreCase(_) => "equals-ignore-case",
            Self::Wildcard(_) => "wildcard",
        };
        write!(f, "{{\"{operator}\":")?;
        match self {
            Self::EqualsIgnoreCase(texts) => list(f, texts, |f, text| write_string(f, text.text()))?,
            Self::Wildcard(wildcards) => list(f, wildcards, |f, wildcard| write_string(f, wildcard.text()))?,
            Self::Texts(texts) | Self::Prefix(texts) | Self::Suffix(texts) => list(f, texts, text)?,
            Self::Numbers(_) => {}
        }
        f.write_char('}')
    }
}

impl Display for Range {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.bottom.is_some() && self.bottom == self.top {
            return write!(f, "[\"=\",{:e}]", self.bottom.map_or(0.0, |bound| bound.value));
        }
        let bottom = self.bottom.map(|bound| (if bound.inclusive { ">=" } else { ">" }, bound.value));
        let top = self.top.map(|bound| (if bound.inclusive { "<=" } else { "<" }, bound.value));
        let ends: Vec<(&str, f64)> = bottom.into_iter().chain(top).collect();
        list(f, &ends, |f, (operator, value)| write!(f, "\"{operator}\",{value:e}"))
    }
}

fn list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    one: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    f.write_char('[')?;
    for (index, item) in items.iter().enumerate() {
        f.write_str(if index > 0 { "," } else { "" })?;
        one(f, item)?;
    }
    f.write_char(']')
}

fn operator(f: &mut Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    write!(f, "{{\"{name}\":")?;
    write_string(f, text)?;
    f.write_char('}')
}

fn nested(f: &mut Formatter<'_>, name: &str, text: &IgnoreCase) -> fmt::Result {
    write!(f, "{{\"{name}\":")?;
    operator(f, "equals-ignore-case", text.text())?;
    f.write_char('}')
}
