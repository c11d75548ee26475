//! Making a page fit: what is left out first, and how a text is cut without harm.
//!
//! In order: items, the footer, steps, facts. Never the sentence, the severity, or the owner's verification phrase. What is left
//! out is counted, with a command that shows it. Texts are cut before they are escaped, so that no escape is ever
//! cut in two.

use trailbell_notice::{Item, Page, Step};
use trailbell_outbox::Message;
use trailbell_text::{Channel, MAX_SHOWN_CHARS, Phrase, Piece, Severity, Untrusted};

use crate::words;

/// The message's page, or the longest shorter form of it for which `fits` says so.
///
/// `fits` should hold for a page of a headline and a verification phrase; where it does not even then, the
/// shortest form is what is returned.
pub(crate) fn fit(message: &Message, fits: impl Fn(&Page) -> bool) -> Page {
    let mut page = message.page.clone();
    if fits(&page) {
        return page;
    }
    let command = words::show_command(message);
    page.details = Some(command.clone());

    let (items, lang) = (page.items.clone(), page.lang);
    let with_items = |page: &Page, keep: usize| {
        let mut shorter = page.clone();
        shorter.items.truncate(keep);
        if keep < items.len() {
            let text = words::more(lang, items.len() - keep, &command);
            shorter.items.push(Item { severity: Severity::Info, text });
        }
        shorter
    };
    let kept = largest(items.len(), |keep| fits(&with_items(&page, keep)));
    page = with_items(&page, kept);
    if fits(&page) {
        return page;
    }

    page.footer.clear();
    if fits(&page) {
        return page;
    }

    let steps = page.steps.clone();
    let with_steps = |page: &Page, keep: usize| {
        let mut shorter = page.clone();
        shorter.steps.truncate(keep);
        if keep < steps.len() {
            let text = words::more(lang, steps.len() - keep, &command);
            shorter.steps.push(Step { text, commands: Vec::new() });
        }
        shorter
    };
    let kept = largest(steps.len(), |keep| fits(&with_steps(&page, keep)));
    page = with_steps(&page, kept);
    if fits(&page) {
        return page;
    }

    let facts = page.facts.len();
    let with_facts = |page: &Page, keep: usize| {
        let mut shorter = page.clone();
        shorter.facts.truncate(keep);
        shorter
    };
    let kept = largest(facts, |keep| fits(&with_facts(&page, keep)));
    page = with_facts(&page, kept);
    if fits(&page) {
        return page;
    }

    page.preamble.clear();
    page.check_first = None;
    page.link = None;
    page.target_link = None;
    page.calm = page.calm.as_ref().map(|calm| shorter(calm, 200));
    page.steps_for = None;
    if page.details.as_ref().is_some_and(|details| units(details) > 300) {
        page.details = Some(format!("trailbell show {}", message.identity));
    }
    page.headline = shorter(&page.headline, 300);
    page.one_line = shorter(&page.one_line, 150);
    page.verification = page.verification.as_ref().map(|phrase| shorter(phrase, 300));
    page
}

/// The largest number up to `most` for which `fits` holds (it holds for all below one that it holds for); 0 where
/// it holds for none. Small ones are tried first: they are cheap, and what is far too long needs few of them.
fn largest(most: usize, fits: impl Fn(usize) -> bool) -> usize {
    let mut low = 0;
    let mut high = most;
    let mut step = 0;
    while step <= most {
        if !fits(step) {
            high = step.saturating_sub(1);
            break;
        }
        low = step;
        step = if step == 0 { 1 } else { step * 2 };
    }
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if fits(middle) { low = middle } else { high = middle - 1 }
    }
    low
}

/// Characters as most chat services count them: UTF-16 code units, which is never less than what the others count.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The phrase escaped for `channel`, in at most `max` [`units`]; `…` where it was cut.
pub(crate) fn clip(phrase: &Phrase, channel: Channel, max: usize) -> String {
    clip_by(phrase, max, |phrase| phrase.render(channel), units)
}

/// The phrase escaped for `channel`, in at most `max` bytes; `…` where it was cut.
pub(crate) fn clip_bytes(phrase: &Phrase, channel: Channel, max: usize) -> String {
    clip_by(phrase, max, |phrase| phrase.render(channel), str::len)
}

/// A text of ours or theirs, in at most `max` [`units`].
pub(crate) fn clip_text(text: &str, max: usize) -> String {
    clip(&Phrase::ours(text.to_owned()), Channel::Terminal, max)
}

fn clip_by(
    phrase: &Phrase,
    max: usize,
    render: impl Fn(&Phrase) -> String,
    count: impl Fn(&str) -> usize,
) -> String {
    // Every character is shown as at least one: what is beyond `max` characters need not be looked at.
    let whole = render(&shorter(phrase, max));
    if count(&whole) <= max {
        return whole;
    }
    let cut = |keep: usize| render(&shorter(phrase, keep));
    let keep = largest(max, |keep| count(&cut(keep)) <= max);
    let shown = cut(keep);
    if count(&shown) <= max { shown } else { String::new() }
}

/// The first `max` characters of a phrase, values as they are before any escape; `…` where it was cut.
pub(crate) fn shorter(phrase: &Phrase, max: usize) -> Phrase {
    let mut room = max;
    let mut short = Phrase::new();
    for piece in phrase.pieces() {
        let text = match piece {
            Piece::Ours(text) => text.as_ref(),
            // What is not shown anyway takes no room; one character more, so that the mark of the cut stays.
            Piece::Theirs(value) => first(value.raw(), MAX_SHOWN_CHARS + 1),
        };
        let cut = text.char_indices().nth(room).map(|(at, _)| at);
        let text = &text[..cut.unwrap_or(text.len())];
        match piece {
            Piece::Ours(_) => short.push_ours(text.to_owned()),
            Piece::Theirs(_) => short.push(Untrusted::new(text)),
        };
        if cut.is_some() {
            short.push("…");
            break;
        }
        room -= text.chars().count();
    }
    short
}

fn first(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_falls_inside_an_escape_or_a_character() {
        let phrase = Phrase::fill("{who} did it 😀", |_| Some(Untrusted::new("a&b<😀>".repeat(9)).into()));
        for max in 1..200 {
            for channel in [Channel::Html, Channel::Slack, Channel::Discord, Channel::Plain] {
                let shown = clip(&phrase, channel, max);
                assert!(units(&shown) <= max, "{max}: {shown}");
                assert!(shown.ends_with('…') || shown == phrase.render(channel), "{max}: {shown}");
                if channel == Channel::Html {
                    let rest = shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
                    assert!(!rest.contains('&'), "{shown}");
                }
                if channel == Channel::Discord {
                    let body = shown.trim_end_matches('…');
                    let trailing = body.chars().rev().take_while(|&c| c == '\\').count();
                    assert_eq!(trailing % 2, 0, "{shown}");
                }
            }
        }
    }

    #[test]
    fn the_largest_that_fits_is_found() {
        for most in 0..20 {
            for edge in 0..=most {
                assert_eq!(largest(most, |n| n <= edge), edge);
            }
        }
    }
}
