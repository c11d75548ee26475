//! A year of minutes for a hundred alarms: every sample taken, every evaluation made, in one thread.
//!
//! `cargo bench -p trailbell-alarm` prints divan's table. Sparse: a few samples a day, as a rule about IAM changes has them.
//! Dense: one sample a minute, as a filter with a default value has them. The numbers are made from a seed.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::{SignedDuration, Timestamp};
use trailbell_alarm::{
    Actions, Comparison, Measured, Metric, MetricAlarm, MissingData, Query, QuerySource, Reading, Running,
    Sample, Unit,
};

const ALARMS: u32 = 100;
const MINUTES: u32 = 525_600;

fn main() {
    divan::main();
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 40).unwrap_or(0) % limit
    }
}

fn metric(at: u32) -> Metric {
    Metric { namespace: "CISBenchmark".to_owned(), name: format!("Changes{at}"), dimensions: Vec::new() }
}

/// As the CIS templates have them, with periods and numbers of a few kinds.
fn alarm(at: u32, statistic: &str, math: Option<&str>) -> MetricAlarm {
    let reading = Reading { metric: metric(at), statistic: statistic.to_owned(), unit: None };
    let (period, periods, to_alarm) = match at % 4 {
        0 => (300, 1, None),
        1 => (300, 3, Some(2)),
        2 => (60, 5, Some(3)),
        _ => (3600, 1, Some(1)),
    };
    let measured = match math {
        None => Measured::Metric(reading),
        Some(math) => Measured::Math(vec![
            Query {
                id: "m1".into(),
                label: None,
                source: QuerySource::Reading(reading),
                returns_data: false,
            },
            Query {
                id: "e1".into(),
                label: None,
                source: QuerySource::Expression(math.into()),
                returns_data: true,
            },
        ]),
    };
    MetricAlarm {
        name: format!("alarm{at}"),
        description: None,
        measured,
        period,
        evaluation_periods: periods,
        datapoints_to_alarm: to_alarm,
        comparison: Comparison::GreaterOrEqual,
        threshold: 1.0,
        missing: [None, Some(MissingData::NotBreaching), Some(MissingData::Ignore)]
            .get(usize::try_from(at % 3).unwrap_or(0))
            .copied()
            .flatten(),
        low_samples: None,
        actions: Actions::default(),
        configured_at: None,
    }
}

/// Samples of a year, one of `every` minutes on average; of them one in forty is above zero.
fn year(statistic: &str, math: Option<&str>, every: u32) -> usize {
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50);
    let mut changes = 0;
    for at in 0..ALARMS {
        let Ok(mut running) = Running::new(alarm(at, statistic, math), start) else { continue };
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ u64::from(at));
        let mut sample = Sample { metric: metric(at), at: start, value: 0.0, unit: Unit::NONE };
        let mut due = running.next_evaluation(start);
        for minute in 0..MINUTES {
            let now = start + SignedDuration::from_mins(i64::from(minute));
            if every == 1 || numbers.below(every) == 0 {
                sample.at = now;
                sample.value = if numbers.below(40) == 0 { 1.0 } else { 0.0 };
                running.take(&sample);
            }
            while due <= now {
                changes += usize::from(running.evaluate(due).is_some());
                due = running.next_evaluation(due);
            }
        }
    }
    changes
}

#[divan::bench(sample_count = 2, sample_size = 1)]
fn sparse_sums(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(ALARMS * MINUTES)).bench(|| year(black_box("Sum"), None, 300));
}

#[divan::bench(sample_count = 2, sample_size = 1)]
fn dense_sums(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(ALARMS * MINUTES)).bench(|| year(black_box("Sum"), None, 1));
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn dense_percentiles(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(ALARMS * MINUTES)).bench(|| year(black_box("p90"), None, 1));
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn sparse_math(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(ALARMS * MINUTES))
        .bench(|| year("Sum", black_box(Some("FILL(m1, 0)")), 300));
}
