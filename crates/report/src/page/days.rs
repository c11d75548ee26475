//! The days and their hours: one row a day, the newest first, for at most 90 days back from the newest.

use jiff::Span;
use jiff::civil::Date;

use super::nothing;
use crate::chart;
use crate::collect::Report;
use crate::count::Counts;
use crate::entry::badge;
use crate::html::Html;
use crate::words::{self, number};

/// Days the strip goes back.
const DAYS: i64 = 90;
/// Rows that are seen without asking.
const ROWS_IN_SIGHT: usize = 31;
/// Days without a notice, one after another, that are still a row each.
const QUIET_ROWS: usize = 2;

/// A row of the strip.
enum Row {
    Day(Date),
    /// So many days without a notice.
    Quiet(usize),
}

pub(super) fn section(html: &mut Html, report: &Report) {
    let lang = report.reader.lang;
    let about = lang.pick(
        "Each row is a day, each cell an hour; the darker, the more notices.",
        "1 行が 1 日、1 マスが 1 時間です。色が濃いほど通知が多い時間帯です。",
    );
    super::section(html, "days", lang, about, |html| {
        let Some((newest, _)) = report.days.newest() else {
            nothing(html, lang.pick("There is no time to show.", "表示できる日時はありません。"));
            return;
        };
        let oldest = newest.checked_sub(Span::new().days(DAYS - 1)).unwrap_or(Date::MIN);
        let rows = rows(report, newest, oldest);
        let largest = report
            .days
            .newest_first()
            .take_while(|(date, _)| *date >= oldest)
            .flat_map(|(_, day)| day.hours.iter().map(Counts::total))
            .max()
            .unwrap_or(0);
        let in_sight = rows.len().min(ROWS_IN_SIGHT);
        table(html, report, &rows[..in_sight], largest);
        if rows.len() > in_sight {
            html.class("details", "older", |html| {
                html.plain("summary", |html| {
                    html.text(lang.pick("The days before", "それ以前の日"));
                });
                table(html, report, &rows[in_sight..], largest);
            });
        }
        remarks(html, report, oldest);
    });
}

/// The days of the strip; where nothing happened for long, one row says so.
fn rows(report: &Report, newest: Date, oldest: Date) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut quiet: Vec<Date> = Vec::new();
    let first = report.days.newest_first().map(|(date, _)| date).take_while(|date| *date >= oldest).last();
    let mut date = newest;
    let last = first.unwrap_or(newest);
    loop {
        if report.days.get(date).is_some() {
            if quiet.len() > QUIET_ROWS {
                rows.push(Row::Quiet(quiet.len()));
            } else {
                rows.extend(quiet.drain(..).map(Row::Day));
            }
            quiet.clear();
            rows.push(Row::Day(date));
        } else {
            quiet.push(date);
        }
        match date.yesterday() {
            Ok(before) if before >= last => date = before,
            _ => return rows,
        }
    }
}

fn table(html: &mut Html, report: &Report, rows: &[Row], largest: u64) {
    let lang = report.reader.lang;
    html.class("table", "strip", |html| {
        html.class("caption", "unseen", |html| {
            html.text(lang.pick("Notices by day and hour", "日・時間帯ごとの通知"));
        });
        html.plain("thead", |html| {
            html.plain("tr", |html| {
                html.element("th", &[("scope", "col")], |html| {
                    html.class("span", "unseen", |html| {
                        html.text(lang.pick("Day", "日"));
                    });
                });
                html.element("th", &[("scope", "col")], |html| {
                    html.class("span", "unseen", |html| {
                        html.text(lang.pick("Hours", "時間帯"));
                    });
                    html.element("span", &[("class", "clock"), ("aria-hidden", "true")], |html| {
                        for hour in ["0", "6", "12", "18"] {
                            html.plain("span", |html| {
                                html.text(hour);
                            });
                        }
                    });
                });
                html.element("th", &[("scope", "col"), ("class", "count")], |html| {
                    html.text(lang.pick("Notices", "通知"));
                });
                html.element("th", &[("scope", "col"), ("class", "gravest")], |html| {
                    html.text(lang.pick("Gravest", "最も高い重要度"));
                });
            });
        });
        html.plain("tbody", |html| {
            for row in rows {
                match row {
                    Row::Day(date) => day(html, report, *date, largest),
                    Row::Quiet(days) => {
                        html.class("tr", "quiet", |html| {
                            html.element("th", &[("scope", "row")], |_| ());
                            html.element("td", &[("colspan", "3")], |html| {
                                html.text(
                                    &lang
                                        .pick("{n} days without a notice", "{n} 日間、通知なし")
                                        .replace("{n}", &number(*days as u64)),
                                );
                            });
                        });
                    }
                }
            }
        });
    });
}

fn day(html: &mut Html, report: &Report, date: Date, largest: u64) {
    let lang = report.reader.lang;
    let day = report.days.get(date);
    let counts = day.map(crate::days::Day::counts).unwrap_or_default();
    html.plain("tr", |html| {
        html.element("th", &[("scope", "row")], |html| {
            let words = words::short_date(date, lang);
            if day.is_some() {
                html.element("a", &[("href", &format!("#day-{date}"))], |html| {
                    html.text(&words);
                });
            } else {
                html.text(&words);
            }
        });
        html.plain("td", |html| chart::day(html, day, largest, lang));
        html.class("td", "count", |html| {
            html.show(number(counts.total()));
        });
        html.class("td", "gravest", |html| match counts.gravest() {
            Some(severity) => badge(html, severity, lang),
            None => {
                html.text("–");
            }
        });
    });
}

fn remarks(html: &mut Html, report: &Report, oldest: Date) {
    let lang = report.reader.lang;
    let mut before = report.days.earlier();
    for (_, day) in report.days.newest_first().filter(|(date, _)| *date < oldest) {
        before += day.counts();
    }
    for (counts, words) in [
        (
            before,
            lang.pick(
                "The strip goes back 90 days; {notices} of before are not in it.",
                "表示は直近 90 日分です。それ以前の {notices}は含まれていません。",
            ),
        ),
        (
            report.days.timeless(),
            lang.pick(
                "{notices} without a time, which the record does not have.",
                "日時の記録がない通知が {notices}あります。",
            ),
        ),
    ] {
        if counts.total() > 0 {
            html.class("p", "quiet", |html| {
                html.text(&words.replace("{notices}", &words::notices(counts.total(), lang)));
            });
        }
    }
}
