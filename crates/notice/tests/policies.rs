//! What a notice says of policies: what they allow and why, whom they let in, and what changed, in both languages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod support;

use std::fmt::Write as _;

use support::{Case, call, reader};
use trailbell_notice::{Account, FactName, Lang, Reader, render};
use trailbell_record::PolicySeen;
use trailbell_text::Channel;

/// A call by alice whose request has a policy of these statements.
fn with_policy(event: &str, key: &str, statements: &str, more: &str) -> Case {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    let request =
        format!(r#"{{"userName":"bob","roleName":"app","policyName":"x","{key}":"{document}"{more}}}"#);
    Case::new(&call("iam", event, support::ALICE, &request, "null", ""))
}

fn put(statements: &str) -> Case {
    with_policy("PutUserPolicy", "policyDocument", statements, "")
}

fn trusting(event: &str, key: &str, principal: &str) -> Case {
    with_policy(event, key, &format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole",{principal}}}"#), "")
}

fn attach(name: &str) -> Case {
    let request = format!(r#"{{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/{name}"}}"#);
    Case::new(&call("iam", "AttachUserPolicy", support::ALICE, &request, "null", ""))
}

/// A policy as it was seen a week before.
fn seen(text: Option<&str>, version: Option<&str>) -> PolicySeen {
    PolicySeen {
        text: text.map(str::to_owned),
        version: version.map(Into::into),
        event_id: Some("0f1c7a52-6a3d-4c0e-9a55-3d0b7c1e2f10".into()),
        at: "2026-11-16T09:00:00Z".parse().unwrap(),
    }
}

/// A change of a managed policy of the account's own.
fn own_policy(event: &str, more: &str) -> Case {
    let request = format!(r#"{{"policyArn":"arn:aws:iam::123456789012:policy/ops"{more}}}"#);
    Case::new(&call("iam", event, support::ALICE, &request, "null", ""))
}

fn told(out: &mut String, name: &str, case: &Case, facts: &[FactName]) {
    let _ = writeln!(out, "{name}");
    for lang in [Lang::En, Lang::Ja] {
        let partner = Account { name: Some("partner".into()), profile: None };
        let mut reader: Reader = reader(lang);
        reader.accounts.insert("333333333333".into(), partner);
        let notice = case.notice(&reader);
        let _ = writeln!(out, "  {}", notice.headline.render(Channel::Terminal));
        for fact in notice.facts.iter().filter(|fact| facts.contains(&fact.name)) {
            let _ = writeln!(out, "    {}: {}", fact.name.label(lang), fact.text.render(Channel::Terminal));
        }
        let json: serde_json::Value = serde_json::from_str(&render::json(&notice)).unwrap();
        let _ = writeln!(out, "    {}", json["grants"]);
    }
}

#[test]
fn what_a_policy_allows_and_why() {
    let allow = |action: &str, resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":[{action}],"Resource":"{resource}"}}"#)
    };
    let mfa = r#"{"Effect":"Allow","Action":"iam:Put*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let but = r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"}"#;
    let own = "arn:aws:iam::*:user/${aws:username}";
    let mut out = String::new();
    for (name, case) in vec![
        ("everything", put(&allow(r#""*""#, "*"))),
        ("all of IAM", put(&allow(r#""iam:*""#, "*"))),
        (
            "three of the ways",
            put(&allow(
                r#""iam:CreatePolicyVersion","iam:PutUser*","sts:AssumeRole","iam:CreateAccessKey""#,
                "*",
            )),
        ),
        (
            "a role handed over",
            put(&allow(r#""iam:PassRole","lambda:CreateFunction","ec2:RunInstances""#, "*")),
        ),
        ("with MFA", put(mfa)),
        ("all but some", put(but)),
        (
            "one user's rights",
            put(&allow(r#""iam:AttachUserPolicy""#, "arn:aws:iam::123456789012:user/carol")),
        ),
        ("one's own keys", put(&allow(r#""iam:CreateAccessKey""#, own))),
        ("a bucket's policy", put(&allow(r#""s3:*""#, "arn:aws:s3:::b/*"))),
        ("reading", put(&allow(r#""s3:Get*","s3:List*""#, "*"))),
        ("listing", put(&allow(r#""ec2:DescribeInstances""#, "*"))),
        ("a denial", put(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#)),
        ("a text cut off", with_policy("PutUserPolicy", "other", "", "")),
        (
            "a group's",
            with_policy(
                "PutGroupPolicy",
                "policyDocument",
                &allow(r#""iam:PutGroupPolicy""#, "*"),
                r#","groupName":"ops""#,
            ),
        ),
        (
            "a version in force",
            with_policy(
                "CreatePolicyVersion",
                "policyDocument",
                &allow(r#""iam:*""#, "*"),
                r#","policyArn":"arn:aws:iam::123456789012:policy/ops","setAsDefault":true"#,
            ),
        ),
        (
            "a version that is not",
            with_policy(
                "CreatePolicyVersion",
                "policyDocument",
                &allow(r#""s3:PutObject""#, "*"),
                r#","policyArn":"arn:aws:iam::123456789012:policy/ops""#,
            ),
        ),
        (
            "hostile words",
            put(&allow(r#""iam:*<b>","s3:Put\u001b[31mObject""#, "arn:aws:s3:::https://evil.example/*")),
        ),
        ("AdministratorAccess", attach("AdministratorAccess")),
        ("PowerUserAccess", attach("PowerUserAccess")),
        ("AWSLambda_FullAccess", attach("AWSLambda_FullAccess")),
        ("AmazonS3FullAccess", attach("AmazonS3FullAccess")),
        ("AWSCloudTrail_FullAccess", attach("AWSCloudTrail_FullAccess")),
        ("AWSSupportAccess", attach("AWSSupportAccess")),
        ("ReadOnlyAccess", attach("ReadOnlyAccess")),
        ("AWSDenyAll", attach("AWSDenyAll")),
        ("newer than the table", attach("SomethingOfNextYear")),
    ] {
        told(&mut out, name, &case, &[FactName::Allows]);
    }
    insta::assert_snapshot!("what_a_policy_allows", out);
}

#[test]
fn whom_a_trust_policy_lets_in() {
    let github = r#""Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}"#;
    let audience =
        r#""Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#;
    let repository =
        r#""Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:example/blog:*"}}"#;
    let mut out = String::new();
    for (name, principal) in [
        ("a service", r#""Principal":{"Service":"ec2.amazonaws.com"}"#.to_owned()),
        ("the account itself", r#""Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#.to_owned()),
        ("a user of it", r#""Principal":{"AWS":"arn:aws:iam::123456789012:user/carol"}"#.to_owned()),
        ("other accounts", r#""Principal":{"AWS":["210987654321","arn:aws:iam::333333333333:root","arn:aws:iam::333333333333:role/ci"]}"#.to_owned()),
        ("with an external id", r#""Principal":{"AWS":"210987654321"},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}"#.to_owned()),
        ("anyone", r#""Principal":"*""#.to_owned()),
        ("anyone of an organization", r#""Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#.to_owned()),
        ("any repository", format!("{github},{audience}")),
        ("one owner's repositories", format!("{github},{repository}")),
        ("any identity of any pool", r#""Principal":{"Federated":"cognito-identity.amazonaws.com"}"#.to_owned()),
    ] {
        let case = trusting("UpdateAssumeRolePolicy", "policyDocument", &principal);
        told(&mut out, name, &case, &[FactName::Allows]);
        told(&mut out, "  a new role", &trusting("CreateRole", "assumeRolePolicyDocument", &principal), &[FactName::Allows]);
    }
    insta::assert_snapshot!("whom_a_trust_policy_lets_in", out);
}

#[test]
fn what_changed_since_the_version_seen_before() {
    let get = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    let more = r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::b/*"},{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","NotAction":["iam:Get*","iam:List*"],"NotResource":"arn:aws:s3:::b/*"}"#;
    let mfa = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let own = r#""Principal":{"AWS":"123456789012"}"#;
    let other = r#""Principal":{"AWS":"210987654321"}"#;
    let document = |statements: &str| Some(format!(r#"{{"Statement":[{statements}]}}"#));
    let mut out = String::new();
    for (name, mut case, before) in vec![
        ("more", put(more), document(get)),
        ("less", put(get), document(more)),
        ("the same", put(get), document(get)),
        ("a denial gone", put(get), document(&format!("{get},{deny}"))),
        ("a denial more", put(&format!("{get},{deny}")), document(get)),
        ("a condition", put(mfa), document(get)),
        ("no policy before", put(get), Some("none".to_owned())),
        ("unknown before", put(get), None),
        (
            "another account",
            trusting("UpdateAssumeRolePolicy", "policyDocument", other),
            document(&format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole",{own}}}"#)),
        ),
    ] {
        case.earlier_policy = before.as_deref().map(|text| seen(Some(text), None));
        told(&mut out, name, &case, &[FactName::Changed]);
    }
    insta::assert_snapshot!("what_changed", out);
}

/// A record that puts a version in force, or attaches a policy of the account's own, has no text: it is the one that was seen.
#[test]
fn what_a_policy_that_is_only_named_allows() {
    let get = r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    let all = r#"{"Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}"#;
    let mut out = String::new();
    let both = [FactName::Allows, FactName::Changed];
    let case = |event: &str, more: &str, earlier: Option<PolicySeen>, named: Option<PolicySeen>| {
        let mut case = own_policy(event, more);
        (case.earlier_policy, case.named_policy) = (earlier, named);
        case
    };
    let switch = |earlier, named| case("SetDefaultPolicyVersion", r#","versionId":"v1""#, earlier, named);
    let attach = |named| case("AttachUserPolicy", r#","userName":"bob""#, None, named);
    told(
        &mut out,
        "a version in force",
        &switch(Some(seen(Some(get), Some("v2"))), Some(seen(Some(all), Some("v1")))),
        &both,
    );
    told(&mut out, "one nobody has seen", &switch(Some(seen(Some(get), Some("v2"))), None), &both);
    told(&mut out, "attached", &attach(Some(seen(Some(all), Some("v1")))), &both);
    told(&mut out, "attached, never seen", &attach(None), &both);
    told(&mut out, "attached, too long to be seen", &attach(Some(seen(None, Some("v1")))), &both);
    let mut quiet = seen(Some(all), Some("v1"));
    quiet.event_id = None;
    told(&mut out, "from an event without an id", &attach(Some(quiet)), &both);
    insta::assert_snapshot!("what_a_named_policy_allows", out);
}

/// What was seen before says how to go back; where nothing was, the step says that the record does not.
#[test]
fn the_way_back_is_to_what_was_seen() {
    let text = Some(r#"{"Statement":[]}"#);
    let mut out = String::new();
    for (name, mut case, earlier) in [
        ("put", put(r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#), seen(text, None)),
        (
            "put over what was too long",
            put(r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#),
            seen(None, None),
        ),
        ("deleted", with_policy("DeleteUserPolicy", "other", "", ""), seen(text, None)),
        ("deleted, too long to be seen", with_policy("DeleteUserPolicy", "other", "", ""), seen(None, None)),
        (
            "trust",
            trusting("UpdateAssumeRolePolicy", "policyDocument", r#""Principal":{"AWS":"210987654321"}"#),
            seen(text, None),
        ),
        (
            "trust that only shuts somebody out",
            trusting(
                "UpdateAssumeRolePolicy",
                "policyDocument",
                r#""Principal":{"Service":"ec2.amazonaws.com"}"#,
            ),
            seen(
                Some(
                    r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com","AWS":"210987654321"}}]}"#,
                ),
                None,
            ),
        ),
        ("switched", own_policy("SetDefaultPolicyVersion", r#","versionId":"v1""#), seen(None, Some("v2"))),
        (
            "switched from a hostile version",
            own_policy("SetDefaultPolicyVersion", r#","versionId":"v1""#),
            seen(None, Some("v2; rm -rf ~")),
        ),
    ] {
        case.earlier_policy = Some(earlier);
        for lang in [Lang::En, Lang::Ja] {
            let _ = writeln!(out, "{name}");
            // The first step stops whoever acted.
            for step in case.notice(&reader(lang)).advice.steps.iter().skip(1) {
                let _ = writeln!(out, "  {}", step.text.render(Channel::Terminal));
                for command in &step.commands {
                    let _ = writeln!(out, "    {}", command.line);
                }
            }
        }
    }
    insta::assert_snapshot!("the_way_back", out);
}

/// Deleting an inline policy that was there before, in another version, would take away more than was added.
#[test]
fn an_overwritten_policy_is_put_back_and_not_deleted() {
    let commands = |earlier: Option<&str>| {
        let mut case = put(r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#);
        case.earlier_policy = earlier.map(|text| seen(Some(text), None));
        let steps = case.notice(&reader(Lang::En)).advice.steps;
        let lines = steps.into_iter().flat_map(|step| step.commands).map(|command| command.line);
        lines.filter(|line| line.contains("--policy-name x")).collect::<Vec<_>>()
    };
    assert_eq!(commands(None), ["aws iam delete-user-policy --user-name bob --policy-name x"]);
    assert_eq!(
        commands(Some(r#"{"Statement":[]}"#)),
        ["aws iam put-user-policy --user-name bob --policy-name x --policy-document file://previous.json"]
    );
}
