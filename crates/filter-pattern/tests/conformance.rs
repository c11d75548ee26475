//! The shared conformance cases, where they are: what AWS itself answered, pattern by pattern.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;

fn text<'j>(case: &'j Json, key: &str) -> Option<&'j str> {
    case.get(key).and_then(Json::as_str)
}

/// A file of the shared folder, where that is.
#[expect(clippy::print_stderr, reason = "what was skipped is to be seen")]
fn shared(path: &str) -> Option<String> {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path)).ok();
    if text.is_none() {
        eprintln!("SKIPPED: ../shared is not here");
    }
    text
}

/// What is wrong with our answer to a case; `None` where it is AWS's.
fn difference(case: &Json) -> Option<String> {
    let pattern = text(case, "pattern")?;
    let event = text(case, "event")?;
    let parsed = match Pattern::parse(pattern) {
        Ok(parsed) => parsed,
        Err(error) if case.get("error").is_none() => return Some(format!("refused: {error}")),
        Err(error) => {
            let expected = text(case, "message").unwrap_or_default();
            let same = expected.is_empty() || error.to_string() == expected;
            return (!same).then(|| format!("says {error:?}, not {expected:?}"));
        }
    };
    let Some(expected) = case.get("match").and_then(Json::as_bool) else {
        return Some("accepted".to_owned());
    };
    if parsed.matches_message(event) != expected {
        return Some(format!("match should be {expected}"));
    }
    let extracted = case.get("extracted").and_then(Json::as_object)?;
    let expected: BTreeMap<&str, &str> =
        extracted.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    let ours = parsed.extract(event).unwrap_or_default();
    let ours: BTreeMap<&str, &str> = ours.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    (ours != expected).then(|| format!("extracts {ours:?}, not {expected:?}"))
}

#[test]
#[expect(clippy::print_stderr, reason = "what is not certain is to be seen")]
fn every_shared_case_holds() {
    let Some(cases) = shared("conformance/filter-pattern.jsonl") else { return };
    let mut wrong = Vec::new();
    for line in cases.lines().filter(|line| !line.trim().is_empty()) {
        let case = Json::parse(line).unwrap();
        let name = format!(
            "{} {:?}",
            text(&case, "id").unwrap_or_default(),
            text(&case, "pattern").unwrap_or_default()
        );
        let difference = difference(&case);
        if case.get("certain") == Some(&Json::Bool(false)) {
            let chosen = difference.as_deref().unwrap_or("as the case says");
            eprintln!("uncertain case {name}: {chosen}");
        } else if let Some(difference) = difference {
            wrong.push(format!("{name}: {difference}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_cis_patterns_are_read() {
    let Some(peers) = shared("design/peers.md") else { return };
    let patterns: Vec<&str> =
        peers.split('`').filter(|text| text.starts_with('{') && text.contains("$.")).collect();
    assert_eq!(patterns.len(), 15);
    for pattern in patterns {
        assert!(Pattern::parse(pattern).is_ok(), "{pattern}");
    }
}

#[test]
fn the_articles_patterns_are_read_or_refused_as_aws_does() {
    let Some(template) = shared("seed/iam-event.yaml") else { return };
    let line = template.lines().find_map(|line| line.trim().strip_prefix("FilterPattern:"));
    let pattern = Pattern::parse(line.unwrap().trim().trim_matches('"')).unwrap();
    assert!(pattern.matches_message(r#"{"eventName":"CreateUser"}"#));
    assert_eq!(pattern.required_values(&["eventName"]).unwrap().len(), 8);

    let Some(article) = shared("seed/original.ja.txt") else { return };
    let printed = article.lines().find(|line| line.contains('“')).and_then(|line| line.split('|').nth(1));
    let error = Pattern::parse(printed.unwrap()).unwrap_err();
    assert!(error.diagnostic().hint.as_deref().unwrap().contains("straight double quotes"));
}
