//! Which rules could meet what `EventBridge`'s rules do not bring: unlike a subscription filter, these have a fixed list of services and calls.
//!
//! A rule is said to get everything only where its pattern shows it. A name that the built-in rules know is taken for the call they know.

use trailbell_filter_pattern::{
    Expression, JsonCondition, JsonTest, Literal, Operand, Pattern, ValueTest, Wildcard,
};
use trailbell_record::{Operation, SignIn};

use crate::condition::Condition;
use crate::rule::{Check, Rule};
use crate::set::RuleSet;
use crate::sharing::Sharing;
use crate::tampering::Tampering;

/// How calls begin that only read, which `EventBridge` brings to no rule that does not ask for them; and those that begin so and come.
const READS: [&str; 3] = ["Describe", "Get", "List"];
const NO_READS: [&str; 2] = ["GetFederationToken", "GetSessionToken"];
/// AWS's two spellings of a sign-in's type.
const SIGN_IN_TYPES: [&str; 2] = ["AwsConsoleSignIn", "AwsConsoleSignin"];
/// The service that writes sign-ins.
const SIGN_IN: &str = "signin";
/// Calls that CIS 4.4 names and that have no words of their own.
const WORDLESS: [(&str, &str); 1] = [("iam", "DeletePolicyVersion")];

/// What comes through `EventBridge`; whatever the root user does comes besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought<'t> {
    /// Services of which everything comes, such as `signin.amazonaws.com`.
    pub whole: Vec<&'t str>,
    /// Services of which every call comes that changes something.
    pub services: Vec<&'t str>,
    /// Calls that come whatever their service is; they all change something.
    pub calls: Vec<&'t str>,
}

impl RuleSet {
    /// The rules that are on and could meet something that does not come. The list is made for those that are on as they come.
    pub fn beyond(&self, brought: &Brought<'_>) -> Vec<&Rule> {
        self.rules().iter().filter(|rule| rule.is_enabled() && !brought.has_all_of(rule)).collect()
    }
}

impl Brought<'_> {
    fn has_all_of(&self, rule: &Rule) -> bool {
        match &rule.check {
            // A correlation lacks nothing but what the rules lack that it counts.
            Check::SignIn | Check::Change | Check::Tampering | Check::Root | Check::Correlation(_) => true,
            Check::Sharing => Sharing::events().all(|(service, name)| self.has_call(service, name)),
            Check::Condition(condition) => match &**condition {
                Condition::Filter(Pattern::Json(json)) => self.has_all_within(&json.condition),
                _ => false,
            },
        }
    }

    fn has_all_within(&self, condition: &Expression<JsonCondition>) -> bool {
        let is_changing_and_listed = || {
            insists(condition, &|one| self.is_listed(one))
                && insists(condition, &|one| Self::is_changing(one))
        };
        match condition {
            Expression::Condition(one) => self.is_whole(one) || is_changing_and_listed(),
            Expression::All(parts) => {
                parts.iter().any(|part| self.has_all_within(part)) || is_changing_and_listed()
            }
            Expression::Any(parts) => parts.iter().all(|part| self.has_all_within(part)),
        }
    }

    /// Whether it holds of nothing but what comes whether it reads or not.
    fn is_whole(&self, condition: &JsonCondition) -> bool {
        let is_sign_in = |name: &str| SignIn::events().any(|known| known == (SIGN_IN, name));
        exact(condition, &["eventSource"]).is_some_and(|source| self.whole.contains(&source))
            || exact(condition, &["eventType"]).is_some_and(|kind| SIGN_IN_TYPES.contains(&kind))
            || exact(condition, &["eventName"]).is_some_and(is_sign_in)
            || exact(condition, &["userIdentity", "type"]) == Some("Root")
    }

    /// Whether it holds of nothing but what comes where it changes something.
    fn is_listed(&self, condition: &JsonCondition) -> bool {
        let is_known = |name: &str| {
            let mut known = Operation::events().chain(Tampering::events()).chain(WORDLESS);
            self.calls.contains(&name)
                || known.any(|(service, call)| call == name && self.has_call(service, call))
        };
        self.is_whole(condition)
            || exact(condition, &["eventSource"]).is_some_and(|source| self.services.contains(&source))
            || exact(condition, &["eventName"]).is_some_and(is_known)
    }

    /// Whether it holds of nothing that only reads.
    fn is_changing(condition: &JsonCondition) -> bool {
        if condition.selector.is_path(&["readOnly"]) {
            return condition.test == JsonTest::IsFalse;
        }
        let Some(Wildcard { open_start: false, text, open_end }) =
            literal(condition, &["eventName"]).map(Literal::wildcard)
        else {
            return false;
        };
        let could_read = |read: &str| text.starts_with(read) || (open_end && read.starts_with(text));
        (!open_end && NO_READS.contains(&text)) || !READS.into_iter().any(could_read)
    }

    fn has_call(&self, service: &str, name: &str) -> bool {
        let source = format!("{service}.amazonaws.com");
        let is_there = |sources: &[&str]| sources.contains(&source.as_str());
        is_there(&self.whole) || is_there(&self.services) || self.calls.contains(&name)
    }
}

/// Whether nothing meets the condition of which `holds` does not.
fn insists(condition: &Expression<JsonCondition>, holds: &impl Fn(&JsonCondition) -> bool) -> bool {
    match condition {
        Expression::Condition(one) => holds(one),
        Expression::All(parts) => parts.iter().any(|part| insists(part, holds)),
        Expression::Any(parts) => parts.iter().all(|part| insists(part, holds)),
    }
}

/// What the value at that path must equal.
fn literal<'c>(condition: &'c JsonCondition, path: &[&str]) -> Option<&'c Literal> {
    match &condition.test {
        JsonTest::Value(ValueTest::Equal(Operand::Literal(literal))) => {
            condition.selector.is_path(path).then_some(literal)
        }
        _ => None,
    }
}

fn exact<'c>(condition: &'c JsonCondition, path: &[&str]) -> Option<&'c str> {
    literal(condition, path)?.exact_text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BuiltinSettings, CustomRule, RuleSettings};

    fn brought() -> Brought<'static> {
        Brought {
            whole: vec!["signin.amazonaws.com"],
            services: vec!["iam.amazonaws.com", "organizations.amazonaws.com", "sts.amazonaws.com"],
            calls: vec!["DeleteFlowLogs"],
        }
    }

    fn beyond(settings: RuleSettings) -> Vec<String> {
        let rules = RuleSet::new(settings).unwrap();
        rules.beyond(&brought()).iter().map(|rule| rule.name().to_string()).collect()
    }

    fn is_beyond(pattern: &str) -> bool {
        let own = CustomRule {
            name: "own".to_owned(),
            condition: Pattern::parse(pattern).unwrap().into(),
            severity: trailbell_text::Severity::Medium,
            description: None,
        };
        !beyond(RuleSettings { custom: vec![own], ..RuleSettings::default() }).is_empty()
    }

    #[test]
    fn a_rule_whose_every_event_comes_is_not_named() {
        for pattern in [
            r#"{ $.eventName = "ConsoleLogin" && $.errorMessage = "Failed authentication" }"#,
            r#"{ $.eventType = "AwsConsoleSignIn" }"#,
            r#"{ $.eventSource = "signin.amazonaws.com" }"#,
            r#"{ $.eventSource = "iam.amazonaws.com" && $.eventName = "Delete*" }"#,
            r#"{ ($.eventSource = "iam.amazonaws.com") && ($.readOnly IS FALSE) }"#,
            r#"{ ($.eventName = "CreateUser") || ($.eventName = "AttachUserPolicy") }"#,
            r#"{ ($.eventName = "DeleteFlowLogs") || ($.eventName = "ConsoleLogin") }"#,
            r#"{ $.userIdentity.type = "Root" }"#,
            r#"{ ($.userIdentity.type = "Root") && ($.eventName = "CreateBucket") }"#,
            r#"{ ($.eventSource = "sts.amazonaws.com") && ($.eventName = "GetSessionToken") }"#,
            r#"{ (($.eventSource = "iam.amazonaws.com") || ($.eventSource = "signin.amazonaws.com")) && ($.readOnly IS FALSE) }"#,
        ] {
            assert!(!is_beyond(pattern), "{pattern}");
        }
    }

    #[test]
    fn a_rule_that_could_meet_what_does_not_come_is() {
        for pattern in [
            "",
            "DeleteBucket",
            r#"{ $.eventName = "DeleteBucket" }"#,
            r#"{ $.errorCode = "AccessDenied*" }"#,
            r#"{ $.eventSource = "s3.amazonaws.com" && $.eventName = "DeleteBucket" }"#,
            r#"{ $.eventSource = "iam.*" && $.readOnly IS FALSE }"#,
            // What only reads does not come.
            r#"{ $.eventSource = "iam.amazonaws.com" }"#,
            r#"{ $.eventSource = "iam.amazonaws.com" && $.eventName = "GetUser" }"#,
            r#"{ $.eventSource = "iam.amazonaws.com" && $.eventName = "D*" }"#,
            r#"{ ($.eventName = "CreateUser") || ($.eventName = "DeleteBucket") }"#,
        ] {
            assert!(is_beyond(pattern), "{pattern}");
        }
    }

    #[test]
    fn rules_that_come_with_the_program_are_named_where_they_were_switched_on() {
        assert_eq!(beyond(RuleSettings::default()), Vec::<String>::new());
        let on = BuiltinSettings { enabled: Some(true), severity: None };
        let builtin = ["resource-sharing", "cis-4.1", "cis-4.4", "cis-4.6", "cis-4.8", "cis-4.15"];
        let builtin = builtin.into_iter().map(|name| (name.to_owned(), on)).collect();
        let named = beyond(RuleSettings { builtin, ..RuleSettings::default() });
        assert_eq!(named, ["resource-sharing", "cis-4.1", "cis-4.8"]);
    }
}
