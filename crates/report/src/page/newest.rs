//! The newest day at a glance: its hours, and what in it matters most.

use trailbell_text::Severity;

use super::{anchor, nothing};
use crate::chart;
use crate::collect::Report;
use crate::entry::badge;
use crate::html::Html;
use crate::kept::Kept;
use crate::words;

/// Notices that are named here; all of them stand in the timeline.
const NAMED: usize = 6;

pub(super) fn section(html: &mut Html, report: &Report, kept: &[Kept]) {
    let lang = report.reader.lang;
    let about = lang
        .pick("The last day with a notice, hour by hour.", "通知があった最後の日を 1 時間ごとに示します。");
    super::section(html, "newest", lang, about, |html| {
        let Some((date, day)) = report.days.newest() else {
            nothing(html, lang.pick("There is no day with a notice.", "通知のあった日はありません。"));
            return;
        };
        let counts = day.counts();
        html.class("div", "card", |html| {
            html.plain("h3", |html| {
                html.text(&words::long_date(date, lang));
            });
            html.class("p", "sum", |html| {
                html.text(&words::notices_by_severity(&counts, lang));
            });
            chart::hours(html, day, lang);
            html.element("div", &[("class", "clock"), ("aria-hidden", "true")], |html| {
                for hour in [0, 6, 12, 18] {
                    html.plain("span", |html| {
                        html.text(&format!("{hour:02}:00"));
                    });
                }
            });
            html.class("ol", "in-short", |html| {
                let zone = &report.reader.time_zone;
                let mut today: Vec<&Kept> = kept
                    .iter()
                    .filter(|kept| kept.at.is_some_and(|at| words::local(at, zone).date() == date))
                    .collect();
                let of_day = today.len();
                today.sort_by_key(|kept| std::cmp::Reverse(kept.severity));
                today.truncate(NAMED);
                today.sort_by_key(|kept| (kept.at, kept.nth));
                for kept in &today {
                    html.plain("li", |html| {
                        if let Some(at) = kept.at {
                            html.element("time", &[("datetime", &at.to_string())], |html| {
                                html.show(words::clock(at, zone));
                            });
                        }
                        html.text(" ");
                        badge(html, kept.severity, lang);
                        html.text(" ");
                        html.element("a", &[("href", &format!("#{}", anchor(kept)))], |html| {
                            html.written(&kept.headline);
                        });
                    });
                }
                let more = usize::try_from(counts.total()).unwrap_or(of_day).saturating_sub(today.len());
                if more > 0 {
                    let grave = counts.of(Severity::Critical) > NAMED as u64;
                    html.class("li", "quiet", |html| {
                        html.text(
                            &lang
                                .pick(
                                    "and {n} more, {least}in the timeline",
                                    "ほか {n} 件({least}タイムラインをご覧ください)",
                                )
                                .replace("{n}", &words::number(more as u64))
                                .replace(
                                    "{least}",
                                    if grave {
                                        lang.pick("critical ones too, ", "緊急を含みます。")
                                    } else {
                                        ""
                                    },
                                ),
                        );
                    });
                }
            });
        });
    });
}
