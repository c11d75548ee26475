//! The ways in which CloudWatch writes a time, always UTC.

use jiff::Timestamp;

/// `2026-09-14T11:18:52.496+0000`: in JSON, with milliseconds.
pub(crate) fn json_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// `Monday 14 September, 2026 11:18:52 UTC`: in reasons and mails.
pub(crate) fn long_date(at: Timestamp) -> String {
    at.strftime("%A %d %B, %Y %H:%M:%S UTC").to_string()
}

/// `14/09/26 05:42:40`: a datapoint's, in reasons.
pub(crate) fn short_date(at: Timestamp) -> String {
    at.strftime("%d/%m/%y %H:%M:%S").to_string()
}

/// `2026-09-14T11:18:52Z`: an event's `time`.
pub(crate) fn event_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_milliseconds_in_json_and_a_weekday_in_words() {
        let at: Timestamp = "2022-07-01T05:07:05.04Z".parse().unwrap();
        assert_eq!(json_time(at), "2022-07-01T05:07:05.040+0000");
        assert_eq!(json_time("2022-07-01T05:07:05Z".parse().unwrap()), "2022-07-01T05:07:05.000+0000");
        assert_eq!(long_date(at), "Friday 01 July, 2022 05:07:05 UTC");
        assert_eq!(event_time(at), "2022-07-01T05:07:05Z");
        assert_eq!(short_date(at), "01/07/22 05:07:05");
    }
}
