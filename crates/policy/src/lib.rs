//! What an IAM policy allows, in a few words, and whom a trust policy trusts.
//!
//! Deliberately plain: it knows AWS's own administrator policies by name ([`Managed`]) and sees in a document
//! whether it allows everything (`*`), all of IAM (`iam:*`, from which everything follows) or everything but
//! a list (`NotAction`). Finer judgements (which single actions lead to administrator) are not made, so
//! [`Allows::Something`] means "not one of the plain cases", never "harmless".
//!
//! ```
//! use trailbell_policy::{Allows, Policy};
//!
//! let policy = Policy::parse(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#)?;
//! assert_eq!(policy.grant().allows, Allows::Everything);
//! # Ok::<(), trailbell_policy::NotAPolicy>(())
//! ```

mod grant;
mod managed;
mod trust;

pub use grant::{Allows, Grant};
pub use managed::Managed;
use trailbell_json::Json;
pub use trust::{Trusted, Who};

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
    allow: bool,
    actions: Option<Vec<String>>,
    not_actions: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    not_resources: Option<Vec<String>>,
    principals: Vec<Who>,
    conditional: bool,
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
        self.statements.iter().any(|statement| !statement.allow)
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
        Self {
            // Anything but "Allow" counts as a denial: what grants nothing must not look as if it did.
            allow: json.get("Effect").and_then(Json::as_str) == Some("Allow"),
            actions: list("Action"),
            not_actions: list("NotAction"),
            resources: list("Resource"),
            not_resources: list("NotResource"),
            principals,
            conditional: json.get("Condition").and_then(Json::as_object).is_some_and(|c| !c.is_empty()),
        }
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
                let _ = (policy.grant(), policy.trusted());
            }
        }
    }
}
