//! One alarm as it goes: when it is evaluated, what it sees, what it keeps.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod support;

use jiff::{SignedDuration, Timestamp};
use trailbell_alarm::{
    INITIAL_REASON, Kept, Measured, Metric, MetricAlarm, MissingData, Query, QuerySource, Running, Sample,
    State, Unit,
};

use support::{alarm, at, metric, reading, sample};

const MISSING: MissingData = MissingData::Missing;

fn running(alarm: MetricAlarm, created: &str) -> Running {
    Running::new(alarm, at(created)).unwrap()
}

/// All evaluations up to a moment: state and time of each change.
fn changes(running: &mut Running, until: &str) -> Vec<(State, String)> {
    let mut due = running.next_evaluation(running.created());
    let mut changes = Vec::new();
    while due <= at(until) {
        changes.extend(running.evaluate(due).map(|change| (change.to, change.at.to_string())));
        due = running.next_evaluation(due);
    }
    changes
}

#[test]
fn a_new_alarm_is_unchecked() {
    let running = running(alarm(60, 1, 1, MISSING), "2026-09-14T05:00:45.3Z");
    assert_eq!(running.state(), State::InsufficientData);
    assert_eq!(running.reason(), INITIAL_REASON);
    assert_eq!((running.since(), running.reason_data()), (running.created(), None));
}

#[test]
fn evaluations_keep_the_phase_of_the_creation() {
    for (period, n, after, next) in [
        (300, 3, "2026-09-14T05:00:45.3Z", "2026-09-14T05:01:45.3Z"),
        (300, 3, "2026-09-14T05:01:45.299Z", "2026-09-14T05:01:45.3Z"),
        (300, 3, "2026-09-14T05:01:45.3Z", "2026-09-14T05:02:45.3Z"),
        (300, 3, "2026-09-14T04:00:00Z", "2026-09-14T05:01:45.3Z"),
        (10, 3, "2026-09-14T05:00:45.3Z", "2026-09-14T05:00:55.3Z"),
        (30, 3, "2026-09-14T05:01:00Z", "2026-09-14T05:01:05.3Z"),
        // More than a day in all: once an hour.
        (86_400, 2, "2026-09-14T05:00:45.3Z", "2026-09-14T06:00:45.3Z"),
        (86_400, 1, "2026-09-14T05:00:45.3Z", "2026-09-14T05:01:45.3Z"),
        (3600, 25, "2026-09-14T07:30:00Z", "2026-09-14T08:00:45.3Z"),
    ] {
        let running = running(alarm(period, 1, n, MISSING), "2026-09-14T05:00:45.3Z");
        assert_eq!(running.next_evaluation(at(after)), at(next), "{period} {after}");
    }
    let running = running(alarm(60, 1, 1, MISSING), "2026-09-14T05:00:45.3Z");
    assert_eq!(running.next_evaluation(Timestamp::MAX), Timestamp::MAX);
}

#[test]
fn a_sparse_alarm_goes_off_within_minutes_and_comes_back_three_periods_later() {
    let mut running = running(alarm(300, 0, 1, MissingData::NotBreaching), "2026-09-14T05:00:45.3Z");
    running.take(&sample(at("2026-09-14T05:10:00Z"), 100.0));
    assert_eq!(
        changes(&mut running, "2026-09-14T06:00:00Z"),
        [
            (State::Ok, "2026-09-14T05:01:45.3Z".to_owned()),
            (State::Alarm, "2026-09-14T05:11:45.3Z".to_owned()),
            (State::Ok, "2026-09-14T05:26:45.3Z".to_owned()),
        ]
    );
}

#[test]
fn the_newest_ten_seconds_of_a_metric_are_waited_for_and_those_of_math_are_not() {
    let math = MetricAlarm {
        measured: Measured::Math(vec![
            Query {
                id: "m1".into(),
                label: None,
                source: QuerySource::Reading(reading("Sum")),
                returns_data: false,
            },
            Query {
                id: "e1".into(),
                label: None,
                source: QuerySource::Expression("m1 * 2".into()),
                returns_data: true,
            },
        ]),
        ..alarm(10, 1, 1, MISSING)
    };
    for (alarm, newest) in
        [(alarm(10, 1, 1, MISSING), "2026-09-14T05:42:40Z"), (math, "2026-09-14T05:42:50Z")]
    {
        let running = running(alarm, "2026-09-14T05:00:07.551Z");
        let points = running.datapoints(at("2026-09-14T05:43:07.551Z"));
        assert_eq!(points.last().unwrap().0, at(newest));
        assert_eq!(points.len(), 3);
    }
}

#[test]
fn periods_slide_by_a_minute() {
    let mut running = running(alarm(300, 1, 1, MISSING), "2026-09-14T05:00:20Z");
    running.take(&sample(at("2026-09-14T05:02:59Z"), 30.0));
    running.take(&sample(at("2026-09-14T05:07:00Z"), 30.0));
    // From 05:03 to 05:08 there is one; from 05:02 to 05:07 there is the other; never both.
    assert_eq!(
        changes(&mut running, "2026-09-14T05:11:30Z"),
        [(State::Ok, "2026-09-14T05:03:20Z".to_owned())]
    );
    running.take(&sample(at("2026-09-14T05:11:00Z"), 30.0));
    running.evaluate(at("2026-09-14T05:12:20Z"));
    assert_eq!(running.state(), State::Alarm);
    assert_eq!(
        running.reason(),
        "Threshold Crossed: 1 out of the last 1 datapoints [60.0 (14/09/26 05:07:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)."
    );
}

#[test]
fn samples_from_before_the_creation_count() {
    let mut running = running(alarm(300, 1, 1, MISSING), "2026-09-14T05:00:45Z");
    assert!(running.take(&sample(at("2026-09-14T04:58:00Z"), 100.0)));
    assert_eq!(running.evaluate(at("2026-09-14T05:01:45Z")).unwrap().to, State::Alarm);
}

#[test]
fn only_samples_of_its_own_metric_and_unit_are_taken() {
    let mut bytes = alarm(60, 1, 1, MISSING);
    bytes.measured =
        Measured::Metric(trailbell_alarm::Reading { unit: Unit::parse("Bytes"), ..reading("Sum") });
    let mut running = running(bytes, "2026-09-14T05:00:00Z");
    let none = sample(at("2026-09-14T05:00:00Z"), 1.0);
    assert!(!running.take(&none));
    let other = Metric { name: "other".to_owned(), ..metric() };
    assert!(!running.take(&Sample { metric: other, unit: Unit::parse("Bytes").unwrap(), ..none.clone() }));
    assert!(!running.take(&Sample { value: f64::NAN, unit: Unit::parse("Bytes").unwrap(), ..none.clone() }));
    assert!(!running.take(&Sample { value: 1e200, unit: Unit::parse("Bytes").unwrap(), ..none.clone() }));
    assert!(running.take(&Sample { unit: Unit::parse("Bytes").unwrap(), ..none }));
}

#[test]
fn a_year_of_samples_is_kept_no_longer_than_it_is_seen() {
    for (period, n, most) in [(300, 3, 26), (10, 3, 10), (3600, 1, 181)] {
        let mut running = running(alarm(period, 1, n, MISSING), "2026-01-01T00:00:30Z");
        let step = i64::from(period.min(60));
        let mut now = running.created();
        for at in 0..20_000 {
            running.take(&sample(running.created() + SignedDuration::from_secs(step * at), 1.0));
            now = running.next_evaluation(now);
            running.evaluate(now);
            assert!(running.kept_buckets() <= most, "{period}: {}", running.kept_buckets());
        }
        assert!(serde_json::to_string(&running.kept()).unwrap().len() < most * 45 + 700);
    }
}

#[test]
fn samples_of_any_time_do_not_fill_the_memory() {
    let mut running = running(alarm(60, 1, 1, MISSING), "2026-01-01T00:00:30Z");
    let mut refused = 0;
    for minute in 0..40_000 {
        let later = sample(running.created() + SignedDuration::from_mins(minute * 7), 1.0);
        refused += usize::from(!running.take(&later));
    }
    assert!(refused > 0 && running.kept_buckets() < 21_000);
    assert!(!running.take(&sample(Timestamp::MAX, 1.0)));
    running.evaluate(Timestamp::MAX);
    assert_eq!(running.kept_buckets(), 0);
    running.take(&sample(Timestamp::MIN, 1.0));
    running.evaluate(Timestamp::MIN);
}

#[test]
fn what_was_kept_goes_on_also_under_another_definition() {
    let mut first = running(alarm(300, 1, 1, MISSING), "2026-09-14T05:00:45.3Z");
    first.take(&sample(at("2026-09-14T05:00:00Z"), 100.0));
    first.evaluate(at("2026-09-14T05:01:45.3Z"));
    first.evaluate(at("2026-09-14T05:06:45.3Z"));
    let text = serde_json::to_string(&first.kept()).unwrap();
    let kept: Kept = serde_json::from_str(&text).unwrap();
    let again = Running::resume(alarm(300, 1, 1, MISSING), kept.clone()).unwrap();
    assert_eq!((again.state(), again.reason(), again.since()), (State::Alarm, first.reason(), first.since()));
    assert_eq!(again.kept(), kept);

    // Another statistic: the state stays, samples whose values were not kept are not made up.
    let mut other = alarm(300, 1, 1, MISSING);
    other.measured = Measured::Metric(reading("p90"));
    let other = Running::resume(other, kept.clone()).unwrap();
    assert_eq!((other.state(), other.kept_buckets()), (State::Alarm, 0));

    // What somebody else wrote there does no harm.
    let broken = text.replace(",1,100.0", ",1,1e999");
    assert!(serde_json::from_str::<Kept>(&broken).is_err());
    let begin = at("2026-09-14T05:00:00Z").as_second().to_string();
    for (old, new, buckets) in [
        (",1,100.0", ",0,100.0", 0),
        (",1,100.0", ",1,1e300", 0),
        (begin.as_str(), "-9223372036854775808", 1),
        (begin.as_str(), "9223372036854775807", 1),
    ] {
        let odd: Kept = serde_json::from_str(&text.replace(old, new)).unwrap();
        let mut odd = Running::resume(alarm(300, 1, 1, MISSING), odd).unwrap();
        assert_eq!(odd.kept_buckets(), buckets, "{new}");
        odd.evaluate(at("2026-09-14T05:07:45.3Z"));
        assert_eq!(odd.datapoints(Timestamp::MAX).len(), 3);
    }
}

#[test]
fn what_aws_refuses_is_refused() {
    for (period, n, message) in [
        (15, 1, "Period 15 is not valid: it must be 10, 20, 30 or a multiple of 60"),
        (0, 1, "Period 0 is not valid: it must be 10, 20, 30 or a multiple of 60"),
        (
            300,
            289,
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
        ),
        (
            3600,
            169,
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).",
        ),
    ] {
        let error = Running::new(alarm(period, 1, n, MISSING), Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    assert!(Running::new(alarm(3600, 1, 168, MISSING), Timestamp::UNIX_EPOCH).is_ok());
    assert!(Running::new(alarm(u32::MAX - 15, 1, u32::MAX, MISSING), Timestamp::UNIX_EPOCH).is_err());
}

#[test]
fn math_over_two_metrics_fills_what_is_missing() {
    let other = Metric { name: "other".to_owned(), ..metric() };
    let read = |id: &str, metric: Metric| Query {
        id: id.to_owned(),
        label: None,
        source: QuerySource::Reading(trailbell_alarm::Reading { metric, ..reading("Sum") }),
        returns_data: false,
    };
    let sum = Query {
        id: "e1".to_owned(),
        label: None,
        source: QuerySource::Expression("SUM(FILL(METRICS(), 0))".to_owned()),
        returns_data: true,
    };
    let math = MetricAlarm {
        measured: Measured::Math(vec![sum, read("m1", metric()), read("m2", other.clone())]),
        ..alarm(60, 1, 1, MISSING)
    };
    let mut running = running(math, "2026-09-14T05:00:20Z");
    assert_eq!(running.evaluate(at("2026-09-14T05:01:20Z")).unwrap().to, State::Ok);
    running.take(&sample(at("2026-09-14T05:01:00Z"), 30.0));
    running.take(&Sample { metric: other, ..sample(at("2026-09-14T05:01:00Z"), 30.0) });
    let change = running.evaluate(at("2026-09-14T05:02:20Z")).unwrap();
    assert_eq!(
        change.reason,
        "Threshold Crossed: 1 out of the last 1 datapoints [60.0 (14/09/26 05:01:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)."
    );
    assert_eq!(running.evaluate(at("2026-09-14T05:03:20Z")).unwrap().to, State::Ok);
}
