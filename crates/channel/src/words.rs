//! The few words of a channel's own, in both languages: everything else on a page is said by its writer.

use trailbell_notice::{Lang, Page, render};
use trailbell_outbox::Message;
use trailbell_text::{Channel, Phrase, Severity};

/// Of two wordings, the one in this language.
pub(crate) const fn pick<T: Copy>(lang: Lang, english: T, japanese: T) -> T {
    match lang {
        Lang::En => english,
        Lang::Ja => japanese,
    }
}

/// The severity in front of the sentence: `CRITICAL: ` or 【緊急】.
pub(crate) fn badge(severity: Severity, lang: Lang) -> String {
    let word = render::severity(severity, lang);
    match lang {
        Lang::En => format!("{word}: "),
        Lang::Ja => format!("【{word}】"),
    }
}

/// What is left out and where it can be seen.
pub(crate) fn more(lang: Lang, count: usize, command: &str) -> Phrase {
    Phrase::ours(match lang {
        Lang::En => format!("… and {count} more: {command}"),
        Lang::Ja => format!("… ほか {count} 件: {command}"),
    })
}

/// The same for what stands for one reader only: a step, a command.
pub(crate) const fn see_details(lang: Lang) -> &'static str {
    pick(
        lang,
        "(the command is too long for this channel; see the details)",
        "(コマンドが長いため、この通知には表示できません。詳細を確認してください)",
    )
}

/// What is in front of the command that shows more.
pub(crate) const fn details(lang: Lang) -> &'static str {
    pick(lang, "Details: ", "詳細: ")
}

/// Where the rest of a page is shown, for a channel with room for its first step only: a label and a command; `None` where
/// there is no rest.
pub(crate) fn rest(message: &Message, page: &Page) -> Option<String> {
    let has_rest = page.steps.len() > 1 || page.steps.iter().any(|step| !step.commands.is_empty());
    let shows_steps = page.details.as_ref().is_none_or(|command| command.starts_with("trailbell show "));
    let label = match (has_rest && shows_steps, &page.details) {
        (true, _) => pick(page.lang, "All steps and commands: ", "すべての手順とコマンド: "),
        (false, Some(_)) => details(page.lang),
        (false, None) => return None,
    };
    let command = Phrase::ours(show_command(message)).render(Channel::Terminal);
    Some(format!("{label}{command}"))
}

/// A command of ours that shows the whole message.
pub(crate) fn show_command(message: &Message) -> String {
    message.page.details.clone().unwrap_or_else(|| format!("trailbell show {}", message.identity))
}
