//! Who did how much, from where, with what, first and last.

use trailbell_notice::Lang;
use trailbell_record::ActorKind;

use super::nothing;
use crate::chart;
use crate::collect::Report;
use crate::count::Few;
use crate::html::Html;
use crate::people::Person;
use crate::words::{self, number};

/// People that stand on the page.
const SHOWN: usize = 40;

pub(super) fn section(html: &mut Html, report: &Report) {
    let lang = report.reader.lang;
    let about = lang.pick(
        "Who acted, those of the gravest notices first. A session of a role stands for itself.",
        "操作した人を、重大な通知がある順に示します。ロールのセッションは個別に数えます。",
    );
    super::section(html, "people", lang, about, |html| {
        let people = report.people.gravest_first();
        if people.is_empty() {
            nothing(html, lang.pick("Nobody is in any notice.", "通知に登場する人はいません。"));
            return;
        }
        html.class("ul", "people", |html| {
            for one in people.iter().take(SHOWN) {
                html.class("li", "card", |html| person(html, one, report));
            }
        });
        if people.len() > SHOWN {
            let rest: u64 = people[SHOWN..].iter().map(|person| person.counts.total()).sum();
            html.class("p", "quiet", |html| {
                html.text(
                    &lang
                        .pick(
                            "And {n} more, with {notices} together.",
                            "ほか {n} 人(通知は合わせて {notices})。",
                        )
                        .replace("{n}", &number((people.len() - SHOWN) as u64))
                        .replace("{notices}", &words::notices(rest, lang)),
                );
            });
        }
        if report.people.others() > 0 {
            html.class("p", "quiet", |html| {
                html.text(
                    &lang
                        .pick(
                            "There were too many names to count each; {notices} of later ones are in no number here.",
                            "名前が多すぎるため、後から現れた名前の通知 {notices}は、ここでは数えていません。",
                        )
                        .replace("{notices}", &words::notices(report.people.others(), lang)),
                );
            });
        }
    });
}

fn person(html: &mut Html, person: &Person, report: &Report) {
    let lang = report.reader.lang;
    let zone = &report.reader.time_zone;
    html.plain("h3", |html| {
        if person.name.is_empty() {
            html.text(lang.pick("name not recorded", "名前の記録なし"));
        } else {
            html.theirs(&person.name);
        }
    });
    html.class("p", "kind quiet", |html| {
        html.text(words::kind(person.kind, lang));
        if let Some(role) = &person.role {
            html.text(lang.pick(", role ", "、ロール ")).theirs(role);
        }
        if person.kind == ActorKind::OutsideAccount
            && let Some(account) = &person.account
        {
            html.text(" ").theirs(account);
        }
    });
    chart::severities(html, &person.counts, lang);
    html.class("p", "sum", |html| {
        html.text(&words::notices_by_severity(&person.counts, lang));
    });
    html.plain("dl", |html| {
        few(html, lang.pick("From", "接続元"), &person.from, lang);
        few(html, lang.pick("With", "利用ツール"), &person.with, lang);
        if let (Some(first), Some(last)) = (person.first, person.last) {
            let (first, last) = (words::moment(first, zone), words::moment(last, zone));
            let once = first == last;
            html.plain("dt", |html| {
                html.text(if once { lang.pick("When", "日時") } else { lang.pick("First", "最初") });
            });
            html.plain("dd", |html| {
                html.text(&first);
            });
            if !once {
                html.plain("dt", |html| {
                    html.text(lang.pick("Last", "最後"));
                });
                html.plain("dd", |html| {
                    html.text(&last);
                });
            }
        }
    });
}

/// "Japan (JP) × 12, Germany (DE) × 2".
fn few<const N: usize>(html: &mut Html, label: &str, few: &Few<N>, lang: Lang) {
    let things = few.most_first();
    if things.is_empty() {
        return;
    }
    html.plain("dt", |html| {
        html.text(label);
    });
    html.plain("dd", |html| {
        for (index, (name, count)) in things.iter().enumerate() {
            if index > 0 {
                html.text(lang.pick(", ", "、"));
            }
            html.phrase(name);
            if *count > 1 {
                html.text(" ").class("span", "times", |html| {
                    html.text("×\u{202f}").show(number(*count));
                });
            }
        }
        if few.others() > 0 {
            html.text(lang.pick(", and others", "、ほか"));
        }
    });
}
