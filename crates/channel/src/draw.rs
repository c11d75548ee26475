//! What the chat renderers have in common: the parts of a page as phrases, before any layout.

use trailbell_notice::{Page, Purpose, Step};
use trailbell_text::{Channel, Phrase, Severity};

use crate::endpoint::host;
use crate::words;

/// The severity's word and the sentence.
pub(crate) fn headline(page: &Page) -> Phrase {
    let mut phrase = Phrase::ours(words::badge(page.severity, page.lang));
    phrase.append(page.headline.clone());
    phrase
}

/// One thing of a digest, its severity in front.
pub(crate) fn items(page: &Page) -> impl Iterator<Item = Phrase> + '_ {
    page.items.iter().map(|item| {
        let mut phrase = match item.severity {
            // The note of what is left out, and what is not grave anyway.
            Severity::Info => Phrase::new(),
            severity => Phrase::ours(words::badge(severity, page.lang)),
        };
        phrase.append(item.text.clone());
        phrase
    })
}

/// A step's commands, each with the words above it: a command is shown whole or not at all, never cut.
pub(crate) fn commands(page: &Page, step: &Step) -> Vec<(Option<&'static str>, String)> {
    step.commands
        .iter()
        .map(|command| {
            let label = (command.purpose != Purpose::Do).then(|| command.purpose.label(page.lang)).flatten();
            (label, ours(&command.line, Channel::Terminal))
        })
        .collect()
}

/// The one link of a message as (text, address); its text shows where it goes.
pub(crate) fn link(page: &Page) -> Option<(String, String)> {
    let link = page.link.as_ref()?;
    let host = host(link);
    (!host.is_empty()).then(|| (format!("CloudTrail: {host}"), link.clone()))
}

/// The quiet lines at the end, the owner's own phrase last.
pub(crate) fn quiet(page: &Page) -> impl Iterator<Item = &Phrase> + '_ {
    page.footer.iter().chain(&page.verification)
}

/// A text of our own for a channel.
pub(crate) fn ours(text: &str, channel: Channel) -> String {
    Phrase::ours(text.to_owned()).render(channel)
}

/// A severity's colour, as in the mail.
pub(crate) const fn colour(severity: Severity) -> (&'static str, u32) {
    match severity {
        Severity::Critical => ("#b3141d", 0x00b3_141d),
        Severity::High => ("#b84a00", 0x00b8_4a00),
        Severity::Medium => ("#8a6100", 0x008a_6100),
        Severity::Low => ("#2a5d9f", 0x002a_5d9f),
        Severity::Info => ("#56606a", 0x0056_606a),
    }
}
