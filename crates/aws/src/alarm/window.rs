//! The time an alarm speaks of: that of the datapoints which decided. It is in `StateReasonData` to the minute, and in the reason's
//! text (`1.0 (24/11/26 10:31:00)`) where nothing else was sent along.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Metric;

/// From when until when.
type Window = (Timestamp, Timestamp);

/// Longer is no alarm's: its datapoints span a week at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(8 * 24);

/// A time as CloudWatch writes it: `2026-09-14T11:18:44.401+0000`.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The longest period of the metrics, in seconds; that of a standard metric where there is none.
pub(super) fn longest_period(metrics: &[Metric]) -> u32 {
    metrics.iter().map(|metric| metric.period).max().unwrap_or(60)
}

/// The window an alarm on these metrics speaks of.
pub(super) fn spoken_of(reason_data: &str, reason: &str, metrics: &[Metric]) -> Option<Window> {
    of_reason_data(reason_data).or_else(|| of_reason(reason, longest_period(metrics)))
}

/// The window that `StateReasonData` names: its decisive datapoints, else the last ones it lists.
fn of_reason_data(data: &str) -> Option<Window> {
    let data: Value = serde_json::from_str(data).ok()?;
    let period = data["period"].as_i64().filter(|period| (1..=604_800).contains(period))?;
    let evaluated = data["evaluatedDatapoints"].as_array().into_iter().flatten();
    let times: Vec<Timestamp> =
        evaluated.filter_map(|point| point["timestamp"].as_str()).filter_map(moment).collect();
    if times.is_empty() {
        let start = data["startDate"].as_str().and_then(moment)?;
        let end = data["queryDate"].as_str().and_then(moment)?;
        return bounded(start, end);
    }
    around(&times, period)
}

/// The ARNs of the alarms that set a composite one off.
pub(super) fn triggering(data: &str) -> Vec<String> {
    let Ok(data) = serde_json::from_str::<Value>(data) else { return Vec::new() };
    let alarms = data["triggeringAlarms"].as_array().into_iter().flatten();
    alarms.filter_map(|alarm| alarm["arn"].as_str()).map(str::to_owned).collect()
}

/// The window that the reason's text names: `... [3.0 (24/11/26 10:31:00), 1.0 (24/11/26 10:30:00)] ...`, each the start
/// of a period of so many seconds, in UTC.
fn of_reason(reason: &str, period: u32) -> Option<Window> {
    let inside = reason.split('(').skip(1).filter_map(|rest| rest.split(')').next());
    let times: Vec<Timestamp> = inside
        .filter_map(|text| DateTime::strptime("%d/%m/%y %H:%M:%S", text).ok())
        .filter_map(|at| TimeZone::UTC.to_timestamp(at).ok())
        .collect();
    around(&times, i64::from(period))
}

/// From the first of the periods that begin then to the end of the last.
fn around(times: &[Timestamp], period: i64) -> Option<Window> {
    let (first, last) = (times.iter().min()?, times.iter().max()?);
    bounded(*first, last.checked_add(SignedDuration::from_secs(period)).ok()?)
}

fn bounded(start: Timestamp, end: Timestamp) -> Option<Window> {
    (start < end && end.duration_since(start) <= LONGEST).then_some((start, end))
}
