//! What all bulletins are put together from.

use jiff::Timestamp;
use trailbell_text::{Phrase, Severity, Untrusted};

use crate::advice::{CommandLine, Purpose, Step};
use crate::facts::Reader;
use crate::lang::{Both, Lang};
use crate::notice::{verification, without_full_stop};
use crate::page::{Item, Page, Row};
use crate::{render, template, time, words};

/// Most characters of what another side said; the whole is in the log.
const REASON_CHARS: usize = 600;

/// What differs from one bulletin's page to the next.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) headline: Phrase,
    /// The sentence for a line that must be short, where it is not the headline's.
    pub(super) title: Option<Phrase>,
    /// The one account it is about, which a reader of several accounts wants to see in the title.
    pub(super) account: Option<Untrusted>,
    pub(super) facts: Vec<Row>,
    pub(super) items: Vec<Item>,
    pub(super) calm: Option<Phrase>,
    pub(super) calm_is_urgent: bool,
    pub(super) steps_for: Option<Phrase>,
    pub(super) steps: Vec<Step>,
    pub(super) details: Option<String>,
    pub(super) footer: Vec<Phrase>,
}

impl Draft {
    pub(super) fn new(headline: Phrase) -> Self {
        Self { headline, ..Self::default() }
    }

    /// Adds a fact, where there is anything to say.
    pub(super) fn fact(&mut self, label: &'static str, text: Phrase) -> &mut Self {
        if !text.is_empty() {
            self.facts.push(Row { label: Phrase::ours(label), text });
        }
        self
    }

    /// Adds the account, where it is one.
    pub(super) fn account_fact(&mut self, reader: &Reader) -> &mut Self {
        let text = self.account.as_ref().map(|id| words::account(id, reader)).unwrap_or_default();
        self.fact(reader.lang.pick("Account", "アカウント"), text)
    }

    /// Adds a step of words.
    pub(super) fn step(&mut self, text: Phrase) -> &mut Self {
        self.steps.push(Step { text, commands: Vec::new() });
        self
    }

    /// Adds a step with a command of ours.
    pub(super) fn command(&mut self, text: Phrase, line: impl Into<String>) -> &mut Self {
        let commands = vec![CommandLine { purpose: Purpose::Do, line: line.into() }];
        self.steps.push(Step { text, commands });
        self
    }

    pub(super) fn page(self, severity: Severity, reader: &Reader) -> Page {
        let mut one_line = Phrase::ours(format!("{} ", severity.word().to_uppercase()));
        one_line.append(without_full_stop(self.title.as_ref().unwrap_or(&self.headline)));
        if let Some(id) = &self.account {
            one_line.push(reader.lang.pick(", ", "、")).append(words::account_in_title(id, reader));
        }
        Page {
            lang: reader.lang,
            severity,
            headline: self.headline,
            one_line,
            facts: self.facts,
            items: self.items,
            calm: self.calm,
            calm_is_urgent: self.calm_is_urgent,
            steps_for: self.steps_for,
            preamble: Vec::new(),
            check_first: None,
            steps: self.steps,
            details: self.details,
            link: None,
            target_link: None,
            links_account: None,
            footer: self.footer,
            verification: verification(reader),
        }
    }
}

/// A template of ours with its places filled.
pub(super) fn say(words: Both, lang: Lang, values: &[(&str, Phrase)]) -> Phrase {
    template::fill(words.get(lang), &|key| {
        let (_, value) = values.iter().find(|(known, _)| *known == key)?;
        Some(value.clone()).filter(|value| !value.is_empty())
    })
}

/// Words of ours.
pub(super) fn ours(words: Both, lang: Lang) -> Phrase {
    Phrase::ours(words.get(lang))
}

/// A name from the settings or from a record.
pub(super) fn name(name: &str) -> Phrase {
    words::known(&name.into()).unwrap_or_default()
}

/// Names behind each other, at most ten.
pub(super) fn names(all: &[String], lang: Lang) -> Phrase {
    const SHOWN: usize = 10;
    let mut phrase = Phrase::new();
    for (index, one) in all.iter().take(SHOWN).enumerate() {
        if index > 0 {
            phrase.push(lang.pick(", ", "、"));
        }
        phrase.append(name(one));
    }
    if all.len() > SHOWN {
        let more = (all.len() - SHOWN).to_string();
        phrase.push_ours(lang.pick([" and ", " more"], ["、ほか ", " 件"]).join(&more));
    }
    phrase
}

/// What another side said, which may be longer than one value may be: cut at a blank into several, so that a link in it is
/// in one of them whole and loses its life there.
pub(super) fn reason(text: &str) -> Phrase {
    let mut phrase = Phrase::new();
    let mut part = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let chars = word.chars().count();
        if used == 0 && chars > REASON_CHARS {
            // The renderer cuts it as it cuts every value.
            part.push_str(word);
            break;
        }
        if used + chars > REASON_CHARS {
            part.push('…');
            break;
        }
        let in_part = part.chars().count();
        if in_part > 0 && in_part + 1 + chars > trailbell_text::MAX_SHOWN_CHARS {
            phrase.push(Untrusted::from(std::mem::take(&mut part))).push(" ");
        }
        if !part.is_empty() {
            part.push(' ');
        }
        part.push_str(word);
        used += chars + 1;
    }
    if !part.is_empty() {
        phrase.push(Untrusted::from(part));
    }
    phrase
}

/// A number of ours with thousands set apart.
pub(super) fn number(count: u64) -> Phrase {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    Phrase::ours(out)
}

/// `2026-11-23 21:35 JST (12:35 UTC)`.
pub(super) fn moment(at: Timestamp, reader: &Reader) -> Phrase {
    Phrase::ours(time::local_and_utc(at, &reader.time_zone, reader.lang))
}

/// "between 21:31 and 21:35 JST", "at 21:31 JST"; 「21:31〜21:35 JST に」. With days where it is not all one.
pub(super) fn span(first: Timestamp, last: Timestamp, reader: &Reader) -> Phrase {
    let text = time::between(first, last, &reader.time_zone, reader.lang);
    Phrase::ours(text)
}

/// "1 high, 3 medium, 12 low", the gravest first; 「高 1 件、中 3 件」. Empty where there is nothing.
pub(super) fn by_severity(counts: &[u64; 5], lang: Lang) -> Phrase {
    let parts: Vec<String> = Severity::ALL
        .iter()
        .zip(counts)
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| match lang {
            Lang::En => format!("{count} {}", severity.word()),
            Lang::Ja => format!("{} {count} 件", render::severity(*severity, lang)),
        })
        .collect();
    let mut phrase = Phrase::new();
    phrase.push_ours(parts.join(lang.pick(", ", "、")));
    phrase
}

/// A command of ours about a channel, whose name is left for the reader to fill in where it cannot stand in a command.
pub(super) fn command_about(command: &str, channel: &str) -> String {
    let word = Untrusted::from(channel).shell_word().unwrap_or_else(|_| "CHANNEL".to_owned());
    format!("{command} {word}")
}

/// Looks at everything, live.
pub(super) const DOCTOR: &str = "trailbell doctor";

#[cfg(test)]
mod tests {
    use trailbell_text::Channel;

    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_words_and_no_link_survives_a_cut() {
        let text = format!("{} https://evil.example.org/x {}", "word ".repeat(38), "more ".repeat(200));
        let shown = reason(&text).render(Channel::Plain);
        assert!(shown.contains("hxxps://evil[.]example[.]org/x"), "{shown}");
        assert!(shown.chars().count() <= REASON_CHARS + 10 && shown.ends_with('…'), "{shown}");
        let one = reason(&"x".repeat(10_000)).render(Channel::Plain);
        assert_eq!(one, format!("{}…", "x".repeat(trailbell_text::MAX_SHOWN_CHARS)));
    }

    #[test]
    fn thousands_are_set_apart() {
        let shown = |count| number(count).render(Channel::Plain);
        assert_eq!([0, 999, 1_000, 1_234_567].map(shown), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_span_names_its_days_only_where_there_are_two() {
        let reader = Reader::new(Lang::En);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let shown = |a, b| span(at(a), at(b), &reader).render(Channel::Plain);
        assert_eq!(shown("2026-11-23T12:31:00Z", "2026-11-23T12:35:59Z"), "between 12:31 and 12:35 UTC");
        assert_eq!(shown("2026-11-23T12:31:00Z", "2026-11-23T12:31:59Z"), "at 12:31 UTC");
        assert_eq!(
            shown("2026-11-23T23:59:00Z", "2026-11-24T00:01:00Z"),
            "between 2026-11-23 23:59 and 2026-11-24 00:01 UTC"
        );
    }
}
