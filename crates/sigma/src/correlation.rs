//! A correlation as it is written: which rules' matches, grouped by what, how many within which time.

use std::fmt;

use jiff::SignedDuration;
use trailbell_json::Json;
use trailbell_text::{Span, stable_hash};
use trailbell_yaml::{Node, Plain, Reader, Value as Yaml, suggestion};

use crate::header::{Header, text, texts_with_spans};
use crate::place::{any_element, any_value, scalar_text};
use crate::rule::Rule;

/// The largest number that a correlation may count to.
pub const MAX_COUNT: u64 = 10_000;

/// Rules that a correlation may name, fields that it may group by, aliases.
const MAX_NAMES: usize = 100;

/// Seconds of the longest time that may lie between what is counted together.
const MAX_SECONDS: i64 = 366 * 86_400;

/// Bytes of a value that are kept to tell it from others.
const MAX_KEPT: usize = 256;

/// A checked correlation.
#[derive(Debug, Clone)]
pub struct CorrelationRule {
    pub(crate) header: Header,
    pub(crate) kind: CorrelationType,
    pub(crate) rules: Vec<String>,
    pub(crate) rule_spans: Vec<Span>,
    pub(crate) group_by: Vec<String>,
    pub(crate) timespan: SignedDuration,
    pub(crate) limits: Limits,
    pub(crate) fields: Vec<String>,
    pub(crate) aliases: Vec<(String, Vec<(String, String)>)>,
    pub(crate) generates: bool,
}

/// What a correlation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrelationType {
    /// Events.
    EventCount,
    /// Different values of a field.
    ValueCount,
    /// Different rules, in any order.
    Temporal,
    /// Different rules, in the order in which they are named.
    TemporalOrdered,
}

/// What a count must be: everything that is given must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// `gte`, or one more than `gt`.
    pub at_least: Option<u64>,
    /// `lte`, or one less than `lt`.
    pub at_most: Option<u64>,
    /// `eq`
    pub equal: Option<u64>,
    /// `neq`
    pub not_equal: Option<u64>,
}

impl Limits {
    /// Whether a count is as wanted. None is never: there is nothing to tell of.
    pub fn hold(&self, count: u64) -> bool {
        count > 0
            && self.at_least.is_none_or(|least| count >= least)
            && self.at_most.is_none_or(|most| count <= most)
            && self.equal.is_none_or(|equal| count == equal)
            && self.not_equal.is_none_or(|other| count != other)
    }

    /// The largest count that makes a difference.
    pub(crate) fn largest(&self) -> u64 {
        [self.at_least, self.at_most, self.equal, self.not_equal].into_iter().flatten().max().unwrap_or(0)
    }
}

const TYPES: &[(&str, CorrelationType)] = &[
    ("event_count", CorrelationType::EventCount),
    ("value_count", CorrelationType::ValueCount),
    ("temporal", CorrelationType::Temporal),
    ("temporal_ordered", CorrelationType::TemporalOrdered),
];

impl CorrelationType {
    /// The word as a correlation writes it.
    pub fn word(self) -> &'static str {
        TYPES.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| *word)
    }
}

impl CorrelationRule {
    /// Reads a document with a `correlation`; `None` where something is wrong, which the reader has then noted.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        document: &Node,
        get: &impl Fn(&str) -> Option<Node>,
    ) -> Option<Self> {
        let header = Header::read(reader, document, get);
        let node = get("correlation")?;
        let fields = reader.fields(
            &node,
            &["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"],
            "a correlation",
        );
        let mut wanted = |key: &str, hint: &str| {
            let found = fields.get(key);
            if found.is_none() {
                reader.problem_with_hint(node.span, format!("This correlation has no `{key}`"), hint);
            }
            found
        };
        let kind = wanted("type", "write `type: event_count`");
        let rules = wanted("rules", "write a list of the names or ids of rules");
        let timespan = wanted("timespan", "write it as 10m or 1h");
        let kind = read_type(reader, kind?)?;
        let (rule_spans, rules) =
            named(reader, rules?, "`rules`").into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
        let timespan = read_timespan(reader, timespan?)?;
        let group_by =
            fields.get("group-by").map(|node| names(reader, node, "`group-by`")).unwrap_or_default();
        let (limits, counted) =
            read_condition(reader, kind, fields.get("condition"), node.span, rules.len())?;
        let aliases = fields.get("aliases").map(|node| read_aliases(reader, node)).unwrap_or_default();
        let generate = fields.get("generate").cloned().or_else(|| get("generate"));
        let generates = generate.is_some_and(|node| reader.flag(&node, "`generate`").unwrap_or_default());
        if rules.is_empty() && reader.problems.is_empty() {
            reader.problem(node.span, "A correlation names at least one rule");
        }
        if kind == CorrelationType::TemporalOrdered && rules.len() < 2 && reader.problems.is_empty() {
            reader.problem(node.span, "An order needs at least two rules");
        }
        reader.problems.is_empty().then_some(Self {
            header,
            kind,
            rules,
            rule_spans,
            group_by,
            timespan,
            limits,
            fields: counted,
            aliases,
            generates,
        })
    }

    /// What it counts.
    pub const fn kind(&self) -> CorrelationType {
        self.kind
    }

    /// The ids, names or titles of the rules, as they are written.
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// Where each of them is written.
    pub fn rule_spans(&self) -> &[Span] {
        &self.rule_spans
    }

    /// The fields, or aliases of fields, whose values must be the same in what is counted together.
    pub fn group_by(&self) -> &[String] {
        &self.group_by
    }

    /// The longest time between the first and the last that are counted together.
    pub const fn timespan(&self) -> SignedDuration {
        self.timespan
    }

    /// What the count must be.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// The fields whose values `value_count` counts.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Whether the rules that it names tell of their matches themselves as well.
    pub const fn generates(&self) -> bool {
        self.generates
    }

    /// Whether it counts the matches of this rule.
    pub fn refers_to(&self, rule: &Rule) -> bool {
        self.rules.iter().any(|reference| rule.header.is_called(reference))
    }

    /// Whether it counts what this correlation fires.
    pub fn refers_to_correlation(&self, other: &Self) -> bool {
        self.rules.iter().any(|reference| other.header.is_called(reference))
    }

    /// The group that an event which met `rule` would be counted in: what it groups by, and the values there. `None` where it
    /// does not count the rule's matches, or the event lacks one of the values.
    pub fn group_of(&self, rule: &Rule, event: &Json) -> Option<Vec<(String, String)>> {
        if !self.refers_to(rule) {
            return None;
        }
        let values = self.values(&self.group_by, &rule.header, event)?;
        Some(self.group_by.iter().cloned().zip(values).collect())
    }

    /// What names all that decides what it counts: two correlations with the same one count alike, whatever they are called.
    pub fn fingerprint(&self) -> String {
        let limits = &self.limits;
        let limits = [limits.at_least, limits.at_most, limits.equal, limits.not_equal];
        let number = |limit: Option<u64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        let mut parts = vec![self.kind.word().to_owned(), self.timespan.as_secs().to_string()];
        parts.extend(limits.map(number));
        for list in [&self.rules, &self.group_by, &self.fields] {
            parts.push(list.len().to_string());
            parts.extend(list.iter().cloned());
        }
        for (alias, by_rule) in &self.aliases {
            parts.extend([alias.clone(), by_rule.len().to_string()]);
            parts.extend(by_rule.iter().flat_map(|(rule, field)| [rule.clone(), field.clone()]));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        format!("{:032x}", stable_hash(&parts))
    }

    /// Every field that it looks at, in whichever of its rules' events, sorted, each once.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = Vec::new();
        for name in self.group_by.iter().chain(&self.fields) {
            match self.alias(name) {
                Some(by_rule) => paths.extend(by_rule.iter().map(|(_, field)| field.as_str())),
                None => paths.push(name),
            }
        }
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    fn alias(&self, name: &str) -> Option<&[(String, String)]> {
        self.aliases.iter().find(|(alias, _)| alias == name).map(|(_, by_rule)| by_rule.as_slice())
    }

    /// What an event that met a rule has at the fields or aliases; `None` where one of them is missing or null.
    pub(crate) fn values(&self, names: &[String], met: &Header, event: &Json) -> Option<Vec<String>> {
        names
            .iter()
            .map(|name| {
                let field = match self.alias(name) {
                    Some(by_rule) => {
                        by_rule.iter().find(|(rule, _)| met.is_called(rule)).map(|(_, field)| field)?
                    }
                    None => name,
                };
                value_at(event, field)
            })
            .collect()
    }
}

/// What it counts, in a few words: `at least 5 events of failed within 10m, by userIdentity.arn`.
impl fmt::Display for CorrelationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Limits { at_least, at_most, equal, not_equal } = self.limits;
        let limits = [("at least", at_least), ("at most", at_most), ("exactly", equal), ("not", not_equal)];
        let limits: Vec<String> =
            limits.iter().filter_map(|(words, limit)| Some(format!("{words} {}", (*limit)?))).collect();
        write!(f, "{} ", limits.join(" and "))?;
        match self.kind {
            CorrelationType::EventCount => f.write_str("events")?,
            CorrelationType::ValueCount => {
                write!(f, "different values of {} in events", self.fields.join(", "))?;
            }
            CorrelationType::Temporal => f.write_str("different rules")?,
            CorrelationType::TemporalOrdered => f.write_str("rules, in this order,")?,
        }
        let seconds = self.timespan.as_secs();
        let units = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
        let (length, unit) = units.into_iter().find(|(length, _)| seconds % length == 0).unwrap_or((1, "s"));
        write!(f, " of {} within {}{unit}", self.rules.join(", "), seconds / length)?;
        if !self.group_by.is_empty() {
            write!(f, ", by {}", self.group_by.join(", "))?;
        }
        Ok(())
    }
}

impl Header {
    /// Whether a correlation that writes this means what has the header.
    pub(crate) fn is_called(&self, reference: &str) -> bool {
        self.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(reference))
            || self.name.as_deref() == Some(reference)
            || self.title == reference
    }
}

/// The first value at a field that is not null; of a long one, what tells it from others.
fn value_at(event: &Json, field: &str) -> Option<String> {
    let mut found = None;
    any_value(event, field, &mut |value| {
        any_element(value, &mut |one| {
            found = match one {
                Json::Object(_) => Some(kept(&one.to_string())),
                one => scalar_text(one).map(|text| kept(&text)),
            };
            found.is_some()
        })
    });
    found
}

fn kept(text: &str) -> String {
    let mut end = MAX_KEPT;
    if text.len() <= end {
        return text.to_owned();
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… ({} bytes)", text.get(..end).unwrap_or_default(), text.len())
}

fn read_type(reader: &mut Reader<'_>, node: &Node) -> Option<CorrelationType> {
    let written = text(reader, node, "`type`")?;
    let found = TYPES.iter().find(|(word, _)| *word == written).map(|(_, kind)| *kind);
    if found.is_none() {
        let known: Vec<&str> = TYPES.iter().map(|(word, _)| *word).collect();
        let later = ["value_sum", "value_avg", "value_min", "value_max", "value_percentile", "value_median"];
        if later.contains(&written.as_str())
            || written.starts_with("temporal_extended")
            || written.starts_with("temporal_ordered_")
        {
            reader.problem_with_hint(
                node.span,
                format!("Correlations of type `{written}` are not read"),
                format!("known here: {}", known.join(", ")),
            );
        } else {
            reader.problem_with_hint(
                node.span,
                format!("There is no correlation of type `{written}`"),
                suggestion(&written, &known),
            );
        }
    }
    found
}

fn names(reader: &mut Reader<'_>, node: &Node, what: &str) -> Vec<String> {
    named(reader, node, what).into_iter().map(|(_, name)| name).collect()
}

fn named(reader: &mut Reader<'_>, node: &Node, what: &str) -> Vec<(Span, String)> {
    let names = texts_with_spans(reader, node, what);
    if names.len() > MAX_NAMES {
        reader.problem(node.span, format!("{what} may have {MAX_NAMES} entries, and here are more"));
    }
    names
}

fn read_timespan(reader: &mut Reader<'_>, node: &Node) -> Option<SignedDuration> {
    let written = text(reader, node, "`timespan`")?;
    let unit = written.chars().next_back().unwrap_or_default();
    let number = written.strip_suffix(unit).unwrap_or_default();
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        'M' => 30 * 86_400,
        'y' => 365 * 86_400,
        _ => 0,
    };
    let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let total = number.parse::<i64>().ok().filter(|_| plain).and_then(|number| number.checked_mul(seconds));
    match total {
        Some(total) if (1..=MAX_SECONDS).contains(&total) => Some(SignedDuration::from_secs(total)),
        Some(total) if total > MAX_SECONDS => {
            reader.problem_with_hint(node.span, "This time is too long", "a year is the most");
            None
        }
        _ => {
            reader.problem_with_hint(
                node.span,
                format!("`{written}` is no time"),
                "write a number and one of s, m, h, d, w, M (30 days), y (365 days): 90m",
            );
            None
        }
    }
}

/// The limits, and the fields that `value_count` counts.
fn read_condition(
    reader: &mut Reader<'_>,
    kind: CorrelationType,
    node: Option<&Node>,
    span: Span,
    rules: usize,
) -> Option<(Limits, Vec<String>)> {
    let is_temporal = matches!(kind, CorrelationType::Temporal | CorrelationType::TemporalOrdered);
    let Some(node) = node else {
        if is_temporal {
            let all = u64::try_from(rules).unwrap_or(u64::MAX);
            return Some((Limits { at_least: Some(all), ..Limits::default() }, Vec::new()));
        }
        reader.problem_with_hint(
            span,
            "This correlation has no `condition`",
            "write `condition:` and below it `gte: 10`",
        );
        return None;
    };
    if matches!(node.value, Yaml::Scalar(_)) {
        reader.problem_with_hint(
            node.span,
            "Conditions of correlations that are an expression are not read",
            "write `gte: 2` below `condition:`, or a correlation of correlations",
        );
        return None;
    }
    let words = ["gt", "gte", "lt", "lte", "eq", "neq", "field"];
    let fields = reader.fields(node, &words, "a correlation's condition");
    let mut limits = Limits::default();
    for word in words.iter().filter(|word| **word != "field") {
        if let Some(node) = fields.get(word) {
            let count = read_count(reader, node)?;
            match *word {
                "gt" => limits.at_least = limits.at_least.max(Some(count + 1)),
                "gte" => limits.at_least = limits.at_least.max(Some(count)),
                // Less than nothing is never.
                "lt" => limits.at_most = Some(count.saturating_sub(1)),
                "lte" => limits.at_most = Some(limits.at_most.map_or(count, |most| most.min(count))),
                "eq" => limits.equal = Some(count),
                _ => limits.not_equal = Some(count),
            }
        }
    }
    if limits == Limits::default() {
        reader.problem_with_hint(node.span, "This condition has no number", "write `gte: 10`");
        return None;
    }
    let counted = match (fields.get("field"), kind) {
        (Some(node), CorrelationType::ValueCount) => names(reader, node, "`field`"),
        (Some(node), _) => {
            reader.problem_with_hint(
                node.span,
                "`field` belongs to value_count",
                "leave it out, or write `type: value_count`",
            );
            return None;
        }
        (None, _) => Vec::new(),
    };
    if kind == CorrelationType::ValueCount && counted.is_empty() {
        reader.problem_with_hint(
            node.span,
            "value_count needs to know of which field",
            "write `field: ...` below `condition:`",
        );
        return None;
    }
    Some((limits, counted))
}

fn read_count(reader: &mut Reader<'_>, node: &Node) -> Option<u64> {
    let written = text(reader, node, "A count")?;
    let is_number = matches!(&node.value, Yaml::Scalar(scalar) if scalar.kind() == Plain::Number);
    match written.parse::<u64>() {
        Ok(count) if count <= MAX_COUNT && is_number => return Some(count),
        Ok(_) if is_number => reader.problem(node.span, format!("Counts go up to {MAX_COUNT}")),
        _ => reader.problem(node.span, format!("`{written}` is no count")),
    }
    None
}

fn read_aliases(reader: &mut Reader<'_>, node: &Node) -> Vec<(String, Vec<(String, String)>)> {
    let mut aliases = Vec::new();
    for (alias, span, by_rule) in reader.entries(node, "`aliases`") {
        let fields = reader
            .entries(by_rule, "An alias")
            .into_iter()
            .filter_map(|(rule, _, field)| {
                Some((rule.text.clone(), text(reader, field, "The field of an alias")?))
            })
            .collect::<Vec<_>>();
        if aliases.len() == MAX_NAMES || fields.len() > MAX_NAMES {
            reader.problem(span, format!("There may be {MAX_NAMES} aliases, and here are more"));
            return aliases;
        }
        aliases.push((alias.text.clone(), fields));
    }
    aliases
}
