//! Times and spans in words. A reader thinks in the own zone, a log in UTC: both are shown, the own first.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::lang::Lang;

/// `2026-11-23 21:35 JST (12:35 UTC)`; the date again where it is another day in UTC.
pub(crate) fn local_and_utc(at: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    let local = at.to_zoned_datetime(zone.clone());
    let utc = at.to_zoned_datetime(TimeZone::UTC);
    if local.offset() == utc.offset() {
        return utc.strftime("%Y-%m-%d %H:%M UTC").to_string();
    }
    let utc_format = if local.date() == utc.date() { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
    let (local, utc) =
        (local.strftime("%Y-%m-%d %H:%M %Z").to_string(), utc.strftime(utc_format).to_string());
    match lang {
        Lang::En => format!("{local} ({utc})"),
        Lang::Ja => format!("{local}({utc})"),
    }
}

/// `21:35 JST`, for a line that must be short.
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%H:%M %Z").to_string()
}

/// `2026-11-23`, the day where the reader is.
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d").to_string()
}

/// "between 21:31 and 21:35 JST", "at 21:31 JST"; 「21:31〜21:35 JST に」. With days where it is not all one.
pub(crate) fn between(first: Timestamp, last: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    let (from, to) = (first.min(last), first.max(last));
    let zoned = |at: Timestamp| at.to_zoned_datetime(zone.clone());
    let (from, to) = (zoned(from), zoned(to));
    let one_day = from.date() == to.date();
    let format = if one_day { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    let begin = from.strftime(format).to_string();
    let end = to.strftime(format).to_string();
    let zone = to.strftime("%Z").to_string();
    match (lang, begin == end) {
        (Lang::En, true) => format!("at {begin} {zone}"),
        (Lang::En, false) => format!("between {begin} and {end} {zone}"),
        (Lang::Ja, true) => format!("{begin} {zone} に"),
        (Lang::Ja, false) => format!("{begin}〜{end} {zone} に"),
    }
}

/// A span in one rounded-down unit: `40 s`, `4 min`, `3 h`, `214 days`; 「214 日」.
pub(crate) fn span(duration: SignedDuration, lang: Lang) -> String {
    let seconds = duration.as_secs().max(0);
    let (number, english, japanese) = match seconds {
        0..60 => (seconds, "s", "秒"),
        60..3_600 => (seconds / 60, "min", "分"),
        3_600..172_800 => (seconds / 3_600, "h", "時間"),
        _ => (seconds / 86_400, "days", "日"),
    };
    format!("{number} {}", lang.pick(english, japanese))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_zone_comes_first_and_utc_names_its_day_where_it_differs() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let evening: Timestamp = "2026-11-23T12:35:10Z".parse().unwrap();
        let night: Timestamp = "2026-11-23T18:35:10Z".parse().unwrap();
        assert_eq!(local_and_utc(evening, &tokyo, Lang::En), "2026-11-23 21:35 JST (12:35 UTC)");
        assert_eq!(local_and_utc(night, &tokyo, Lang::Ja), "2026-11-24 03:35 JST(2026-11-23 18:35 UTC)");
        assert_eq!(local_and_utc(night, &TimeZone::UTC, Lang::En), "2026-11-23 18:35 UTC");
    }

    #[test]
    fn a_span_has_one_unit() {
        let shown = |seconds| span(SignedDuration::from_secs(seconds), Lang::En);
        assert_eq!([59, 240, 90_000, 214 * 86_400].map(shown), ["59 s", "4 min", "25 h", "214 days"]);
        assert_eq!(span(SignedDuration::from_secs(214 * 86_400), Lang::Ja), "214 日");
    }
}
