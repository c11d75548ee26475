//! Statistics: their names, and their values over a bucket.

use std::fmt;

use trailbell_text::Span;

use crate::bucket::Totals;
use crate::{Bucket, Error};

/// One percent, in the unit in which percentages are kept: exact to ten decimals, as AWS takes them.
const PERCENT: u64 = 10_000_000_000;
/// All samples.
const ALL: u64 = 100 * PERCENT;

/// A statistic, by AWS's name.
///
/// Values are exact over what the bucket keeps. CloudWatch keeps a histogram whose bins grow by about a tenth, so its
/// percentiles and trimmed figures are approximate and can differ from these. A percentage of samples is counted in whole samples: `p90` is the smallest value that at least 90% of the samples do not exceed, and
/// `TM(10%:90%)` leaves out the tenth of the samples (rounded down) that is lowest, and what is above p90.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistic(Kind);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    SampleCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    /// `pNN`: ten-thousand-millionths of a percent.
    Percentile(u64),
    /// Something over a range of the samples.
    Ranged(Figure, Bounds),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    /// `TM`: mean of the samples in range.
    TrimmedMean,
    /// `TC`: their number.
    TrimmedCount,
    /// `TS`: their sum.
    TrimmedSum,
    /// `WM`: mean of all, those out of range as if they were at its ends.
    WinsorizedMean,
    /// `PR`: their share, in percent.
    PercentileRank,
}

impl Figure {
    const ALL: [Self; 5] =
        [Self::TrimmedMean, Self::TrimmedCount, Self::TrimmedSum, Self::WinsorizedMean, Self::PercentileRank];

    const fn name(self) -> &'static str {
        match self {
            Self::TrimmedMean => "TM",
            Self::TrimmedCount => "TC",
            Self::TrimmedSum => "TS",
            Self::WinsorizedMean => "WM",
            Self::PercentileRank => "PR",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bounds {
    /// Shares of the samples, lowest first.
    Percent(u64, u64),
    /// Values: greater than the first, not greater than the second.
    Values(f64, f64),
}

impl Statistic {
    /// Reads AWS's name: `Sum`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let simple = [
            ("SampleCount", Kind::SampleCount),
            ("Sum", Kind::Sum),
            ("Average", Kind::Average),
            ("Minimum", Kind::Minimum),
            ("Maximum", Kind::Maximum),
            ("IQM", Kind::Ranged(Figure::TrimmedMean, Bounds::Percent(25 * PERCENT, 75 * PERCENT))),
        ];
        if let Some((_, kind)) = simple.iter().find(|(simple, _)| *simple == name) {
            return Ok(Self(*kind));
        }
        if let Some(percent) = name.strip_prefix('p').and_then(percent) {
            return Ok(Self(Kind::Percentile(percent)));
        }
        for figure in Figure::ALL {
            if let Some(inside) = name
                .strip_prefix(figure.name())
                .and_then(|rest| rest.strip_prefix('('))
                .and_then(|rest| rest.strip_suffix(')'))
            {
                let start = figure.name().len() + 1;
                let bounds = bounds(inside)
                    .filter(|bounds| figure != Figure::PercentileRank || matches!(bounds, Bounds::Values(..)))
                    .ok_or_else(|| range_error(name, start, figure))?;
                return Ok(Self(Kind::Ranged(figure, bounds)));
            }
            // `tm90` is `TM(:90%)`; `pr` has no such form.
            let short = name
                .get(..2)
                .filter(|prefix| figure != Figure::PercentileRank && *prefix == figure.name().to_lowercase())
                .and_then(|_| name.get(2..))
                .and_then(percent);
            if let Some(upper) = short {
                return Ok(Self(Kind::Ranged(figure, Bounds::Percent(0, upper))));
            }
        }
        let likely = simple.iter().find(|(simple, _)| simple.eq_ignore_ascii_case(name));
        let hint = likely.map_or_else(
            || "SampleCount, Sum, Average, Minimum, Maximum, p90, tm90, TM(10%:90%), IQM, PR(:300) and their like are".to_owned(),
            |(simple, _)| format!("write {simple}"),
        );
        Err(Error::whole_text("statistic", name, "this is no statistic of CloudWatch's", &hint))
    }

    /// Whether it needs every value, and not just four numbers.
    #[must_use]
    pub const fn needs_distribution(&self) -> bool {
        matches!(self.0, Kind::Percentile(_) | Kind::Ranged(..))
    }

    /// Whether so few samples say little: for `pNN`, fewer than 10/(1-p) above the median and 10/p below it. No other
    /// statistic ever has too few.
    #[must_use]
    pub fn has_too_few(&self, samples: u64) -> bool {
        match self.0 {
            Kind::Percentile(percent) => {
                let rare = if percent.saturating_mul(2) >= ALL { ALL - percent } else { percent };
                u128::from(samples) * u128::from(rare) < 10 * u128::from(ALL)
            }
            _ => false,
        }
    }

    /// Its value; `None` of no samples, of a statistic beyond the first five where a sample is negative, and of a
    /// mean over a range that no sample is in.
    #[must_use]
    pub fn of(&self, bucket: &Bucket) -> Option<f64> {
        match self.0 {
            Kind::Percentile(_) | Kind::Ranged(..) if bucket.totals().minimum < 0.0 => None,
            Kind::Percentile(percent) => value_of_rank(bucket, rank_up(percent, samples(bucket)).max(1)),
            Kind::Ranged(figure, bounds) => {
                if bucket.values().is_empty() {
                    None
                } else {
                    ranged(figure, bounds, bucket)
                }
            }
            _ => self.of_totals(bucket.totals()),
        }
    }

    /// Its value, where four numbers are enough for it.
    pub(crate) fn of_totals(&self, totals: &Totals) -> Option<f64> {
        if totals.count == 0 {
            return None;
        }
        match self.0 {
            Kind::SampleCount => Some(float(totals.count)),
            Kind::Sum => Some(totals.sum),
            Kind::Average => Some(totals.sum / float(totals.count)),
            Kind::Minimum => Some(totals.minimum),
            Kind::Maximum => Some(totals.maximum),
            Kind::Percentile(_) | Kind::Ranged(..) => None,
        }
    }
}

impl fmt::Display for Statistic {
    /// As AWS writes it, short forms in full: `tm90` is `TM(:90%)`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::SampleCount => formatter.write_str("SampleCount"),
            Kind::Sum => formatter.write_str("Sum"),
            Kind::Average => formatter.write_str("Average"),
            Kind::Minimum => formatter.write_str("Minimum"),
            Kind::Maximum => formatter.write_str("Maximum"),
            Kind::Percentile(percent) => {
                formatter.write_str("p")?;
                write_percent(formatter, percent)
            }
            Kind::Ranged(figure, bounds) => {
                write!(formatter, "{}(", figure.name())?;
                match bounds {
                    Bounds::Percent(low, high) => {
                        if low > 0 {
                            write_percent(formatter, low)?;
                            formatter.write_str("%")?;
                        }
                        formatter.write_str(":")?;
                        if high < ALL || low == 0 {
                            write_percent(formatter, high)?;
                            formatter.write_str("%")?;
                        }
                    }
                    Bounds::Values(low, high) => {
                        if low.is_finite() {
                            write!(formatter, "{low}")?;
                        }
                        formatter.write_str(":")?;
                        if high.is_finite() {
                            write!(formatter, "{high}")?;
                        }
                    }
                }
                formatter.write_str(")")
            }
        }
    }
}

fn write_percent(formatter: &mut fmt::Formatter<'_>, percent: u64) -> fmt::Result {
    write!(formatter, "{}", percent / PERCENT)?;
    let decimals = format!("{:010}", percent % PERCENT);
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { Ok(()) } else { write!(formatter, ".{decimals}") }
}

fn range_error(name: &str, start: usize, figure: Figure) -> Error {
    let hint = if figure == Figure::PercentileRank {
        "write a range of values, as PR(:300) or PR(100:2000)"
    } else {
        "write TM(10%:90%), TM(:95%) or, of values, TM(150:1000); both ends in the same unit, the first lower"
    };
    let span = Span::new(start, name.len().saturating_sub(1));
    Error::text(
        "statistic",
        name,
        trailbell_text::Diagnostic::new("this is no range of a statistic", span).with_hint(hint),
    )
}

/// `10%:90%`, `:95%`, `150:1000`; at least one end, both in one unit, the first lower.
fn bounds(text: &str) -> Option<Bounds> {
    let (low, high) = text.split_once(':')?;
    let share = |end: &str| end.strip_suffix('%').and_then(percent);
    let (low, high) = (low.trim(), high.trim());
    if low.ends_with('%') || high.ends_with('%') {
        let low = if low.is_empty() { Some(0) } else { share(low) }?;
        let high = if high.is_empty() { Some(ALL) } else { share(high) }?;
        return (low < high).then_some(Bounds::Percent(low, high));
    }
    if low.is_empty() && high.is_empty() {
        return None;
    }
    let low = if low.is_empty() { Some(f64::NEG_INFINITY) } else { plain_number(low) }?;
    let high = if high.is_empty() { Some(f64::INFINITY) } else { plain_number(high) }?;
    (low < high).then_some(Bounds::Values(low, high))
}

/// Digits with perhaps a point; no exponent, no `inf`.
fn plain_number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if plain { text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

/// `90`, `99.9`, at most 100 with at most ten decimals.
fn percent(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 10 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let decimals: u64 = if decimals.is_empty() { 0 } else { format!("{decimals:0<10}").parse().ok()? };
    let percent = whole * PERCENT + decimals;
    (percent <= ALL).then_some(percent)
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are of no alarm")]
const fn float(count: u64) -> f64 {
    count as f64
}

/// How many samples the distribution holds.
fn samples(bucket: &Bucket) -> u64 {
    bucket.values().iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
}

/// A share of the samples, rounded up to whole ones.
fn rank_up(percent: u64, samples: u64) -> u64 {
    let exact = u128::from(percent) * u128::from(samples);
    u64::try_from(exact.div_ceil(u128::from(ALL))).unwrap_or(u64::MAX)
}

/// A share of the samples, rounded down to whole ones.
fn rank_down(percent: u64, samples: u64) -> u64 {
    u64::try_from(u128::from(percent) * u128::from(samples) / u128::from(ALL)).unwrap_or(u64::MAX)
}

/// The value of the sample of that 1-based rank.
fn value_of_rank(bucket: &Bucket, rank: u64) -> Option<f64> {
    let mut below = 0_u64;
    bucket.values().iter().find_map(|(value, count)| {
        below = below.saturating_add(*count);
        (below >= rank).then_some(*value)
    })
}

fn ranged(figure: Figure, bounds: Bounds, bucket: &Bucket) -> Option<f64> {
    let all = samples(bucket);
    let (first, last, low, high) = match bounds {
        Bounds::Percent(low, high) => {
            let (first, last) = (rank_down(low, all), rank_up(high, all));
            let low = value_of_rank(bucket, first.saturating_add(1));
            (first, last, low, value_of_rank(bucket, last.max(1)))
        }
        Bounds::Values(low, high) => (0, all, Some(low), Some(high)),
    };
    let (mut below, mut count, mut sum, mut winsorized) = (0_u64, 0_u64, 0.0_f64, 0.0_f64);
    for (value, number) in bucket.values() {
        let in_range = match bounds {
            // Of samples of one value, those whose ranks are in range.
            Bounds::Percent(..) => {
                let end = below.saturating_add(*number);
                let inside = end.min(last).saturating_sub(below.max(first));
                below = end;
                inside
            }
            Bounds::Values(low, high) => {
                if *value > low && *value <= high {
                    *number
                } else {
                    0
                }
            }
        };
        count += in_range;
        sum += *value * float(in_range);
        let held = value.max(low.unwrap_or(f64::NEG_INFINITY)).min(high.unwrap_or(f64::INFINITY));
        winsorized += held * float(*number);
    }
    match figure {
        Figure::TrimmedMean => (count > 0).then(|| sum / float(count)),
        Figure::TrimmedCount => Some(float(count)),
        Figure::TrimmedSum => Some(sum),
        Figure::WinsorizedMean => (all > 0).then(|| winsorized / float(all)),
        Figure::PercentileRank => (all > 0).then(|| 100.0 * float(count) / float(all)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, values: &[f64]) -> Option<f64> {
        Statistic::parse(name).unwrap().of(&Bucket::of(values))
    }

    /// 1 to 10.
    const TEN: [f64; 10] = [4.0, 1.0, 10.0, 2.0, 9.0, 3.0, 8.0, 5.0, 7.0, 6.0];

    #[test]
    fn each_statistic_has_its_value() {
        for (name, value) in [
            ("SampleCount", 10.0),
            ("Sum", 55.0),
            ("Average", 5.5),
            ("Minimum", 1.0),
            ("Maximum", 10.0),
            ("p0", 1.0),
            ("p50", 5.0),
            ("p90", 9.0),
            ("p90.0000000001", 10.0),
            ("p100", 10.0),
            ("tm90", 5.0),
            ("TM(10%:90%)", 5.5),
            ("TM(:90%)", 5.0),
            ("TM(20%:)", 6.5),
            ("TM(2:4)", 3.5),
            ("TM(8:)", 9.5),
            ("tc90", 9.0),
            ("TC(2:4)", 2.0),
            ("ts90", 45.0),
            ("TS(:3)", 6.0),
            ("wm90", 5.4),
            ("WM(10%:90%)", 5.5),
            ("WM(2:4)", 3.5),
            ("IQM", 5.5),
            ("PR(:3)", 30.0),
            ("PR(3:7)", 40.0),
            ("PR(9.5:)", 10.0),
        ] {
            let got = of(name, &TEN).unwrap();
            assert!((got - value).abs() < 1e-9, "{name}: {got}, not {value}");
        }
    }

    #[test]
    fn nothing_has_a_value_of_no_samples_and_percentiles_none_of_negative_ones() {
        for name in ["Sum", "p50", "TM(10%:90%)", "PR(:3)", "SampleCount"] {
            assert_eq!(of(name, &[]), None, "{name}");
        }
        assert_eq!(of("p50", &[-1.0, 2.0]), None);
        assert_eq!(of("IQM", &[-1.0, 2.0]), None);
        assert_eq!(of("Minimum", &[-1.0, 2.0]), Some(-1.0));
        assert_eq!(of("TM(100:200)", &TEN), None);
    }

    #[test]
    fn other_names_are_refused_with_the_next_step() {
        for name in [
            "",
            "sum",
            "p",
            "p101",
            "p1.12345678901",
            "pxx",
            "TM",
            "TM()",
            "TM(:)",
            "TM(90%:10%)",
            "TM(1:90%)",
            "PR(10%:90%)",
            "pr90",
            "tm",
            "TM(1e3:)",
            "TM(:inf)",
            "\u{e9}\u{e9}",
            "IQM(1:2)",
        ] {
            let error = Statistic::parse(name).unwrap_err();
            assert!(error.diagnostic().unwrap().1.hint.is_some(), "{name}");
        }
        assert_eq!(
            Statistic::parse("sum").unwrap_err().diagnostic().unwrap().1.hint.as_deref(),
            Some("write Sum")
        );
    }

    #[test]
    fn a_name_that_is_printed_is_read_again() {
        for (name, printed) in [
            ("p99.90", "p99.9"),
            ("tm90", "TM(:90%)"),
            ("IQM", "TM(25%:75%)"),
            ("PR(:3)", "PR(:3)"),
            ("TM(20%:)", "TM(20%:)"),
            ("Sum", "Sum"),
        ] {
            let statistic = Statistic::parse(name).unwrap();
            assert_eq!(statistic.to_string(), printed);
            assert_eq!(Statistic::parse(printed).unwrap(), statistic);
        }
    }

    #[test]
    fn a_percentile_needs_ten_samples_on_its_rare_side() {
        for (name, fewest) in [("p90", 100), ("p99", 1000), ("p50", 20), ("p10", 100), ("p99.9", 10_000)] {
            let statistic = Statistic::parse(name).unwrap();
            assert!(statistic.has_too_few(fewest - 1) && !statistic.has_too_few(fewest), "{name}");
        }
        assert!(!Statistic::parse("Average").unwrap().has_too_few(1));
    }
}
