//! When: notices by day and hour, as the reader's clock has them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use trailbell_text::Severity;

use crate::count::Counts;

/// Days that are counted one by one. Records can carry any time, so there could be millions.
const MOST_DAYS: usize = 1_000;

/// One day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Day {
    pub(crate) hours: [Counts; 24],
}

impl Day {
    pub(crate) fn counts(&self) -> Counts {
        let mut all = Counts::default();
        for hour in &self.hours {
            all += *hour;
        }
        all
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Days {
    apart: BTreeMap<Date, Day>,
    /// Of days before the ones that are counted one by one.
    earlier: Counts,
    /// Of what carries no time.
    timeless: Counts,
}

impl Days {
    pub(crate) fn add(&mut self, when: Option<(Date, i8)>, severity: Severity) {
        let Some((date, hour)) = when else {
            self.timeless.add(severity);
            return;
        };
        let hour = usize::try_from(hour).unwrap_or(0).min(23);
        self.apart.entry(date).or_default().hours[hour].add(severity);
        if self.apart.len() > MOST_DAYS
            && let Some((_, oldest)) = self.apart.pop_first()
        {
            self.earlier += oldest.counts();
        }
    }

    /// The newest day there is.
    pub(crate) fn newest(&self) -> Option<(Date, &Day)> {
        self.apart.last_key_value().map(|(date, day)| (*date, day))
    }

    /// The days with something in them, the newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (Date, &Day)> {
        self.apart.iter().rev().map(|(date, day)| (*date, day))
    }

    pub(crate) fn get(&self, date: Date) -> Option<&Day> {
        self.apart.get(&date)
    }

    pub(crate) const fn earlier(&self) -> Counts {
        self.earlier
    }

    pub(crate) const fn timeless(&self) -> Counts {
        self.timeless
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_days_the_newest_are_kept_apart() {
        let mut days = Days::default();
        let mut date = Date::constant(2020, 1, 1);
        for _ in 0..1_500 {
            days.add(Some((date, 23)), Severity::Low);
            date = date.tomorrow().unwrap();
        }
        assert_eq!(days.newest_first().count(), MOST_DAYS);
        assert_eq!(days.earlier().total(), 500);
        assert_eq!(days.newest().unwrap().0.tomorrow().unwrap(), date);
    }
}
