//! Real recordings, where they are at hand: what is in them is found, once, and nothing else is taken for it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
#![expect(clippy::print_stderr, reason = "a test that was skipped says so")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use trailbell_detect::{Detection, RuleSet, RuleSettings, What};
use trailbell_json::Json;
use trailbell_record::{Mfa, Operation, Outcome, Record, Step};
use trailbell_text::{Kind, Severity};

/// The folder of recordings; `None`, said aloud, where it is not there.
fn recordings(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: ../shared is not here");
    None
}

/// Every event of a folder of JSON files, once by its id.
fn records(folder: &str) -> Vec<Record> {
    let Some(path) = recordings(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut seen = BTreeSet::new();
    let mut records = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let json = Json::parse(&fs::read_to_string(file).unwrap()).unwrap();
        let events = json.get("Records").unwrap_or(&json).as_array().unwrap();
        let fresh = events.iter().cloned().map(Record::new).filter(|record| seen.insert(record.identity()));
        records.extend(fresh);
    }
    records
}

fn detections(records: &[Record]) -> Vec<(&Record, Detection)> {
    let rules = RuleSet::new(RuleSettings::default()).unwrap();
    records.iter().filter_map(|record| Some((record, rules.inspect(record)?))).collect()
}

fn of_kind<'a>(all: &'a [(&'a Record, Detection)], kind: Kind) -> Vec<&'a Detection> {
    all.iter().map(|(_, detection)| detection).filter(|detection| detection.kind == kind).collect()
}

#[test]
fn an_account_under_attack() {
    let records = records("invictus-ir_aws_dataset/CloudTrail");
    if records.is_empty() {
        return;
    }
    assert_eq!(records.len(), 2900);
    let all = detections(&records);

    let sign_ins: Vec<_> = of_kind(&all, Kind::ConsoleSignIn)
        .into_iter()
        .map(|detection| match &detection.what {
            What::SignIn(sign_in) => (sign_in.step, detection.actor.name.raw(), sign_in.mfa),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        sign_ins,
        [
            (Step::ConsoleLogin, "stratus-red-team-nmfalu-gfjyeaypjt", Mfa::No),
            (Step::CheckMfa, "bert-jan", Mfa::Unknown),
            (Step::ConsoleLogin, "bert-jan", Mfa::Yes),
        ]
    );

    let changes = of_kind(&all, Kind::IamChange);
    let in_iam = all.iter().filter(|(record, d)| d.kind == Kind::IamChange && record.service() == "iam");
    assert_eq!(in_iam.count(), 88);
    assert_eq!(changes.iter().filter(|change| change.outcome == Outcome::Failure).count(), 3);
    for change in &changes {
        let What::Change(what) = &change.what else { panic!("{change:?}") };
        assert!(what.target.is_known(), "{change:?}");
    }
}

#[test]
fn attacks_one_by_one() {
    let records = records("stratus-red-team_detonation-logs");
    if records.is_empty() {
        return;
    }
    assert_eq!(records.len(), 310);
    let all = detections(&records);
    assert_eq!(of_kind(&all, Kind::ConsoleSignIn).len(), 1);
    assert_eq!(all.iter().filter(|(r, d)| d.kind == Kind::IamChange && r.service() == "iam").count(), 10);

    let found: BTreeMap<_, _> = all
        .iter()
        .map(|(record, detection)| (record.event_name(), (detection.severity, detection.outcome)))
        .collect();
    for (event, severity, outcome) in [
        ("DeleteTrail", Severity::Critical, Outcome::Success),
        ("StopLogging", Severity::Critical, Outcome::Success),
        ("PutEventSelectors", Severity::High, Outcome::Success),
        ("DeleteFlowLogs", Severity::High, Outcome::Success),
        ("LeaveOrganization", Severity::High, Outcome::Denied),
        ("UpdateAssumeRolePolicy", Severity::Critical, Outcome::Success),
        ("AttachUserPolicy", Severity::Critical, Outcome::Success),
        ("AttachRolePolicy", Severity::Critical, Outcome::Success),
        ("CreateAccessKey", Severity::High, Outcome::Success),
        ("CreateRole", Severity::High, Outcome::Success),
        ("DeleteLoginProfile", Severity::Info, Outcome::Failure),
        ("UpdateLoginProfile", Severity::High, Outcome::Success),
        ("GetFederationToken", Severity::Medium, Outcome::Success),
        ("CreateTrustAnchor", Severity::High, Outcome::Success),
    ] {
        assert_eq!(found.get(event), Some(&(severity, outcome)), "{event}");
    }
    let trust = all.iter().find(|(record, _)| record.event_name() == "UpdateAssumeRolePolicy").unwrap();
    let What::Change(change) = &trust.1.what else { panic!() };
    assert_eq!(change.operation, Operation::UpdateAssumeRolePolicy);
    assert_eq!(change.value("trusted").unwrap().raw(), "ec2.amazonaws.com, 193672423079");
}

/// The quick no is right about every recorded event.
#[test]
fn the_prescreen_misses_none_of_them() {
    let mut settings = RuleSettings::default();
    for name in trailbell_detect::BUILTIN_RULES {
        settings.builtin.entry((*name).to_owned()).or_default().enabled = Some(true);
    }
    let rules = RuleSet::new(settings).unwrap();
    let mut passed = 0;
    let all: Vec<Record> = ["invictus-ir_aws_dataset/CloudTrail", "stratus-red-team_detonation-logs"]
        .iter()
        .flat_map(|folder| records(folder))
        .collect();
    for record in &all {
        let passes = support::asked(&rules, &record.json().to_string());
        assert!(passes || rules.inspect(record).is_none(), "{}", record.json());
        passed += usize::from(passes);
    }
    assert!(passed * 2 <= all.len(), "{passed} of {} pass", all.len());
}
