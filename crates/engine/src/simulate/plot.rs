//! A picture of each alarm as SVG: the metric, the threshold, the state below, and marks for messages and for what was hidden.
//!
//! One file that needs nothing else; colours follow the viewer's light or dark scheme. Every name in it may be somebody
//! else's, and is escaped.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trailbell_alarm::State;
use trailbell_notice::Lang;
use trailbell_text::{Channel, Untrusted};

use super::report::{AlarmReport, PlotData, Report};

const WIDTH: f64 = 960.0;
/// Left of the picture: the axis's numbers.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 40.0;
/// One alarm's panel: title, curve, ribbon.
const PANEL: f64 = 150.0;
const CURVE: f64 = 78.0;
const RIBBON: f64 = 14.0;
/// Marks of one kind in one panel: more could not be told apart.
const MOST_MARKS: usize = 1000;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#24292f}.s{font-size:11px;fill:#57606a}.t{font-weight:600}\
.c{fill:#0969da;opacity:.75}.h{stroke:#cf222e;stroke-dasharray:4 3}.a{stroke:#8c959f}\
.ok{fill:#2da44e}.al{fill:#cf222e}.in{fill:#8c959f}.m{fill:#24292f}.x{fill:#fff;stroke:#bc4c00;stroke-width:1.5}.bg{fill:#fff}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}.c{fill:#4493f8}.h{stroke:#f85149}.a{stroke:#656c76}\
.ok{fill:#3fb950}.al{fill:#f85149}.in{fill:#656c76}.m{fill:#e6edf3}.x{fill:#0d1117;stroke:#f0883e}.bg{fill:#0d1117}}";

/// The picture of all alarms of a report.
#[must_use]
pub fn plot(report: &Report, lang: Lang, zone: &TimeZone) -> String {
    let alarms: Vec<&AlarmReport> = report.alarms.iter().collect();
    let height = TOP + PANEL * count(alarms.len().max(1)) + 8.0;
    let mut svg = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        svg,
        r#"<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="{label}">
<style>{STYLE}</style>
<rect class="bg" width="{WIDTH}" height="{height}"/>
"#,
        label = lang.pick("Alarms over time", "アラームの推移"),
    );
    if let Some((first, last)) = report.span {
        let axis = Axis { first, last: last.max(first) };
        legend(&mut svg, lang);
        for (nth, alarm) in alarms.into_iter().enumerate() {
            panel(&mut svg, alarm, &axis, TOP + PANEL * count(nth), lang, zone);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

struct Axis {
    first: Timestamp,
    last: Timestamp,
}

impl Axis {
    fn x(&self, at: Timestamp) -> f64 {
        let whole = seconds(self.first, self.last).max(1.0);
        LEFT + (seconds(self.first, at) / whole).clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a picture")]
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs() as f64
}

#[expect(clippy::cast_precision_loss, reason = "a number of panels")]
fn count(number: usize) -> f64 {
    number as f64
}

fn legend(svg: &mut String, lang: Lang) {
    let words = lang.pick(
        [
            "value of the metric",
            "threshold",
            "OK",
            "ALARM",
            "INSUFFICIENT_DATA",
            "message",
            "operation it was silent about",
        ],
        [
            "メトリクスの値",
            "しきい値",
            "OK",
            "ALARM",
            "INSUFFICIENT_DATA",
            "メッセージ",
            "通知しなかった操作",
        ],
    );
    let mut x = LEFT;
    for (nth, word) in words.into_iter().enumerate() {
        let _ = match nth {
            0 => write!(svg, r#"<rect class="c" x="{x}" y="12" width="10" height="10"/>"#),
            1 => write!(svg, r#"<line class="h" x1="{x}" x2="{}" y1="17" y2="17"/>"#, x + 12.0),
            2 => write!(svg, r#"<rect class="ok" x="{x}" y="12" width="10" height="10"/>"#),
            3 => write!(svg, r#"<rect class="al" x="{x}" y="12" width="10" height="10"/>"#),
            4 => write!(svg, r#"<rect class="in" x="{x}" y="12" width="10" height="10"/>"#),
            5 => write!(svg, r#"<path class="m" d="M{x} 12h10l-5 9z"/>"#),
            _ => write!(svg, r#"<circle class="x" cx="{}" cy="17" r="4"/>"#, x + 5.0),
        };
        let _ = writeln!(svg, r#"<text class="s" x="{}" y="21">{word}</text>"#, x + 16.0);
        let columns: usize = word.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        x += 16.0 + count(columns) * 6.2 + 14.0;
    }
}

fn panel(svg: &mut String, alarm: &AlarmReport, axis: &Axis, top: f64, lang: Lang, zone: &TimeZone) {
    let name = escaped(&alarm.name);
    let measured = alarm.plot.as_ref().map(|plot| escaped(&plot.measured)).unwrap_or_default();
    let _ = writeln!(
        svg,
        r#"<text class="t" x="{LEFT}" y="{y}">{name} <tspan class="s">{measured}</tspan></text>"#,
        y = top + 12.0
    );
    let curve = top + 20.0;
    if let Some(plot) = &alarm.plot {
        points(svg, plot, axis, curve);
    }
    let ribbon = curve + CURVE + 4.0;
    states(svg, alarm, axis, ribbon);
    for at in alarm.plot.iter().flat_map(|plot| &plot.messages).take(MOST_MARKS) {
        let x = axis.x(*at);
        let _ =
            writeln!(svg, r#"<path class="m" d="M{} {}h10l-5 9z"/>"#, short(x - 5.0), short(ribbon - 9.0));
    }
    for hidden in alarm.hidden_list.iter().take(MOST_MARKS) {
        let title = escaped(&lang.of(&hidden.operation.line.headline).render(Channel::Plain));
        let _ = writeln!(
            svg,
            r#"<circle class="x" cx="{}" cy="{}" r="4"><title>{title}</title></circle>"#,
            short(axis.x(hidden.at)),
            short(ribbon + RIBBON / 2.0)
        );
    }
    let time = |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
    let below = ribbon + RIBBON + 14.0;
    let _ = writeln!(
        svg,
        r#"<text class="s" x="{LEFT}" y="{below}">{}</text><text class="s" x="{}" y="{below}" text-anchor="end">{}</text>"#,
        escaped(&time(axis.first)),
        WIDTH - RIGHT,
        escaped(&time(axis.last)),
    );
}

fn points(svg: &mut String, plot: &PlotData, axis: &Axis, top: f64) {
    let values = plot.points.iter().map(|(_, value)| *value).chain([plot.threshold, 0.0]);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.filter(|value| value.is_finite()) {
        (least, most) = (least.min(value), most.max(value));
    }
    // A little room above, so that a threshold that is reached can be seen.
    let room = ((most - least) * 0.1).max(f64::MIN_POSITIVE);
    let range = (most - least + room).max(f64::MIN_POSITIVE);
    let y = |value: f64| top + CURVE - ((value - least) / range).clamp(0.0, 1.0) * CURVE;
    let base = y(0.0_f64.clamp(least, most));
    let width = |at: Timestamp| {
        let end = at.checked_add(jiff::SignedDuration::from_secs(plot.width)).unwrap_or(at);
        (axis.x(end) - axis.x(at)).max(1.0)
    };
    let mut path = String::new();
    for (at, value) in &plot.points {
        let (x, height) = (axis.x(*at), y(*value));
        let (from, to) = (height.min(base), height.max(base).max(height.min(base) + 0.8));
        let _ = write!(
            path,
            "M{} {}h{}V{}h-{}z",
            short(x),
            short(from),
            short(width(*at)),
            short(to),
            short(width(*at))
        );
    }
    let right = WIDTH - RIGHT;
    let _ = writeln!(svg, r#"<path class="c" d="{path}"/>"#);
    let _ = writeln!(
        svg,
        r#"<line class="a" x1="{LEFT}" x2="{right}" y1="{b}" y2="{b}"/><line class="h" x1="{LEFT}" x2="{right}" y1="{t}" y2="{t}"/>"#,
        b = short(base),
        t = short(y(plot.threshold)),
    );
    let _ = writeln!(
        svg,
        r#"<text class="s" x="{x}" y="{t}" text-anchor="end">{threshold}</text><text class="s" x="{x}" y="{m}" text-anchor="end">{most}</text>"#,
        x = LEFT - 6.0,
        t = short(y(plot.threshold) + 4.0),
        threshold = number(plot.threshold),
        m = short(top + 4.0),
        most = if (most - plot.threshold).abs() < range * 0.15 { String::new() } else { number(most) },
    );
}

fn states(svg: &mut String, alarm: &AlarmReport, axis: &Axis, y: f64) {
    for (nth, (at, state)) in alarm.history.iter().enumerate() {
        let end = alarm.history.get(nth + 1).map_or(axis.last, |(next, _)| *next);
        let class = match state {
            State::Ok => "ok",
            State::Alarm => "al",
            State::InsufficientData => "in",
        };
        let (from, to) = (axis.x(*at), axis.x(end));
        let _ = writeln!(
            svg,
            r#"<rect class="{class}" x="{}" y="{y}" width="{}" height="{RIBBON}"/>"#,
            short(from),
            short((to - from).max(0.5))
        );
    }
}

/// A coordinate with no more digits than anybody sees.
fn short(number: f64) -> String {
    format!("{number:.1}")
}

fn number(value: f64) -> String {
    if value.abs() >= 1e6 { format!("{value:.2e}") } else { format!("{}", (value * 1000.0).round() / 1000.0) }
}

/// Text of somebody else's in XML: HTML's escapes are XML's, too.
fn escaped(text: &str) -> String {
    Untrusted::from(text).render(Channel::Html)
}
