//! What an IAM policy allows, why, and whom a trust policy trusts.
//!
//! [`Policy::judge`] puts a document on a scale from nothing to full administrator and says what in it decides
//! ([`Verdict`]); AWS's own managed policies are judged beforehand, by name ([`Managed`]). [`difference`] says
//! what one version of a document allows and another does not. A document is judged by itself: permissions
//! boundaries, SCPs, resource policies and whatever else its owner has are not in it, so a verdict says what the
//! document *can* give, "unless a boundary or SCP limits it".
//!
//! ```
//! use trailbell_policy::{Level, Policy};
//!
//! let policy = Policy::parse(r#"{"Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}}"#)?;
//! assert_eq!(policy.judge().level, Level::CanBecomeAdministrator);
//! # Ok::<(), trailbell_policy::NotAPolicy>(())
//! ```

mod access;
mod difference;
mod escalation;
mod judge;
mod managed;
mod pattern;
mod trust;
mod verdict;

pub use difference::{Difference, Listed, Part, difference};
pub use managed::{Managed, Special};
use trailbell_json::Json;
pub use trust::{Opening, Trusted, Who};
pub use verdict::{Because, Level, Verdict};

/// A policy document, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
}

/// Text that is no policy document: cut off by CloudTrail at its size limit, say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPolicy {
    /// It is no JSON, also after URL-decoding.
    #[error("not JSON: {0}")]
    Json(#[from] trailbell_json::Error),
    /// It is JSON without a `Statement`.
    #[error("no Statement")]
    NoStatement,
}

/// One statement; keys and values as IAM takes them: a single value stands for a list of one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    effect: Effect,
    actions: Option<Vec<String>>,
    not_actions: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    not_resources: Option<Vec<String>>,
    principals: Vec<Who>,
    conditional: bool,
    conditions: Vec<Condition>,
    /// To which services alone a role may be handed, where a condition says (`iam:PassedToService`).
    passed_to: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
    /// What IAM refuses; it neither gives nor takes.
    Unknown,
}

/// One line of a `Condition`: `StringEquals`, `aws:username`, and what it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    operator: String,
    key: String,
    values: Vec<String>,
}

impl Policy {
    /// Reads a document as CloudTrail has it: JSON text in requests, URL-encoded JSON in some responses.
    pub fn parse(text: &str) -> Result<Self, NotAPolicy> {
        let json = match Json::parse(text) {
            Ok(json) => json,
            Err(error) if text.contains('%') => Json::parse(&url_decoded(text)).map_err(|_| error)?,
            Err(error) => return Err(error.into()),
        };
        let statement = json.get("Statement").ok_or(NotAPolicy::NoStatement)?;
        let statements = match statement {
            Json::Array(statements) => statements.iter().map(Statement::read).collect(),
            one @ Json::Object(_) => vec![Statement::read(one)],
            _ => return Err(NotAPolicy::NoStatement),
        };
        Ok(Self { statements })
    }

    /// Whether any statement forbids something.
    pub fn has_deny(&self) -> bool {
        self.statements.iter().any(|statement| statement.effect == Effect::Deny)
    }
}

impl Statement {
    fn read(json: &Json) -> Self {
        let list = |key: &str| json.get(key).map(texts);
        let principals = match (json.get("Principal"), json.get("NotPrincipal")) {
            (Some(principal), _) => trust::principals(principal),
            // All but somebody is anybody.
            (None, Some(_)) => vec![Who::Anyone],
            (None, None) => Vec::new(),
        };
        let conditions = conditions(json);
        Self {
            effect: match json.get("Effect").and_then(Json::as_str) {
                Some("Allow") => Effect::Allow,
                Some("Deny") => Effect::Deny,
                _ => Effect::Unknown,
            },
            actions: list("Action"),
            not_actions: list("NotAction"),
            resources: list("Resource"),
            not_resources: list("NotResource"),
            principals,
            conditional: json.get("Condition").and_then(Json::as_object).is_some_and(|c| !c.is_empty()),
            passed_to: passed_to(&conditions),
            conditions,
        }
    }
}

fn conditions(statement: &Json) -> Vec<Condition> {
    let operators = statement.get("Condition").and_then(Json::as_object).unwrap_or_default();
    let lines = operators.iter().flat_map(|(operator, keys)| {
        let keys = keys.as_object().unwrap_or_default();
        keys.iter().map(move |(key, values)| Condition {
            operator: operator.clone(),
            key: key.clone(),
            values: texts(values),
        })
    });
    lines.collect()
}

impl Condition {
    /// Whether it says what a key has to be (and not what it must not be, or how it compares).
    fn names_values(&self) -> bool {
        let operator = self.operator.rsplit(':').next().unwrap_or_default();
        let operator = operator.to_ascii_lowercase();
        let operator = operator.strip_suffix("ifexists").unwrap_or(&operator);
        matches!(operator, "stringequals" | "stringlike" | "stringequalsignorecase" | "arnequals" | "arnlike")
    }
}

fn passed_to(conditions: &[Condition]) -> Option<Vec<String>> {
    let about = |c: &&Condition| c.key.eq_ignore_ascii_case("iam:PassedToService") && c.names_values();
    conditions.iter().find(about).map(|condition| condition.values.clone())
}

impl Statement {
    /// Whether a condition lets only such sessions of S3 Express be made that read.
    fn only_reads(&self) -> bool {
        self.conditions.iter().any(|condition| {
            condition.key.eq_ignore_ascii_case("s3express:SessionMode")
                && condition.names_values()
                && condition.values == ["ReadOnly"]
        })
    }
}

/// A string or the strings of a list.
fn texts(json: &Json) -> Vec<String> {
    match json {
        Json::String(text) => vec![text.clone()],
        Json::Array(elements) => elements.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// `%7B` -> `{`; an incomplete escape stays as it is.
fn url_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = if *first == b'%' { tail.get(..2).and_then(hex) } else { None };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    match digits {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_encoded_document_is_the_same_document() {
        let plain = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let encoded = plain.bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat();
        assert_eq!(Policy::parse(plain).unwrap(), Policy::parse(&encoded).unwrap());
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in ["", "{", "[]", "{}", "null", r#"{"Statement": 1}"#, "%7", "%7B%"] {
            assert!(Policy::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_denial_is_seen() {
        let deny = r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
        assert!(Policy::parse(deny).unwrap().has_deny());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r#"(%7B|\{|\}|"Statement"|:|\[|\]|"Effect"|"Allow"|,|%2|.){0,20}"#) {
            if let Ok(policy) = Policy::parse(&text) {
                let _ = (policy.judge(), policy.trusted());
            }
        }
    }
}
