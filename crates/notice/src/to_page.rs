//! A notice as the [`Page`] that renderers draw.

use trailbell_text::{Kind, Phrase};

use crate::advice::When;
use crate::lang::Both;
use crate::notice::Notice;
use crate::page::{Page, Row};

impl Notice {
    /// What a message of this notice shows.
    pub fn page(&self) -> Page {
        let facts = self
            .facts
            .iter()
            .map(|fact| Row { label: Phrase::ours(fact.name.label(self.lang)), text: fact.text.clone() });
        Page {
            lang: self.lang,
            severity: self.severity,
            headline: self.headline.clone(),
            one_line: self.one_line.clone(),
            facts: facts.collect(),
            items: Vec::new(),
            calm: Some(Phrase::ours(self.calm().get(self.lang))),
            calm_is_urgent: self.advice.when != When::Unrecognised,
            steps_for: self.if_not().map(|words| Phrase::ours(words.get(self.lang))),
            preamble: self.preamble.clone(),
            check_first: self.check_first.clone(),
            steps: self.advice.steps.clone(),
            details: self.explain(),
            link: self.link.clone(),
            target_link: self.target_link.clone(),
            links_account: self.data.account.clone(),
            footer: self.footer.clone(),
            verification: self.verification.clone(),
        }
    }

    /// The event's id as a row of its own, for [`crate::render::brief`], which has no footer to name it in.
    pub fn event_row(&self) -> Option<Row> {
        let mut text = Phrase::new();
        text.push(self.data.event_id.clone()?);
        Some(Row { label: Phrase::ours(self.lang.pick("Event", "イベント")), text })
    }

    /// Whether there is anything to do for whoever recognises the event.
    const fn calm(&self) -> Both {
        match (self.advice.when, self.kind) {
            (When::Unrecognised, Kind::ConsoleSignIn) => Both::new(
                "If this was you, nothing to do.",
                "心当たりのあるサインインであれば、対応は不要です。",
            ),
            (When::Unrecognised, _) => Both::new(
                "If you recognise this, nothing to do.",
                "心当たりのある操作であれば、対応は不要です。",
            ),
            (When::RootWithoutMfa, _) => Both::new(
                "Even if this was you: register an MFA device for the root user now.",
                "ご自身のサインインであっても、今すぐルートユーザーに MFA デバイスを登録してください。",
            ),
            (When::RecordingOff, _) => Both::new(
                "Even if this was you: this part of the record keeping is off until it is switched on again (see the last steps).",
                "ご自身の操作であっても、再開するまで、この記録や監視は止まったままです(再開の手順は最後にあります)。",
            ),
            (When::Always, _) => Both::new(
                "Do this now, whoever did it:",
                "心当たりの有無にかかわらず、すぐに次を実行してください。",
            ),
        }
    }

    /// What introduces the steps, where they are for some readers only.
    const fn if_not(&self) -> Option<Both> {
        match self.advice.when {
            When::Unrecognised | When::RootWithoutMfa | When::RecordingOff => {
                Some(Both::new("If not:", "心当たりがない場合は、次を実行してください。"))
            }
            When::Always => None,
        }
    }

    /// How to see the raw record: a command of ours, where the event has an id that can stand in one.
    pub(crate) fn explain(&self) -> Option<String> {
        let id = self.data.event_id.as_ref()?.shell_word().ok()?;
        Some(format!("trailbell explain {id} PATH..."))
    }
}
