//! Composite alarms against naive ones: hostile rules, printed rules read back, the suppressor second by second, and
//! families of alarms against their rules evaluated from below.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use trailbell_alarm::{
    Composite, CompositeAlarm, CompositeState, Composites, Expression, Observed, Rule, Scope, State,
    Suppressor, Threshold, Transition,
};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn scope() -> Scope {
    Scope::new("111111111111", "us-east-1")
}

const STATES: [State; 3] = [State::Ok, State::Alarm, State::InsufficientData];

const WORDS: &[&str] = &[
    "ALARM",
    "OK",
    "INSUFFICIENT_DATA",
    "(",
    ")",
    ",",
    "AND",
    "OR",
    "NOT",
    "TRUE",
    "FALSE",
    "AT_LEAST",
    "1",
    "50%",
    "a",
    "\"b c\"",
    "\"",
    "\\",
    " ",
    "((",
    "))",
    "é",
    "true",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{1,3}",
        ".{1,6}",
        select(&["OR", "1", "5%", "\\", "\"", " ", "a\\\"b"]).prop_map(str::to_owned)
    ]
    .prop_filter("a name is not empty", |name: &String| !name.is_empty())
}

fn expression() -> impl Strategy<Value = Expression> {
    let at_least = (vec(name(), 1..5), any::<bool>(), select(&STATES), any::<bool>(), 1_u32..=100).prop_map(
        |(alarms, negated, state, percent, number)| {
            let most = u32::try_from(alarms.len()).unwrap();
            let threshold =
                if percent { Threshold::Percent(number) } else { Threshold::Count((number - 1) % most + 1) };
            Expression::AtLeast { threshold, negated, state, alarms }
        },
    );
    let leaf = prop_oneof![
        any::<bool>().prop_map(Expression::Constant),
        (select(&STATES), name()).prop_map(|(state, alarm)| Expression::Is { state, alarm }),
        at_least,
    ];
    leaf.prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expression::Not(Box::new(inner))),
            vec(inner.clone(), 2..4).prop_map(Expression::All),
            vec(inner, 2..4).prop_map(Expression::Any),
        ]
    })
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_row_of_words_is_read_or_refused(words in vec(select(WORDS), 0..30), blanks in any::<bool>()) {
        check(&words.join(if blanks { " " } else { "" }));
    }

    #[test]
    fn a_printed_rule_is_read_back_as_the_same(expression in expression()) {
        let printed = expression.to_string();
        let read = Rule::parse(&printed);
        prop_assert_eq!(read.as_ref().map(Rule::expression), Ok(&expression), "{}", printed);
    }
}

fn check(text: &str) {
    match Rule::parse(text) {
        Ok(rule) => {
            let printed = rule.expression().to_string();
            let again = Rule::parse(&printed).unwrap();
            assert_eq!(again.expression(), rule.expression());
            assert_eq!(again.children(), rule.children());
            rule.expression().holds(&|_| State::Ok);
        }
        Err(error) => {
            let diagnostic = error.diagnostic();
            assert!(text.get(diagnostic.span.start..diagnostic.span.end).is_some());
            diagnostic.render("template.yaml", text);
        }
    }
}

/// The suppressor as its rules say it, looked at every second.
#[derive(Default)]
struct Naive {
    state: bool,
    suppressor: bool,
    /// Since when nothing but the wait holds the actions.
    waits_since: Option<i64>,
    /// Since when nothing but the extension holds them.
    extends_since: Option<i64>,
    held_by_suppressor: bool,
    ran: Vec<(i64, bool)>,
}

impl Naive {
    fn second(&mut self, second: i64, wait: i64, extension: i64, events: &[(i64, bool, bool)]) {
        self.end(second, wait, extension);
        for (_, of_suppressor, value) in events.iter().filter(|(when, ..)| *when == second) {
            if *of_suppressor {
                let was = std::mem::replace(&mut self.suppressor, *value);
                let held =
                    self.held_by_suppressor || self.waits_since.is_some() || self.extends_since.is_some();
                if *value && held {
                    (self.held_by_suppressor, self.waits_since, self.extends_since) = (true, None, None);
                } else if was && !*value && self.held_by_suppressor {
                    (self.held_by_suppressor, self.extends_since) = (false, Some(second));
                }
            } else if *value != self.state {
                self.state = *value;
                (self.waits_since, self.extends_since, self.held_by_suppressor) =
                    (None, None, self.suppressor);
                if !self.suppressor {
                    self.waits_since = Some(second);
                }
            }
            self.end(second, wait, extension);
        }
    }

    fn end(&mut self, second: i64, wait: i64, extension: i64) {
        let waited = self.waits_since.is_some_and(|since| second >= since + wait);
        let extended = self.extends_since.is_some_and(|since| second >= since + extension);
        if waited || extended {
            (self.waits_since, self.extends_since) = (None, None);
            self.ran.push((second, self.state));
        }
    }

    fn word(&self) -> Option<&'static str> {
        match (self.held_by_suppressor, self.waits_since, self.extends_since) {
            (true, ..) => Some("Alarm"),
            (_, Some(_), _) => Some("WaitPeriod"),
            (.., Some(_)) => Some("ExtensionPeriod"),
            _ => None,
        }
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_suppressor_does_what_its_rules_say_second_by_second(
        wait in 0_u32..5,
        extension in 0_u32..5,
        mut events in vec((1_i64..40, any::<bool>(), any::<bool>()), 0..20),
        ticks in any::<bool>(),
    ) {
        events.sort_by_key(|(second, ..)| *second);
        let properties = json!({"AlarmName": "c", "AlarmRule": "ALARM(a)", "AlarmActions": ["arn:aws:sns:r:1:t"],
            "OKActions": ["arn:aws:sns:r:1:t"]});
        let mut definition = CompositeAlarm::read(&properties, None).unwrap().alarm;
        definition.suppressor = Some(Suppressor { alarm: "s".to_owned(), wait, extension });
        let known = |_: &str| Some(Observed { state: State::Ok, at: at(-50) });
        let (mut alarm, _) = Composite::create(definition, scope(), &known, at(-50));
        alarm.tick(at(0));
        let mut naive = Naive::default();
        let mut ran = Vec::new();
        for second in 1..60 {
            naive.second(second, i64::from(wait), i64::from(extension), &events);
            let mut outcomes = Vec::new();
            for (_, of_suppressor, value) in events.iter().filter(|(when, ..)| *when == second) {
                let (from, to) = if *value { (State::Ok, State::Alarm) } else { (State::Alarm, State::Ok) };
                let transition =
                    Transition { from, to, at: at(second), reason: String::new(), reason_data: None };
                outcomes.extend(if *of_suppressor {
                    alarm.suppressor_changed(&transition)
                } else {
                    alarm.child_changed("a", &transition)
                });
            }
            // With a clock that wakes it, and with one that never does until the end: the same happens.
            if ticks || second == 59 {
                outcomes.extend(alarm.tick(at(second)));
                let by = alarm.status().suppressed.as_ref().map(|suppressed| suppressed.by.as_str());
                prop_assert_eq!(by, naive.word());
            }
            for outcome in outcomes.iter().filter(|outcome| !outcome.actions.is_empty()) {
                let second = outcome.after.at.as_second() - at(0).as_second();
                ran.push((second, outcome.after.state == State::Alarm));
            }
            let kept: CompositeState =
                serde_json::from_str(&serde_json::to_string(alarm.state()).unwrap()).unwrap();
            alarm = Composite::resume(alarm.alarm().clone(), scope(), kept);
        }
        prop_assert_eq!(ran, naive.ran);
    }
}

/// A rule for the composite alarm `c<index>` over the metric alarms and the composite alarms before it.
fn rule_over(index: usize) -> impl Strategy<Value = String> {
    let name = (0..index + 3).prop_map(|n| if n < 3 { format!("m{n}") } else { format!("c{}", n - 3) });
    let leaf = (select(&STATES), name).prop_map(|(state, alarm)| Expression::Is { state, alarm });
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expression::Not(Box::new(inner))),
            vec(inner.clone(), 2..4).prop_map(Expression::All),
            vec(inner, 2..4).prop_map(Expression::Any),
        ]
    })
    .prop_map(|expression| expression.to_string())
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_family_without_circles_is_where_its_rules_are(
        rules in (rule_over(0), rule_over(1), rule_over(2), rule_over(3), rule_over(4)),
        changes in vec((0_usize..3, select(&STATES)), 0..12),
    ) {
        let rules = [rules.0, rules.1, rules.2, rules.3, rules.4];
        let mut alarms = Composites::new(scope());
        let mut truth: BTreeMap<String, State> = BTreeMap::new();
        for metric in ["m0", "m1", "m2"] {
            alarms.know(metric, Observed { state: State::InsufficientData, at: at(0) });
            truth.insert(metric.to_owned(), State::InsufficientData);
        }
        for (index, rule) in rules.iter().enumerate() {
            let properties = json!({"AlarmName": format!("c{index}"), "AlarmRule": rule});
            alarms.put(CompositeAlarm::read(&properties, None).unwrap().alarm, at(0)).unwrap();
        }
        for (second, (metric, to)) in (1..).zip(changes) {
            let name = format!("m{metric}");
            let from = truth.insert(name.clone(), to).unwrap();
            if from != to {
                let change = Transition { from, to, at: at(second), reason: String::new(), reason_data: None };
                alarms.alarm_changed(&name, &change);
            }
            for (index, rule) in rules.iter().enumerate() {
                let rule = Rule::parse(rule).unwrap();
                let holds = rule.expression().holds(&|name| truth.get(name).copied().unwrap());
                let state = if holds { State::Alarm } else { State::Ok };
                truth.insert(format!("c{index}"), state);
                prop_assert_eq!(alarms.get(&format!("c{index}")).unwrap().status().state, state);
            }
        }
    }
}
