//! What is usual: `history` (how long one learns, and remembers), `expected` (whom and what the owner expects), and what a rule asks
//! of both (`when`, `severity_when`).

use std::time::Duration;

use serde_json::json;
use trailbell_history::When;
use trailbell_text::{Diagnostic, Severity, Span};
use trailbell_yaml::{Fields, Node, Scalar};

use crate::ignore::{Address, glob_matches};
use crate::keys::{Key, severity as severity_schema, text};
use crate::reader::Reader;
use crate::settings::severity;
use crate::values::DURATION;

const DAY: Duration = Duration::from_hours(24);

/// How long one learns what is usual, and remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistorySettings {
    /// How long after the first event nobody is called new.
    pub learning: Duration,
    /// How long what was not seen again is remembered.
    pub forget: Duration,
}

impl Default for HistorySettings {
    /// What a file without `history` asks for.
    fn default() -> Self {
        Self { learning: DAY * 7, forget: DAY * 400 }
    }
}

/// Whom and what the owner expects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpectedSettings {
    /// Names or ARNs; `*` stands for any run of characters.
    pub people: Vec<String>,
    /// Where they come from.
    pub places: Vec<ExpectedPlace>,
}

/// A place the owner expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedPlace {
    /// An address, a network or an AWS service.
    Address(Address),
    /// A country by its two letters.
    Country(String),
    /// The addresses of Amazon's in a region.
    Region(String),
}

impl ExpectedPlace {
    fn parse(text: &str) -> Option<Self> {
        let is_country = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        if is_country {
            return Some(Self::Country(text.to_owned()));
        }
        if let Some(region) = text.strip_prefix("aws:") {
            let is_region =
                !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            return is_region.then(|| Self::Region(region.to_owned()));
        }
        Address::parse(text).map(Self::Address)
    }

    fn is(&self, address: &str, place: Option<&str>) -> bool {
        match self {
            Self::Address(expected) => expected.contains(address),
            Self::Country(code) => place == Some(code),
            Self::Region(region) => {
                place.and_then(|place| place.strip_prefix("aws:")).is_some_and(|known| known == region)
            }
        }
    }
}

impl ExpectedSettings {
    /// Whether somebody of these names (a name as notices show it, an ARN) is expected.
    pub fn has_person<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> bool {
        names.any(|name| self.people.iter().any(|expected| glob_matches(expected, name)))
    }

    /// Whether a `sourceIPAddress` is expected, which is of this place: a country's code, or `aws:` and a region.
    pub fn has_place(&self, address: &str, place: Option<&str>) -> bool {
        self.places.iter().any(|expected| expected.is(address, place))
    }
}

/// What a rule asks of history.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asks {
    /// What must hold besides; `None`: nothing.
    pub when: Option<When>,
    /// Severities by what holds: the first that does decides.
    pub severity_when: Vec<(When, Severity)>,
}

pub(crate) const HISTORY: &[Key] = &[
    Key {
        name: "learning",
        about: "How long after the first event nobody is called new; 7d without it, or off.",
        value: |_| json!({"type": "string", "pattern": format!("^off$|{DURATION}")}),
    },
    Key {
        name: "forget",
        about: "How long what was not seen again is remembered as usual; 400d without it.",
        value: |_| json!({"type": "string", "pattern": DURATION}),
    },
];

pub(crate) const EXPECTED: &[Key] = &[
    Key {
        name: "people",
        about: "Who is expected: names as notices show them, or ARNs; * stands for anything.",
        value: |_| json!({"type": "array", "items": text(&[])}),
    },
    Key {
        name: "places",
        about: "Where from: countries by their two letters, addresses, networks such as 203.0.113.0/24, AWS services, and aws:REGION for Amazon's addresses there.",
        value: |_| json!({"type": "array", "items": text(&[])}),
    },
];

pub(crate) const WHEN: Key = Key {
    name: "when",
    about: "What must be so besides, such as first-seen(country), not expected, or count > 3 in 5m; without it, nothing.",
    value: text,
};

pub(crate) const SEVERITY_WHEN: Key = Key {
    name: "severity_when",
    about: "Severities by what is so, such as first-seen(country): high. The first that holds decides.",
    value: |rules| json!({"type": "object", "minProperties": 1, "additionalProperties": severity_schema(rules)}),
};

pub(crate) fn history(node: &Node, reader: &mut Reader<'_>) -> HistorySettings {
    let default = HistorySettings::default();
    let fields = reader.fields(node, HISTORY, "`history`");
    let learning = fields
        .get("learning")
        .and_then(|node| reader.duration_or_off(node, "`learning`", (DAY / 24, DAY * 90)));
    let forget = fields.get("forget").and_then(|node| reader.duration(node, "`forget`", (DAY, DAY * 3660)));
    HistorySettings {
        learning: learning.unwrap_or(default.learning),
        forget: forget.unwrap_or(default.forget),
    }
}

pub(crate) fn expected(node: &Node, reader: &mut Reader<'_>) -> ExpectedSettings {
    let fields = reader.fields(node, EXPECTED, "`expected`");
    let mut settings = ExpectedSettings::default();
    if let Some(node) = fields.get("people") {
        for item in reader.items(node, "`people`") {
            settings.people.extend(reader.text(item, "somebody expected"));
        }
    }
    if let Some(node) = fields.get("places") {
        for item in reader.items(node, "`places`") {
            let Some(text) = reader.text(item, "a place") else { continue };
            match ExpectedPlace::parse(&text) {
                Some(place) => settings.places.push(place),
                None => reader.problem_with_hint(
                    item.span,
                    format!("`{text}` is not a place"),
                    "write a country's two letters (JP), an address, a network such as 203.0.113.0/24, a service, or aws:REGION",
                ),
            }
        }
    }
    settings
}

/// What a rule of these fields asks.
pub(crate) fn asks(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Asks {
    let when = fields.get("when").and_then(|node| {
        let scalar = reader.scalar(node, "`when`")?;
        condition(scalar, node.span, reader)
    });
    if let (Some(_), Some(alarm)) = (&when, fields.get("alarm")) {
        reader.problem_with_hint(
            alarm.span,
            "An `alarm` counts everything the rule meets, and asks no `when`",
            "leave one of the two out; `when: count > 3 in 5m` counts what is unusual",
        );
    }
    let mut severity_when = Vec::new();
    if let Some(node) = fields.get("severity_when") {
        let entries = reader.entries(node, "`severity_when`");
        if entries.is_empty() && trailbell_yaml::is_mapping(node) {
            reader.problem_with_hint(
                node.span,
                "`severity_when` says nothing",
                "write a condition and a severity, such as first-seen(country): high",
            );
        }
        for (scalar, span, body) in entries {
            let severity = severity(body, reader);
            let Some(when) = condition(scalar, span, reader) else { continue };
            if !when.counts().is_empty() {
                reader.problem_with_hint(
                    span,
                    "A severity does not count",
                    "count in the `when` of a rule of its own",
                );
                continue;
            }
            severity_when.extend(severity.map(|severity| (when, severity)));
        }
    }
    Asks { when, severity_when }
}

fn condition(scalar: &Scalar, span: Span, reader: &mut Reader<'_>) -> Option<When> {
    match When::parse(&scalar.text) {
        Ok(when) => Some(when),
        Err(problem) => {
            let Diagnostic { message, span: within, hint } = problem;
            let place = reader.locate_within(span, scalar, within.start..within.end);
            reader.problems.push(Diagnostic { message, span: place, hint });
            None
        }
    }
}
