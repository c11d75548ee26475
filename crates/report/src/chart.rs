//! Pictures, drawn as SVG inside the page: widths in per cent of the place they have, so that they fit a phone without
//! anything in them being stretched. Each says in words what it shows.

use std::fmt::Write as _;

use trailbell_notice::Lang;
use trailbell_text::Severity;

use crate::count::Counts;
use crate::days::Day;
use crate::html::Html;
use crate::words;

/// Height of the columns of a day, in pixels.
const COLUMN_HEIGHT: u32 = 88;
/// The room above them for the number of each, in pixels.
const NUMBER_HEIGHT: u32 = 18;
/// Where they stand.
const FLOOR: u32 = NUMBER_HEIGHT + COLUMN_HEIGHT;
/// Height of a day in the strip of days, in pixels.
const DAY_HEIGHT: u32 = 22;
/// An hour's share of a day's width, in hundredths of a per cent.
const HOUR_WIDTH: u64 = 10_000 / 24;

/// The marks of the severities, drawn once and used everywhere; each has a shape of its own.
pub(crate) fn marks(html: &mut Html) {
    let shapes: [(&str, &[&str]); 5] = [
        ("critical", &["M5 1h6l4 4v6l-4 4H5l-4-4V5z", "M7 4h2v5H7zM7 10.5h2v2H7z"]),
        ("high", &["M8 1.5 15.5 14.5H.5z"]),
        ("medium", &["M8 1 15 8 8 15 1 8z"]),
        ("low", &["M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2z"]),
        ("info", &["M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zm0 2.4a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 1 1 0-7.2z"]),
    ];
    html.element(
        "svg",
        &[("class", "marks"), ("width", "0"), ("height", "0"), ("aria-hidden", "true")],
        |html| {
            for (name, paths) in shapes {
                html.element(
                    "symbol",
                    &[("id", &format!("mark-{name}")), ("viewBox", "0 0 16 16")],
                    |html| {
                        for (index, path) in paths.iter().enumerate() {
                            let class = if index == 0 { "shape" } else { "cut" };
                            html.void("path", &[("class", class), ("d", path), ("fill-rule", "evenodd")]);
                        }
                    },
                );
            }
        },
    );
}

/// A severity's mark beside its word.
pub(crate) fn mark(html: &mut Html, severity: Severity) {
    html.element("svg", &[("class", "mark"), ("aria-hidden", "true")], |html| {
        html.void("use", &[("href", &format!("#mark-{severity}"))]);
    });
}

/// How a number divides among the severities.
pub(crate) fn severities(html: &mut Html, counts: &Counts, lang: Lang) {
    let total = counts.total().max(1);
    let words = words::by_severity(counts, lang);
    picture(html, "share", 10, &words, |html| {
        let mut from = 0;
        for (severity, count) in counts.worst_first() {
            let to = from + count;
            let (x, width) = (hundredths(from, total), hundredths(to, total) - hundredths(from, total));
            // A hair of the ground between two of them.
            rect(
                html,
                severity.word(),
                x,
                width.saturating_sub(if to < total { 30 } else { 0 }).max(10),
                (0, 10),
            );
            from = to;
        }
    });
}

/// A number beside the largest.
pub(crate) fn bar(html: &mut Html, count: u64, largest: u64) {
    html.element(
        "svg",
        &[("class", "bar"), ("width", "100%"), ("height", "10"), ("aria-hidden", "true")],
        |html| {
            rect(html, "track", 0, 10_000, (4, 2));
            rect(html, "length", 0, hundredths(count, largest.max(1)).max(60), (0, 10));
        },
    );
}

/// A day's hours as columns, the gravest at the bottom.
pub(crate) fn hours(html: &mut Html, day: &Day, lang: Lang) {
    let most = day.hours.iter().map(Counts::total).max().unwrap_or(0).max(1);
    // One notice is no column as high as the chart.
    let scale = most.max(4);
    picture(html, "hours", FLOOR, &hours_in_words(day, lang), |html| {
        for (hour, counts) in (0..).zip(&day.hours) {
            let x = hour * 10_000 / 24;
            rect(html, "ground", x + 25, HOUR_WIDTH - 50, (FLOOR - 2, 2));
            let mut below = 0;
            for (severity, count) in counts.worst_first() {
                let (from, to) = (pixels(below, scale), pixels(below + count, scale));
                below += count;
                let height = (to - from).saturating_sub(1).max(1);
                rect(
                    html,
                    severity.word(),
                    x + 25,
                    HOUR_WIDTH - 50,
                    (FLOOR.saturating_sub(from + height), height),
                );
            }
            if below > 0 {
                let (x, y) = (per_cent(x + HOUR_WIDTH / 2), FLOOR.saturating_sub(pixels(below, scale) + 5));
                html.element(
                    "text",
                    &[("x", &x), ("y", &y.to_string()), ("text-anchor", "middle")],
                    |html| {
                        html.show(words::number(below));
                    },
                );
            }
        }
    });
}

/// A day's hours as one row: the more there was, the darker; what is grave has its mark.
pub(crate) fn day(html: &mut Html, day: Option<&Day>, largest: u64, lang: Lang) {
    let nothing = Day::default();
    let day = day.unwrap_or(&nothing);
    picture(html, "day", DAY_HEIGHT, &hours_in_words(day, lang), |html| {
        for (hour, counts) in (0..).zip(&day.hours) {
            let x = hour * 10_000 / 24;
            let total = counts.total();
            // Four steps, the largest hour the darkest; by its root, so that few beside many are still seen.
            let step = match (total, largest) {
                (0, _) => 0,
                (_, 0..=1) => 2,
                (total, largest) => (4 * total.isqrt()).div_ceil(largest.isqrt().max(1)).clamp(1, 4),
            };
            rect(html, &format!("step-{step}"), x + 18, HOUR_WIDTH - 36, (1, DAY_HEIGHT - 2));
            if let Some(severity) = counts.gravest().filter(|severity| *severity >= Severity::High) {
                let x = per_cent(x + HOUR_WIDTH / 2);
                html.element("svg", &[("x", x.as_str()), ("y", "0"), ("class", "over")], |html| {
                    html.void(
                        "use",
                        &[
                            ("href", &format!("#mark-{severity}")),
                            ("class", severity.word()),
                            ("x", "-5"),
                            ("y", "6"),
                            ("width", "10"),
                            ("height", "10"),
                        ],
                    );
                });
            }
        }
    });
}

/// "03:00 4 critical, 2 high; 09:00 1 low".
fn hours_in_words(day: &Day, lang: Lang) -> String {
    let mut words = String::new();
    for (hour, counts) in day.hours.iter().enumerate().filter(|(_, counts)| counts.total() > 0) {
        let between = if words.is_empty() { "" } else { lang.pick("; ", "。") };
        // Writing to a String cannot fail.
        let _ = write!(words, "{between}{hour:02}:00 {}", words::by_severity(counts, lang));
    }
    if words.is_empty() { lang.pick("nothing", "なし").to_owned() } else { words }
}

/// An SVG as wide as its place, which says what it shows.
fn picture(html: &mut Html, class: &str, height: u32, says: &str, inside: impl FnOnce(&mut Html)) {
    let height = height.to_string();
    let attributes =
        [("class", class), ("width", "100%"), ("height", &height), ("role", "img"), ("aria-label", says)];
    html.element("svg", &attributes, inside);
}

/// A rectangle: its place and width in hundredths of a per cent, its top and height in pixels.
fn rect(html: &mut Html, class: &str, x: u64, width: u64, (y, height): (u32, u32)) {
    let (x, width, y, height) = (per_cent(x), per_cent(width), y.to_string(), height.to_string());
    html.void("rect", &[("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height)]);
}

fn per_cent(hundredths: u64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// A share, in hundredths of a per cent.
fn hundredths(count: u64, total: u64) -> u64 {
    u64::try_from(u128::from(count) * 10_000 / u128::from(total.max(1))).unwrap_or(10_000)
}

/// A share of the height of columns.
fn pixels(count: u64, most: u64) -> u32 {
    u32::try_from(u128::from(count) * u128::from(COLUMN_HEIGHT) / u128::from(most.max(1)))
        .unwrap_or(COLUMN_HEIGHT)
}
