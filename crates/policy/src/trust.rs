//! Whom a trust policy trusts.

use std::fmt;

use trailbell_json::Json;

use crate::{Policy, texts};

/// Somebody a trust policy lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// Who.
    pub who: Who,
    /// Whether only under a condition (an external id, an organization, a repository).
    pub conditional: bool,
}

/// Who may assume a role. The texts come from the document: show them as hostile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// `*`, or everybody but somebody (`NotPrincipal`).
    Anyone,
    /// An account (its 12 digits) or a principal in one (its ARN).
    Aws(String),
    /// An AWS service.
    Service(String),
    /// A SAML provider, an OpenID Connect provider, or a web identity provider.
    Federated(String),
    /// A kind of principal not known here.
    Other(String),
}

impl Who {
    /// The account an [`Who::Aws`] principal is of, where its text tells.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Aws(text) if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => Some(text),
            Self::Aws(text) => text.split(':').nth(4).filter(|account| !account.is_empty()),
            _ => None,
        }
    }

    /// Whether it is another account than `own` (unknown accounts, ids of deleted principals: no).
    pub fn is_outside(&self, own: Option<&str>) -> bool {
        self.account().is_some_and(|account| Some(account) != own)
    }
}

/// As it stands in the document, an account's root as the account's number.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("*"),
            Self::Aws(text) if text.ends_with(":root") => f.write_str(self.account().unwrap_or(text)),
            Self::Aws(text) | Self::Service(text) | Self::Federated(text) | Self::Other(text) => {
                f.write_str(text)
            }
        }
    }
}

impl Policy {
    /// Everybody the document lets in, in its order, each once.
    pub fn trusted(&self) -> Vec<Trusted> {
        let mut trusted: Vec<Trusted> = Vec::new();
        for statement in self.statements.iter().filter(|statement| statement.allow) {
            for who in &statement.principals {
                match trusted.iter_mut().find(|known| known.who == *who) {
                    // Two ways in, one of them free, is free.
                    Some(known) => known.conditional &= statement.conditional,
                    None => trusted.push(Trusted { who: who.clone(), conditional: statement.conditional }),
                }
            }
        }
        trusted
    }
}

pub(crate) fn principals(json: &Json) -> Vec<Who> {
    let star =
        |make: fn(String) -> Who| move |text: String| if text == "*" { Who::Anyone } else { make(text) };
    match json {
        Json::String(text) => vec![star(Who::Other)(text.clone())],
        Json::Object(members) => members
            .iter()
            .flat_map(|(kind, value)| {
                let make = match kind.as_str() {
                    "AWS" => Who::Aws,
                    "Service" => Who::Service,
                    "Federated" => Who::Federated,
                    _ => Who::Other,
                };
                texts(value).into_iter().map(star(make))
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(statement: &str) -> Vec<(String, bool)> {
        let policy = Policy::parse(&format!(r#"{{"Statement":{statement}}}"#)).unwrap();
        policy.trusted().into_iter().map(|t| (t.who.to_string(), t.conditional)).collect()
    }

    #[test]
    fn everybody_let_in_is_named_once() {
        let statement = r#"[
            {"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com","AWS":["arn:aws:iam::210987654321:root","210987654321"]}},
            {"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Condition":{"StringEquals":{"a":"b"}}},
            {"Effect":"Deny","Principal":"*"}]"#;
        let expected = [("lambda.amazonaws.com", false), ("210987654321", false), ("210987654321", false)];
        assert_eq!(trusted(statement), expected.map(|(who, conditional)| (who.to_owned(), conditional)));
    }

    #[test]
    fn everybody_is_everybody_in_each_spelling() {
        for principal in
            [r#""Principal":"*""#, r#""Principal":{"AWS":"*"}"#, r#""NotPrincipal":{"AWS":"210987654321"}"#]
        {
            assert_eq!(trusted(&format!(r#"{{"Effect":"Allow",{principal}}}"#)), [("*".to_owned(), false)]);
        }
    }

    #[test]
    fn outside_is_another_account() {
        let who = |text: &str| Who::Aws(text.to_owned());
        assert!(who("arn:aws:iam::210987654321:role/x").is_outside(Some("123456789012")));
        assert!(!who("arn:aws:iam::123456789012:root").is_outside(Some("123456789012")));
        // A deleted principal is its id.
        assert!(!who("AROAEXAMPLE").is_outside(Some("123456789012")));
        assert!(!Who::Service("ec2.amazonaws.com".into()).is_outside(Some("123456789012")));
    }
}
