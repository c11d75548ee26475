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

/// Buckets, oldest first; only those with samples.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// Seconds a bucket covers.
    width: i64,
    /// Whether values are kept one by one.
    distribution: bool,
    /// Buckets an evaluation can see.
    visible: usize,
    /// By the second each begins at.
    buckets: VecDeque<(i64, Bucket)>,
}

/// A bucket as it is kept: when it begins (seconds since 1970), its four numbers, its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptBucket {
    at: i64,
    #[serde(flatten)]
    totals: Totals,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<(f64, u64)>,
}

impl Series {
    /// For an alarm that sees `seconds` back.
    pub(crate) fn new(width: i64, seconds: i64, distribution: bool) -> Self {
        let visible = usize::try_from(seconds / width).unwrap_or(usize::MAX);
        Self { width, distribution, visible, buckets: VecDeque::new() }
    }

    /// Takes a sample; says whether it was taken.
    pub(crate) fn add(&mut self, sample: &Sample) -> bool {
        if !is_value(sample.value) {
            return false;
        }
        let distribution = self.distribution;
        let place = self.place(floor(second(sample.at), self.width));
        place.map(|bucket| bucket.add(sample.value, distribution)).is_some()
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

    /// Writes the datapoints of `count` slots of `period` seconds from `start`, oldest first, into `points`.
    pub(crate) fn datapoints(
        &self,
        (start, period, count): (i64, i64, usize),
        statistic: &Statistic,
        points: &mut Vec<Option<Datapoint>>,
    ) {
        points.clear();
        let mut buckets = self.buckets.iter().peekable();
        while buckets.next_if(|(at, _)| *at < start).is_some() {}
        let mut end = start;
        for _ in 0..count {
            end += period;
            if self.distribution {
                let mut slot: Option<Bucket> = None;
                while let Some((_, bucket)) = buckets.next_if(|(at, _)| *at < end) {
                    match &mut slot {
                        Some(slot) => slot.add_bucket(bucket),
                        None => slot = Some(bucket.clone()),
                    }
                }
                points.push(slot.and_then(|slot| {
                    Some(Datapoint { value: statistic.of(&slot)?, samples: Some(slot.totals().count) })
                }));
            } else {
                let mut totals = Totals::NONE;
                while let Some((_, bucket)) = buckets.next_if(|(at, _)| *at < end) {
                    totals.add(bucket.totals());
                }
                points.push(
                    statistic
                        .of_totals(&totals)
                        .map(|value| Datapoint { value, samples: Some(totals.count) }),
                );
            }
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
            .map(|(at, bucket)| KeptBucket {
                at: *at,
                totals: *bucket.totals(),
                values: bucket.values().to_vec(),
            })
            .collect()
    }

    /// Takes back what was kept. What cannot be from a series like this one is left out.
    pub(crate) fn restore(&mut self, kept: Vec<KeptBucket>) {
        for bucket in kept {
            let start = floor(bucket.at, self.width);
            let values = if self.distribution { bucket.values } else { Vec::new() };
            let has_values = !values.is_empty();
            let Some(restored) = Bucket::from_parts(bucket.totals, values) else { continue };
            // Where the statistic is another now, a bucket without its values could not be counted rightly.
            if has_values == self.distribution
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
    second - second.rem_euclid(width)
}
