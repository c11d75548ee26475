//! The shared cases of composite alarms, where they are: what AWS accepts, refuses and does, case by case.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use trailbell_alarm::{
    Composite, CompositeAlarm, Composites, Ids, Message, MetricAlarm, Observed, Rule, Scope, State, Status,
    SuppressedBy, Transition,
};

/// What a library without a service around it has nothing to say about.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("composite-delete-suppressor-refused", "alarms are not deleted here; a template's alarms are all there"),
    ("put-metric-alarm-atomic", "nothing is stored here: a refused definition gives no alarm to store"),
    ("put-metric-alarm-tags-on-update-ignored", "tags are not kept"),
];

/// A file of the shared folder, where that is.
#[expect(clippy::print_stderr, reason = "what was skipped is to be seen")]
fn shared(path: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(path);
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("SKIPPED: ../shared is not here");
        return Vec::new();
    };
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text<'v>(case: &'v Value, key: &str) -> &'v str {
    case.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn scope() -> Scope {
    Scope::new("123456789012", "us-east-1")
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn composite(name: &str, rule: &str) -> CompositeAlarm {
    let properties = json!({"AlarmName": name, "AlarmRule": rule});
    CompositeAlarm::read(&properties, None).unwrap().alarm
}

#[test]
#[expect(clippy::print_stderr, reason = "what was compared is to be seen")]
fn every_shared_case_of_composite_alarms_holds() {
    let cases = shared("composite-alarm.jsonl");
    let mut wrong = Vec::new();
    let (mut compared, mut skipped) = (0, 0);
    for case in &cases {
        let id = text(case, "id");
        if let Some((_, why)) = NOT_SHOWN.iter().find(|(not_shown, _)| *not_shown == id) {
            eprintln!("not shown: {id}: {why}");
            skipped += 1;
            continue;
        }
        let difference = match (text(case, "kind"), id) {
            ("rule", _) => rule(case),
            ("put-metric-alarm", _) => put_metric_alarm(case),
            (_, "composite-update-keeps-or-moves-state") => update_keeps_or_moves_the_state(),
            (_, "composite-rule-with-suppressor-create") => created_with_a_suppressor(case),
            (_, "composite-child-transition-propagation") => moved_at_the_childs_time(),
            (_, "set-alarm-state-reason-data") => reason_data_is_verbatim(),
            (_, "quorum-percentage-ceiling") => percentages_are_rounded_up(),
            (_, "indirect-cycle-accepted") => circle(case),
            (kind, _) => Some(format!("no such kind is known: {kind}")),
        };
        compared += 1;
        wrong.extend(difference.map(|difference| format!("{id}: {difference}")));
    }
    eprintln!("composite-alarm.jsonl: {compared} compared, {skipped} not shown");
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

fn rule(case: &Value) -> Option<String> {
    let existing: Vec<&str> =
        case.get("existing_alarms")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let scope = Scope::new(text(case, "account"), text(case, "region"));
    let answer = Rule::parse(text(case, "rule")).and_then(|rule| {
        rule.check(text(case, "alarm_name"), &scope, &|name| existing.contains(&name)).map(|()| rule)
    });
    match answer {
        Ok(_) if case.get("ok").is_some() => None,
        Ok(_) => Some("accepted".to_owned()),
        Err(error) if case.get("error").is_none() => Some(format!("refused: {error}")),
        Err(error) => (error.to_string() != text(case, "message"))
            .then(|| format!("says {error}\nnot  {}", text(case, "message"))),
    }
}

fn put_metric_alarm(case: &Value) -> Option<String> {
    match MetricAlarm::read(case.get("input")?, Some("n")) {
        Ok(_) => Some("accepted".to_owned()),
        Err(error) => (error.message != text(case, "message")).then(|| format!("says {}", error.message)),
    }
}

fn update_keeps_or_moves_the_state() -> Option<String> {
    let created = at("2026-09-14T10:00:00Z");
    let (mut alarm, _) = Composite::create(composite("c", "FALSE"), scope(), &|_| None, created);
    let same = alarm.update(composite("c", "NOT TRUE"), &|_| None, at("2026-09-14T10:01:00Z"));
    let moved = alarm.update(composite("c", "TRUE"), &|_| None, at("2026-09-14T10:02:00Z"));
    let [outcome] = moved.as_slice() else { return Some(format!("{moved:?}")) };
    let right = same.is_empty()
        && outcome.after.reason
            == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:c was updated and its new alarm rule evaluates to ALARM"
        && outcome.after.reason_data.as_deref() == Some("{\"triggeringAlarms\":[]}")
        && outcome.after.at == at("2026-09-14T10:02:00Z");
    (!right).then(|| format!("{same:?} {outcome:?}"))
}

fn created_with_a_suppressor(case: &Value) -> Option<String> {
    let config = case.get("config")?;
    let describe = case.get("describe")?;
    let mut properties = config.clone();
    properties.as_object_mut()?.insert("AlarmRule".to_owned(), config.get("rule")?.clone());
    let alarm = CompositeAlarm::read(&properties, Some("c")).unwrap().alarm;
    let now = at("2026-09-14T10:00:00Z");
    let known = |_: &str| Some(Observed { state: State::Ok, at: now });
    let (composite, outcomes) = Composite::create(alarm, scope(), &known, now);
    let suppressed = composite.status().suppressed.as_ref()?;
    let right = composite.status().state.as_str() == text(describe, "StateValue")
        && suppressed.by.as_str() == text(describe, "ActionsSuppressedBy")
        && suppressed.reason == text(describe, "ActionsSuppressedReason")
        && outcomes.iter().all(|outcome| outcome.actions.is_empty());
    (!right).then(|| format!("{:?}", composite.status()))
}

fn moved_at_the_childs_time() -> Option<String> {
    let known = |_: &str| Some(Observed { state: State::Ok, at: at("2026-09-14T11:00:00Z") });
    let (mut alarm, _) =
        Composite::create(composite("c", "ALARM(a)"), scope(), &known, at("2026-09-14T11:00:01Z"));
    let moment = at("2026-09-14T11:18:52.496Z");
    let outcomes = alarm.child_changed("a", &transition(State::Ok, State::Alarm, moment));
    let right = outcomes.len() == 1
        && alarm.status().at == moment
        && alarm.status().reason_data.as_deref().unwrap().contains("2026-09-14T11:18:52.496+0000");
    (!right).then(|| format!("{:?}", alarm.status()))
}

fn reason_data_is_verbatim() -> Option<String> {
    let alarm = composite("c", "TRUE");
    let now = at("2026-09-14T11:00:00Z");
    let scope = scope();
    let before = Status::initial(now);
    let after = Status { state: State::Alarm, reason_data: Some("{}".to_owned()), ..before.clone() };
    let event = Message::new(&alarm, &scope, &before, &after).event(&Ids::derived(&alarm, &scope, now));
    let event: Value = serde_json::from_str(&event).unwrap();
    let right = event.pointer("/detail/state/reasonData") == Some(&json!("{}"))
        && event.pointer("/detail/previousState/reasonData").is_none();
    (!right).then(|| event.to_string())
}

fn percentages_are_rounded_up() -> Option<String> {
    let two_of_three = |rule: &str| {
        let state = |name: &str| if name == "c" { State::Ok } else { State::Alarm };
        Rule::parse(rule).unwrap().expression().holds(&state)
    };
    let right = two_of_three("AT_LEAST(66%, ALARM, (a, b, c))")
        && !two_of_three("AT_LEAST(67%, ALARM, (a, b, c))")
        && two_of_three("AT_LEAST(75%, ALARM, (a, a, b, c))")
        && !two_of_three("AT_LEAST(3, ALARM, (a, b, c, c))");
    (!right).then(|| "the percentage or the multiplicity is another".to_owned())
}

/// Both alarms are created with rules that hold for nothing, then the circle is closed, then opened.
fn circle(case: &Value) -> Option<String> {
    let moment = |index: usize| {
        let time = text(case.get("events").unwrap().get(index).unwrap(), "t");
        at(&format!("2026-09-14T{time}"))
    };
    let config = case.get("config")?;
    let mut alarms = Composites::new(scope());
    let mut told = alarms.put(composite("C", "FALSE"), moment(0)).unwrap();
    told.extend(alarms.put(composite("D", text(config, "D")), moment(1)).unwrap());
    told.extend(alarms.put(composite("C", text(config, "C")), moment(2)).unwrap());
    let states = |alarms: &Composites| {
        ["C", "D"].map(|name| alarms.get(name).unwrap().status().state.as_str().to_owned())
    };
    for snapshot in case.get("snapshots")?.as_array()? {
        let expected = ["C", "D"].map(|name| text(snapshot, name).to_owned());
        if states(&alarms) != expected {
            return Some(format!("is {:?}, not {expected:?}", states(&alarms)));
        }
    }
    if !alarms.get("D").unwrap().status().reason.contains("alarm:C transitioned to ALARM") {
        return Some(alarms.get("D").unwrap().status().reason.clone());
    }
    told.extend(alarms.put(composite("C", "FALSE"), moment(3)).unwrap());
    told.extend(alarms.put(composite("D", "FALSE"), moment(3)).unwrap());
    let ours: Vec<[String; 4]> = told
        .iter()
        .map(|told| {
            let transition = told.outcome.transition();
            [
                told.alarm.clone(),
                transition.from.to_string(),
                transition.to.to_string(),
                transition.at.to_string(),
            ]
        })
        .collect();
    let theirs: Vec<[String; 4]> = case
        .get("events")?
        .as_array()?
        .iter()
        .map(|event| {
            let moment = at(&format!("2026-09-14T{}", text(event, "t")));
            [text(event, "alarm"), text(event, "old"), text(event, "new"), &moment.to_string()]
                .map(str::to_owned)
        })
        .collect();
    (ours != theirs).then(|| format!("{ours:?}\nnot {theirs:?}"))
}

fn transition(from: State, to: State, at: Timestamp) -> Transition {
    Transition { from, to, at, reason: String::new(), reason_data: None }
}

#[test]
#[expect(clippy::print_stderr, reason = "what was compared is to be seen")]
fn every_shared_rule_gives_the_state_of_its_children() {
    let mut compared = 0;
    for case in shared("alarm.jsonl") {
        if text(&case, "kind") != "composite" {
            continue;
        }
        let rule = text(case.get("alarm").unwrap(), "AlarmRule");
        let children: BTreeMap<String, State> = case
            .get("children")
            .and_then(Value::as_object)
            .unwrap()
            .iter()
            .map(|(name, state)| (name.clone(), State::parse(state.as_str().unwrap()).unwrap()))
            .collect();
        let state_of = |name: &str| children.get(name).copied().unwrap_or(State::InsufficientData);
        let holds = Rule::parse(rule).unwrap().expression().holds(&state_of);
        let state = if holds { "ALARM" } else { "OK" };
        assert_eq!(state, text(case.get("expect").unwrap(), "state"), "{case}");
        compared += 1;
    }
    eprintln!("alarm.jsonl: {compared} composite alarms compared");
}

/// The native captures of suppression hold events of one alarm in a row: its life is played from its children's
/// and its suppressor's transitions, and must give them.
#[test]
fn the_captured_life_of_a_suppressed_alarm_is_lived_again() {
    let cases = shared("alarm-message.jsonl");
    let captured = cases.iter().find(|case| text(case, "id") == "cw-composite-wait-release");
    let composite = captured.and_then(|case| case.pointer("/alarm/AlarmName")?.as_str());
    let prefix = composite.and_then(|name| name.strip_suffix("composite")).unwrap_or("own-");
    let name = |kind: &str| format!("{prefix}{kind}");
    let state = |id: &str, which: &str| -> Option<Value> {
        let case = cases.iter().find(|case| text(case, "id") == id)?;
        case.pointer(&format!("/eventbridge_event/detail/{which}")).cloned()
    };
    let properties = json!({
        "AlarmName": name("composite"), "AlarmRule": format!("ALARM(\"{}\")", name("child")),
        "ActionsSuppressor": name("suppressor"), "ActionsSuppressorWaitPeriod": 5,
        "ActionsSuppressorExtensionPeriod": 5, "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"],
    });
    let alarm = CompositeAlarm::read(&properties, None).unwrap().alarm;
    let day = |time: &str| at(&format!("2026-09-14T{time}Z"));
    let known = |_: &str| Some(Observed { state: State::Ok, at: day("06:00:00") });
    let (mut alarm, _) = Composite::create(alarm, scope(), &known, day("06:00:00"));
    alarm.tick(day("06:41:00"));
    let (ok, to_alarm) = (State::Ok, State::Alarm);
    let mut lived = alarm.child_changed(&name("child"), &transition(ok, to_alarm, day("06:42:02.864")));
    assert_eq!(alarm.next_wake(), Some(day("06:42:07.864")));
    lived.extend(alarm.tick(day("06:42:09")));
    lived.extend(alarm.child_changed(&name("child"), &transition(to_alarm, ok, day("06:42:20"))));
    lived.extend(alarm.tick(day("06:42:30")));
    lived.extend(alarm.suppressor_changed(&transition(ok, to_alarm, day("06:42:31.2"))));
    lived.extend(alarm.child_changed(&name("child"), &transition(ok, to_alarm, day("06:42:35.644"))));
    assert_eq!(alarm.next_wake(), None);
    lived.extend(alarm.suppressor_changed(&transition(to_alarm, ok, day("06:42:49.316"))));
    lived.extend(alarm.tick(day("06:43:00")));
    let by: Vec<_> =
        lived.iter().map(|outcome| outcome.suppressed().map(|suppressed| suppressed.by)).collect();
    assert_eq!(
        by,
        [
            Some(SuppressedBy::WaitPeriod),
            None,
            Some(SuppressedBy::WaitPeriod),
            None,
            Some(SuppressedBy::Alarm),
            Some(SuppressedBy::ExtensionPeriod),
            None
        ]
    );
    let captured = [
        (1, "cw-composite-wait-release"),
        (5, "cw-composite-extension-start"),
        (6, "cw-composite-extension-release"),
    ];
    let scope = scope();
    for (index, id) in captured {
        let outcome = lived.get(index).unwrap_or_else(|| panic!("{id} is missing"));
        let message = Message::new(alarm.alarm(), &scope, &outcome.before, &outcome.after);
        let event = message.event(&Ids::derived(alarm.alarm(), &scope, outcome.after.at));
        let event: Value = serde_json::from_str(&event).unwrap();
        for which in ["state", "previousState"] {
            let Some(theirs) = state(id, which) else { continue };
            assert_eq!(event.pointer(&format!("/detail/{which}")), Some(&theirs), "{id} {which}");
        }
    }
}
