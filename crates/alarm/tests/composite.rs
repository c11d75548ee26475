//! Composite alarms as we know them without the shared cases: the rule's language and its errors, the life of one
//! alarm with and without a suppressor, and of several that watch one another.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use jiff::Timestamp;
use serde_json::json;
use trailbell_alarm::{
    Composite, CompositeAlarm, CompositeState, Composites, Observed, Outcome, Rule, Scope, State,
    SuppressedBy, Transition,
};

fn scope() -> Scope {
    Scope::new("111111111111", "us-east-1")
}

/// A moment, in seconds after a fixed one.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn to(state: State, second: i64) -> Transition {
    let from = if state == State::Alarm { State::Ok } else { State::Alarm };
    Transition { from, to: state, at: at(second), reason: String::new(), reason_data: None }
}

fn composite(name: &str, rule: &str) -> CompositeAlarm {
    let properties = json!({"AlarmName": name, "AlarmRule": rule, "AlarmActions": ["arn:aws:sns:r:1:alarm"],
        "OKActions": ["arn:aws:sns:r:1:ok"]});
    CompositeAlarm::read(&properties, None).unwrap().alarm
}

fn refused(rule: &str) -> (String, String, Option<String>) {
    let error = Rule::parse(rule).unwrap_err();
    let diagnostic = error.diagnostic();
    let marked = rule.get(diagnostic.span.start..diagnostic.span.end).unwrap().to_owned();
    (error.to_string(), marked, diagnostic.hint.clone())
}

#[test]
fn a_rule_is_read_with_its_precedence() {
    let rule = Rule::parse("ALARM(a) OR NOT OK(\"b c\") AND (INSUFFICIENT_DATA(d) OR TRUE)").unwrap();
    assert_eq!(rule.children(), ["a", "b c", "d"]);
    assert_eq!(
        rule.expression().to_string(),
        "ALARM(a) OR NOT OK(\"b c\") AND (INSUFFICIENT_DATA(d) OR TRUE)"
    );
    // `AND` first: were it `OR` first, FALSE would decide.
    assert!(Rule::parse("TRUE OR TRUE AND FALSE").unwrap().expression().holds(&|_| State::Ok));
    assert!(!Rule::parse("NOT TRUE AND FALSE").unwrap().expression().holds(&|_| State::Ok));
}

#[test]
fn a_name_may_be_any_word_or_anything_in_quotes() {
    let rule =
        Rule::parse(r#"ALARM(OR) OR ALARM("a)b,\"c\"") OR ALARM(5%) OR OK(arn:aws:cloudwatch:r:1:alarm:x)"#)
            .unwrap();
    assert_eq!(rule.children(), ["OR", "a)b,\"c\"", "5%", "x"]);
}

#[test]
fn a_refused_rule_is_shown_with_its_place_and_what_to_do() {
    let (message, marked, hint) = refused("ALARM(a) && ALARM(b)");
    assert_eq!(message, "Error in AlarmRule [Unsupported token '&&' at char 9, must be: <EOF>, 'AND', 'OR']");
    assert_eq!((marked.as_str(), hint.as_deref()), ("&&", Some("write AND")));
    assert_eq!(refused("ALARM(a) or ALARM(b)").2.as_deref(), Some("keywords are upper-case: write OR"));
    assert_eq!(
        refused("ALARM(root login)").2.as_deref(),
        Some("put a name with spaces, commas or parentheses into double quotes")
    );
    assert_eq!(refused("!ALARM(a)").2.as_deref(), Some("write NOT before what shall not hold"));
    assert_eq!(refused("ALARM(\"a)").2.as_deref(), Some("close the quotes"));
    let (message, marked, _) = refused("あ AND");
    assert!(message.contains("token 'あ' at char 0") && marked == "あ", "{message}");
    assert!(refused("(ALARM(a)").0.ends_with("'<EOF>' at char 9, must be: ')', 'AND', 'OR']"));
    assert!(refused("(TRUE FALSE)").0.ends_with("'FALSE' at char 6, must be: ')']"));
}

#[test]
fn a_rule_has_limits() {
    let named = |count: usize| (0..count).map(|n| format!("ALARM(a{n})")).collect::<Vec<_>>().join(" OR ");
    assert!(Rule::parse(&named(100)).is_ok());
    assert!(refused(&named(101)).0.contains("101 alarms"));
    let many = |count: usize| vec!["TRUE"; count].join(" OR ");
    assert!(Rule::parse(&many(500)).is_ok());
    assert!(refused(&many(501)).0.contains("more than 500 elements"));
    let nested = |depth: usize| format!("{}TRUE{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Rule::parse(&nested(128)).is_ok());
    assert!(refused(&nested(129)).0.contains("nested more than 128 deep"));
    assert!(refused(&"NOT ".repeat(2_000)).0.contains("nested more than 128 deep"));
    assert!(refused(&"x".repeat(10_241)).0.contains("less than or equal to 10240"));
    assert!(refused("").0.contains("greater than or equal to 1"));
    assert!(refused("AT_LEAST(99999999999999999999, ALARM, (a))").0.contains("number of alarms (1)"));
}

#[test]
fn a_rule_may_not_name_its_own_alarm_nor_one_of_another_account_or_one_that_is_not() {
    let check = |rule: &str| {
        Rule::parse(rule)
            .unwrap()
            .check("c", &scope(), &|name| name == "a")
            .map_err(|error| error.to_string())
    };
    assert_eq!(check("ALARM(a)"), Ok(()));
    assert!(check("ALARM(a) OR OK(arn:aws:cloudwatch:us-east-1:111111111111:alarm:c)").is_err());
    assert_eq!(
        check("OK(arn:aws:cloudwatch:us-east-1:222222222222:alarm:a)").unwrap_err(),
        "Error in AlarmRule [Wrong ARN account, it was 222222222222 but 111111111111 was expected instead]"
    );
    assert_eq!(
        check("OK(x) OR OK(a) OR OK(y)").unwrap_err(),
        "Could not save the composite alarm as alarms [arn:aws:cloudwatch:us-east-1:111111111111:alarm:x, \
         arn:aws:cloudwatch:us-east-1:111111111111:alarm:y] in the alarm rule do not exist"
    );
}

#[test]
fn a_new_alarm_is_evaluated_at_once_and_names_all_its_children() {
    let known = |name: &str| (name == "a").then(|| Observed { state: State::Ok, at: at(-5) });
    let (alarm, outcomes) = Composite::create(composite("c", "ALARM(a) OR ALARM(b)"), scope(), &known, at(0));
    let [outcome] = outcomes.as_slice() else { unreachable!() };
    assert_eq!(outcome.before.reason, "Unchecked: Initial alarm creation");
    assert_eq!((outcome.transition().from, outcome.transition().to), (State::InsufficientData, State::Ok));
    assert_eq!(
        alarm.status().reason,
        "arn:aws:cloudwatch:us-east-1:111111111111:alarm:c was created and its alarm rule evaluates to OK"
    );
    assert_eq!(
        alarm.status().reason_data.as_deref().unwrap(),
        "{\"triggeringAlarms\":[{\"arn\":\"arn:aws:cloudwatch:us-east-1:111111111111:alarm:a\",\"state\":\
         {\"value\":\"OK\",\"timestamp\":\"2027-01-15T07:59:55.000+0000\"}}]}"
    );
    assert_eq!(outcome.actions, ["arn:aws:sns:r:1:ok"]);
}

#[test]
fn an_alarm_moves_with_its_child_and_not_when_the_rule_says_the_same() {
    let (mut alarm, _) = Composite::create(composite("c", "ALARM(a) OR ALARM(b)"), scope(), &|_| None, at(0));
    let moved =
        alarm.child_changed("arn:aws:cloudwatch:us-east-1:111111111111:alarm:a", &to(State::Alarm, 10));
    assert_eq!(
        moved.first().unwrap().after.reason,
        "arn:aws:cloudwatch:us-east-1:111111111111:alarm:a transitioned to ALARM at Friday 15 January, 2027 08:00:10 UTC"
    );
    assert_eq!(moved.first().unwrap().after.at, at(10));
    assert_eq!(alarm.child_changed("b", &to(State::Alarm, 20)), []);
    assert_eq!(alarm.child_changed("a", &to(State::Ok, 30)), []);
    assert_eq!(alarm.child_changed("nobody", &to(State::Ok, 35)), []);
    assert_eq!(alarm.child_changed("b", &to(State::Ok, 40)).len(), 1);
}

#[test]
fn an_alarm_without_enabled_actions_moves_and_tells_nobody() {
    let mut definition = composite("c", "ALARM(a)");
    definition.actions.enabled = false;
    let (mut alarm, _) = Composite::create(definition, scope(), &|_| None, at(0));
    assert_eq!(alarm.child_changed("a", &to(State::Alarm, 1)).first().unwrap().actions, Vec::<String>::new());
}

/// The examples of CloudWatch's documentation: `WaitPeriod` 2, `ExtensionPeriod` 3. `C` is the composite alarm's
/// child, `S` the suppressor; the answer is when actions ran, for which state.
fn example(suppressor_in_alarm: bool, events: &[(i64, char, State)]) -> Vec<(i64, State)> {
    let mut definition = composite("c", "ALARM(a)");
    definition.suppressor =
        Some(trailbell_alarm::Suppressor { alarm: "s".to_owned(), wait: 2, extension: 3 });
    let known = |name: &str| {
        let state = if name == "s" && suppressor_in_alarm { State::Alarm } else { State::Ok };
        Some(Observed { state, at: at(-100) })
    };
    let (mut alarm, _) = Composite::create(definition, scope(), &known, at(-100));
    alarm.tick(at(-1));
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (second, who, state) in events {
        outcomes.extend(match who {
            'S' => alarm.suppressor_changed(&to(*state, *second)),
            _ => alarm.child_changed("a", &to(*state, *second)),
        });
        // It can be kept at any moment.
        let kept: CompositeState =
            serde_json::from_str(&serde_json::to_string(alarm.state()).unwrap()).unwrap();
        alarm = Composite::resume(alarm.alarm().clone(), scope(), kept);
    }
    outcomes.extend(alarm.tick(at(100)));
    let ran = outcomes.iter().filter(|outcome| !outcome.actions.is_empty());
    ran.map(|outcome| (outcome.after.at.as_second() - at(0).as_second(), outcome.after.state)).collect()
}

#[test]
fn example_1_actions_run_when_the_wait_is_over() {
    assert_eq!(example(false, &[(2, 'C', State::Alarm)]), [(4, State::Alarm)]);
}

#[test]
fn example_2_the_suppressor_holds_them_back_before_the_wait_is_over() {
    assert_eq!(example(false, &[(2, 'C', State::Alarm), (3, 'S', State::Alarm)]), []);
}

#[test]
fn example_3_a_transition_during_the_wait_begins_another_wait() {
    assert_eq!(example(false, &[(2, 'C', State::Alarm), (3, 'C', State::Ok)]), [(5, State::Ok)]);
}

#[test]
fn example_4_a_transition_while_the_suppressor_is_in_alarm_is_held_back() {
    assert_eq!(example(true, &[(2, 'C', State::Alarm)]), []);
}

#[test]
fn example_5_actions_run_when_the_extension_is_over() {
    assert_eq!(
        example(false, &[(2, 'C', State::Alarm), (3, 'S', State::Alarm), (6, 'S', State::Ok)]),
        [(9, State::Alarm)]
    );
}

#[test]
fn example_6_a_transition_during_the_extension_begins_a_wait() {
    assert_eq!(
        example(
            false,
            &[(2, 'C', State::Alarm), (3, 'S', State::Alarm), (6, 'S', State::Ok), (7, 'C', State::Ok)]
        ),
        [(9, State::Ok)]
    );
}

#[test]
fn a_suppressor_that_comes_and_goes_while_nothing_is_held_changes_nothing() {
    assert_eq!(example(false, &[(2, 'S', State::Alarm), (6, 'S', State::Ok)]), []);
}

#[test]
fn another_suppressor_holds_what_is_held_on_its_own_terms() {
    let suppressed = |alarm: &str, wait: u32| {
        let mut definition = composite("c", "ALARM(a)");
        definition.suppressor =
            Some(trailbell_alarm::Suppressor { alarm: alarm.to_owned(), wait, extension: 3 });
        definition
    };
    let known = |_: &str| Some(Observed { state: State::Ok, at: at(0) });
    let (mut alarm, _) = Composite::create(suppressed("s", 10), scope(), &known, at(0));
    let known =
        |name: &str| Some(Observed { state: if name == "z" { State::Alarm } else { State::Ok }, at: at(0) });
    let held = alarm.update(suppressed("z", 10), &known, at(5));
    assert_eq!(held.first().unwrap().suppressed().unwrap().by, SuppressedBy::Alarm);
    assert_eq!(alarm.update(suppressed("z", 10), &known, at(6)), []);
    let free = alarm.update(composite("c", "ALARM(a)"), &known, at(7));
    assert_eq!((free.first().unwrap().suppressed(), free.first().unwrap().actions.len()), (None, 1));
}

fn states(alarms: &Composites) -> Vec<(String, State)> {
    alarms.iter().map(|alarm| (alarm.alarm().name.clone(), alarm.status().state)).collect()
}

fn family(rules: &[(&str, &str)]) -> Composites {
    let mut alarms = Composites::new(scope());
    alarms.know("a", Observed { state: State::Ok, at: at(0) });
    for (name, rule) in rules {
        alarms.put(composite(name, rule), at(0)).unwrap();
    }
    alarms
}

#[test]
fn a_change_is_followed_upwards_a_child_before_its_parent() {
    let mut alarms = family(&[("x", "ALARM(a)"), ("y", "ALARM(x)"), ("z", "OK(y)")]);
    let told = alarms.alarm_changed("a", &to(State::Alarm, 1));
    let names: Vec<&str> = told.iter().map(|told| told.alarm.as_str()).collect();
    assert_eq!(names, ["x", "y", "z"]);
    assert!(told.iter().all(|told| told.outcome.after.at == at(1)));
    assert_eq!(told.last().unwrap().outcome.after.state, State::Ok);
}

#[test]
fn a_circle_that_agrees_with_itself_moves_and_stays() {
    let mut alarms = family(&[("c", "ALARM(a)"), ("d", "ALARM(c)")]);
    alarms.put(composite("c", "ALARM(a) OR ALARM(d)"), at(1)).unwrap();
    alarms.alarm_changed("a", &to(State::Alarm, 2));
    assert_eq!(states(&alarms), [("c".to_owned(), State::Alarm), ("d".to_owned(), State::Alarm)]);
    assert_eq!(alarms.alarm_changed("a", &to(State::Ok, 3)), []);
}

#[test]
fn a_circle_that_contradicts_itself_stops_where_it_closes() {
    let mut alarms = family(&[("c", "FALSE"), ("d", "ALARM(c)")]);
    let told = alarms.put(composite("c", "NOT ALARM(d)"), at(1)).unwrap();
    let names: Vec<&str> = told.iter().map(|told| told.alarm.as_str()).collect();
    assert_eq!(names, ["d"]);
    assert_eq!(states(&alarms), [("c".to_owned(), State::Ok), ("d".to_owned(), State::Alarm)]);
}

#[test]
fn rules_made_to_move_one_another_without_end_come_to_an_end() {
    // Each storey has two alarms that differ while the storey below changes: naively, twice the moves a storey.
    let mut alarms = family(&[("x0", "ALARM(a)"), ("y0", "OK(a)")]);
    for storey in 1..60 {
        let below = storey - 1;
        let either = format!("ALARM(x{below}) AND OK(y{below}) OR OK(x{below}) AND ALARM(y{below})");
        alarms.put(composite(&format!("x{storey}"), &either), at(0)).unwrap();
        alarms.put(composite(&format!("y{storey}"), &format!("NOT ({either})")), at(0)).unwrap();
    }
    for second in 1..4 {
        let state = if second % 2 == 1 { State::Alarm } else { State::Ok };
        assert!(alarms.alarm_changed("a", &to(state, second)).len() <= 20_000);
    }
    // And a circle of all with all.
    let names: Vec<String> = (0..12).map(|n| format!("c{n}")).collect();
    let mut alarms = family(&[]);
    for name in &names {
        alarms.put(composite(name, "ALARM(a)"), at(0)).unwrap();
    }
    for name in &names {
        let others: Vec<String> =
            names.iter().filter(|other| *other != name).map(|other| format!("OK({other})")).collect();
        alarms.put(composite(name, &format!("ALARM(a) AND ({})", others.join(" OR "))), at(1)).unwrap();
    }
    alarms.alarm_changed("a", &to(State::Alarm, 2));
}

#[test]
fn an_alarm_that_is_child_and_suppressor_holds_back_what_it_causes() {
    let mut alarms = family(&[]);
    let mut definition = composite("c", "ALARM(a)");
    definition.suppressor =
        Some(trailbell_alarm::Suppressor { alarm: "a".to_owned(), wait: 2, extension: 3 });
    alarms.put(definition, at(0)).unwrap();
    assert_eq!(alarms.next_wake(), Some(at(2)));
    assert_eq!(alarms.tick(at(2)).len(), 1);
    let told = alarms.alarm_changed("a", &to(State::Alarm, 5));
    assert_eq!(told.first().unwrap().outcome.suppressed().unwrap().by, SuppressedBy::Alarm);
    assert_eq!(
        told.first().unwrap().outcome.suppressed().unwrap().reason,
        "Actions suppressed by arn:aws:cloudwatch:us-east-1:111111111111:alarm:a that transitioned to ALARM at \
         Friday 15 January, 2027 08:00:05 UTC"
    );
}

#[test]
fn a_family_goes_on_from_what_was_kept() {
    let mut alarms = family(&[("x", "ALARM(a)"), ("y", "ALARM(x)")]);
    alarms.alarm_changed("a", &to(State::Alarm, 1));
    let definitions = alarms.iter().map(|alarm| alarm.alarm().clone()).collect();
    let kept = alarms.iter().map(|alarm| (alarm.alarm().name.clone(), alarm.state().clone())).collect();
    let others = [("a".to_owned(), Observed { state: State::Alarm, at: at(1) })].into();
    let mut again = Composites::resume(scope(), definitions, kept, others);
    assert_eq!(again.alarm_changed("a", &to(State::Ok, 2)).len(), 2);
    assert_eq!(again.get("y").unwrap().status().state, State::Ok);
}
