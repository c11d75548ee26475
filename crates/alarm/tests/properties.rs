//! Against a slow reading of AWS's documentation: it keeps every sample for ever, looks through all of them for every
//! datapoint, and decides by the prose of "Evaluating an alarm" and "How CloudWatch treats missing data".

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod support;

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use trailbell_alarm::{
    Bucket, Comparison, Datapoint, Kept, Measured, MetricAlarm, MissingData, Range, Running, Sample, State,
    Statistic, Terms, Unit, evaluate,
};

use support::{alarm, at, reading, sample};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// The documentation's prose, sentence by sentence. Points are newest first; true breaches.
fn prose(points: &[Option<bool>], m: usize, n: usize, missing: MissingData, before: State) -> State {
    let existing: Vec<bool> = points.iter().copied().flatten().collect();
    // "If the number of existing data points is equal to or more than Evaluation Periods, the most recent ones are
    // evaluated and the treatment of missing data is ignored."
    if existing.len() >= n {
        let breaching = existing.iter().take(n).filter(|breaches| **breaches).count();
        return if breaching >= m { State::Alarm } else { State::Ok };
    }
    // "... fills in as many as it needs."
    let fill = |with: bool| {
        let mut filled = existing.clone();
        filled.resize(n, with);
        if filled.iter().filter(|breaches| **breaches).count() >= m { State::Alarm } else { State::Ok }
    };
    match missing {
        MissingData::Breaching => return fill(true),
        MissingData::NotBreaching => return fill(false),
        MissingData::Missing | MissingData::Ignore => {}
    }
    if existing.is_empty() {
        return if missing == MissingData::Missing { State::InsufficientData } else { before };
    }
    // The tables: what exists decides where it can.
    if existing.iter().filter(|breaches| **breaches).count() >= m {
        return State::Alarm;
    }
    if existing.contains(&false) {
        return State::Ok;
    }
    // "... goes to ALARM when the oldest available breaching datapoint is at least as old as the value of Datapoints to
    // Alarm, and all other more recent datapoints are breaching or missing."
    let oldest = points.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
    if missing == MissingData::Missing && oldest >= m { State::Alarm } else { before }
}

fn treatment() -> impl Strategy<Value = MissingData> {
    select(vec![MissingData::Missing, MissingData::Ignore, MissingData::Breaching, MissingData::NotBreaching])
}

fn state() -> impl Strategy<Value = State> {
    select(vec![State::Ok, State::Alarm, State::InsufficientData])
}

/// M of N, M left out as 0.
fn m_of_n() -> impl Strategy<Value = (u32, u32)> {
    (1_u32..7).prop_flat_map(|n| (0..=n, Just(n)))
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn one_evaluation_is_what_the_prose_says(
        (m, n) in m_of_n(),
        missing in treatment(),
        before in state(),
        row in vec(proptest::option::of(any::<bool>()), 0..12),
    ) {
        let terms = Terms::of(&alarm(60, m, n, missing)).unwrap();
        let points: Vec<Option<Datapoint>> = row
            .iter()
            .map(|point| point.map(|breaches| Datapoint { value: if breaches { 100.0 } else { 0.0 }, samples: Some(1) }))
            .collect();
        let newest = at("2026-09-14T05:40:00Z");
        let transition = evaluate(&terms, Range { newest, points: &points }, before, newest);
        let got = transition.as_ref().map_or(before, |transition| transition.to);
        let newest_first: Vec<Option<bool>> = row.iter().rev().copied().collect();
        let needed = if m == 0 { n } else { m };
        prop_assert_eq!(got, prose(&newest_first, needed as usize, n as usize, missing, before));
        if let Some(transition) = transition {
            prop_assert!(transition.reason.ends_with('.'));
            let data: serde_json::Value = serde_json::from_str(&transition.reason_data.unwrap()).unwrap();
            prop_assert_eq!(&data["period"], 60);
            let evaluated = data["evaluatedDatapoints"].as_array().unwrap();
            prop_assert!(evaluated.len() <= n as usize);
            prop_assert!(evaluated.windows(2).all(|pair| pair[0]["timestamp"].as_str() > pair[1]["timestamp"].as_str() || pair[1].get("value").is_none()));
        }
    }
}

/// An alarm that keeps everything and computes everything each time.
struct Naive {
    alarm: MetricAlarm,
    samples: Vec<Sample>,
    state: State,
}

impl Naive {
    fn datapoints(&self, now: Timestamp) -> Vec<Option<f64>> {
        let Measured::Metric(reading) = &self.alarm.measured else { unreachable!() };
        let statistic = Statistic::parse(&reading.statistic).unwrap();
        let period = i64::from(self.alarm.period);
        let (step, periods) = if period < 60 {
            (10, self.alarm.evaluation_periods * 3)
        } else {
            (60, self.alarm.evaluation_periods + 2)
        };
        // Ten seconds are waited for; only whole periods count.
        let end = (now.as_second() - 10).div_euclid(step) * step;
        (0..i64::from(periods))
            .map(|back| {
                let (from, to) = (end - (back + 1) * period, end - back * period);
                let values: Vec<f64> = self
                    .samples
                    .iter()
                    .filter(|sample| reading.unit.is_none_or(|unit| unit == sample.unit))
                    .filter(|sample| (from..to).contains(&(sample.at.as_second().div_euclid(step) * step)))
                    .map(|sample| sample.value)
                    .collect();
                statistic.of(&Bucket::of(&values))
            })
            .collect()
    }

    fn evaluate(&mut self, now: Timestamp) {
        let points: Vec<Option<bool>> = self
            .datapoints(now)
            .into_iter()
            .map(|point| point.map(|value| self.alarm.comparison.breaches(value, self.alarm.threshold)))
            .collect();
        let n = self.alarm.evaluation_periods;
        let m = self.alarm.datapoints_to_alarm.unwrap_or(n);
        self.state = prose(&points, m as usize, n as usize, self.alarm.missing.unwrap(), self.state);
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn an_alarm_that_goes_on_is_what_one_that_keeps_everything_is(
        (m, n) in m_of_n(),
        missing in treatment(),
        period in select(vec![10_u32, 20, 30, 60, 120, 300, 3600]),
        statistic in select(vec!["Sum", "Average", "Minimum", "SampleCount", "p50", "TM(10%:90%)"]),
        unit in select(vec![None, Unit::parse("Bytes")]),
        comparison in select(vec![Comparison::Greater, Comparison::LessOrEqual]),
        // Steps between evaluations; a sample's delay in steps, its value, its unit; whether it is written down and read again.
        events in vec((0_usize..4, proptest::option::weighted(0.6, (-2_i64..40, -1_i32..4, any::<bool>())), proptest::bool::weighted(0.05)), 1..120),
        phase in 0_i64..60_000,
    ) {
        let created = at("2026-09-14T05:00:00Z") + SignedDuration::from_millis(phase);
        let mut alarm = alarm(period, m, n, missing);
        alarm.threshold = 1.5;
        alarm.comparison = comparison;
        alarm.measured = Measured::Metric(trailbell_alarm::Reading { unit, ..reading(statistic) });
        let mut running = Running::new(alarm.clone(), created).unwrap();
        let mut naive = Naive { alarm: alarm.clone(), samples: Vec::new(), state: State::InsufficientData };
        let mut now = created;
        for (steps, event, written) in events {
            for _ in 0..steps {
                now = running.next_evaluation(now);
                running.evaluate(now);
                naive.evaluate(now);
                prop_assert_eq!(running.state(), naive.state, "at {}", now);
            }
            if let Some((delay, value, bytes)) = event {
                let mut sample = sample(now - SignedDuration::from_secs(delay * i64::from(period.min(60))), f64::from(value));
                if bytes {
                    sample.unit = Unit::parse("Bytes").unwrap();
                }
                running.take(&sample);
                naive.samples.push(sample);
            }
            let mut points: Vec<Option<f64>> = running.datapoints(now).into_iter().map(|(_, point)| point).collect();
            points.reverse();
            prop_assert_eq!(points, naive.datapoints(now));
            if written {
                let text = serde_json::to_string(&running.kept()).unwrap();
                let kept: Kept = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(&kept, &running.kept());
                running = Running::resume(alarm.clone(), kept).unwrap();
            }
        }
    }
}
