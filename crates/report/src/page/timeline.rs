//! What happened, day by day: the newest day first, within it in order of time.

use std::io::{self, Write};

use jiff::SignedDuration;
use jiff::civil::Date;
use trailbell_text::Severity;

use super::{anchor, nothing, side};
use crate::collect::Report;
use crate::count::Counts;
use crate::entry::badge;
use crate::html::Html;
use crate::kept::{Kept, MOST_IN_FULL};
use crate::words::{self, number};

/// Days that are named though none of their notices stands here in full.
const DAYS_OF_NUMBERS: usize = 90;

/// The longest pause within one go.
const ONE_GO: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn write(report: &Report, kept: &[Kept], out: &mut dyn Write) -> io::Result<()> {
    let lang = report.reader.lang;
    let mut html = Html::new();
    writeln!(out, "<section id=\"timeline\" class=\"part\" aria-labelledby=\"timeline-heading\">")?;
    let about = lang.pick(
        "The newest day first, within a day in order of time. Open a notice for what to do.",
        "新しい日から順に、同じ日の中では時刻順に示します。通知を開くと、対応方法を確認できます。",
    );
    side(&mut html, "timeline", lang, about);
    out.write_all(html.take().as_bytes())?;
    writeln!(out, "<div class=\"body\">")?;
    if report.counts.total() == 0 {
        nothing(&mut html, lang.pick("There is no notice.", "通知はありません。"));
    }
    if report.counts.total() > kept.len() as u64 {
        html.class("p", "quiet", |html| {
            html.text(
                &lang
                    .pick(
                        "The {n} gravest and newest stand here in full; the others are counted.",
                        "重要度が高いもの、新しいものから {n} 件の内容を示し、残りは件数のみを示します。",
                    )
                    .replace("{n}", &number(MOST_IN_FULL as u64)),
            );
        });
    }
    let by_day = by_day(report, kept);
    let mut of_numbers = 0;
    for (date, day) in report.days.newest_first() {
        let of_day = by_day.iter().find(|(known, _)| *known == Some(date)).map_or(&[][..], |(_, kept)| *kept);
        if of_day.is_empty() {
            of_numbers += 1;
            if of_numbers > DAYS_OF_NUMBERS {
                continue;
            }
        }
        one_day(&mut html, report, Some(date), day.counts(), of_day);
        out.write_all(html.take().as_bytes())?;
    }
    if of_numbers > DAYS_OF_NUMBERS || report.days.earlier().total() > 0 {
        html.class("p", "quiet", |html| {
            html.text(lang.pick(
                "Older days have notices, too, none of which stands here.",
                "これより前にも通知がありますが、ここには示していません。",
            ));
        });
    }
    if report.days.timeless().total() > 0 {
        let of_none = by_day.iter().find(|(known, _)| known.is_none()).map_or(&[][..], |(_, kept)| *kept);
        one_day(&mut html, report, None, report.days.timeless(), of_none);
    }
    out.write_all(html.take().as_bytes())?;
    writeln!(out, "</div>\n</section>")
}

/// What is kept, in slices of one day; it is in order of time.
fn by_day<'a>(report: &Report, kept: &'a [Kept]) -> Vec<(Option<Date>, &'a [Kept])> {
    let date = |kept: &Kept| kept.at.map(|at| words::local(at, &report.reader.time_zone).date());
    kept.chunk_by(|one, next| date(one) == date(next))
        .filter_map(|day| Some((date(day.first()?), day)))
        .collect()
}

fn one_day(html: &mut Html, report: &Report, date: Option<Date>, counts: Counts, kept: &[Kept]) {
    let lang = report.reader.lang;
    let id = date.map_or_else(|| "day-none".to_owned(), |date| format!("day-{date}"));
    html.element(
        "section",
        &[("class", "daybook"), ("id", &id), ("aria-labelledby", &format!("{id}-heading"))],
        |html| {
            html.element("h3", &[("id", &format!("{id}-heading"))], |html| {
                html.text(&date.map_or_else(
                    || lang.pick("Without a time", "日時の記録なし").to_owned(),
                    |date| words::long_date(date, lang),
                ));
                html.text(" ").class("span", "quiet", |html| {
                    html.text(&words::notices(counts.total(), lang));
                });
            });
            if !kept.is_empty() {
                html.class("ol", "notices", |html| {
                    let mut before: Option<&Kept> = None;
                    for one in kept {
                        let follows = before.is_some_and(|before| is_one_go(before, one));
                        let class = match (follows, one.is_unusual) {
                            (true, false) => "follows",
                            (true, true) => "follows unusual",
                            _ => "begins",
                        };
                        html.element("li", &[("id", &anchor(one)), ("class", class)], |html| {
                            html.written(&one.html);
                        });
                        before = Some(one);
                    }
                });
            }
            left_out(html, report, &counts, kept);
        },
    );
}

/// Whether the second goes on with what the first began: then who, from where and with what need not be said again.
fn is_one_go(first: &Kept, second: &Kept) -> bool {
    let pause = first.at.zip(second.at).map(|(first, second)| second.duration_since(first));
    first.hand.is_some() && first.hand == second.hand && pause.is_some_and(|pause| pause <= ONE_GO)
}

/// How many of the day do not stand there.
fn left_out(html: &mut Html, report: &Report, counts: &Counts, kept: &[Kept]) {
    let lang = report.reader.lang;
    let mut there = Counts::default();
    for one in kept {
        there.add(one.severity);
    }
    let left = counts.less(&there);
    if left.total() == 0 {
        return;
    }
    html.class("p", "left-out quiet", |html| {
        html.text(
            &lang
                .pick("{more} not shown in full: ", "{more}は件数のみ: ")
                .replace("{more}", &words::notices(left.total(), lang)),
        );
        for severity in Severity::ALL.iter().rev().filter(|severity| left.of(**severity) > 0) {
            html.text(" ");
            badge(html, *severity, lang);
            html.text(" ").show(number(left.of(*severity)));
        }
    });
}
