//! Text: for a terminal, and for the plain part of a mail.

use trailbell_text::{Channel, Phrase, Severity};

use super::wrap::{columns, wrap};
use super::{ours, severity};
use crate::advice::Purpose;
use crate::lang::Lang;
use crate::page::{Item, Page, Row};

/// Whether a terminal is to show colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// ANSI colours.
    On,
    /// None.
    Off,
}

/// For a terminal.
pub fn terminal(page: &Page, colour: Colour) -> String {
    Text { page, channel: Channel::Terminal, colour }.write()
}

/// For a list of many in a terminal: the sentence and the facts, then `last`. What to do, and the footer, are in
/// [`terminal`]'s form; an ordinary sign-in among fifty notices need not say it each time.
pub fn brief(page: &Page, last: Option<&Row>, colour: Colour) -> String {
    let text = Text { page, channel: Channel::Terminal, colour };
    let mut lines = vec![text.first_line(), String::new()];
    let width = text.label_width();
    lines.extend(page.facts.iter().chain(last).map(|row| text.row(row, width)));
    lines.extend(page.items.iter().map(|item| text.item(item)));
    lines.join("\n") + "\n"
}

/// Plain text, for a mail's text part or a message.
pub fn plain(page: &Page) -> String {
    Text { page, channel: Channel::Plain, colour: Colour::Off }.write()
}

struct Text<'a> {
    page: &'a Page,
    channel: Channel,
    colour: Colour,
}

impl Text<'_> {
    fn write(&self) -> String {
        let page = self.page;
        let mut lines = vec![self.first_line()];
        let width = self.label_width();
        section(&mut lines, page.facts.iter().map(|row| self.row(row, width)));
        section(&mut lines, page.items.iter().map(|item| self.item(item)));
        section(&mut lines, page.calm.iter().map(|calm| self.calm(calm)));
        if !page.steps.is_empty() {
            if page.calm.is_none() {
                lines.push(String::new());
            }
            lines.extend(page.steps_for.iter().map(|words| self.paint(&self.show(words), BOLD)));
            self.steps(&mut lines);
        }
        self.end(&mut lines);
        lines.join("\n") + "\n"
    }

    /// What shows more, and the quiet lines.
    fn end(&self, lines: &mut Vec<String>) {
        let page = self.page;
        let mut end = Vec::new();
        let details = page.lang.pick("Details: ", "詳細: ");
        end.extend(page.details.iter().map(|line| format!("{details}{}", ours(line, self.channel))));
        end.extend(
            page.links().map(|(label, link)| {
                format!("{}: {}", self.show(&label), ours(link.to_owned(), self.channel))
            }),
        );
        let mut quiet = page.footer.iter().chain(&page.verification).peekable();
        if quiet.peek().is_some() {
            end.push("--".to_owned());
        }
        end.extend(quiet.map(|line| self.paint(&self.show(line), DIM)));
        // Calm words that nothing follows belong to what shows more.
        if !end.is_empty() && (page.calm.is_none() || !page.steps.is_empty()) {
            lines.push(String::new());
        }
        lines.extend(end);
    }

    fn label_width(&self) -> usize {
        let labels = self.page.facts.iter().map(|row| self.show(&row.label));
        let least = columns(self.page.lang.pick("Account", "アカウント"));
        labels.map(|label| columns(&label)).max().unwrap_or(0).max(least) + 2
    }

    fn row(&self, row: &Row, width: usize) -> String {
        let label = self.show(&row.label);
        let blank = " ".repeat(width.saturating_sub(columns(&label)));
        format!("  {}{blank}{}", self.paint(&label, DIM), wrap(&self.show(&row.text), width + 2))
    }

    fn item(&self, item: &Item) -> String {
        let text = self.show(&item.text);
        match self.badge(item.severity) {
            // What is not grave needs no word for it.
            _ if item.severity == Severity::Info => format!("  - {}", wrap(&text, 4)),
            (badge, gap) => {
                let line = wrap(&format!("{badge}{gap}{text}"), 4);
                let rest = line.strip_prefix(&badge).map(str::to_owned);
                let painted = self.paint(&badge, badge_colour(item.severity));
                format!("  - {}", rest.map_or(line, |rest| painted + &rest))
            }
        }
    }

    fn calm(&self, calm: &Phrase) -> String {
        self.paint(&self.show(calm), if self.page.calm_is_urgent { BOLD } else { "" })
    }

    /// The severity's word, and what stands between it and a sentence.
    fn badge(&self, grave: Severity) -> (String, &'static str) {
        let word = severity(grave, self.page.lang);
        match self.page.lang {
            Lang::En => (format!("{word}:"), " "),
            Lang::Ja => (format!("【{word}】"), ""),
        }
    }

    fn first_line(&self) -> String {
        let (badge, gap) = self.badge(self.page.severity);
        let headline = self.show(&self.page.headline);
        format!(
            "{}{gap}{}",
            self.paint(&badge, badge_colour(self.page.severity)),
            self.paint(&headline, BOLD)
        )
    }

    fn steps(&self, lines: &mut Vec<String>) {
        let page = self.page;
        lines.extend(page.preamble.iter().map(|line| format!("  {}", wrap(&self.show(line), 2))));
        let check = page.check_first.as_ref();
        lines.extend(
            check.map(|line| format!("       {}", self.paint(&ours(line.clone(), self.channel), CYAN))),
        );
        for (number, step) in (1..).zip(&page.steps) {
            lines.push(format!("  {number}. {}", wrap(&self.show(&step.text), 5)));
            for command in &step.commands {
                lines
                    .extend(command.purpose.label(page.lang).map(|label| format!("     {}", wrap(label, 5))));
                let line = ours(command.line.clone(), self.channel);
                let style = if command.purpose == Purpose::Do { CYAN } else { "" };
                lines.push(format!("       {}", self.paint(&line, style)));
            }
        }
    }

    fn show(&self, phrase: &Phrase) -> String {
        phrase.render(self.channel)
    }

    fn paint(&self, text: &str, style: &str) -> String {
        if self.colour == Colour::Off || style.is_empty() {
            return text.to_owned();
        }
        format!("\u{1b}[{style}m{text}\u{1b}[0m")
    }
}

/// Lines behind an empty one, where there are any.
fn section(lines: &mut Vec<String>, more: impl Iterator<Item = String>) {
    let mut more = more.peekable();
    if more.peek().is_some() {
        lines.push(String::new());
    }
    lines.extend(more);
}

const BOLD: &str = "1";
const DIM: &str = "2";
const CYAN: &str = "36";

const fn badge_colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;37;41",
        Severity::High => "1;31",
        Severity::Medium => "1;33",
        Severity::Low => "1;34",
        Severity::Info => "2",
    }
}
