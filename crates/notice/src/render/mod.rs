//! A notice as bytes for one channel. Every renderer is a pure function of the notice.

mod html;
mod json;
mod mail;
mod text;
mod wrap;

use trailbell_text::{Channel, Kind, Phrase, Severity};

pub use html::html;
pub use json::json;
pub use mail::{Address, Envelope, mail};
pub use text::{Colour, brief, plain, terminal};

use crate::advice::When;
use crate::lang::{Both, Lang};
use crate::notice::Notice;

/// The notice in one line, for a push title or an SNS subject.
pub fn one_line(notice: &Notice) -> String {
    notice.one_line.render(Channel::Header)
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

/// Whether there is anything to do for whoever recognises the event.
pub(crate) const fn calm(notice: &Notice) -> &'static str {
    let words = match (notice.advice.when, notice.kind) {
        (When::Unrecognised, Kind::ConsoleSignIn) => {
            Both::new("If this was you, nothing to do.", "心当たりのあるサインインであれば、対応は不要です。")
        }
        (When::Unrecognised, _) => {
            Both::new("If you recognise this, nothing to do.", "心当たりのある操作であれば、対応は不要です。")
        }
        (When::RootWithoutMfa, _) => Both::new(
            "Even if this was you: register an MFA device for the root user now.",
            "ご自身のサインインであっても、ルートユーザーに MFA デバイスを登録してください。",
        ),
        (When::RecordingOff, _) => Both::new(
            "Even if this was you: this part of the record keeping is off until it is switched on again (see the last steps).",
            "ご自身の操作であっても、再開するまで、この記録や監視は止まったままです(再開の手順は最後にあります)。",
        ),
        (When::Always, _) => Both::new(
            "Do this now, whoever did it:",
            "心当たりの有無にかかわらず、すぐに次を実行してください。",
        ),
    };
    words.get(notice.lang)
}

/// What introduces the steps, where they are for some readers only.
pub(crate) const fn if_not(notice: &Notice) -> Option<&'static str> {
    match notice.advice.when {
        When::Unrecognised | When::RootWithoutMfa | When::RecordingOff => {
            Some(Both::new("If not:", "心当たりがない場合は、次を実行してください。").get(notice.lang))
        }
        When::Always => None,
    }
}

/// How to see the raw record: a command of ours, where the event has an id that can stand in one.
pub(crate) fn explain(notice: &Notice) -> Option<String> {
    let id = notice.data.event_id.as_ref()?.shell_word().ok()?;
    Some(format!("trailbell explain {id} PATH..."))
}

/// Our own text for a channel.
pub(crate) fn ours(text: impl Into<String>, channel: Channel) -> String {
    Phrase::ours(text.into()).render(channel)
}
