//! A page as bytes for one channel, and a notice as JSON. Every renderer is a pure function.

mod html;
mod json;
mod mail;
mod text;
mod wrap;

use trailbell_text::{Channel, Phrase, Severity};

pub use html::html;
pub use json::{json, json_value};
pub use mail::{Address, Envelope, mail};
pub use text::{Colour, brief, plain, terminal};

use crate::lang::{Both, Lang};
use crate::page::Page;

/// The page in one line, for a push title or an SNS subject.
pub fn one_line(page: &Page) -> String {
    page.one_line.render(Channel::Header)
}

/// The severity as the first word a person reads.
pub const fn severity(severity: Severity, lang: Lang) -> &'static str {
    let words = match severity {
        Severity::Info => Both::new("INFO", "情報"),
        Severity::Low => Both::new("LOW", "低"),
        Severity::Medium => Both::new("MEDIUM", "中"),
        Severity::High => Both::new("HIGH", "高"),
        Severity::Critical => Both::new("CRITICAL", "緊急"),
    };
    words.get(lang)
}

/// Our own text for a channel.
pub(crate) fn ours(text: impl Into<String>, channel: Channel) -> String {
    Phrase::ours(text.into()).render(channel)
}
