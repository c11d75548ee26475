//! From where: countries of registration, AWS's own addresses and services, and the regions that recorded it.

use super::{nothing, section as part};
use crate::chart;
use crate::collect::Report;
use crate::count::Few;
use crate::html::Html;
use crate::words::number;

/// Lines of one list that stand on the page.
const SHOWN: usize = 30;

pub(super) fn section(html: &mut Html, report: &Report) {
    let lang = report.reader.lang;
    let places = &report.places;
    let about = lang.pick(
        "Where the addresses are registered, which is not where anybody was: VPNs and mobile networks move them.",
        "アドレスが登録された国・地域などで、操作した人がいた場所ではありません(VPN やモバイル回線では特に異なります)。",
    );
    part(html, "places", lang, about, |html| {
        let lists = [
            places.countries.is_empty(),
            places.aws.is_empty(),
            places.others.is_empty(),
            places.regions.is_empty(),
        ];
        if lists.iter().all(|is_empty| *is_empty) {
            nothing(html, lang.pick("No notice says from where.", "接続元のわかる通知はありません。"));
            return;
        }
        let count = lang.pick("Notices", "通知");
        list(html, lang.pick("Country", "国・地域"), count, &places.countries, lang);
        list(html, lang.pick("AWS service or address", "AWS のサービス・アドレス"), count, &places.aws, lang);
        list(html, lang.pick("Other networks", "その他のネットワーク"), count, &places.others, lang);
        list(html, lang.pick("Recorded in region", "記録リージョン"), count, &places.regions, lang);
    });
}

fn list<const N: usize>(
    html: &mut Html,
    heading: &str,
    counted: &str,
    few: &Few<N>,
    lang: trailbell_notice::Lang,
) {
    if few.is_empty() {
        return;
    }
    let things = few.most_first();
    let largest = things.first().map_or(1, |(_, count)| *count);
    html.class("table", "bars", |html| {
        html.plain("thead", |html| {
            html.plain("tr", |html| {
                html.element("th", &[("scope", "col"), ("colspan", "2")], |html| {
                    html.text(heading);
                });
                html.element("th", &[("scope", "col"), ("class", "count")], |html| {
                    html.text(counted);
                });
            });
        });
        html.plain("tbody", |html| {
            for (name, count) in things.iter().take(SHOWN) {
                html.plain("tr", |html| {
                    html.element("th", &[("scope", "row")], |html| {
                        html.phrase(name);
                    });
                    html.class("td", "drawn", |html| chart::bar(html, *count, largest));
                    html.class("td", "count", |html| {
                        html.show(number(*count));
                    });
                });
            }
        });
    });
    let more = things.iter().skip(SHOWN).map(|(_, count)| count).sum::<u64>() + few.others();
    if more > 0 {
        html.class("p", "quiet", |html| {
            html.text(&lang.pick("And others: {n}.", "ほか {n} 件。").replace("{n}", &number(more)));
        });
    }
}
