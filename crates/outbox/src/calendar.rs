//! When things come due by the wall clock of the people who are told: the day's digest, the end of quiet hours, the
//! month a budget counts.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The next time the clock shows `at`, strictly after `now`. Where a day skips that time (daylight saving), the
/// first moment after the gap; where a day has it twice, the first.
pub fn next_daily(now: Timestamp, at: Time, zone: &TimeZone) -> Timestamp {
    next(now, at, zone, None)
}

/// The next time it is that weekday and the clock shows `at`, strictly after `now`.
pub fn next_weekly(now: Timestamp, day: Weekday, at: Time, zone: &TimeZone) -> Timestamp {
    next(now, at, zone, Some(day))
}

fn next(now: Timestamp, at: Time, zone: &TimeZone, day: Option<Weekday>) -> Timestamp {
    let today = now.to_zoned_datetime(zone.clone()).date();
    (0..=8)
        .filter_map(|days| today.checked_add(Span::new().days(days)).ok())
        .filter(|date| day.is_none_or(|day| date.weekday() == day))
        .filter_map(|date| instant(DateTime::from_parts(date, at), zone))
        .find(|instant| *instant > now)
        // Only at the end of time itself.
        .unwrap_or(now)
}

/// If `now` is within the daily hours from `start` to `end` (which may wrap around midnight), when they end.
pub(crate) fn end_of_hours(now: Timestamp, (start, end): (Time, Time), zone: &TimeZone) -> Option<Timestamp> {
    let time = now.to_zoned_datetime(zone.clone()).time();
    let within = if start <= end { (start..end).contains(&time) } else { time >= start || time < end };
    within.then(|| next_daily(now, end, zone))
}

/// When the month of `now` began, and how many days of it are left, today included.
pub(crate) fn month(now: Timestamp, zone: &TimeZone) -> (Timestamp, u64) {
    let local = now.to_zoned_datetime(zone.clone());
    let first = DateTime::from_parts(local.date().first_of_month(), Time::midnight());
    let left = u64::try_from(local.days_in_month() - local.day() + 1).unwrap_or(1);
    (instant(first, zone).unwrap_or(now), left)
}

fn instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    local.to_zoned_datetime(zone.clone()).map(|zoned| zoned.timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_morning_is_the_readers_own() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let nine = Time::constant(9, 0, 0, 0);
        assert_eq!(next_daily(at("2026-11-24T00:00:00Z"), nine, &tokyo), at("2026-11-25T00:00:00Z"));
        assert_eq!(next_daily(at("2026-11-23T23:59:59Z"), nine, &tokyo), at("2026-11-24T00:00:00Z"));
        let monday = next_weekly(at("2026-11-24T00:00:00Z"), Weekday::Monday, nine, &tokyo);
        assert_eq!(monday, at("2026-11-30T00:00:00Z"));
    }

    #[test]
    fn a_morning_that_daylight_saving_skips_is_the_moment_after() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let skipped = next_daily(at("2027-03-27T23:30:00Z"), Time::constant(2, 30, 0, 0), &zone);
        assert_eq!(skipped, at("2027-03-28T01:30:00Z"));
    }

    #[test]
    fn quiet_hours_may_wrap_around_midnight() {
        let utc = TimeZone::UTC;
        let night = (Time::constant(23, 0, 0, 0), Time::constant(7, 0, 0, 0));
        assert_eq!(end_of_hours(at("2026-11-24T23:30:00Z"), night, &utc), Some(at("2026-11-25T07:00:00Z")));
        assert_eq!(end_of_hours(at("2026-11-24T06:59:00Z"), night, &utc), Some(at("2026-11-24T07:00:00Z")));
        assert_eq!(end_of_hours(at("2026-11-24T07:00:00Z"), night, &utc), None);
        assert_eq!(month(at("2026-11-24T06:59:00Z"), &utc), (at("2026-11-01T00:00:00Z"), 7));
    }
}
