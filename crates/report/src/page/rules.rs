//! Which rules ring, how often and by whom, and the lines that would quiet what is expected.

use trailbell_engine::Summary;

use super::nothing;
use crate::chart;
use crate::collect::Report;
use crate::html::Html;
use crate::words::number;

/// Rules that stand on the page, the noisiest first.
const SHOWN: usize = 60;

pub(super) fn section(html: &mut Html, report: &Report, summary: &Summary) {
    let lang = report.reader.lang;
    let about = lang.pick(
        "How often each rule rang, the noisiest first. One notice may be of several rules.",
        "各ルールの通知件数を、多い順に示します。1 件の通知が複数のルールに該当することもあります。",
    );
    super::section(html, "rules", lang, about, |html| {
        if summary.by_rule.is_empty() {
            nothing(html, lang.pick("No rule rang.", "該当したルールはありません。"));
            return;
        }
        let mut rules: Vec<(&String, u64)> =
            summary.by_rule.iter().map(|(name, count)| (name, *count)).collect();
        rules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        table(html, report, summary, &rules);
        if rules.len() > SHOWN {
            html.class("p", "quiet", |html| {
                html.text(
                    &lang
                        .pick("And {n} more rules.", "ほか {n} 個のルール。")
                        .replace("{n}", &number((rules.len() - SHOWN) as u64)),
                );
            });
        }
        quieting(html, report, summary, &rules);
    });
}

fn table(html: &mut Html, report: &Report, summary: &Summary, rules: &[(&String, u64)]) {
    let lang = report.reader.lang;
    let largest = rules.first().map_or(1, |(_, count)| *count);
    html.class("table", "bars rules", |html| {
        html.plain("thead", |html| {
            html.plain("tr", |html| {
                html.element("th", &[("scope", "col")], |html| {
                    html.text(lang.pick("Rule", "ルール"));
                });
                html.element("th", &[("scope", "col"), ("class", "most")], |html| {
                    html.text(lang.pick("Most by", "最多"));
                });
                html.element("th", &[("scope", "col"), ("colspan", "2"), ("class", "count")], |html| {
                    html.text(lang.pick("Notices", "通知"));
                });
            });
        });
        html.plain("tbody", |html| {
            for (name, count) in rules.iter().take(SHOWN) {
                html.plain("tr", |html| {
                    html.element("th", &[("scope", "row")], |html| {
                        html.plain("code", |html| {
                            html.text(name);
                        });
                        if let Some(title) = report.titles.get(*name) {
                            html.class("span", "title quiet", |html| {
                                html.phrase(title);
                            });
                        }
                    });
                    html.class("td", "most", |html| {
                        if let Some(most) = summary.noisiest.get(*name).filter(|most| most.notices > 1) {
                            html.theirs(&most.principal).text(" ").class("span", "times", |html| {
                                html.text("×\u{202f}").show(number(most.notices));
                            });
                        } else {
                            html.text("–");
                        }
                    });
                    html.class("td", "drawn", |html| chart::bar(html, *count, largest));
                    html.class("td", "count", |html| {
                        html.show(number(*count));
                    });
                });
            }
        });
    });
}

/// The lines for `trailbell.yaml`, as the summary of a scan gives them.
fn quieting(html: &mut Html, report: &Report, summary: &Summary, rules: &[(&String, u64)]) {
    let lang = report.reader.lang;
    let noisiest = rules.iter().take(SHOWN).filter_map(|(name, _)| summary.noisiest.get(*name));
    // To quiet root would be to take the bell off the front door.
    let lines: Vec<&String> = noisiest
        .filter(|most| most.notices > 1 && most.principal.raw() != "root")
        .filter_map(|most| most.ignore.as_ref())
        .collect();
    if lines.is_empty() {
        return;
    }
    html.plain("p", |html| {
        html.text(lang.pick(
            "If some of this is expected, one of these lines in trailbell.yaml quiets it:",
            "想定どおりの操作があれば、次のうち該当する行だけを trailbell.yaml に加えてください。その操作は通知されなくなります。",
        ));
    });
    html.plain("pre", |html| {
        html.plain("code", |html| {
            html.text("ignore:");
            for line in lines {
                html.line_end().text("  ").text(line);
            }
        });
    });
}
