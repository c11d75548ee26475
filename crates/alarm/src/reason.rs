//! What AWS says about a change of state: `StateReason` and `StateReasonData`, letter for letter where they were recorded.
//!
//! Three forms were never recorded whole. Five or more good points are worded as five or more breaching ones are. Where
//! missing points alone decide although there are real ones, the reason tells how many were received (recorded in part).
//! Four points are still listed one by one.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::evaluate::{Verdict, size};
use crate::number::java_double;
use crate::time::{json_time, short_date};
use crate::{Datapoint, MissingData, Range, State, Terms};

/// As many points as this are not listed one by one any more.
const TOO_MANY_TO_LIST: usize = 5;

/// A datapoint that exists, with its place in the range.
type Point = (usize, Datapoint);

/// The real points that lead to the state, newest first.
fn decisive(terms: &Terms, range: Range<'_>, verdict: &Verdict) -> Vec<Point> {
    let breaching = verdict.state == State::Alarm;
    looked_at(range, verdict)
        .filter_map(|(at, point)| point.map(|point| (at, point)))
        .filter(|(_, point)| terms.comparison.breaches(point.value, terms.threshold) == breaching)
        .collect()
}

/// The part of the range that was looked at, newest first, with its gaps.
fn looked_at(range: Range<'_>, verdict: &Verdict) -> impl Iterator<Item = (usize, Option<Datapoint>)> {
    range.points.iter().copied().enumerate().skip(verdict.oldest).rev()
}

/// How many points the state takes: M for an alarm, N - M + 1 for its end.
fn needed(terms: &Terms, state: State) -> usize {
    let breaches = terms.breaches_needed();
    if state == State::Alarm { breaches } else { size(terms.periods).saturating_sub(breaches) + 1 }
}

/// When the period at that place of the range begins.
fn begin(terms: &Terms, range: Range<'_>, at: usize) -> Timestamp {
    let back = range.points.len().saturating_sub(at + 1);
    let seconds = i64::try_from(back).unwrap_or(i64::MAX).saturating_mul(i64::from(terms.period));
    range.newest.checked_sub(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}

/// `StateReason`.
pub(crate) fn reason(terms: &Terms, range: Range<'_>, verdict: &Verdict) -> String {
    let periods = size(terms.periods);
    if verdict.state == State::InsufficientData {
        return format!("Insufficient Data: {periods} {} unknown.", datapoints_were(periods));
    }
    let points = decisive(terms, range, verdict);
    let count = points.len();
    let missing = periods.saturating_sub(verdict.real);
    let treated = match terms.missing {
        MissingData::Breaching => Some("Breaching"),
        MissingData::NotBreaching => Some("NonBreaching"),
        MissingData::Missing | MissingData::Ignore => None,
    }
    .filter(|_| missing > 0)
    .map(|word| format!(" and {missing} missing {} treated as [{word}]", datapoints_were(missing)));

    let mut text = "Threshold Crossed: ".to_owned();
    if count == 0 {
        let received = match verdict.real {
            0 => "no".to_owned(),
            real => real.to_string(),
        };
        let were = if verdict.real == 1 { "datapoint was" } else { "datapoints were" };
        let word = if periods == 1 { "period" } else { "periods" };
        let _ = write!(text, "{received} {were} received for {periods} {word}");
        text.push_str(&treated.unwrap_or_default());
        text.push('.');
        return text;
    }
    let given = terms.to_alarm.is_some();
    if given {
        let _ = write!(text, "{count} out of the last {periods} datapoints");
    } else {
        let _ = write!(text, "{count} {}", if count == 1 { "datapoint" } else { "datapoints" });
    }
    let listed: Vec<String> = points
        .iter()
        .take(TOO_MANY_TO_LIST)
        .map(|(at, point)| format!("{} ({})", java_double(point.value), short_date(begin(terms, range, *at))))
        .collect();
    let listed = listed.join(", ");
    let is_long = count >= TOO_MANY_TO_LIST;
    if !is_long {
        let _ = write!(text, " [{listed}]");
    }
    let _ = write!(
        text,
        " {}{} {} the threshold ({})",
        if count == 1 { "was" } else { "were" },
        if verdict.state == State::Alarm { "" } else { " not" },
        terms.comparison.in_words(),
        java_double(terms.threshold),
    );
    text.push_str(&treated.unwrap_or_default());
    if is_long {
        let _ = write!(text, ". The most recent datapoints which crossed the threshold: [{listed}]");
    }
    if given {
        let minimum = needed(terms, verdict.state);
        let transition = if verdict.state == State::Alarm { "OK -> ALARM" } else { "ALARM -> OK" };
        let word = if minimum == 1 { "datapoint" } else { "datapoints" };
        let _ = write!(text, " (minimum {minimum} {word} for {transition} transition)");
    }
    text.push('.');
    text
}

fn datapoints_were(count: usize) -> &'static str {
    if count == 1 { "datapoint was" } else { "datapoints were" }
}

/// `StateReasonData`. `recentDatapoints` runs from the oldest to the newest point looked at, gaps as `null`;
/// `evaluatedDatapoints` are as many of the newest decisive ones as the state takes, filled up with missing ones, which
/// have a time alone.
pub(crate) fn reason_data(terms: &Terms, range: Range<'_>, verdict: &Verdict, now: Timestamp) -> String {
    let mut text = format!("{{\"version\":\"1.0\",\"queryDate\":\"{}\"", json_time(now));
    let recent: Vec<(usize, Option<Datapoint>)> = if verdict.real == 0 {
        Vec::new()
    } else {
        let mut recent: Vec<_> = looked_at(range, verdict).skip_while(|(_, point)| point.is_none()).collect();
        recent.reverse();
        recent
    };
    if let Some((oldest, _)) = recent.first() {
        let _ = write!(text, ",\"startDate\":\"{}\"", json_time(begin(terms, range, *oldest)));
    }
    if let Some(unit) = terms.unit {
        let _ = write!(text, ",\"unit\":\"{}\"", unit.as_str());
    }
    if let Some(statistic) = &terms.statistic {
        let _ = write!(text, ",\"statistic\":{}", serde_json::Value::from(statistic.as_str()));
    }
    let values: Vec<String> = recent
        .iter()
        .map(|(_, point)| point.map_or_else(|| "null".to_owned(), |point| java_double(point.value)))
        .collect();
    let _ = write!(
        text,
        ",\"period\":{},\"recentDatapoints\":[{}],\"threshold\":{},\"evaluatedDatapoints\":[{}]}}",
        terms.period,
        values.join(","),
        java_double(terms.threshold),
        evaluated(terms, range, verdict).join(","),
    );
    text
}

fn evaluated(terms: &Terms, range: Range<'_>, verdict: &Verdict) -> Vec<String> {
    let decisive = if verdict.real == 0 { Vec::new() } else { decisive(terms, range, verdict) };
    let wanted = match verdict.state {
        State::InsufficientData => size(terms.periods),
        state => needed(terms, state),
    };
    let fills = match verdict.state {
        State::InsufficientData => true,
        State::Alarm => terms.missing == MissingData::Breaching,
        State::Ok => terms.missing == MissingData::NotBreaching,
    };
    let mut entries: Vec<String> = decisive
        .iter()
        .take(wanted)
        .map(|(at, point)| {
            let mut entry = format!("{{\"timestamp\":\"{}\"", json_time(begin(terms, range, *at)));
            // Metric math has no statistic, and so no samples either.
            if let Some(samples) = point.samples.filter(|_| terms.statistic.is_some()) {
                let _ = write!(entry, ",\"sampleCount\":{samples}.0");
            }
            let _ = write!(entry, ",\"value\":{}}}", java_double(point.value));
            entry
        })
        .collect();
    if fills {
        let missing = size(terms.periods).saturating_sub(verdict.real);
        let gaps = range.points.iter().enumerate().rev().filter(|(_, point)| point.is_none());
        let room = wanted.saturating_sub(entries.len()).min(missing);
        entries.extend(
            gaps.take(room)
                .map(|(at, _)| format!("{{\"timestamp\":\"{}\"}}", json_time(begin(terms, range, at)))),
        );
    }
    entries
}
