//! One notice of the timeline: a line that says what happened, and behind it what to do.

use jiff::Timestamp;
use trailbell_notice::render::severity as severity_word;
use trailbell_notice::{Fact, FactName, Item, Lang, Notice, Page, Reader};
use trailbell_text::{Channel, Phrase, Severity, stable_hash};

use crate::chart;
use crate::html::Html;
use crate::kept::Kept;
use crate::words;

/// What stands under the sentence without opening it, in this order. A line about what is new is made of the `Usual`
/// fact; who is behind a role will stand after `Who`.
const IN_SIGHT: &[FactName] =
    &[FactName::Who, FactName::From, FactName::With, FactName::Counted, FactName::Allows, FactName::Usual];

/// A notice of one event.
pub(crate) fn notice(notice: &Notice, nth: u64, reader: &Reader) -> Kept {
    let is_unusual = !notice.unusual().is_empty();
    let (in_sight, behind): (Vec<&Fact>, Vec<&Fact>) =
        notice.facts.iter().partition(|fact| IN_SIGHT.contains(&fact.name));
    let mut line = Html::new();
    for fact in IN_SIGHT.iter().flat_map(|name| in_sight.iter().filter(move |fact| fact.name == *name)) {
        let (class, label) = match fact.name {
            FactName::Usual if is_unusual => ("fact unusual", reader.lang.pick("Unusual", "普段と違う点")),
            FactName::Usual => ("fact usual", FactName::Usual.label(reader.lang)),
            FactName::Allows => ("fact allows", FactName::Allows.label(reader.lang)),
            name => ("fact", name.label(reader.lang)),
        };
        labelled(&mut line, class, &Phrase::ours(label), &fact.text);
    }
    let behind: Vec<(Phrase, &Phrase)> =
        behind.iter().map(|fact| (Phrase::ours(fact.name.label(reader.lang)), &fact.text)).collect();
    let page = notice.page();
    let html = whole(&page, notice.time, &line, &behind, reader);
    kept(&page, notice.time, nth, html, hand(notice, reader.lang), is_unusual)
}

/// A name of what one person does from one place with one program; `None` where the record names nobody.
fn hand(notice: &Notice, lang: Lang) -> Option<u128> {
    let place = notice.place_name().render(Channel::Plain);
    let client = notice.client().label(lang).render(Channel::Plain);
    Some(stable_hash(&[&notice.actor().key()?, &place, &client]))
}

/// What an alarm of a rule had to say.
pub(crate) fn alarm(page: &Page, at: Timestamp, nth: u64, reader: &Reader) -> Kept {
    const IN_SIGHT: usize = 2;
    let mut line = Html::new();
    for row in page.facts.iter().take(IN_SIGHT) {
        labelled(&mut line, "fact", &row.label, &row.text);
    }
    let behind: Vec<(Phrase, &Phrase)> =
        page.facts.iter().skip(IN_SIGHT).map(|row| (row.label.clone(), &row.text)).collect();
    let html = whole(page, Some(at), &line, &behind, reader);
    kept(page, Some(at), nth, html, None, false)
}

fn kept(
    page: &Page,
    at: Option<Timestamp>,
    nth: u64,
    html: Html,
    hand: Option<u128>,
    is_unusual: bool,
) -> Kept {
    let mut headline = Html::new();
    headline.phrase(&page.headline);
    Kept { severity: page.severity, at, nth, hand, is_unusual, headline, html }
}

/// The severity as a mark and a word: never by its colour alone.
pub(crate) fn badge(html: &mut Html, severity: Severity, lang: Lang) {
    html.class("span", &format!("badge {severity}"), |html| {
        chart::mark(html, severity);
        html.text(severity_word(severity, lang));
    });
}

fn labelled(html: &mut Html, class: &str, label: &Phrase, text: &Phrase) {
    html.class("span", class, |html| {
        html.class("span", "label", |html| {
            html.phrase(label);
        });
        html.text(" ").phrase(text);
    });
    // Between two inline things, for whoever reads the page without its style.
    html.line_end();
}

fn whole(
    page: &Page,
    at: Option<Timestamp>,
    line: &Html,
    behind: &[(Phrase, &Phrase)],
    reader: &Reader,
) -> Html {
    let lang = page.lang;
    let mut html = Html::new();
    html.class("details", &format!("notice {}", page.severity), |html| {
        html.plain("summary", |html| {
            html.class("span", "when", |html| {
                if let Some(at) = at {
                    html.element("time", &[("datetime", &at.to_string())], |html| {
                        html.show(words::clock(at, &reader.time_zone));
                    });
                    html.text(" ");
                }
                badge(html, page.severity, lang);
            });
            html.plain("h4", |html| {
                html.phrase(&page.headline);
            });
            html.class("span", "facts", |html| {
                html.written(line);
            });
        });
        html.class("div", "more", |html| {
            if !behind.is_empty() {
                html.class("dl", "rest", |html| {
                    for (label, text) in behind {
                        html.plain("dt", |html| {
                            html.phrase(label);
                        });
                        html.plain("dd", |html| {
                            html.phrase(text);
                        });
                    }
                });
            }
            items(html, &page.items, lang);
            if let Some(calm) = &page.calm {
                html.class("p", if page.calm_is_urgent { "calm urgent" } else { "calm" }, |html| {
                    html.phrase(calm);
                });
            }
            steps(html, page);
            fine_print(html, page);
        });
    });
    html
}

fn items(html: &mut Html, items: &[Item], lang: Lang) {
    if items.is_empty() {
        return;
    }
    html.class("ul", "items", |html| {
        for item in items {
            html.plain("li", |html| {
                if item.severity > Severity::Info {
                    badge(html, item.severity, lang);
                    html.text(" ");
                }
                html.phrase(&item.text);
            });
        }
    });
}

fn steps(html: &mut Html, page: &Page) {
    if page.steps.is_empty() {
        return;
    }
    if let Some(words) = &page.steps_for {
        html.class("p", "if-not", |html| {
            html.phrase(words);
        });
    }
    for line in &page.preamble {
        html.class("p", "quiet", |html| {
            html.phrase(line);
        });
    }
    if let Some(check) = &page.check_first {
        command(html, check);
    }
    html.class("ol", "steps", |html| {
        for step in &page.steps {
            html.plain("li", |html| {
                html.phrase(&step.text);
                for line in &step.commands {
                    if let Some(label) = line.purpose.label(page.lang) {
                        html.class("p", "quiet", |html| {
                            html.text(label);
                        });
                    }
                    command(html, &line.line);
                }
            });
        }
    });
}

fn command(html: &mut Html, line: &str) {
    html.plain("pre", |html| {
        html.plain("code", |html| {
            html.text(line);
        });
    });
}

/// How to see more, and the quiet lines. The owner's verification phrase is of messages: a page that is handed on
/// should not carry it.
fn fine_print(html: &mut Html, page: &Page) {
    html.class("div", "fine", |html| {
        if let Some(details) = &page.details {
            html.plain("p", |html| {
                html.text(page.lang.pick("Details: ", "詳細: ")).plain("code", |html| {
                    html.text(details);
                });
            });
        }
        if let Some(link) = &page.link {
            html.plain("p", |html| {
                html.text("CloudTrail: ");
                html.element("a", &[("href", link), ("rel", "noopener noreferrer")], |html| {
                    html.text(link);
                });
            });
        }
        for line in &page.footer {
            html.plain("p", |html| {
                html.phrase(line);
            });
        }
    });
}
