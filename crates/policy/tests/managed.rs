//! AWS's managed policies by name: the table is whole, and well-known ones are what everybody knows them to be.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::BTreeSet;

use trailbell_policy::Level::{
    self, CanBecomeAdministrator, ChangesPermissions, FullAdministrator, Nothing, Reads, Views, Writes,
};
use trailbell_policy::{Because, Managed, Special};

fn named(name: &str) -> Managed {
    Managed::of_arn(&format!("arn:aws:iam::aws:policy/{name}")).unwrap()
}

#[test]
fn well_known_policies() {
    // The level, and whether it takes a condition.
    let expected: &[(&str, Level, bool)] = &[
        ("AdministratorAccess", FullAdministrator, false),
        // `*`, but only through AWS's own MCP service.
        ("AWSMcpServiceActionsFullAccess", FullAdministrator, true),
        ("IAMFullAccess", CanBecomeAdministrator, false),
        // Everything but identities, `sts:AssumeRole` on any role among it.
        ("PowerUserAccess", CanBecomeAdministrator, false),
        ("AIDevOpsAgentActionsPolicy", CanBecomeAdministrator, false),
        ("AdministratorAccess-Amplify", CanBecomeAdministrator, false),
        ("AWSSSOMasterAccountAdministrator", CanBecomeAdministrator, false),
        ("AWSSSODirectoryAdministrator", CanBecomeAdministrator, false),
        // Any role may be handed to a function: a condition names the service, which is the way itself.
        ("AWSLambda_FullAccess", CanBecomeAdministrator, true),
        ("AmazonSageMakerFullAccess", CanBecomeAdministrator, true),
        ("AmazonECS_FullAccess", CanBecomeAdministrator, true),
        ("AmazonS3FullAccess", ChangesPermissions, false),
        ("AmazonEC2FullAccess", ChangesPermissions, false),
        ("AmazonSQSFullAccess", ChangesPermissions, false),
        ("AWSOrganizationsFullAccess", ChangesPermissions, false),
        ("AmazonRDSFullAccess", ChangesPermissions, false),
        ("SecretsManagerReadWrite", ChangesPermissions, false),
        ("AWSSupportAccess", Writes, false),
        ("IAMUserChangePassword", Writes, false),
        ("AmazonSSMManagedInstanceCore", Writes, false),
        ("ReadOnlyAccess", Reads, false),
        ("SecurityAudit", Reads, false),
        ("ViewOnlyAccess", Reads, false),
        ("AmazonS3ReadOnlyAccess", Reads, false),
        ("IAMReadOnlyAccess", Reads, false),
        ("AmazonEC2ReadOnlyAccess", Reads, false),
        ("AmazonElastiCacheReadOnlyAccess", Views, false),
        ("AmazonWorkDocsReadOnlyAccess", Views, false),
        ("AWSDenyAll", Nothing, false),
        ("AWSCompromisedKeyQuarantineV3", Nothing, false),
    ];
    for (name, level, conditional) in expected {
        let verdict = named(name).verdict.unwrap();
        assert_eq!((verdict.level, verdict.conditional), (*level, *conditional), "{name}");
    }
}

#[test]
fn what_decides_is_kept_with_the_graver_ones() {
    let because = |name: &str| named(name).verdict.unwrap().because;
    assert_eq!(because("AdministratorAccess"), [Because::Everything]);
    assert_eq!(because("AWSLambda_FullAccess")[0], Because::PassRole { with: "lambda:CreateFunction" });
    let written = ["iam:*", "organizations:*", "account:*"].map(str::to_owned).to_vec();
    assert_eq!(because("PowerUserAccess")[0], Because::AllBut { written });
    assert_eq!(
        because("IAMFullAccess")[0],
        Because::Action { written: "iam:*".into(), such_as: Some("iam:AttachUserPolicy".into()), on: None }
    );
    assert!(because("ReadOnlyAccess").is_empty());
}

#[test]
fn the_table_has_every_policy_once_with_a_verdict() {
    let all: Vec<Managed> = Managed::all().collect();
    let names: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
    assert!(all.len() > 1_500 && names.len() == all.len(), "{} {}", all.len(), names.len());
    for one in &all {
        let verdict = one.verdict.as_ref().unwrap();
        assert!(
            one.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+=.,@".contains(&b)),
            "{}",
            one.name
        );
        assert!(verdict.always <= verdict.level && (verdict.always == verdict.level) != verdict.conditional);
        assert_eq!(verdict.because.is_empty(), verdict.level < ChangesPermissions, "{}", one.name);
        assert_eq!(named(&one.name).verdict, one.verdict);
    }
    // A day, four digits first.
    let day = Managed::known_until();
    assert!(day.len() == 10 && day.starts_with("20") && day.matches('-').count() == 2, "{day}");
    let only_one = all.iter().filter(|one| one.verdict.as_ref().unwrap().always == FullAdministrator).count();
    assert_eq!(only_one, 1);
}

#[test]
fn only_awss_own_policy_has_the_meaning() {
    let arn = |text: &str| Managed::of_arn(text);
    assert_eq!(arn("arn:aws-cn:iam::aws:policy/AWSDenyAll").unwrap().special, Some(Special::DenyAll));
    assert_eq!(arn("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").unwrap().always(), Reads);
    assert_eq!(named("AWSCompromisedKeyQuarantineV9").special, Some(Special::Quarantine));
    assert_eq!(arn("arn:aws:iam::123456789012:policy/AdministratorAccess"), None);
    assert_eq!(arn("arn:aws:iam::aws:policy/"), None);
    assert_eq!(named("SomethingOfNextYear").verdict, None);
}
