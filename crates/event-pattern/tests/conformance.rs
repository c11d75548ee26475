//! The shared conformance cases, where they are: what AWS and its open-source engine answered, pattern by pattern.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use std::fs;
use std::path::Path;

use trailbell_event_pattern::EventPattern;
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

fn cases(path: &str) -> Vec<Json> {
    let text = shared(path).unwrap_or_default();
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Json::parse(line).unwrap()).collect()
}

/// What is wrong with our answer to a case; `None` where it is AWS's.
fn difference(case: &Json, pattern: &str, event: Option<&str>) -> Option<String> {
    let parsed = match EventPattern::parse(pattern) {
        Ok(parsed) => parsed,
        Err(error) if case.get("error").is_none() => return Some(format!("refused: {error}")),
        Err(error) => {
            let expected = text(case, "message").unwrap_or_default();
            let expected = expected.strip_prefix("Event pattern is not valid. Reason: ").unwrap_or(expected);
            let expected = expected.lines().next().unwrap_or_default();
            // What a parser says of text that is no JSON is not the language's; it need only be refused.
            let same = expected.is_empty() || error.is_syntax() || error.to_string() == expected;
            return (!same).then(|| format!("says {error}, not {expected}"));
        }
    };
    if case.get("error").is_some() {
        return Some("accepted".to_owned());
    }
    // Printed and read again it is the same pattern.
    let again = EventPattern::parse(&parsed.to_string());
    let expected = case.get("match").and_then(Json::as_bool)?;
    let Ok(again) = again else { return Some(format!("prints as {parsed}")) };
    let event = event?;
    if parsed.matches_text(event) != Ok(expected) {
        return Some(format!("match should be {expected}"));
    }
    (again.matches_text(event) != Ok(expected)).then(|| format!("prints as {parsed}"))
}

#[expect(clippy::print_stderr, reason = "what is not certain is to be seen")]
fn assert_no_difference(differences: &[(&Json, Option<String>)]) {
    let mut wrong = Vec::new();
    for (case, difference) in differences {
        let name = text(case, "id").unwrap_or_default();
        if case.get("certain") == Some(&Json::Bool(false)) {
            eprintln!("uncertain case {name}: {}", difference.as_deref().unwrap_or("as the case says"));
        } else if let Some(difference) = difference {
            wrong.push(format!("{name} {}: {difference}", case.get("pattern").unwrap_or(&Json::Null)));
        }
    }
    eprintln!("{} shared cases", differences.len());
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_shared_case_holds() {
    let cases = cases("conformance/event-pattern.jsonl");
    assert_no_difference(
        &cases
            .iter()
            .map(|case| {
                let pattern = text(case, "pattern").unwrap_or_default();
                (case, difference(case, pattern, text(case, "event")))
            })
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_shared_pattern_of_a_rule_holds() {
    let cases = cases("conformance/eventbridge-target.jsonl");
    assert_no_difference(
        &cases
            .iter()
            .filter(|case| text(case, "kind").is_some_and(|kind| kind.starts_with("pattern")))
            .map(|case| {
                let pattern = case.get("pattern").unwrap_or(&Json::Null).to_string();
                let event = format!("{{\"detail\":{}}}", case.get("detail").unwrap_or(&Json::Null));
                (case, difference(case, &pattern, Some(&event)))
            })
            .collect::<Vec<_>>(),
    );
}
