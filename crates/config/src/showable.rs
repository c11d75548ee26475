//! The settings' text as a diagnostic may show it: every value that may be a secret is blotted out.
//!
//! A slip is most likely where somebody types, and what they type may be a password: under a key that is
//! misspelt, in a file that is no YAML any more. So this goes by what is known to be harmless, and blots out
//! the rest. Places stay: the result has as many bytes and characters as the text, in the same lines.

use std::ops::Range;

use crate::keys::TOP;
use crate::reader::is_plain_key;
use trailbell_yaml::{Node, Value, locate};

/// Keys whose values are shown: each is something else than a secret. A new key is hidden until it stands here.
const HARMLESS: &[&str] = &[
    "accounts",
    "channel",
    "digest_below",
    "every",
    "first_look",
    "format",
    "from",
    "kinds",
    "language",
    "listen",
    "log_group",
    "max_body",
    "minimum_severity",
    "monthly_budget",
    "operations",
    "path",
    "profile",
    "program",
    "quiet_hours",
    "region",
    "regions",
    "role",
    "security",
    "server",
    "stream",
    "to",
    "topics",
    "type",
    "username",
];

/// Keys whose values are hidden wherever they stand: a section may have lost its first line.
const TELLING: &[&str] = &["headers", "password", "routing_key", "secret", "token", "url", "webhook"];

/// Sections that hold no secrets.
const HARMLESS_SECTIONS: &[&str] = &[
    "language",
    "timezone",
    "verification_phrase",
    "accounts",
    "rules",
    "ignore",
    "delivery",
    "ledger",
    "networks",
    "listen",
];

/// The text of a `trailbell.yaml` with every possible secret blotted out, as many bytes long as before: what
/// diagnostics are rendered against.
pub fn showable(source: &str) -> String {
    let mut hidden: Vec<Range<usize>> = Vec::new();
    match trailbell_yaml::parse(source) {
        Ok(None) => {}
        Ok(Some(root)) => {
            sections(source, &root, &mut hidden);
            comments(source, &root, &mut hidden);
        }
        Err(_) => by_lines(source, &mut hidden),
    }
    blot_out(source, &mut hidden)
}

fn blot_out(source: &str, hidden: &mut [Range<usize>]) -> String {
    hidden.sort_by_key(|range| range.start);
    let mut out = String::with_capacity(source.len());
    let mut ranges = hidden.iter().peekable();
    for (at, character) in source.char_indices() {
        while ranges.next_if(|range| range.end <= at).is_some() {}
        let within = ranges.peek().is_some_and(|range| range.start <= at);
        out.push(match (within, character.len_utf8()) {
            (false, _) => character,
            _ if matches!(character, '\n' | '\r') => character,
            (_, 1) => '*',
            (_, 2) => '·',
            (_, 3) => '•',
            _ => '🟆',
        });
    }
    out
}

/// What is known about the values of a mapping.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// No secret belongs here.
    Harmless,
    /// The same in a section that has secrets: a line end that was lost may have brought one here.
    HarmlessAmongSecrets,
    /// Only the values of harmless keys are shown.
    Guarded,
    /// Nothing is shown.
    Secret,
}

fn sections(source: &str, root: &Node, hidden: &mut Vec<Range<usize>>) {
    let Value::Mapping(pairs) = &root.value else {
        return walk(source, root, Place::Guarded, hidden);
    };
    for (key, section) in pairs {
        let name = name_of(key);
        let known = TOP.iter().any(|key| key.name == name);
        if !known && may_be_no_key(name, section) {
            hidden.push(key.span.start..key.span.end);
        }
        match &section.value {
            // A source's type may stand alone; it is one word of a few.
            Value::Mapping(sources) if name == "sources" => {
                for (key, described) in sources {
                    if may_be_no_key(name_of(key), described) {
                        hidden.push(key.span.start..key.span.end);
                    }
                    let word = is_type(name_of(described));
                    walk(source, described, if word { Place::Harmless } else { Place::Guarded }, hidden);
                }
            }
            _ if HARMLESS_SECTIONS.contains(&name) => walk(source, section, Place::Harmless, hidden),
            _ => walk(source, section, Place::Guarded, hidden),
        }
    }
}

fn name_of(node: &Node) -> &str {
    match &node.value {
        Value::Scalar(name) => &name.text,
        _ => "",
    }
}

/// Whether what stands where a key does may be a secret that slipped there: it is not one word, or it has no value,
/// as when its colon was forgotten or an indicator before it made it one.
fn may_be_no_key(name: &str, value: &Node) -> bool {
    value.is_null() || !is_plain_key(name)
}

/// Whether this may be the word for a type, however it is misspelt.
fn is_type(word: &str) -> bool {
    (1..=20).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

fn walk(source: &str, node: &Node, place: Place, hidden: &mut Vec<Range<usize>>) {
    match &node.value {
        Value::Mapping(pairs) => {
            for (key, value) in pairs {
                let name = name_of(key);
                let known = HARMLESS.contains(&name) || TELLING.contains(&name);
                if place != Place::Harmless && !known && may_be_no_key(name, value) {
                    hidden.push(key.span.start..key.span.end);
                }
                // A key that stands twice may be another one that lost its end: `token`, `to`.
                let twice = || pairs.iter().filter(|(other, _)| name_of(other) == name).count() > 1;
                let hides = place == Place::Secret
                    || TELLING.contains(&name)
                    || (place != Place::Harmless && twice());
                let inner = if hides {
                    Place::Secret
                } else if HARMLESS.contains(&name) && !matches!(value.value, Value::Mapping(_)) {
                    if place == Place::Guarded { Place::HarmlessAmongSecrets } else { place }
                } else {
                    place
                };
                walk(source, value, inner, hidden);
            }
        }
        Value::Sequence(items) => {
            for item in items {
                walk(source, item, place, hidden);
            }
        }
        Value::Scalar(scalar) => {
            let text = scalar.text.as_str();
            let behind_scheme = scheme_end(text);
            let harmless = is_reference(text)
                || match behind_scheme {
                    Some(at) => opens_nothing(text, at, place),
                    None => match place {
                        Place::Harmless => true,
                        Place::HarmlessAmongSecrets => {
                            !text.contains("://") && !text.contains([' ', '"', '\'', '\n'])
                        }
                        Place::Guarded | Place::Secret => false,
                    },
                };
            if !harmless {
                let from = behind_scheme.unwrap_or(0);
                let start = locate(source, node.span, scalar, from..text.len()).start;
                hidden.push(start..node.span.end);
            }
        }
    }
}

/// `${NAME}` or `file:PATH` alone: where a secret is, not the secret.
fn is_reference(text: &str) -> bool {
    let variable = text.strip_prefix("${").and_then(|name| name.strip_suffix('}'));
    variable
        .is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        || (text.starts_with("file:/") && !text.starts_with("file://"))
}

/// Where a URL's scheme ends, if the text begins with one.
fn scheme_end(text: &str) -> Option<usize> {
    let at = text.find("://")?;
    let scheme = &text[..at];
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    is_scheme.then_some(at + 3)
}

/// Whether a URL names only a host where no more is wanted, or a queue: nobody can do anything with it.
fn opens_nothing(text: &str, behind_scheme: usize, place: Place) -> bool {
    let (scheme, rest) = text.split_at(behind_scheme);
    let plain =
        |text: &str, also: &[u8]| text.bytes().all(|b| b.is_ascii_alphanumeric() || also.contains(&b));
    match scheme {
        "https://" if rest.starts_with("sqs.") => plain(rest, b".-_/"),
        // What stands where a port does and is none is a password whose `@` was lost.
        "http://" | "https://" | "smtp://" | "smtps://" if place != Place::Secret => {
            let rest = rest.strip_suffix('/').unwrap_or(rest);
            let (host, port) = rest.split_once(':').unwrap_or((rest, ""));
            plain(host, b".-") && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

/// Hides comments: a secret that was there once, or whose line began with a slip.
fn comments(source: &str, root: &Node, hidden: &mut Vec<Range<usize>>) {
    let mut scalars: Vec<Range<usize>> = Vec::new();
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        match &node.value {
            Value::Scalar(_) => scalars.push(node.span.start..node.span.end),
            Value::Sequence(items) => nodes.extend(items),
            Value::Mapping(pairs) => nodes.extend(pairs.iter().flat_map(|(key, value)| [key, value])),
        }
    }
    for (at, _) in source.match_indices('#') {
        let begins = source[..at].chars().next_back().is_none_or(char::is_whitespace);
        if begins && !scalars.iter().any(|scalar| scalar.contains(&at)) {
            let end = source[at..].find('\n').map_or(source.len(), |length| at + length);
            hidden.push(at + 1..end);
        }
    }
}

/// The same for a text that is not YAML: outside of harmless sections only indentation, punctuation and the
/// words that are known as keys are left.
fn by_lines(source: &str, hidden: &mut Vec<Range<usize>>) {
    let mut harmless_section = false;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        if !line.starts_with([' ', '\t', '-', '#', '\n', '\r']) {
            let word = line.split(':').next().unwrap_or_default();
            harmless_section = line.len() > word.len() && HARMLESS_SECTIONS.contains(&word);
        }
        let telling = TELLING.iter().any(|word| line.contains(word)) || line.contains("://");
        if !harmless_section || telling {
            words(line, at, hidden);
        }
        at += line.len();
    }
}

/// Hides the words of a line that are not known keys before a colon.
fn words(line: &str, line_start: usize, hidden: &mut Vec<Range<usize>>) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    while let Some(found) = line[at..].find(is_word) {
        let start = at + found;
        let end = line[start..].find(|c| !is_word(c) && c != '-').map_or(line.len(), |length| start + length);
        let word = &line[start..end];
        let known =
            HARMLESS.contains(&word) || TELLING.contains(&word) || TOP.iter().any(|key| key.name == word);
        if !(known && line[end..].trim_start_matches(['"', '\'']).starts_with(':')) {
            hidden.push(line_start + start..line_start + end);
        }
        at = end;
    }
}
