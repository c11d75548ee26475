//! What is kept of the samples of one stretch of time: four numbers, and each value with its count where an alarm's
//! statistic needs the distribution.

use crate::series::is_value;

/// Different values a bucket tells apart. Beyond that, neighbours are put together, so that memory stays bounded:
/// percentiles are then as coarse as one half of this many values allows (AWS's own are coarser).
pub const MOST_VALUES: usize = 8192;

/// How many samples, and what follows from that alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// `SampleCount`; 0 means that there are none, and nothing else here means anything.
    pub count: u64,
    /// `Sum`.
    pub sum: f64,
    /// `Minimum`.
    pub minimum: f64,
    /// `Maximum`.
    pub maximum: f64,
}

impl Totals {
    /// Of no samples.
    pub const NONE: Self = Self { count: 0, sum: 0.0, minimum: f64::INFINITY, maximum: f64::NEG_INFINITY };

    /// Of one sample.
    #[must_use]
    pub const fn of(value: f64) -> Self {
        Self { count: 1, sum: value, minimum: value, maximum: value }
    }

    /// Puts other samples to these.
    pub fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
    }
}

/// The samples of one stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    totals: Totals,
    /// Each value with its count, smallest first; empty where the distribution is not kept.
    values: Vec<(f64, u64)>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { totals: Totals::NONE, values: Vec::new() }
    }
}

impl Bucket {
    /// A bucket of these values, distribution kept.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut bucket = Self::default();
        for value in values {
            bucket.add(*value, true);
        }
        bucket
    }

    /// Takes a sample. `distribution` says whether its value is kept beyond the four numbers: always or never for one
    /// bucket.
    pub fn add(&mut self, value: f64, distribution: bool) {
        self.totals.add(&Totals::of(value));
        if distribution {
            self.add_value(value, 1);
            self.coarsen();
        }
    }

    /// Puts another bucket's samples to these.
    pub fn add_bucket(&mut self, other: &Self) {
        self.totals.add(&other.totals);
        for (value, count) in &other.values {
            self.add_value(*value, *count);
        }
        self.coarsen();
    }

    fn add_value(&mut self, value: f64, count: u64) {
        match self.values.binary_search_by(|(other, _)| other.total_cmp(&value)) {
            Ok(at) => {
                if let Some((_, already)) = self.values.get_mut(at) {
                    *already = already.saturating_add(count);
                }
            }
            Err(at) => self.values.insert(at, (value, count)),
        }
    }

    fn coarsen(&mut self) {
        if self.values.len() > MOST_VALUES {
            self.values = self
                .values
                .chunks(2)
                .filter_map(|pair| {
                    let (value, _) = pair.last()?;
                    Some((*value, pair.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count))))
                })
                .collect();
        }
    }

    /// The four numbers.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Each value with its count, smallest first; empty where the distribution is not kept.
    #[must_use]
    pub fn values(&self) -> &[(f64, u64)] {
        &self.values
    }

    /// From what was kept; `None` where it is not what was written.
    pub(crate) fn from_parts(totals: Totals, values: Vec<(f64, u64)>) -> Option<Self> {
        let sorted = values.windows(2).all(|pair| match pair {
            [left, right] => left.0.total_cmp(&right.0).is_lt(),
            _ => true,
        });
        let are_values = [totals.minimum, totals.maximum]
            .into_iter()
            .chain(values.iter().map(|(value, _)| *value))
            .all(is_value)
            // As large as a sum of such values can be.
            && totals.sum.abs() <= 1e128;
        (totals.count > 0 && sorted && are_values && values.len() <= MOST_VALUES)
            .then_some(Self { totals, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_stay_few_and_none_is_lost() {
        let mut bucket = Bucket::default();
        for value in 0..50_000_u32 {
            bucket.add(f64::from(value), true);
        }
        assert!(bucket.values().len() <= MOST_VALUES);
        assert_eq!(bucket.values().iter().map(|(_, count)| count).sum::<u64>(), 50_000);
        assert_eq!(bucket.totals().count, 50_000);
    }
}
