//! The times a user writes behind `--since` and `--until`.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// Reads a time: an instant (`2026-11-09T12:00:00Z`), a local date or date and time in `zone`, or how long ago
/// (`36h`, `7d`, `90m`, `2w`) seen from `now`.
pub(crate) fn parse(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, String> {
    let problem = || {
        format!(
            "`{text}` is no time: write 2026-11-09, 2026-11-09T12:00, 2026-11-09T12:00:00Z, or 36h or 7d for how long ago"
        )
    };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    if let Some(unit) = text.chars().last().filter(char::is_ascii_alphabetic)
        && let Ok(count) = text[..text.len() - 1].parse::<i64>()
        && count >= 0
    {
        let span = match unit {
            'm' => Span::new().try_minutes(count),
            'h' => Span::new().try_hours(count),
            'd' => Span::new().try_hours(count.saturating_mul(24)),
            'w' => Span::new().try_hours(count.saturating_mul(24 * 7)),
            _ => return Err(problem()),
        };
        return span.and_then(|span| now.checked_sub(span)).map_err(|_| problem());
    }
    let local = text
        .parse::<DateTime>()
        .or_else(|_| text.parse::<Date>().map(DateTime::from))
        .map_err(|_| problem())?;
    local.to_zoned_datetime(zone.clone()).map(|zoned| zoned.timestamp()).map_err(|_| problem())
}

/// Reads how long: `90s`, `90m`, `2h`, `7d`, `2w`.
pub(crate) fn duration(text: &str) -> Result<SignedDuration, String> {
    let problem = || format!("`{text}` is no length of time: write 90m, 2h or 7d");
    let unit = text.chars().last().filter(char::is_ascii_alphabetic).ok_or_else(problem)?;
    let count: i64 = text[..text.len() - 1].parse().map_err(|_| problem())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(problem()),
    };
    let seconds = count.checked_mul(seconds).filter(|seconds| *seconds > 0).ok_or_else(problem)?;
    Ok(SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for (text, instant) in [
            ("2026-11-09T12:00:00Z", "2026-11-09T12:00:00Z"),
            ("2026-11-09T12:00", "2026-11-09T03:00:00Z"),
            ("2026-11-09", "2026-11-08T15:00:00Z"),
            ("36h", "2026-11-22T00:00:00Z"),
            ("7d", "2026-11-16T12:00:00Z"),
        ] {
            assert_eq!(parse(text, &zone, now).unwrap(), instant.parse::<Timestamp>().unwrap(), "{text}");
        }
        for text in ["", "yesterday", "7", "-3d", "9999999999999999w", "あ"] {
            assert!(parse(text, &zone, now).is_err(), "{text}");
        }
    }
}
