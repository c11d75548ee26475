//! What the judge says of crafted documents, and why; and what holds of any document.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use proptest::prelude::*;
use trailbell_policy::Level::{
    self, CanBecomeAdministrator, ChangesPermissions, FullAdministrator, Nothing, Reads, Views, Writes,
};
use trailbell_policy::{Because, Policy, Verdict};

const MFA: &str = r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;

fn judge(statements: &str) -> Verdict {
    Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap().judge()
}

/// `"a" "b"` -> a statement; lists as JSON.
fn statement(effect: &str, action: &str, resource: &str, more: &str) -> String {
    let key = |plain: &str, text: &str| match text.strip_prefix('!') {
        Some(text) => format!(r#""Not{plain}":{}"#, list(text)),
        None => format!(r#""{plain}":{}"#, list(text)),
    };
    let more = if more.is_empty() { String::new() } else { format!(",{more}") };
    format!(r#"{{"Effect":"{effect}",{},{}{more}}}"#, key("Action", action), key("Resource", resource))
}

fn list(words: &str) -> String {
    let quoted: Vec<String> = words.split(' ').map(|word| format!("{word:?}")).collect();
    format!("[{}]", quoted.join(","))
}

fn allow(action: &str, resource: &str) -> String {
    statement("Allow", action, resource, "")
}

fn allow_if(action: &str, resource: &str, condition: &str) -> String {
    statement("Allow", action, resource, condition)
}

fn deny(action: &str, resource: &str) -> String {
    statement("Deny", action, resource, "")
}

/// The first reason in a few words: `iam:* (iam:AttachUserPolicy)`, `PassRole lambda:CreateFunction`.
fn because(verdict: &Verdict) -> String {
    match verdict.because.first() {
        None => String::new(),
        Some(Because::Everything) => "everything".to_owned(),
        Some(Because::AllBut { written }) => format!("all but {}", written.join(" ")),
        Some(Because::PassRole { with }) => format!("PassRole {with}"),
        Some(Because::Action { written, such_as, on }) => {
            let such_as = such_as.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            let on = on.as_ref().map(|on| format!(" on {on}")).unwrap_or_default();
            format!("{written}{such_as}{on}")
        }
    }
}

fn check(cases: &[(&str, String, Level, bool, &str)]) {
    for (what, statements, level, conditional, why) in cases {
        let verdict = judge(statements);
        assert_eq!(
            (verdict.level, verdict.conditional, because(&verdict).as_str()),
            (*level, *conditional, *why),
            "{what}: {statements}"
        );
        assert!(verdict.because.len() <= Verdict::MOST && verdict.always <= verdict.level);
    }
}

#[test]
fn everything() {
    check(&[
        ("the administrator", allow("*", "*"), FullAdministrator, false, "everything"),
        ("another spelling", allow("*:*", "**"), FullAdministrator, false, "everything"),
        ("in a list", allow("s3:Get* *", "arn:aws:s3:::x *"), FullAdministrator, false, "everything"),
        ("with MFA only", allow_if("*", "*", MFA), FullAdministrator, true, "everything"),
        (
            "a condition without lines",
            allow_if("*", "*", r#""Condition":{}"#),
            FullAdministrator,
            false,
            "everything",
        ),
        (
            "two halves",
            format!("{},{}", allow("!iam:*", "*"), allow("IAM:*", "*")),
            FullAdministrator,
            false,
            "everything",
        ),
        (
            "a half and less",
            format!("{},{}", allow("!iam:*", "*"), allow("iam:Get*", "*")),
            CanBecomeAdministrator,
            false,
            "all but iam:*",
        ),
        (
            "denied without MFA",
            format!(
                "{},{}",
                allow("*", "*"),
                statement(
                    "Deny",
                    "!iam:ChangePassword",
                    "*",
                    r#""Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#
                )
            ),
            FullAdministrator,
            true,
            "everything",
        ),
        (
            "a small conditional denial changes little",
            format!(
                "{},{}",
                allow("*", "*"),
                statement("Deny", "s3:*", "*", r#""Condition":{"Bool":{"aws:SecureTransport":"false"}}"#)
            ),
            FullAdministrator,
            false,
            "everything",
        ),
        (
            "all but one bucket",
            allow("*", "!arn:aws:s3:::x"),
            CanBecomeAdministrator,
            false,
            "all but arn:aws:s3:::x",
        ),
        (
            "all but a few services",
            allow("!iam:* organizations:*", "*"),
            CanBecomeAdministrator,
            false,
            "all but iam:* organizations:*",
        ),
        (
            "all, one thing denied",
            format!("{},{}", allow("*", "*"), deny("s3:DeleteBucket", "*")),
            CanBecomeAdministrator,
            false,
            "all but s3:DeleteBucket",
        ),
        (
            "all but whatever leads to all",
            allow("!iam:* sts:* sso:* sso-directory:* identitystore:* organizations:*", "*"),
            ChangesPermissions,
            false,
            "all but iam:* sts:* sso:* sso-directory:* identitystore:* organizations:*",
        ),
        (
            "all, the ways denied",
            format!("{},{}", allow("*", "*"), deny("iam:* sts:* sso:* sso-directory:* identitystore:*", "*")),
            ChangesPermissions,
            false,
            "* (acm-pca:PutPolicy)",
        ),
        (
            "all on one bucket",
            allow("*", "arn:aws:s3:::x"),
            ChangesPermissions,
            false,
            "* (s3:PutBucketPolicy) on arn:aws:s3:::x",
        ),
    ]);
}

#[test]
fn ways_to_everything() {
    let any = "iam:CreatePolicyVersion iam:SetDefaultPolicyVersion iam:CreateAccessKey iam:CreateLoginProfile iam:UpdateLoginProfile \
               iam:AttachUserPolicy iam:AttachGroupPolicy iam:AttachRolePolicy iam:PutUserPolicy iam:PutGroupPolicy iam:PutRolePolicy \
               iam:AddUserToGroup iam:UpdateAssumeRolePolicy sts:AssumeRole sso:CreateAccountAssignment \
               sso:PutInlinePolicyToPermissionSet sso:AttachManagedPolicyToPermissionSet identitystore:CreateGroupMembership";
    for action in any.split_whitespace() {
        let verdict = judge(&allow(action, "*"));
        assert_eq!((verdict.level, because(&verdict).as_str()), (CanBecomeAdministrator, action));
        assert_eq!(judge(&allow(&action.to_uppercase(), "*")).level, CanBecomeAdministrator, "{action}");
        assert_eq!(
            judge(&format!("{},{}", allow(action, "*"), deny(action, "*"))),
            Verdict::NOTHING,
            "{action}"
        );
    }
    let passed_to = |service: &str| {
        format!(r#""Condition":{{"StringEquals":{{"iam:PassedToService":"{service}.amazonaws.com"}}}}"#)
    };
    check(&[
        ("all of IAM", allow("iam:*", "*"), CanBecomeAdministrator, false, "iam:* (iam:AttachUserPolicy)"),
        (
            "all of IAM with MFA",
            allow_if("iam:*", "*", MFA),
            CanBecomeAdministrator,
            true,
            "iam:* (iam:AttachUserPolicy)",
        ),
        (
            "a pattern",
            allow("iam:P?tUser*", "*"),
            CanBecomeAdministrator,
            false,
            "iam:P?tUser* (iam:PutUserPolicy)",
        ),
        (
            "any user",
            allow("iam:PutUserPolicy", "arn:aws:iam::*:user/*"),
            CanBecomeAdministrator,
            false,
            "iam:PutUserPolicy",
        ),
        (
            "any user of one account",
            allow("iam:PutUserPolicy", "arn:aws-cn:iam::123456789012:user/*"),
            CanBecomeAdministrator,
            false,
            "iam:PutUserPolicy",
        ),
        (
            "any ARN of IAM",
            allow("iam:PutUserPolicy", "arn:aws:iam::*"),
            CanBecomeAdministrator,
            false,
            "iam:PutUserPolicy",
        ),
        (
            "one's own rights",
            allow("iam:PutUserPolicy", "arn:aws:iam::*:user/${aws:username}"),
            CanBecomeAdministrator,
            false,
            "iam:PutUserPolicy on arn:aws:iam::*:user/${aws:username}",
        ),
        (
            "all but a user",
            allow("iam:PutUserPolicy", "!arn:aws:iam::123456789012:user/root"),
            CanBecomeAdministrator,
            false,
            "iam:PutUserPolicy",
        ),
        ("all but users", allow("iam:PutUserPolicy", "!arn:aws:iam::*:user/*"), Nothing, false, ""),
        (
            "a function",
            format!("{},{}", allow("iam:PassRole", "*"), allow("lambda:*", "*")),
            CanBecomeAdministrator,
            false,
            "PassRole lambda:CreateFunction",
        ),
        (
            "an instance",
            allow("iam:PassRole ec2:RunInstances", "*"),
            CanBecomeAdministrator,
            false,
            "PassRole ec2:RunInstances",
        ),
        (
            "a stack",
            allow("iam:PassRole cloudformation:Create*", "*"),
            CanBecomeAdministrator,
            false,
            "PassRole cloudformation:CreateStack",
        ),
        (
            "handed to functions only",
            format!(
                "{},{}",
                allow_if("iam:PassRole", "*", &passed_to("lambda")),
                allow("lambda:CreateFunction", "*")
            ),
            CanBecomeAdministrator,
            true,
            "PassRole lambda:CreateFunction",
        ),
        (
            "handed to what it cannot make",
            format!(
                "{},{}",
                allow_if("iam:PassRole", "*", &passed_to("lambda")),
                allow("ec2:RunInstances", "*")
            ),
            Writes,
            false,
            "ec2:RunInstances",
        ),
        (
            "a task takes two",
            allow("iam:PassRole ecs:RegisterTaskDefinition", "*"),
            Writes,
            false,
            "iam:PassRole",
        ),
        (
            "a task",
            allow("iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask", "*"),
            CanBecomeAdministrator,
            false,
            "PassRole ecs:RegisterTaskDefinition",
        ),
        (
            "one role alone",
            format!(
                "{},{}",
                allow("iam:PassRole", "arn:aws:iam::123456789012:role/worker"),
                allow("lambda:CreateFunction", "*")
            ),
            Writes,
            false,
            "iam:PassRole on arn:aws:iam::123456789012:role/worker",
        ),
        (
            "any role of the account",
            format!(
                "{},{}",
                allow("iam:PassRole", "arn:aws:iam::123456789012:role/*"),
                allow("lambda:CreateFunction", "*")
            ),
            CanBecomeAdministrator,
            false,
            "PassRole lambda:CreateFunction",
        ),
        (
            "the function is denied",
            format!("{},{}", allow("iam:PassRole lambda:CreateFunction", "*"), deny("lambda:Create*", "*")),
            Writes,
            false,
            "iam:PassRole",
        ),
        (
            "any role in any account",
            allow("sts:AssumeRole", "arn:aws:iam::*:role/*"),
            CanBecomeAdministrator,
            false,
            "sts:AssumeRole",
        ),
        (
            "one role",
            allow("sts:AssumeRole", "arn:aws:iam::210987654321:role/reader"),
            Writes,
            false,
            "sts:AssumeRole on arn:aws:iam::210987654321:role/reader",
        ),
    ]);
}

#[test]
fn narrower_than_a_way_to_everything() {
    check(&[
        (
            "one user's rights",
            allow("iam:AttachUserPolicy", "arn:aws:iam::123456789012:user/bob"),
            ChangesPermissions,
            false,
            "iam:AttachUserPolicy on arn:aws:iam::123456789012:user/bob",
        ),
        (
            "all of IAM on one user",
            allow("iam:*", "arn:aws:iam::123456789012:user/bob"),
            ChangesPermissions,
            false,
            "iam:* (iam:AttachUserPolicy) on arn:aws:iam::123456789012:user/bob",
        ),
        (
            "roles of a name",
            allow("iam:PutRolePolicy", "arn:aws:iam::*:role/app-*"),
            ChangesPermissions,
            false,
            "iam:PutRolePolicy on arn:aws:iam::*:role/app-*",
        ),
        (
            "a tag decides whose",
            allow("iam:PutRolePolicy", "arn:aws:iam::*:role/${aws:PrincipalTag/team}-*"),
            ChangesPermissions,
            false,
            "iam:PutRolePolicy on arn:aws:iam::*:role/${aws:PrincipalTag/team}-*",
        ),
        (
            "a star that is a letter",
            allow("iam:PutRolePolicy", "arn:aws:iam::*:role/${*}"),
            ChangesPermissions,
            false,
            "iam:PutRolePolicy on arn:aws:iam::*:role/${*}",
        ),
        (
            "one's own keys",
            allow(
                "iam:CreateAccessKey iam:UpdateLoginProfile iam:ChangePassword",
                "arn:aws:iam::*:user/${aws:username}",
            ),
            Writes,
            false,
            "iam:CreateAccessKey on arn:aws:iam::*:user/${aws:username}",
        ),
        (
            "somebody's keys",
            allow("iam:CreateAccessKey", "arn:aws:iam::*:user/bob"),
            ChangesPermissions,
            false,
            "iam:CreateAccessKey on arn:aws:iam::*:user/bob",
        ),
        ("users' rights on roles", allow("iam:PutUserPolicy", "arn:aws:iam::*:role/*"), Nothing, false, ""),
        ("users' rights on a bucket", allow("iam:PutUserPolicy", "arn:aws:s3:::b"), Nothing, false, ""),
        (
            "a boundary has gone",
            allow("iam:DeleteUserPermissionsBoundary", "*"),
            ChangesPermissions,
            false,
            "iam:DeleteUserPermissionsBoundary",
        ),
        (
            "a bucket's policy",
            allow("s3:PutBucketPolicy", "arn:aws:s3:::b"),
            ChangesPermissions,
            false,
            "s3:PutBucketPolicy on arn:aws:s3:::b",
        ),
        ("a key's grants", allow("kms:CreateGrant", "*"), ChangesPermissions, false, "kms:CreateGrant"),
        (
            "a function's policy",
            allow("lambda:AddPermission", "*"),
            ChangesPermissions,
            false,
            "lambda:AddPermission",
        ),
        (
            "denied on all but oneself",
            format!(
                "{},{}",
                allow("iam:CreateAccessKey", "*"),
                deny("iam:*", "!arn:aws:iam::*:user/${aws:username}")
            ),
            Writes,
            false,
            "iam:CreateAccessKey",
        ),
    ]);
}

#[test]
fn reading_and_writing() {
    check(&[
        (
            "a name",
            allow("s3:GetObject", "arn:aws:s3:::b/*"),
            Reads,
            false,
            "s3:GetObject on arn:aws:s3:::b/*",
        ),
        ("a pattern", allow("s3:Get*", "*"), Reads, false, "s3:Get*"),
        ("capitals", allow("S3:GETobject", "*"), Reads, false, "S3:GETobject"),
        ("lists only", allow("ec2:DescribeInstances", "*"), Views, false, "ec2:DescribeInstances"),
        (
            "lists and reads",
            allow("ec2:DescribeInstances dynamodb:GetItem", "*"),
            Reads,
            false,
            "dynamodb:GetItem",
        ),
        (
            "writes among reads",
            allow("dynamodb:GetItem dynamodb:PutItem", "*"),
            Writes,
            false,
            "dynamodb:PutItem",
        ),
        ("a service", allow("dynamodb:*Item", "*"), Writes, false, "dynamodb:*Item"),
        (
            "a service and its policies",
            allow("sqs:*", "*"),
            ChangesPermissions,
            false,
            "sqs:* (sqs:AddPermission)",
        ),
        (
            "its policies denied",
            format!(
                "{},{}",
                allow("sqs:*", "*"),
                deny("sqs:AddPermission sqs:RemovePermission sqs:SetQueueAttributes", "*")
            ),
            Writes,
            false,
            "sqs:*",
        ),
        ("whatever is read", allow("*:Get*", "*"), Writes, false, "*:Get*"),
        (
            "all that is written denied",
            format!("{},{}", allow("dynamodb:*", "*"), deny("!dynamodb:Get* dynamodb:List*", "*")),
            Reads,
            false,
            "dynamodb:*",
        ),
        (
            "an unknown service",
            allow("newservice:DescribeThings", "*"),
            Views,
            false,
            "newservice:DescribeThings",
        ),
        ("an unknown service, all of it", allow("newservice:*", "*"), Writes, false, "newservice:*"),
        (
            "an action of next year",
            allow("sqs:DescribeSomethingNew", "*"),
            Views,
            false,
            "sqs:DescribeSomethingNew",
        ),
        ("with a condition", allow_if("dynamodb:PutItem", "*", MFA), Writes, true, "dynamodb:PutItem"),
        (
            "the greater one has a condition",
            format!("{},{}", allow("s3:GetObject", "*"), allow_if("*", "*", MFA)),
            FullAdministrator,
            true,
            "everything",
        ),
        (
            "the same with and without",
            format!("{},{}", allow_if("s3:GetObject", "*", MFA), allow("s3:GetObject", "*")),
            Reads,
            false,
            "s3:GetObject",
        ),
        (
            "denied where a condition is met",
            format!("{},{}", allow("dynamodb:PutItem", "*"), statement("Deny", "dynamodb:*", "*", MFA)),
            Writes,
            true,
            "dynamodb:PutItem",
        ),
        (
            "denied on another resource",
            format!(
                "{},{}",
                allow("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/a"),
                deny("dynamodb:*", "arn:aws:dynamodb:*:*:table/b")
            ),
            Writes,
            false,
            "dynamodb:PutItem on arn:aws:dynamodb:*:*:table/a",
        ),
        (
            "denied on a wider resource",
            format!(
                "{},{}",
                allow("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/a"),
                deny("dynamodb:*", "arn:aws:dynamodb:*")
            ),
            Nothing,
            false,
            "",
        ),
    ]);
    let both = judge(&format!("{},{}", allow("s3:GetObject", "*"), allow_if("*", "*", MFA)));
    assert_eq!(both.always, Reads);
}

#[test]
fn nothing() {
    check(&[
        ("everything denied", format!("{},{}", allow("*", "*"), deny("*", "*")), Nothing, false, ""),
        (
            "all but nothing denied",
            format!("{},{}", allow("s3:*", "*"), deny("!iam:*", "*")),
            Nothing,
            false,
            "",
        ),
        ("only a denial", deny("s3:*", "*"), Nothing, false, ""),
        ("all but everything", allow("!*", "*"), Nothing, false, ""),
        ("no service", allow("GetObject", "*"), Nothing, false, ""),
        ("no resource", r#"{"Effect":"Allow","Action":"*"}"#.to_owned(), Nothing, false, ""),
        ("no action", r#"{"Effect":"Allow","Resource":"*"}"#.to_owned(), Nothing, false, ""),
        (
            "an effect that IAM refuses",
            r#"{"Effect":"allow","Action":"*","Resource":"*"}"#.to_owned(),
            Nothing,
            false,
            "",
        ),
        (
            "a denial that IAM refuses takes nothing",
            format!(r#"{},{{"Effect":"DENY","Action":"*","Resource":"*"}}"#, allow("*", "*")),
            FullAdministrator,
            false,
            "everything",
        ),
        (
            "numbers for actions",
            r#"{"Effect":"Allow","Action":[1,null],"Resource":"*"}"#.to_owned(),
            Nothing,
            false,
            "",
        ),
        ("no statement", String::new(), Nothing, false, ""),
    ]);
}

#[test]
fn what_is_no_policy_is_no_verdict() {
    for text in ["", "{", "[]", "null", r#"{"Statement":"*"}"#, r#"{"statement":[]}"#] {
        assert!(Policy::parse(text).is_err(), "{text}");
    }
}

/// IAM takes 6,144 characters, CloudTrail some more; a document made to be slow is judged as fast as another.
#[test]
fn a_document_made_to_be_slow_is_not() {
    let stars: Vec<String> = (0..2_000).map(|n| format!("*{n}*:*a*{n}*")).collect();
    let started = std::time::Instant::now();
    assert_eq!(judge(&allow(&stars.join(" "), "*")).level, ChangesPermissions);
    let names: Vec<String> = (0..2_000).map(|n| format!("ec2:*a*{n}*")).collect();
    judge(&format!("{},{}", allow("*", "*"), deny(&names.join(" "), "*")));
    judge(&format!("{},{}", allow(&names.join(" "), "*"), deny(&names.join(" "), "!a b")));
    judge(&allow(&"*a".repeat(20_000), &"*b".repeat(20_000)));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

fn some_action() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*".to_owned()),
        "(iam|s3|sts|sso|lambda|ec2|sqs|nosuch|\\*):(\\*|Get\\*|P[ua]\\*|PassRole|PutUserPolicy|CreateAccessKey|CreateFunction|Create\\*|AssumeRole|\\*Policy|Describe\\*)",
    ]
}

fn some_resource() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => Just("arn:aws:iam::*:user/*".to_owned()),
        1 => Just("arn:aws:iam::*:user/${aws:username}".to_owned()),
        1 => Just("arn:aws:iam::123456789012:role/app".to_owned()),
        1 => Just("arn:aws:s3:::b/*".to_owned()),
    ]
}

fn some_statement(effect: &'static str) -> impl Strategy<Value = String> {
    let not = prop_oneof![4 => Just(""), 1 => Just("!")];
    (
        not.clone(),
        prop::collection::vec(some_action(), 1..4),
        not,
        prop::collection::vec(some_resource(), 1..3),
        any::<bool>(),
    )
        .prop_map(move |(not_actions, actions, not_resources, resources, condition)| {
            let (actions, resources) = (actions.join(" "), resources.join(" "));
            statement(
                effect,
                &format!("{not_actions}{actions}"),
                &format!("{not_resources}{resources}"),
                if condition { MFA } else { "" },
            )
        })
}

proptest! {
    #[test]
    fn any_text_is_judged_or_refused(text in r#"(\{"Statement":)?(\[|\{|\}|\]|"Effect":"Allow"|"(Not)?Action":|"(Not)?Resource":|"\*"|"iam:\*"|"Condition":|,|:|"\$\{aws"|.){0,30}"#) {
        if let Ok(policy) = Policy::parse(&text) {
            let verdict = policy.judge();
            prop_assert!(verdict.always <= verdict.level);
        }
    }

    #[test]
    fn an_allowance_more_never_lowers_and_a_denial_never_raises(
        statements in prop::collection::vec(prop_oneof![2 => some_statement("Allow"), 1 => some_statement("Deny")], 0..4),
        allowance in some_statement("Allow"),
        denial in some_statement("Deny"),
        first in any::<bool>(),
    ) {
        let with = |more: &str| {
            let mut all = statements.clone();
            all.insert(if first { 0 } else { all.len() }, more.to_owned());
            judge(&all.join(","))
        };
        let plain = judge(&statements.join(","));
        let (more, less) = (with(&allowance), with(&denial));
        prop_assert!(more.level >= plain.level && more.always >= plain.always, "{plain:?} -> {more:?}");
        prop_assert!(less.level <= plain.level && less.always <= plain.always, "{plain:?} -> {less:?}");
    }

    #[test]
    fn capitals_of_actions_never_matter(statements in prop::collection::vec(some_statement("Allow"), 1..3), action in some_action()) {
        let with = |action: &str| judge(&format!("{},{},{}", statements.join(","), allow(action, "*"), deny(&format!("{action}x"), "*")));
        let (lower, upper) = (with(&action.to_lowercase()), with(&action.to_uppercase()));
        prop_assert_eq!((lower.level, lower.always), (upper.level, upper.always));
    }

    /// A reason is there wherever something is allowed.
    #[test]
    fn whatever_is_allowed_has_a_reason(statements in prop::collection::vec(some_statement("Allow"), 1..4)) {
        let verdict = judge(&statements.join(","));
        prop_assert_eq!(verdict.level == Nothing, verdict.because.is_empty());
    }
}
