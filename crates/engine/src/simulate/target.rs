//! What a rule's target is given: the event, a fixed text, a part of the event, or a template filled from it.
//!
//! As recorded from AWS: a placeholder that stands alone as a value becomes JSON, with quotes around a string; one inside a
//! string is put in as it is, unescaped, so that what has quotes breaks the JSON, and the event is lost (to the dead-letter queue, if
//! there is one). In a template that is one string, objects and lists lose all their quotes. A path that leads nowhere
//! gives nothing: `""` where a value is needed.

use trailbell_json::Json;
use trailbell_template::{InputTransformer, Target};

/// Who asks: what the reserved placeholders say.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleNames<'r> {
    pub(super) name: &'r str,
    pub(super) arn: &'r str,
}

/// The text a target is given. `Err` is what is in the dead letter's `ERROR_MESSAGE`.
pub(super) fn input(target: &Target, rule: RuleNames<'_>, event: &Json) -> Result<String, &'static str> {
    const NO_JSON: &str = "Invalid input for target.";
    if let Some(input) = &target.input {
        return Ok(input.clone());
    }
    if let Some(path) = &target.input_path {
        let found = steps(path).and_then(|steps| find(event, &steps));
        return Ok(found.map_or_else(|| "null".to_owned(), Json::to_string));
    }
    let Some(transformer) = &target.input_transformer else { return Ok(event.to_string()) };
    let filled = fill(&transformer.template.value, &|name| value_of(name, transformer, rule, event));
    if Json::parse(&filled).is_ok() { Ok(filled) } else { Err(NO_JSON) }
}

/// What AWS refuses of a target when it is made, in its words.
pub(super) fn check(target: &Target) -> Result<(), String> {
    let id = &target.id;
    if let Some(input) = target.input.as_ref().filter(|input| !input.is_empty())
        && Json::parse(input).is_err()
    {
        return Err(format!("JSON syntax error in input for target {id}"));
    }
    let paths = target.input_transformer.iter().flat_map(|transformer| &transformer.paths);
    for path in paths.map(|(_, path)| path).chain(&target.input_path) {
        if steps(path).is_none() {
            return Err(format!("InputPath for target {id} is invalid."));
        }
    }
    let Some(transformer) = &target.input_transformer else { return Ok(()) };
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    if let Some((name, _)) = transformer.paths.iter().find(|(name, _)| !is_name(name)) {
        return Err(format!(
            "`{name}` at 'inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]"
        ));
    }
    let template = &transformer.template.value;
    if is_string(template) {
        if template.contains("<aws.events.event.json>") || template.contains("<aws.events.event>") {
            let name = if template.contains("<aws.events.event.json>") {
                "aws.events.event.json"
            } else {
                "aws.events.event"
            };
            return Err(format!(
                "InputTemplate for target {id} contains placeholder {name} valid only for JSON template."
            ));
        }
        return Ok(());
    }
    // What is left must be JSON once each placeholder is.
    let with_nothing = fill(template, &|_| Some(Filling::Json("null".to_owned())));
    match Json::parse(&with_nothing) {
        Ok(_) if has_key_for_placeholder(template) => {
            Err(format!("InputTemplate placeholder present as a JSON object key for target {id}."))
        }
        Ok(_) => Ok(()),
        Err(_) => Err(format!("Invalid InputTemplate for target {id} : {with_nothing}")),
    }
}

/// Whether a template is one string in quotes.
fn is_string(template: &str) -> bool {
    template.trim_start().starts_with('"')
}

/// Whether a placeholder stands in an object's key: in a string behind which a colon comes.
fn has_key_for_placeholder(template: &str) -> bool {
    let mut strings = Vec::new();
    let (mut start, mut escaped) = (None, false);
    for (at, c) in template.char_indices() {
        match (c, start) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"', None) => start = Some(at + 1),
            ('"', Some(begin)) => {
                strings.push((begin, at));
                start = None;
            }
            _ => {}
        }
    }
    strings.into_iter().any(|(begin, end)| {
        let text = template.get(begin..end).unwrap_or_default();
        let behind = template.get(end + 1..).unwrap_or_default();
        behind.trim_start().starts_with(':') && text.contains('<') && text.contains('>')
    })
}

/// What comes where a placeholder stands.
enum Filling {
    /// A value, as JSON.
    Json(String),
    /// A path that leads nowhere.
    Nothing,
}

fn value_of(
    name: &str,
    transformer: &InputTransformer,
    rule: RuleNames<'_>,
    event: &Json,
) -> Option<Filling> {
    let text = |text: &str| Filling::Json(Json::String(text.to_owned()).to_string());
    match name {
        "aws.events.rule-arn" => return Some(text(rule.arn)),
        "aws.events.rule-name" => return Some(text(rule.name)),
        "aws.events.event" | "aws.events.event.json" => return Some(Filling::Json(event.to_string())),
        "aws.events.event.ingestion-time" => {
            return Some(event.get("time").map_or(Filling::Nothing, |time| Filling::Json(time.to_string())));
        }
        _ => {}
    }
    let (_, path) = transformer.paths.iter().find(|(known, _)| known == name)?;
    let found = steps(path).and_then(|steps| find(event, &steps));
    Some(found.map_or(Filling::Nothing, |value| Filling::Json(value.to_string())))
}

/// Puts values in for the placeholders; one that is none of the map's stays as it is written.
fn fill(template: &str, value_of: &dyn Fn(&str) -> Option<Filling>) -> String {
    let whole_is_string = is_string(template);
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        if c == '\\' && in_string {
            let length = rest.chars().take(2).map(char::len_utf8).sum();
            out.push_str(rest.get(..length).unwrap_or(rest));
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let placeholder = rest.strip_prefix('<').and_then(|after| {
            let (name, behind) = after.split_once('>')?;
            let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
            if is_name { Some((value_of(name)?, behind)) } else { None }
        });
        if let Some((filling, behind)) = placeholder {
            put(&mut out, filling, in_string, whole_is_string, template);
            rest = behind;
            continue;
        }
        if c == '"' {
            in_string = !in_string;
        }
        out.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

fn put(out: &mut String, filling: Filling, in_string: bool, whole_is_string: bool, template: &str) {
    match filling {
        Filling::Nothing if in_string => {}
        Filling::Nothing => out.push_str("\"\""),
        Filling::Json(json) => match Json::parse(&json) {
            // A template that is a placeholder and nothing else gives the bare text, as does one inside a string.
            Ok(Json::String(text)) if in_string || template.trim_start().starts_with('<') => {
                out.push_str(&text);
            }
            Ok(Json::Object(_) | Json::Array(_)) if in_string && whole_is_string => {
                out.extend(json.chars().filter(|c| *c != '"'));
            }
            _ => out.push_str(&json),
        },
    }
}

/// One step of a path.
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

/// Reads `$.key.other[0]`; EventBridge's paths have no more than that.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let key = after.get(..end)?;
            if key.is_empty() || key == "*" || key.contains([']', '\'', '"']) {
                return None;
            }
            steps.push(Step::Key(key));
            rest = after.get(end..)?;
        } else {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            if index.is_empty() || !index.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            steps.push(Step::Index(index.parse().ok()?));
            rest = after;
        }
    }
    Some(steps)
}

fn find<'j>(json: &'j Json, steps: &[Step<'_>]) -> Option<&'j Json> {
    steps.iter().try_fold(json, |here, step| match step {
        Step::Key(key) => here.get(key),
        Step::Index(index) => here.as_array()?.get(*index),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};
    use trailbell_template::{File, Request};

    use super::*;

    /// A target of a rule of its own, as a template has it.
    fn target(properties: &Value) -> Target {
        let mut target = json!({ "Id": "target", "Arn": "arn:aws:sns:us-east-1:111111111111:t" });
        for (key, value) in properties.as_object().unwrap() {
            target[key] = value.clone();
        }
        let template = json!({ "Resources": { "R": { "Type": "AWS::Events::Rule", "Properties": {
            "EventPattern": { "source": ["x"] }, "Targets": [target] } } } });
        let request = Request {
            files: vec![File::new("t.json", template.to_string())],
            account: "111111111111".to_owned(),
            region: "us-east-1".to_owned(),
            ..Request::default()
        };
        let mut stacks = trailbell_template::read(&request, &|_| None).unwrap();
        stacks.event_rules.remove(0).targets.remove(0)
    }

    const RULE: RuleNames<'_> =
        RuleNames { name: "case-067", arn: "arn:aws:events:us-east-1:111111111111:rule/<bus>/case-067" };

    fn event() -> Json {
        Json::parse(r#"{"detail-type":"probe","detail":{"text":"hello","quoted":"say \"hi\"","number":42,"list":["a",{"b":1}],"hyphen-key":1}}"#)
            .unwrap()
    }

    #[test]
    fn a_target_gets_the_event_a_text_a_part_or_a_filled_template() {
        let transformer = |template: &str| {
            json!({ "InputTransformer": { "InputTemplate": template, "InputPathsMap": {
                "text": "$.detail.text", "quoted": "$.detail.quoted", "number": "$.detail.number", "list": "$.detail.list",
                "second": "$.detail.list[1].b", "missing": "$.detail.missing" } } })
        };
        for (properties, expected) in [
            (json!({}), Ok(event().to_string())),
            (json!({ "Input": "{ \"fixed\": true }" }), Ok("{ \"fixed\": true }".to_owned())),
            (json!({ "InputPath": "$.detail.hyphen-key" }), Ok("1".to_owned())),
            (
                transformer("{\"t\":<text>,\"n\":<number>,\"l\":<list>}"),
                Ok(r#"{"t":"hello","n":42,"l":["a",{"b":1}]}"#.to_owned()),
            ),
            (transformer("{\"q\":<quoted>}"), Ok(r#"{"q":"say \"hi\""}"#.to_owned())),
            (
                transformer("\"<text>: <second> <list> <nobody><missing>\""),
                Ok(r#""hello: 1 [a,{b:1}] <nobody>""#.to_owned()),
            ),
            (transformer("{\"m\":<missing>}"), Ok(r#"{"m":""}"#.to_owned())),
            (transformer("\"<quoted>\""), Err("Invalid input for target.")),
            (transformer("{\"l\":\"<list>\"}"), Err("Invalid input for target.")),
            (transformer("\"<aws.events.rule-name>\""), Ok("\"case-067\"".to_owned())),
        ] {
            let target = target(&properties);
            assert_eq!(check(&target), Ok(()), "{properties}");
            assert_eq!(input(&target, RULE, &event()), expected, "{properties}");
        }
    }

    #[test]
    fn what_eventbridge_refuses_is_refused() {
        for (properties, words) in [
            (json!({ "Input": "not-json" }), "JSON syntax error in input"),
            (json!({ "InputPath": "$.detail.*" }), "InputPath for target target is invalid."),
            (json!({ "InputPath": "$..text" }), "InputPath for target target is invalid."),
            (
                json!({ "InputTransformer": { "InputTemplate": "hello <x>", "InputPathsMap": { "x": "$.detail" } } }),
                "Invalid InputTemplate",
            ),
            (
                json!({ "InputTransformer": { "InputTemplate": "{\"<x>\":1}", "InputPathsMap": { "x": "$.detail" } } }),
                "as a JSON object key",
            ),
            (
                json!({ "InputTransformer": { "InputTemplate": "\"<aws.events.event.json>\"" } }),
                "valid only for JSON template",
            ),
        ] {
            let problem = check(&target(&properties)).unwrap_err();
            assert!(problem.contains(words), "{problem}");
        }
    }

    #[test]
    #[expect(clippy::print_stdout, reason = "it says which cases it used")]
    fn targets_get_what_aws_gave_them() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/conformance/eventbridge-target.jsonl");
        let Ok(cases) = std::fs::read_to_string(path) else {
            println!("SKIPPED: ../shared/conformance/eventbridge-target.jsonl is not here");
            return;
        };
        let mut used = 0;
        for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            if case["kind"] != "target-input" {
                continue;
            }
            let target = target(&case["target_input"]);
            let checked = check(&target);
            let id = &case["id"];
            if case["error"] == true {
                let expected = case["message"].as_str().unwrap();
                let problem = checked.unwrap_err();
                // Where AWS quotes the parser it has, or its own place, the words before that.
                let words = problem.split([':', '`']).next().unwrap();
                assert!(expected.contains(words.trim()), "{id}: {problem}");
                used += 1;
                continue;
            }
            assert_eq!(checked, Ok(()), "{id}");
            let event = Json::parse(&case["event"].to_string()).unwrap();
            match (case["delivery"].as_str(), case["body"].as_str()) {
                (Some("target"), Some(body)) if !body.contains("{...}") => {
                    assert_eq!(input(&target, RULE, &event).as_deref(), Ok(body), "{id}");
                }
                (Some("dlq"), _) => {
                    assert_eq!(input(&target, RULE, &event), Err("Invalid input for target."), "{id}");
                }
                _ => {}
            }
            used += 1;
        }
        println!("{used} cases of eventbridge-target.jsonl");
        assert!(used > 30);
    }
}
