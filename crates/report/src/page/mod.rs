//! The page: its head, and its sections in the order somebody asks.

mod beginning;
mod days;
mod newest;
mod people;
mod places;
mod reading;
mod rules;
mod timeline;

use std::io::{self, Write};

use trailbell_engine::Summary;
use trailbell_notice::Lang;

use crate::chart;
use crate::collect::Report;
use crate::html::Html;
use crate::kept::Kept;

static STYLE: &str = include_str!("style.css");

/// Nothing runs and nothing is fetched, whatever stands in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes all of it, the timeline piece by piece.
pub(crate) fn write(mut report: Report, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let lang = report.reader.lang;
    let most = std::mem::replace(&mut report.most, crate::kept::Most::new(0));
    let kept = most.in_time_order();
    let mut html = Html::new();
    let title = beginning::title(&report, summary);
    html.doctype();
    // The document's elements hold what is written piece by piece, so these few are opened and closed as text.
    out.write_all(html.take().as_bytes())?;
    writeln!(out, "<html lang=\"{lang}\">")?;
    head(&mut html, &title);
    out.write_all(html.take().as_bytes())?;
    writeln!(out, "<body>")?;
    chart::marks(&mut html);
    beginning::header(&mut html, &report, summary);
    out.write_all(html.take().as_bytes())?;
    writeln!(out, "<main>")?;
    newest::section(&mut html, &report, &kept);
    days::section(&mut html, &report);
    people::section(&mut html, &report);
    places::section(&mut html, &report);
    out.write_all(html.take().as_bytes())?;
    timeline::write(&report, &kept, out)?;
    rules::section(&mut html, &report, summary);
    reading::section(&mut html, &report, summary);
    out.write_all(html.take().as_bytes())?;
    writeln!(out, "</main>")?;
    reading::footer(&mut html, &report);
    out.write_all(html.take().as_bytes())?;
    writeln!(out, "</body>\n</html>")
}

fn head(html: &mut Html, title: &str) {
    html.plain("head", |html| {
        html.void("meta", &[("charset", "utf-8")]).line_end();
        html.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]).line_end();
        html.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
            .line_end();
        html.void("meta", &[("name", "color-scheme"), ("content", "light dark")]).line_end();
        html.void("meta", &[("name", "referrer"), ("content", "no-referrer")]).line_end();
        html.void("meta", &[("name", "robots"), ("content", "noindex")]).line_end();
        html.plain("title", |html| {
            html.text(title);
        });
        html.style(STYLE);
    });
}

/// The sections: what each is called in the page's address, and its heading.
const SECTIONS: [(&str, &str, &str); 7] = [
    ("newest", "Newest day", "最新の日"),
    ("days", "Days and hours", "日と時間帯"),
    ("people", "People", "操作した人"),
    ("places", "Places", "場所"),
    ("timeline", "Timeline", "タイムライン"),
    ("rules", "Rules", "ルール"),
    ("reading", "What was read", "読み取った内容"),
];

fn heading(id: &str, lang: Lang) -> &'static str {
    SECTIONS.iter().find(|(known, ..)| *known == id).map_or("", |(_, en, ja)| lang.pick(*en, *ja))
}

/// A section: its heading with a word about it on one side, what it has to say on the other.
fn section(html: &mut Html, id: &str, lang: Lang, about: &str, inside: impl FnOnce(&mut Html)) {
    let label = format!("{id}-heading");
    html.element("section", &[("id", id), ("class", "part"), ("aria-labelledby", &label)], |html| {
        side(html, id, lang, about);
        html.class("div", "body", inside);
    });
}

fn side(html: &mut Html, id: &str, lang: Lang, about: &str) {
    html.class("div", "side", |html| {
        html.element("h2", &[("id", &format!("{id}-heading"))], |html| {
            html.text(heading(id, lang));
        });
        if !about.is_empty() {
            html.class("p", "quiet", |html| {
                html.text(about);
            });
        }
    });
}

/// A plain sentence where there is nothing to show.
fn nothing(html: &mut Html, words: &str) {
    html.class("p", "nothing", |html| {
        html.text(words);
    });
}

/// What a notice is called on the page.
fn anchor(kept: &Kept) -> String {
    format!("notice-{}", kept.nth)
}
