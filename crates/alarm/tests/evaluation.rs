//! When an alarm changes its state, and in which words: the tables of AWS's documentation and recorded reasons.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod support;

use trailbell_alarm::{
    Comparison, Datapoint, LowSamples, Measured, MetricAlarm, MissingData, Query, QuerySource, Range, State,
    Terms, Unit, evaluate, range_periods,
};

use support::{alarm, at, points, reading};

const TREATMENTS: [MissingData; 4] =
    [MissingData::Missing, MissingData::Ignore, MissingData::Breaching, MissingData::NotBreaching];

/// The state after one evaluation; `None` where it stays whatever it was.
fn outcome(alarm: &MetricAlarm, row: &str) -> Option<State> {
    let terms = Terms::of(alarm).unwrap();
    let newest = at("2026-09-14T05:40:00Z");
    let range = points(row);
    let after = |before: State| {
        evaluate(&terms, Range { newest, points: &range }, before, newest).map_or(before, |change| change.to)
    };
    let states = [State::Ok, State::Alarm, State::InsufficientData].map(after);
    match states {
        [State::Ok, State::Alarm, State::InsufficientData] => None,
        [first, second, third] => {
            assert!(first == second && second == third, "the state before matters: {row}");
            Some(first)
        }
    }
}

fn change(alarm: &MetricAlarm, row: &str, before: State) -> (String, String) {
    let range = points(row);
    let newest = at("2026-09-14T05:42:00Z");
    let terms = Terms::of(alarm).unwrap();
    let change =
        evaluate(&terms, Range { newest, points: &range }, before, at("2026-09-14T05:43:07.551Z")).unwrap();
    (change.reason, change.reason_data.unwrap())
}

#[test]
fn the_documented_tables_hold() {
    const OK: Option<State> = Some(State::Ok);
    const ALARM: Option<State> = Some(State::Alarm);
    const NO_DATA: Option<State> = Some(State::InsufficientData);
    const RETAIN: Option<State> = None;
    for (m, row, expected) in [
        (3, "0 - X - X", [OK, OK, OK, OK]),
        (3, "0 - - - -", [OK, OK, OK, OK]),
        (3, "- - - - -", [NO_DATA, RETAIN, ALARM, OK]),
        (3, "0 X X - X", [ALARM, ALARM, ALARM, ALARM]),
        (3, "- - X - -", [ALARM, RETAIN, ALARM, OK]),
        (2, "0 - X - X", [ALARM, ALARM, ALARM, ALARM]),
        (2, "0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]),
        (2, "0 - X - -", [OK, OK, ALARM, OK]),
        (2, "- - - - 0", [OK, OK, ALARM, OK]),
        (2, "- - - X -", [ALARM, RETAIN, ALARM, OK]),
        // Prose beside the tables: an ALARM is not premature before M periods.
        (3, "- - - - X", [RETAIN, RETAIN, ALARM, OK]),
        (3, "- - - X -", [RETAIN, RETAIN, ALARM, OK]),
        (3, "- - - X 0", [OK, OK, OK, OK]),
        // Derived: M real points that breach are an ALARM, though fewer than N are there.
        (2, "- - - X X", [ALARM, ALARM, ALARM, ALARM]),
    ] {
        for (missing, expected) in TREATMENTS.into_iter().zip(expected) {
            let got = outcome(&alarm(300, m, 3, missing), row);
            assert_eq!(got, expected, "{m} of 3, {row}, {}", missing.as_str());
        }
    }
}

#[test]
fn one_old_point_decides_for_one_period_until_it_leaves_the_range() {
    for row in ["- - X", "- X -", "X - -"] {
        for missing in TREATMENTS {
            assert_eq!(outcome(&alarm(300, 1, 1, missing), row), Some(State::Alarm), "{row}");
        }
    }
    assert_eq!(outcome(&alarm(300, 1, 1, MissingData::NotBreaching), "X - 0"), Some(State::Ok));
}

#[test]
fn the_range_is_longer_than_the_periods() {
    for (period, periods, range) in [(300, 3, 5), (300, 1, 3), (60, 5, 7), (10, 3, 9), (30, 1, 3)] {
        assert_eq!(range_periods(period, periods), range);
    }
}

#[test]
fn reasons_are_in_the_words_of_aws() {
    let missing = MissingData::Missing;
    let minutes = |m, n, missing| alarm(60, m, n, missing);
    let equal = MetricAlarm {
        comparison: Comparison::GreaterOrEqual,
        threshold: 1.0,
        ..minutes(0, 2, MissingData::Breaching)
    };
    for (alarm, row, before, reason) in [
        (
            minutes(2, 3, missing),
            "X 0 X",
            State::Ok,
            "Threshold Crossed: 2 out of the last 3 datapoints [100.0 (14/09/26 05:42:00), 100.0 (14/09/26 05:40:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            minutes(3, 3, MissingData::Breaching),
            "X 0 X",
            State::Alarm,
            "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (14/09/26 05:41:00)] was not greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            minutes(2, 3, missing),
            "0 X - - -",
            State::Alarm,
            "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (14/09/26 05:38:00)] was not greater than the threshold (50.0) (minimum 2 datapoints for ALARM -> OK transition).",
        ),
        (
            minutes(3, 3, MissingData::Breaching),
            "- - - - 0",
            State::Alarm,
            "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (14/09/26 05:42:00)] was not greater than the threshold (50.0) and 2 missing datapoints were treated as [Breaching] (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            minutes(1, 20, MissingData::NotBreaching),
            "- 613 -",
            State::Ok,
            "Threshold Crossed: 1 out of the last 20 datapoints [613.0 (14/09/26 05:41:00)] was greater than the threshold (50.0) and 19 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            minutes(5, 5, missing),
            "1e10 X X X X",
            State::InsufficientData,
            "Threshold Crossed: 5 out of the last 5 datapoints were greater than the threshold (50.0). The most recent datapoints which crossed the threshold: [100.0 (14/09/26 05:42:00), 100.0 (14/09/26 05:41:00), 100.0 (14/09/26 05:40:00), 100.0 (14/09/26 05:39:00), 1.0E10 (14/09/26 05:38:00)] (minimum 5 datapoints for OK -> ALARM transition).",
        ),
        (
            minutes(0, 6, missing),
            "X X X X X X",
            State::Ok,
            "Threshold Crossed: 6 datapoints were greater than the threshold (50.0). The most recent datapoints which crossed the threshold: [100.0 (14/09/26 05:42:00), 100.0 (14/09/26 05:41:00), 100.0 (14/09/26 05:40:00), 100.0 (14/09/26 05:39:00), 100.0 (14/09/26 05:38:00)].",
        ),
        (
            minutes(0, 2, missing),
            "1 0",
            State::InsufficientData,
            "Threshold Crossed: 2 datapoints [0.0 (14/09/26 05:42:00), 1.0 (14/09/26 05:41:00)] were not greater than the threshold (50.0).",
        ),
        (
            equal,
            "- 0 -",
            State::Alarm,
            "Threshold Crossed: 1 datapoint [0.0 (14/09/26 05:41:00)] was not greater than or equal to the threshold (1.0) and 1 missing datapoint was treated as [Breaching].",
        ),
        (
            minutes(2, 2, MissingData::Breaching),
            "- - - -",
            State::Ok,
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
        ),
        (
            minutes(1, 1, MissingData::NotBreaching),
            "- - -",
            State::Alarm,
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
        ),
        (
            minutes(2, 3, MissingData::Breaching),
            "- - - - 0",
            State::Ok,
            "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching].",
        ),
        (minutes(3, 3, missing), "- - - - -", State::Alarm, "Insufficient Data: 3 datapoints were unknown."),
        (minutes(1, 1, missing), "- - -", State::Ok, "Insufficient Data: 1 datapoint was unknown."),
    ] {
        assert_eq!(change(&alarm, row, before).0, reason);
    }
}

#[test]
fn the_data_of_a_reason_has_the_points_that_were_looked_at_and_those_that_decide() {
    let mut average = alarm(60, 2, 3, MissingData::Missing);
    average.measured =
        Measured::Metric(trailbell_alarm::Reading { unit: Unit::parse("Percent"), ..reading("Average") });
    assert_eq!(
        change(&average, "0 - X - X", State::Ok).1,
        r#"{"version":"1.0","queryDate":"2026-09-14T05:43:07.551+0000","startDate":"2026-09-14T05:38:00.000+0000","unit":"Percent","statistic":"Average","period":60,"recentDatapoints":[0.0,null,100.0,null,100.0],"threshold":50.0,"evaluatedDatapoints":[{"timestamp":"2026-09-14T05:42:00.000+0000","sampleCount":1.0,"value":100.0},{"timestamp":"2026-09-14T05:40:00.000+0000","sampleCount":1.0,"value":100.0}]}"#
    );
    // As many as the change takes: one good point ends an alarm of 3 of 3.
    assert!(change(&alarm(60, 0, 3, MissingData::Missing), "0 1 2", State::Alarm).1.ends_with(
        r#""recentDatapoints":[0.0,1.0,2.0],"threshold":50.0,"evaluatedDatapoints":[{"timestamp":"2026-09-14T05:42:00.000+0000","sampleCount":1.0,"value":2.0}]}"#
    ));
    assert_eq!(
        change(&alarm(60, 0, 2, MissingData::Missing), "- - - -", State::Alarm).1,
        r#"{"version":"1.0","queryDate":"2026-09-14T05:43:07.551+0000","statistic":"Sum","period":60,"recentDatapoints":[],"threshold":50.0,"evaluatedDatapoints":[{"timestamp":"2026-09-14T05:42:00.000+0000"},{"timestamp":"2026-09-14T05:41:00.000+0000"}]}"#
    );
    let math = MetricAlarm {
        measured: Measured::Math(vec![Query {
            id: "e".to_owned(),
            label: None,
            source: QuerySource::Expression("TIME_SERIES(0)".to_owned()),
            returns_data: true,
        }]),
        ..alarm(60, 1, 1, MissingData::Missing)
    };
    assert_eq!(
        change(&math, "X", State::Ok).1,
        r#"{"version":"1.0","queryDate":"2026-09-14T05:43:07.551+0000","startDate":"2026-09-14T05:42:00.000+0000","period":60,"recentDatapoints":[100.0],"threshold":50.0,"evaluatedDatapoints":[{"timestamp":"2026-09-14T05:42:00.000+0000","value":100.0}]}"#
    );
}

#[test]
fn too_few_samples_of_a_percentile_leave_the_state_where_the_alarm_says_so() {
    let newest = at("2026-09-14T05:42:00Z");
    for (low_samples, samples, expected) in [
        (LowSamples::Ignore, 99, State::Ok),
        (LowSamples::Ignore, 100, State::Alarm),
        (LowSamples::Evaluate, 1, State::Alarm),
    ] {
        let mut alarm = alarm(60, 1, 1, MissingData::Missing);
        alarm.measured = Measured::Metric(reading("p90"));
        alarm.low_samples = Some(low_samples);
        let point = [Some(Datapoint { value: 100.0, samples: Some(samples) })];
        let change =
            evaluate(&Terms::of(&alarm).unwrap(), Range { newest, points: &point }, State::Ok, newest);
        assert_eq!(change.map_or(State::Ok, |change| change.to), expected);
    }
}

#[test]
fn missing_data_of_dynamodb_is_ignored_where_the_alarm_does_not_say() {
    let mut alarm = alarm(60, 1, 1, MissingData::Missing);
    alarm.missing = None;
    assert_eq!(outcome(&alarm, "- - -"), Some(State::InsufficientData));
    let Measured::Metric(reading) = &mut alarm.measured else { unreachable!() };
    "AWS/DynamoDB".clone_into(&mut reading.metric.namespace);
    assert_eq!(outcome(&alarm, "- - -"), None);
    alarm.missing = Some(MissingData::Breaching);
    assert_eq!(outcome(&alarm, "- - -"), Some(State::Alarm));
}

#[test]
fn terms_that_fit_no_evaluation_are_refused() {
    for (m, n, threshold) in [(1, 0, 1.0), (4, 3, 1.0), (1, 1, f64::NAN)] {
        let alarm = MetricAlarm { threshold, ..alarm(60, m, n, MissingData::Missing) };
        assert!(Terms::of(&alarm).is_err());
    }
    let none = MetricAlarm { datapoints_to_alarm: Some(0), ..alarm(60, 1, 1, MissingData::Missing) };
    assert!(Terms::of(&none).is_err());
    let mut misspelt = alarm(60, 1, 1, MissingData::Missing);
    misspelt.measured = Measured::Metric(reading("SUM"));
    assert_eq!(
        Terms::of(&misspelt).unwrap_err().to_string(),
        "statistic: this is no statistic of CloudWatch's"
    );
}
