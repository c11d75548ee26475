//! `alarm` under a rule: what it says, what it comes to, and how a slip is reported.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use trailbell_alarm::{Comparison, MissingData};
use trailbell_config::{Invalid, Loaded, Lookups, RuleAlarm, parse};

fn load(source: &str) -> Result<Loaded, Invalid> {
    parse(source, &["iam-change"], Lookups::none())
}

fn own(alarm: &str) -> Result<Loaded, Invalid> {
    load(&format!("rules:\n  own:\n    filter: '{{ $.a = b }}'\n    alarm: {alarm}\n"))
}

fn problem(alarm: &str) -> (String, String) {
    let problem = own(alarm).unwrap_err().problems.remove(0);
    (problem.message, problem.hint.unwrap_or_default())
}

#[test]
fn a_threshold_is_enough() {
    let settings = own("{ threshold: 5 }").unwrap().settings;
    let expected = RuleAlarm {
        threshold: 5.0,
        comparison: Comparison::GreaterOrEqual,
        period: 300,
        datapoints_to_alarm: 1,
        evaluation_periods: 1,
        statistic: "Sum",
        missing: MissingData::NotBreaching,
        each: false,
    };
    assert_eq!(settings.alarm_of("own"), Some(expected));
    assert_eq!(settings.alarm_of("iam-change"), None);
}

#[test]
fn every_term_can_be_said() {
    let alarm = "{ threshold: 0.5, comparison: LessThanThreshold, period: 1h, evaluate: 2 of 3, statistic: Maximum, missing: breaching, each: true }";
    let alarm = own(alarm).unwrap().settings.alarm_of("own").unwrap();
    assert_eq!((alarm.threshold, alarm.comparison, alarm.period), (0.5, Comparison::Less, 3600));
    assert_eq!((alarm.datapoints_to_alarm, alarm.evaluation_periods), (2, 3));
    assert_eq!((alarm.statistic, alarm.missing, alarm.each), ("Maximum", MissingData::Breaching, true));
}

#[test]
fn a_built_in_rule_goes_on_telling_each_event() {
    let settings = load("rules: { iam-change: { alarm: { threshold: 3 } } }").unwrap().settings;
    assert!(settings.alarm_of("iam-change").unwrap().each);
}

#[test]
fn a_slip_is_named_in_its_place() {
    for (alarm, message, hint) in [
        ("{}", "An alarm needs a `threshold`", "threshold: 5"),
        ("{ threshold: many }", "`threshold` must be a number, such as 5", ""),
        ("{ threshold: .nan }", "`threshold` must be a number, such as 5", ""),
        ("{ threshold: 5, period: 45s }", "`period` cannot be this long", "whole minutes"),
        ("{ threshold: 5, period: 5 minutes }", "`…` is not a duration", "5m"),
        ("{ threshold: 5, evaluate: 3 of 2 }", "`evaluate` is not so many of so many periods", "2 of 3"),
        ("{ threshold: 5, evaluate: 0 of 2 }", "`evaluate` is not so many of so many periods", "2 of 3"),
        ("{ threshold: 5, period: 1h, evaluate: 1 of 200 }", "This alarm looks back too far", "seven days"),
        ("{ threshold: 5, period: 30m, evaluate: 1 of 50 }", "This alarm looks back too far", "a day"),
        ("{ threshold: 5, missing: notbreaching }", "`missing` cannot be `notbreaching`", "`notBreaching`"),
        ("{ threshold: 5, treshold: 5 }", "Unknown key `treshold` in `alarm`", "`threshold`"),
        ("often", "`alarm` must be a mapping", "key: value"),
    ] {
        let (said, advice) = problem(alarm);
        assert_eq!(said, message, "{alarm}");
        assert!(advice.contains(hint), "{alarm}: {advice}");
    }
}
