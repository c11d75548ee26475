//! Text: for a terminal, and for the plain part of a mail.

use trailbell_text::{Channel, Phrase, Severity};

use super::wrap::{columns, wrap};
use super::{calm, explain, if_not, ours, severity};
use crate::advice::{Purpose, When};
use crate::lang::Lang;
use crate::notice::Notice;

/// Whether a terminal is to show colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// ANSI colours.
    On,
    /// None.
    Off,
}

/// For a terminal.
pub fn terminal(notice: &Notice, colour: Colour) -> String {
    Page { notice, channel: Channel::Terminal, colour }.write()
}

/// For a list of many in a terminal: the sentence and the facts. What to do, and the footer, are in
/// [`terminal`]'s form; an ordinary sign-in among fifty notices need not say it each time.
pub fn brief(notice: &Notice, colour: Colour) -> String {
    let page = Page { notice, channel: Channel::Terminal, colour };
    let mut lines = vec![page.first_line(), String::new()];
    page.facts(&mut lines);
    if let Some(event) = &notice.data.event_id {
        let label = notice.lang.pick("Event", "イベント");
        let blank = " ".repeat(page.label_width() - columns(label));
        lines.push(format!("  {}{blank}{}", page.paint(label, DIM), event.render(page.channel)));
    }
    lines.join("\n") + "\n"
}

/// Plain text, for a mail's text part or a message.
pub fn plain(notice: &Notice) -> String {
    Page { notice, channel: Channel::Plain, colour: Colour::Off }.write()
}

struct Page<'a> {
    notice: &'a Notice,
    channel: Channel,
    colour: Colour,
}

impl Page<'_> {
    fn write(&self) -> String {
        let notice = self.notice;
        let lang = notice.lang;
        let mut lines = vec![self.first_line(), String::new()];
        self.facts(&mut lines);
        lines.push(String::new());
        lines
            .push(self.paint(calm(notice), if notice.advice.when == When::Unrecognised { "" } else { BOLD }));
        if !notice.advice.steps.is_empty() {
            lines.extend(if_not(notice).map(|words| self.paint(words, BOLD)));
            self.advice(&mut lines);
            lines.push(String::new());
        }
        let details = lang.pick("Details: ", "詳細: ");
        lines.extend(explain(notice).map(|command| format!("{details}{command}")));
        lines.extend(notice.link.as_ref().map(|link| format!("CloudTrail: {}", ours(link, self.channel))));
        lines.push("--".to_owned());
        for line in notice.footer.iter().chain(&notice.verification) {
            lines.push(self.paint(&self.show(line), DIM));
        }
        lines.join("\n") + "\n"
    }

    fn label_width(&self) -> usize {
        let labels = self.notice.facts.iter().map(|fact| fact.name.label(self.notice.lang));
        labels.chain([self.notice.lang.pick("Account", "アカウント")]).map(columns).max().unwrap_or(0) + 2
    }

    fn facts(&self, lines: &mut Vec<String>) {
        let width = self.label_width();
        for fact in &self.notice.facts {
            let label = fact.name.label(self.notice.lang);
            let blank = " ".repeat(width - columns(label));
            lines.push(format!(
                "  {}{blank}{}",
                self.paint(label, DIM),
                wrap(&self.show(&fact.text), width + 2)
            ));
        }
    }

    fn first_line(&self) -> String {
        let word = severity(self.notice.severity, self.notice.lang);
        let (badge, gap) = match self.notice.lang {
            Lang::En => (format!("{word}:"), " "),
            Lang::Ja => (format!("【{word}】"), ""),
        };
        let headline = self.show(&self.notice.headline);
        format!(
            "{}{gap}{}",
            self.paint(&badge, badge_colour(self.notice.severity)),
            self.paint(&headline, BOLD)
        )
    }

    fn advice(&self, lines: &mut Vec<String>) {
        lines.extend(self.notice.preamble.iter().map(|line| format!("  {}", wrap(&self.show(line), 2))));
        let check = self.notice.check_first.as_ref();
        lines.extend(
            check.map(|line| format!("       {}", self.paint(&ours(line.clone(), self.channel), CYAN))),
        );
        for (number, step) in (1..).zip(&self.notice.advice.steps) {
            lines.push(format!("  {number}. {}", wrap(&self.show(&step.text), 5)));
            for command in &step.commands {
                lines.extend(
                    command.purpose.label(self.notice.lang).map(|label| format!("     {}", wrap(label, 5))),
                );
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
