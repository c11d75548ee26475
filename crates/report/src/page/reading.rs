//! What was read, what of it was not told and why, what could not be read, and how the page came to be.

use trailbell_engine::Summary;

use super::section as part;
use crate::collect::Report;
use crate::html::Html;
use crate::words::{self, number};

/// Inputs that are named.
const SOURCES: usize = 12;

pub(super) fn section(html: &mut Html, report: &Report, summary: &Summary) {
    let lang = report.reader.lang;
    let about = lang.pick(
        "What this page is made from. What was not recorded or not read, it cannot show.",
        "このページの元になった記録です。記録されていないもの、読み取れなかったものは表示できません。",
    );
    part(html, "reading", lang, about, |html| {
        html.class("dl", "read", |html| {
            sources(html, report);
            times(html, report);
            counts(html, report, summary);
        });
        unreadable(html, report, summary);
    });
}

fn row(html: &mut Html, label: &str, value: impl FnOnce(&mut Html)) {
    html.plain("dt", |html| {
        html.text(label);
    });
    html.plain("dd", value);
}

fn sources(html: &mut Html, report: &Report) {
    let lang = report.reader.lang;
    let sources = &report.about.sources;
    if sources.is_empty() {
        return;
    }
    row(html, lang.pick("Read", "対象"), |html| {
        for (index, source) in sources.iter().take(SOURCES).enumerate() {
            if index > 0 {
                html.text(lang.pick(", ", "、"));
            }
            html.plain("code", |html| {
                html.theirs(source);
            });
        }
        if sources.len() > SOURCES {
            let more = number((sources.len() - SOURCES) as u64);
            html.text(&lang.pick(" and {n} more", "、ほか {n} 件").replace("{n}", &more));
        }
    });
    let files = report.about.files;
    row(html, lang.pick("Files", "ファイル数"), |html| {
        html.show(number(files));
    });
}

fn times(html: &mut Html, report: &Report) {
    let lang = report.reader.lang;
    let zone = &report.reader.time_zone;
    let moment = |at| words::local(at, zone).strftime("%Y-%m-%d %H:%M %Z").to_string();
    for (label, at) in [
        (lang.pick("Told from (--since)", "通知の開始(--since)"), report.about.since),
        (lang.pick("Told until (--until)", "通知の終了(--until)"), report.about.until),
        (lang.pick("First notice", "最初の通知"), report.first),
        (lang.pick("Last notice", "最後の通知"), report.last),
    ] {
        if let Some(at) = at {
            row(html, label, |html| {
                html.show(moment(at));
            });
        }
    }
}

fn counts(html: &mut Html, report: &Report, summary: &Summary) {
    let lang = report.reader.lang;
    row(html, lang.pick("CloudTrail events", "CloudTrail のイベント"), |html| {
        html.show(number(summary.records));
    });
    for (count, label) in [
        (
            summary.counted,
            lang.pick("Only count for correlations or alarms", "相関ルールやアラームの集計だけに使用"),
        ),
        (
            summary.unmet,
            lang.pick("Met only rules whose `when` did not hold", "ルールの条件(when)を満たさず"),
        ),
        (summary.folded, lang.pick("Told inside another notice", "ほかの通知に統合")),
        (summary.duplicates, lang.pick("Came more than once, told once", "重複(通知は 1 回)")),
        (summary.ignored, lang.pick("Quieted by the configuration", "設定により通知せず")),
        (
            summary.skipped,
            lang.pick(
                "Files or values that are not CloudTrail events",
                "CloudTrail のイベントではないファイル・値",
            ),
        ),
    ] {
        if count > 0 {
            row(html, label, |html| {
                html.show(number(count));
            });
        }
    }
}

fn unreadable(html: &mut Html, report: &Report, summary: &Summary) {
    let lang = report.reader.lang;
    html.plain("h3", |html| {
        html.text(lang.pick("What could not be read", "読み取れなかったもの"));
    });
    if summary.unreadable == 0 && report.unreadable.is_empty() {
        super::nothing(html, lang.pick("Everything could be read.", "すべて読み取れました。"));
        return;
    }
    html.plain("p", |html| {
        html.text(
            &lang
                .pick(
                    "{places} could not be read; what is in there is not on this page.",
                    "{places}を読み取れませんでした。その内容は、このページに含まれていません。",
                )
                .replace(
                    "{places}",
                    &match (summary.unreadable, lang) {
                        (1, trailbell_notice::Lang::En) => "1 place".to_owned(),
                        (n, trailbell_notice::Lang::En) => format!("{} places", number(n)),
                        (n, trailbell_notice::Lang::Ja) => format!("{} か所", number(n)),
                    },
                ),
        );
    });
    html.class("ul", "problems", |html| {
        for problem in &report.unreadable {
            html.plain("li", |html| {
                html.phrase(problem);
            });
        }
        if summary.unreadable > report.unreadable.len() as u64 {
            html.class("li", "quiet", |html| {
                html.text(lang.pick("and more", "ほか"));
            });
        }
    });
}

pub(super) fn footer(html: &mut Html, report: &Report) {
    let lang = report.reader.lang;
    let zone = &report.reader.time_zone;
    html.class("footer", "bottom quiet", |html| {
        html.plain("p", |html| {
            let about = &report.about;
            html.text("trailbell ").text(&about.version);
            if let Some(at) = about.made_at {
                let at = words::local(at, zone).strftime("%Y-%m-%d %H:%M %Z").to_string();
                html.text(&lang.pick(", made {at}", "({at} に作成)").replace("{at}", &at));
            }
            html.text(lang.pick(". ", "。"));
            let zone = zone.iana_name().unwrap_or(lang.pick("the machine's zone", "実行した環境のタイムゾーン"));
            html.text(&lang.pick("All times are of {zone}.", "日時は {zone} で表示しています。").replace("{zone}", zone));
        });
        html.plain("p", |html| {
            html.text(lang.pick(
                "This page runs no script and fetches nothing. Names, addresses and programs in it are what the records say, and others can choose them.",
                "このページはスクリプトを使わず、外部から何も読み込みません。名前・アドレス・ツールは記録にある値で、第三者が任意に指定できるものもあります。",
            ));
        });
    });
}
