//! The beginning: of what time the page is, what it came to, and the numbers everybody asks for first.

use trailbell_engine::Summary;
use trailbell_text::Severity;

use super::SECTIONS;
use crate::chart;
use crate::collect::Report;
use crate::entry::badge;
use crate::html::Html;
use crate::words::{self, number};

/// The page's title, and its first heading without the program's name.
pub(super) fn title(report: &Report, summary: &Summary) -> String {
    format!("{} · trailbell", what(report, summary))
}

fn what(report: &Report, summary: &Summary) -> String {
    let lang = report.reader.lang;
    match (report.first, report.last) {
        (Some(first), Some(last)) => {
            let zone = &report.reader.time_zone;
            words::span(words::local(first, zone).date(), words::local(last, zone).date(), lang)
        }
        _ if report.counts.total() > 0 => words::notices(report.counts.total(), lang),
        // That nothing was seen is not that nothing happened.
        _ if summary.records == 0 => lang.pick("No events", "イベントがありません").to_owned(),
        _ => lang.pick("Nothing to tell", "お知らせすることはありません").to_owned(),
    }
}

pub(super) fn header(html: &mut Html, report: &Report, summary: &Summary) {
    let lang = report.reader.lang;
    html.class("header", "top", |html| {
        html.class("p", "brand", |html| {
            bell(html);
            html.plain("b", |html| {
                html.text("trailbell");
            });
            html.text(" ").class("span", "quiet", |html| {
                html.text(lang.pick("a look back over CloudTrail", "CloudTrail の振り返り"));
            });
        });
        html.plain("h1", |html| {
            html.text(&what(report, summary));
        });
        html.class("p", "lede", |html| {
            html.text(&lede(report, summary));
        });
        accounts(html, report);
        numbers(html, report, summary);
        severities(html, report);
        html.element("nav", &[("aria-label", lang.pick("Sections", "目次"))], |html| {
            html.plain("ul", |html| {
                for (id, en, ja) in SECTIONS {
                    html.plain("li", |html| {
                        html.element("a", &[("href", &format!("#{id}"))], |html| {
                            html.text(lang.pick(en, ja));
                        });
                    });
                }
            });
        });
    });
}

fn bell(html: &mut Html) {
    html.element("svg", &[("class", "bell"), ("viewBox", "0 0 24 24"), ("aria-hidden", "true")], |html| {
        html.void(
            "path",
            &[("d", "M12 3a6 6 0 0 0-6 6v4.2L4 17h16l-2-3.8V9a6 6 0 0 0-6-6zM9.6 19a2.4 2.4 0 0 0 4.8 0z")],
        );
    });
}

/// The page in one or two sentences.
fn lede(report: &Report, summary: &Summary) -> String {
    let lang = report.reader.lang;
    let grave = report.counts.grave();
    let (told, records) = (report.counts.total(), number(summary.records));
    let unread = summary.unreadable > 0;
    let mut words = match (told, summary.records) {
        (0, 0) => lang
            .pick(
                "No CloudTrail event was found in what was read.",
                "読み取った中に CloudTrail のイベントはありませんでした。",
            )
            .to_owned(),
        (0, _) => lang
            .pick(
                "Of {n} events, none calls for a notice.",
                "{n} 件のイベントを確認しましたが、通知の対象はありませんでした。",
            )
            .replace("{n}", &records),
        _ => lang
            .pick(
                "{notices} from {n} events; {grave}.",
                "{n} 件のイベントから {notices}の通知がありました。{grave}。",
            )
            .replace("{n}", &records)
            .replace("{notices}", &words::notices(told, lang))
            .replace(
                "{grave}",
                &match grave {
                    0 => lang
                        .pick("none of them critical or high", "重要度が「緊急」「高」のものはありません")
                        .to_owned(),
                    _ => words::by_severity(&report.counts.only_grave(), lang),
                },
            ),
    };
    if unread {
        words.push_str(lang.pick(" Not everything could be read.", "一部は読み取れませんでした。"));
    }
    words
}

fn accounts(html: &mut Html, report: &Report) {
    let lang = report.reader.lang;
    let named = report.accounts.most_first();
    if named.is_empty() {
        return;
    }
    html.class("p", "accounts quiet", |html| {
        html.text(lang.pick(if named.len() == 1 { "Account " } else { "Accounts " }, "アカウント: "));
        for (index, (account, _)) in named.iter().enumerate() {
            if index > 0 {
                html.text(lang.pick(", ", "、"));
            }
            html.phrase(account);
        }
        if report.accounts.others() > 0 {
            html.text(lang.pick(" and others", "ほか"));
        }
    });
}

fn numbers(html: &mut Html, report: &Report, summary: &Summary) {
    let lang = report.reader.lang;
    let alarms = summary.alarms;
    let people = report.people.len() as u64;
    let mut tiles = vec![
        (lang.pick("notices", "通知"), report.counts.total() - alarms.min(report.counts.total())),
        (lang.pick("critical or high", "緊急・高"), report.counts.grave()),
        (
            lang.pick(
                if people == 1 { "person or program" } else { "people and programs" },
                "人・プログラム",
            ),
            people,
        ),
        (
            lang.pick(if report.places.countries.len() == 1 { "country" } else { "countries" }, "国・地域"),
            report.places.countries.len() as u64,
        ),
        (lang.pick("events read", "読み取ったイベント"), summary.records),
    ];
    if alarms > 0 {
        tiles.insert(1, (lang.pick("messages of alarms", "アラーム通知"), alarms));
    }
    html.class("dl", "numbers", |html| {
        for (label, count) in tiles {
            html.plain("div", |html| {
                html.plain("dt", |html| {
                    html.text(label);
                });
                html.plain("dd", |html| {
                    html.show(number(count));
                });
            });
        }
    });
}

fn severities(html: &mut Html, report: &Report) {
    let lang = report.reader.lang;
    if report.counts.total() == 0 {
        return;
    }
    html.class("div", "severities", |html| {
        chart::severities(html, &report.counts, lang);
        html.class("ul", "legend", |html| {
            for severity in Severity::ALL.iter().rev() {
                html.plain("li", |html| {
                    badge(html, *severity, lang);
                    html.text(" ").show(number(report.counts.of(*severity)));
                });
            }
        });
    });
}
