//! The samples of one metric that an alarm can still see, in buckets of a minute, or of ten seconds where the alarm's
//! period is shorter than a minute.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bucket::Totals;
use crate::{Bucket, Datapoint, Sample, Statistic};

/// The greatest size of a value CloudWatch takes: 2 to the power of 360.
const GREATEST_VALUE: f64 = 2.348_542_582_773_833_3e108;

/// Buckets that wait for their evaluation beyond those in an alarm's range: two weeks of minutes, the span within which
/// CloudWatch takes samples. A sample beyond is not taken, so that memory stays bounded whatever the times are.
const MOST_WAITING: usize = 14 * 24 * 60;

/// Whether CloudWatch takes a value: finite, and not greater than 2^360.
pub(crate) const fn is_value(value: f64) -> bool {
    value.abs() <= GREATEST_VALUE
}

/// What an alarm sees of a metric, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// What a bucket covers.
    pub(crate) width: i64,
    /// By how much the periods slide.
    pub(crate) step: i64,
    /// What a datapoint covers.
    pub(crate) period: i64,
    /// How many of them are seen.
    pub(crate) periods: usize,
    /// Whether each step is looked at, so that what was computed for one is of use for another.
    pub(crate) each_step: bool,
}

/// Buckets, oldest first; only those with samples.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    view: View,
    statistic: Statistic,
    /// Buckets an evaluation can see.
    visible: usize,
    /// Steps in a period.
    steps: usize,
    /// By the second each begins at.
    buckets: VecDeque<(i64, Bucket)>,
    /// Datapoints that were computed, one a step, oldest first; the newest is of the period that ends at `computed_to`.
    computed: VecDeque<Computed>,
    computed_to: i64,
}

/// The datapoint of one step.
#[derive(Debug, Clone, Copy)]
enum Computed {
    /// To be computed, perhaps again.
    Not,
    /// This, or that there is none.
    Is(Option<Datapoint>),
}

/// A bucket as it is kept, short because there can be thousands: when it begins (seconds since 1970), its count, sum, minimum
/// and maximum, and its values where they are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptBucket(
    i64,
    u64,
    f64,
    f64,
    f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")] Vec<(f64, u64)>,
);

impl Series {
    pub(crate) fn new(view: View, statistic: Statistic) -> Self {
        let seconds = i64::try_from(view.periods).unwrap_or(i64::MAX).saturating_mul(view.period);
        let visible = usize::try_from(seconds / view.width).unwrap_or(usize::MAX);
        Self {
            view,
            statistic,
            visible,
            steps: usize::try_from(view.period / view.step).unwrap_or(1),
            buckets: VecDeque::new(),
            computed: VecDeque::new(),
            computed_to: i64::MIN,
        }
    }

    /// Takes a sample; says whether it was taken.
    pub(crate) fn add(&mut self, sample: &Sample) -> bool {
        if !is_value(sample.value) {
            return false;
        }
        let start = floor(second(sample.at), self.view.width);
        let distribution = self.statistic.needs_distribution();
        let Some(bucket) = self.place(start) else { return false };
        bucket.add(sample.value, distribution);
        self.compute_again(start);
        true
    }

    /// A bucket that begins at `start` has changed: the periods it is in are to be computed again.
    fn compute_again(&mut self, start: i64) {
        if start >= self.computed_to {
            return;
        }
        let (step, period) = (self.view.step, self.view.period);
        let mut end = self.computed_to;
        for computed in self.computed.iter_mut().rev() {
            if end <= start {
                break;
            }
            if end - period <= start {
                *computed = Computed::Not;
            }
            end -= step;
        }
    }

    /// The bucket that begins at `start`, made where there is none and room for one.
    fn place(&mut self, start: i64) -> Option<&mut Bucket> {
        let at = match self.buckets.back() {
            // Most samples are newer than all before them.
            Some((newest, _)) if *newest == start => self.buckets.len() - 1,
            Some((newest, _)) if *newest > start => {
                match self.buckets.binary_search_by_key(&start, |(start, _)| *start) {
                    Ok(at) => at,
                    Err(at) => {
                        if self.is_full() {
                            return None;
                        }
                        self.buckets.insert(at, (start, Bucket::default()));
                        at
                    }
                }
            }
            _ => {
                if self.is_full() {
                    return None;
                }
                self.buckets.push_back((start, Bucket::default()));
                self.buckets.len() - 1
            }
        };
        self.buckets.get_mut(at).map(|(_, bucket)| bucket)
    }

    fn is_full(&self) -> bool {
        self.buckets.len() >= self.visible.saturating_add(MOST_WAITING)
    }

    /// Forgets what is older than `start`, in seconds since 1970.
    pub(crate) fn forget_before(&mut self, start: i64) {
        while self.buckets.front().is_some_and(|(oldest, _)| *oldest < start) {
            self.buckets.pop_front();
        }
    }

    /// Whether nothing is kept that begins before `end`.
    pub(crate) fn is_empty_before(&self, end: i64) -> bool {
        self.buckets.front().is_none_or(|(oldest, _)| *oldest >= end)
    }

    /// The datapoint of the period that begins at `start`.
    fn datapoint(&self, start: i64) -> Option<Datapoint> {
        let end = start.saturating_add(self.view.period);
        let from = self.buckets.partition_point(|(at, _)| *at < start);
        let buckets = self.buckets.range(from..).take_while(|(at, _)| *at < end).map(|(_, bucket)| bucket);
        if self.statistic.needs_distribution() {
            let mut all = Bucket::default();
            buckets.for_each(|bucket| all.add_bucket(bucket));
            Some(Datapoint { value: self.statistic.of(&all)?, samples: Some(all.totals().count) })
        } else {
            let mut totals = Totals::NONE;
            buckets.for_each(|bucket| totals.add(bucket.totals()));
            Some(Datapoint { value: self.statistic.of_totals(&totals)?, samples: Some(totals.count) })
        }
    }

    /// When each period of the range begins whose newest begins at `newest`, oldest first.
    fn begins(&self, newest: i64) -> impl Iterator<Item = i64> + use<> {
        let (period, periods) = (self.view.period, i64::try_from(self.view.periods).unwrap_or(i64::MAX));
        (0..periods).rev().map(move |back| newest.saturating_sub(back.saturating_mul(period)))
    }

    /// The datapoints of the range, oldest first.
    pub(crate) fn datapoints(&self, newest: i64) -> impl Iterator<Item = Option<Datapoint>> {
        self.begins(newest).map(|start| self.datapoint(start))
    }

    /// The same for an evaluation, which comes step by step: what was computed before is not computed again.
    pub(crate) fn evaluate(&mut self, newest: i64, points: &mut Vec<Option<Datapoint>>) {
        points.clear();
        if !self.view.each_step {
            points.extend(self.datapoints(newest));
            return;
        }
        let View { step, period, periods, .. } = self.view;
        let end = newest.saturating_add(period);
        let before = periods.saturating_sub(1);
        if self.computed_to.checked_add(step) == Some(end) {
            self.computed.push_back(Computed::Not);
            if self.computed.len() > self.steps.saturating_mul(before).saturating_add(1) {
                self.computed.pop_front();
            }
        } else if self.computed_to != end {
            self.computed.clear();
            self.computed.push_back(Computed::Not);
        }
        self.computed_to = end;
        let newest_at = self.computed.len().saturating_sub(1);
        for (back, start) in (0..=before).rev().zip(self.begins(newest)) {
            let at = newest_at.checked_sub(back * self.steps);
            let point = match at.and_then(|at| self.computed.get(at)) {
                Some(Computed::Is(point)) => *point,
                Some(Computed::Not) | None => {
                    let point = self.datapoint(start);
                    if let Some(place) = at.and_then(|at| self.computed.get_mut(at)) {
                        *place = Computed::Is(point);
                    }
                    point
                }
            };
            points.push(point);
        }
    }

    /// How many buckets are kept.
    pub(crate) fn len(&self) -> usize {
        self.buckets.len()
    }

    /// What is kept, to be written down.
    pub(crate) fn kept(&self) -> Vec<KeptBucket> {
        self.buckets
            .iter()
            .map(|(at, bucket)| {
                let Totals { count, sum, minimum, maximum } = *bucket.totals();
                KeptBucket(*at, count, sum, minimum, maximum, bucket.values().to_vec())
            })
            .collect()
    }

    /// Takes back what was kept. What cannot be from a series like this one is left out.
    pub(crate) fn restore(&mut self, kept: Vec<KeptBucket>) {
        for KeptBucket(at, count, sum, minimum, maximum, values) in kept {
            let start = floor(at, self.view.width);
            let totals = Totals { count, sum, minimum, maximum };
            let distribution = self.statistic.needs_distribution();
            let values = if distribution { values } else { Vec::new() };
            let has_values = !values.is_empty();
            let Some(restored) = Bucket::from_parts(totals, values) else { continue };
            // Where the statistic is another now, a bucket without its values could not be counted rightly.
            if has_values == distribution
                && let Some(place) = self.place(start)
            {
                place.add_bucket(&restored);
            }
        }
    }
}

/// The second a moment is in, counted from 1970; before 1970, too.
pub(crate) fn second(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}

/// The greatest multiple of `width` that is not above `second`.
pub(crate) const fn floor(second: i64, width: i64) -> i64 {
    second.saturating_sub(second.rem_euclid(width))
}
