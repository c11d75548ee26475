//! Whom a trust policy trusts.

use std::fmt;

use trailbell_json::Json;

use crate::pattern::is_everything;
use crate::{Condition, Effect, Policy, Statement, texts};

/// Somebody a trust policy lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// Who.
    pub who: Who,
    /// Whether only under a condition (an external id, an organization, a repository).
    pub conditional: bool,
    /// How wide the door is.
    pub opening: Opening,
}

/// How wide a trust policy opens the role to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Opening {
    /// To those it names, or to whom its conditions name.
    Named,
    /// To all who have an account with a public identity provider (every repository on GitHub, say), because no
    /// condition says whose tokens count.
    AnyOfProvider,
    /// To anybody with an AWS account.
    Anyone,
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

/// Identity providers that sign tokens for whoever signs up, and the claims that say whose token it is. Without
/// a condition on one of them the provider's every customer is let in.
const PUBLIC_PROVIDERS: &[(&str, &[&str])] = &[
    (
        "token.actions.githubusercontent.com",
        &[
            "sub",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "job_workflow_ref",
            "enterprise",
            "enterprise_id",
        ],
    ),
    ("gitlab.com", &["sub", "namespace_path", "namespace_id", "project_path", "project_id"]),
    ("app.terraform.io", &["sub"]),
    ("agent.buildkite.com", &["sub"]),
    ("oidc.vercel.com", &["sub"]),
    // Here the audience is the customer's own application.
    ("cognito-identity.amazonaws.com", &["aud", "sub"]),
    ("accounts.google.com", &["aud", "oaud", "sub"]),
    ("www.amazon.com", &["app_id", "user_id"]),
    ("graph.facebook.com", &["app_id", "id"]),
];

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

    fn opening(&self, statement: &Statement) -> Opening {
        match self {
            Self::Anyone if !statement.conditional => Opening::Anyone,
            Self::Federated(provider) if !says_whose(provider, &statement.conditions) => {
                Opening::AnyOfProvider
            }
            _ => Opening::Named,
        }
    }
}

/// Whether the conditions say whose tokens of a public provider count. Any other provider is its owner's own.
fn says_whose(provider: &str, conditions: &[Condition]) -> bool {
    let url = provider.split_once(":oidc-provider/").map_or(provider, |(_, url)| url);
    let Some((host, claims)) = PUBLIC_PROVIDERS.iter().find(|(host, _)| url.eq_ignore_ascii_case(host))
    else {
        return true;
    };
    conditions.iter().filter(|condition| condition.names_values()).any(|condition| {
        let claim = condition
            .key
            .rsplit_once(':')
            .filter(|(of, _)| of.eq_ignore_ascii_case(host))
            .map(|(_, claim)| claim);
        claim.is_some_and(|claim| claims.iter().any(|known| claim.eq_ignore_ascii_case(known)))
            && !condition.values.is_empty()
            && condition.values.iter().all(|value| names_somebody(value))
    })
}

/// `repo:owner/name:*` names an owner; `*` and `repo:*` nobody.
fn names_somebody(value: &str) -> bool {
    let owner = ["repo:", "project_path:", "organization:"]
        .iter()
        .find_map(|start| value.strip_prefix(start))
        .unwrap_or(value);
    let owner = owner.split(['/', ':']).next().unwrap_or_default();
    !is_everything(owner) && !owner.is_empty() && !owner.starts_with(['*', '?'])
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
        for statement in self.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
            for who in &statement.principals {
                let opening = who.opening(statement);
                match trusted.iter_mut().find(|known| known.who == *who) {
                    // Two ways in, one of them free, is free.
                    Some(known) => {
                        known.conditional &= statement.conditional;
                        known.opening = known.opening.max(opening);
                    }
                    None => {
                        trusted.push(Trusted {
                            who: who.clone(),
                            conditional: statement.conditional,
                            opening,
                        });
                    }
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

    /// Anybody can have a repository on GitHub, and its tokens are signed like everybody's.
    #[test]
    fn a_public_provider_without_a_claim_that_names_somebody_lets_all_its_customers_in() {
        let opening = |provider: &str, condition: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"Federated":"{provider}"}},"Condition":{{{condition}}}}}}}"#
            );
            Policy::parse(&text).unwrap().trusted()[0].opening
        };
        let github = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
        for (condition, expected) in [
            ("", Opening::AnyOfProvider),
            (
                r#""StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}"#,
                Opening::AnyOfProvider,
            ),
            (r#""StringLike":{"token.actions.githubusercontent.com:sub":"*"}"#, Opening::AnyOfProvider),
            (r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}"#, Opening::AnyOfProvider),
            (
                r#""StringLike":{"token.actions.githubusercontent.com:sub":["repo:o/r:*","repo:*/x:*"]}"#,
                Opening::AnyOfProvider,
            ),
            (
                r#""StringNotEquals":{"token.actions.githubusercontent.com:sub":"repo:o/r:x"}"#,
                Opening::AnyOfProvider,
            ),
            (r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:o/*"}"#, Opening::Named),
            (
                r#""ForAnyValue:StringEqualsIfExists":{"token.actions.githubusercontent.com:SUB":"repo:o/r:ref:refs/heads/main"}"#,
                Opening::Named,
            ),
            (
                r#""StringEquals":{"token.actions.githubusercontent.com:repository_owner":"o"}"#,
                Opening::Named,
            ),
        ] {
            assert_eq!(opening(github, condition), expected, "{condition}");
        }
        assert_eq!(opening("cognito-identity.amazonaws.com", ""), Opening::AnyOfProvider);
        let pool = r#""StringEquals":{"cognito-identity.amazonaws.com:aud":"ap-northeast-1:pool"}"#;
        assert_eq!(opening("cognito-identity.amazonaws.com", pool), Opening::Named);
        assert_eq!(opening("arn:aws:iam::123456789012:saml-provider/okta", ""), Opening::Named);
        assert_eq!(opening("arn:aws:iam::123456789012:oidc-provider/login.example.com", ""), Opening::Named);
    }
}
