//! Whole rules: samples of our own with records, and `SigmaHQ`'s rules for CloudTrail where the shared folder is.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use std::fs;
use std::path::{Path, PathBuf};

use trailbell_json::Json;
use trailbell_sigma::{Document, Expression, Item, Position, Rule, Test, parse};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The rules of a folder, each with its file's name; everything in it must be read.
fn rules(folder: &Path) -> Vec<(String, Rule)> {
    let mut found = Vec::new();
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "yml")) {
        let text = fs::read_to_string(file).unwrap();
        let parsed = parse(&text);
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let shown: Vec<String> = parsed.problems.iter().map(|problem| problem.render(&name, &text)).collect();
        assert!(shown.is_empty(), "{}", shown.join("\n"));
        assert!(!parsed.documents.is_empty(), "{name}");
        for document in parsed.documents {
            if let Document::Rule(rule) = document {
                found.push((name.clone(), rule));
            }
        }
    }
    found
}

#[test]
fn the_samples_match_the_records_that_they_should() {
    let rules = rules(&folder("tests/samples"));
    let records = fs::read_to_string(folder("tests/samples/records.jsonl")).unwrap();
    for line in records.lines() {
        let case = Json::parse(line).unwrap();
        let name = case.get("rule").and_then(Json::as_str).unwrap();
        let (_, rule) = rules.iter().find(|(own, _)| own == name).unwrap();
        let event = case.get("event").unwrap();
        assert_eq!(rule.matches(event), case.get("match").and_then(Json::as_bool).unwrap(), "{line}");
        assert!(rule.log_source().is_for_cloudtrail());
    }
}

/// An event made to meet an expression, as far as simple values do: what is set at the fields of the items that must hold.
fn make(expression: &Expression, event: &mut Vec<(String, Json)>) {
    match expression {
        Expression::Item(item) => make_item(item, event),
        Expression::All(parts) => parts.iter().for_each(|part| make(part, event)),
        Expression::Any(parts) => parts.iter().take(1).for_each(|part| make(part, event)),
        Expression::Not(_) => {}
    }
}

fn make_item(item: &Item, event: &mut Vec<(String, Json)>) {
    let field = item.field.clone().unwrap();
    let text = |value: &trailbell_sigma::Value| match &value.tests[0] {
        Test::Null | Test::Exists(false) => None,
        Test::Regex(_) => Some("arn:aws:sts::1:assumed-role/aws:ec2-instance/i-1".to_owned()),
        Test::Field(reference) => {
            assert_eq!(reference.position, Position::Whole);
            Some("someone".to_owned())
        }
        _ => Some(value.written.trim_matches('\'').replace('*', "x")),
    };
    let texts: Vec<String> = item.values.iter().filter_map(text).collect();
    let value = if item.all { texts.join(" ") } else { texts.first().cloned().unwrap_or_default() };
    if !texts.is_empty() {
        event.push((field, Json::String(value)));
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "what was skipped is to be seen")]
fn every_rule_of_sigma_hq_is_read_and_matches_an_event_made_for_it() {
    let shared = folder("../../../shared/sigma-rules");
    if !shared.exists() {
        eprintln!("SKIPPED: ../shared is not here");
        return;
    }
    let rules = rules(&shared);
    let mut matched = 0;
    for (name, rule) in &rules {
        assert!(rule.log_source().is_for_cloudtrail(), "{name}");
        assert!(rule.level().is_some() && rule.id().is_some() && rule.paths().is_some(), "{name}");
        let mut members = Vec::new();
        make(rule.detection(), &mut members);
        let event = Json::Object(members);
        assert!(rule.matches(&event), "{name} {event}: {:?}", rule.explain(&event));
        matched += 1;
        assert!(!rule.matches(&Json::Object(Vec::new())), "{name} matches an empty event");
        for pinned in ["eventName", "eventSource"] {
            let value = event.get(pinned).and_then(Json::as_str);
            assert!(rule.could_match(pinned, value), "{name}");
            if let Some(required) = rule.required_values(pinned) {
                assert!(required.contains(&*trailbell_sigma::lower(value.unwrap())), "{name}");
            }
        }
    }
    let indexed = rules.iter().filter(|(_, rule)| rule.required_values("eventName").is_some()).count();
    eprintln!("{} shared rules, {matched} matched, {indexed} pin eventName", rules.len());
    assert!(rules.len() >= 50);
}
