//! The one sentence of a notice.

mod change;
mod recording;
mod sign_in;

use trailbell_json::Json;
use trailbell_policy::Level;
use trailbell_record::{Change, Operation, TargetKind};
use trailbell_text::{BothPhrases, Outcome, Phrase, Untrusted};

use crate::facts::{Facts, Reader, What};
use crate::lang::{Both, Lang};
use crate::{behind, grants, template, words};

/// The one sentence for an event, without anything else of its notice.
pub fn headline(facts: &Facts<'_>, reader: &Reader) -> Phrase {
    match facts.what {
        What::SignIn(sign_in) => sign_in::headline(facts, sign_in, reader),
        What::Change(change) => {
            let row = change::words(change.operation, facts.record.event_name(), has_parameters(facts));
            row.sentence(facts, reader, &|key| change_value(key, facts, change, reader))
        }
        What::Recording { target, goes_dark } => {
            let words = recording::words(facts.record.service(), facts.record.event_name(), goes_dark);
            words.sentence(facts, reader, &|key| match key {
                "target" => target.and_then(words::known),
                _ => event_value(key, facts, reader),
            })
        }
        What::Sharing { resource, anyone, outside } => {
            recording::sharing(anyone, outside).sentence(facts, reader, &|key| match key {
                "target" => resource.and_then(words::known),
                "outside" => Some(list(outside, reader.lang)),
                _ => event_value(key, facts, reader),
            })
        }
        What::Other => OTHER.sentence(facts, reader, &|key| event_value(key, facts, reader)),
    }
}

/// The same in both languages, for what is kept and worded later.
pub fn headlines(facts: &Facts<'_>, reader: &Reader) -> BothPhrases {
    let worded = |lang| headline(facts, &Reader { lang, ..reader.clone() });
    BothPhrases { en: worded(Lang::En), ja: worded(Lang::Ja) }
}

/// Events that are neither sign-in nor change are told by the operation's own name: the rule says why.
const OTHER: Words = Words::new(
    "{actor} ran {event} in {service}.",
    "{actor} tried to run {event} in {service}",
    "{actor} が {service} の {event} を実行しました。",
    "{actor} が {service} の {event} を実行しようとしました",
);

/// A value that every event has.
fn event_value(key: &str, facts: &Facts<'_>, reader: &Reader) -> Option<Phrase> {
    let unnamed = || Phrase::ours(reader.lang.pick("(not recorded)", "(記録なし)"));
    match key {
        "actor" => Some(behind::subject(facts, reader)),
        "event" => Some(words::known(&facts.record.event_name().into()).unwrap_or_else(unnamed)),
        "service" => Some(words::known(&facts.record.service().into()).unwrap_or_else(unnamed)),
        _ => None,
    }
}

/// At most three by name.
fn list(names: &[Untrusted], lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    for (index, name) in names.iter().take(3).enumerate() {
        phrase.push(if index > 0 { lang.pick(", ", "、") } else { "" });
        phrase.push(name.clone());
    }
    if names.len() > 3 {
        phrase.push_ours(words::and_more(names.len() - 3, lang));
    }
    phrase
}

/// The words for one deed; `{places}` and `[optional parts]` as in [`crate::template`].
#[derive(Debug, Clone, Copy)]
struct Words {
    /// The whole sentence.
    done: Both,
    /// The sentence of an attempt, without how it ended.
    tried: Both,
}

impl Words {
    const fn new(en: &'static str, en_tried: &'static str, ja: &'static str, ja_tried: &'static str) -> Self {
        Self { done: Both::new(en, ja), tried: Both::new(en_tried, ja_tried) }
    }

    /// The sentence for how it ended: done, refused, or failed with AWS's own code.
    fn sentence(self, facts: &Facts<'_>, reader: &Reader, value: &dyn Fn(&str) -> Option<Phrase>) -> Phrase {
        let lang = reader.lang;
        let ending = match facts.outcome {
            // A success without the value is a record cut short: the sentence still has to name something.
            Outcome::Success => {
                let missing = lang.pick("(not recorded)", "(記録なし)");
                return template::fill_or(self.done.get(lang), missing, value);
            }
            Outcome::Denied => Both::new(" and was refused.", "が、権限がなく拒否されました。"),
            Outcome::Failure => Both::new(" and failed[ ({error})].", "が、失敗しました[({error})]。"),
        };
        let mut phrase = template::fill(self.tried.get(lang), value);
        phrase.append(template::fill(ending.get(lang), &|_| {
            facts.record.error_code().and_then(|error| words::known(&error.into()))
        }));
        phrase
    }
}

/// Whether the record says what was asked for.
fn has_parameters(facts: &Facts<'_>) -> bool {
    facts.outcome == Outcome::Success
        || facts.record.json().get("requestParameters").is_some_and(|p| *p != Json::Null)
}

/// The value of a place in a change's sentence.
fn change_value(key: &str, facts: &Facts<'_>, change: &Change, reader: &Reader) -> Option<Phrase> {
    let lang = reader.lang;
    // The record's own account and region stand in for an operation's; for one that was refused, and recorded
    // without its parameters, they would be a guess.
    let of_the_record =
        matches!(change.target.kind, TargetKind::Account | TargetKind::Organization | TargetKind::Region);
    if !has_parameters(facts) && (matches!(key, "account" | "region") || key == "target" && of_the_record) {
        return None;
    }
    let value = change.value(key).as_ref().and_then(words::known);
    match key {
        "actor" => Some(behind::subject(facts, reader)),
        "target" if change.target.is_root => Some(Phrase::ours(lang.pick("the root user", "ルートユーザー"))),
        "target" if names_its_kind(change) => {
            let mut phrase = Phrase::ours(format!("{} ", words::kind(change.target.kind, lang)));
            phrase.append(value?);
            Some(phrase)
        }
        "kind" => Some(Phrase::ours(words::kind(change.target.kind, lang))),
        "account" => {
            change.value("account").filter(|id| !id.is_empty()).map(|id| words::account(&id, reader))
        }
        "contact" => change.value("contact").map(|contact| contact_words(&contact, reader)),
        "allowed" => allowed(change, reader),
        "trusted"
            if change.value("trusted").is_some_and(|who| who.raw().split(", ").any(|one| one == "*")) =>
        {
            Some(Phrase::ours(lang.pick("anyone at all", "任意の相手")))
        }
        _ => value,
    }
}

/// Sentences about "a user, a group or a role" say which; a user needs no word.
const fn names_its_kind(change: &Change) -> bool {
    use Operation as O;
    let any_principal = matches!(
        change.operation,
        O::AttachPolicy
            | O::DetachPolicy
            | O::PutInlinePolicy
            | O::DeleteInlinePolicy
            | O::PutPermissionsBoundary
            | O::DeletePermissionsBoundary
            | O::ChangeTags
    );
    any_principal && !matches!(change.target.kind, TargetKind::User | TargetKind::Other)
}

/// What an inline policy allows, for its sentence; only what is grave and needs no condition.
fn allowed(change: &Change, reader: &Reader) -> Option<Phrase> {
    let verdict = grants::of_change(change).filter(|verdict| !verdict.conditional)?;
    match verdict.level {
        Level::FullAdministrator => Some(Phrase::ours(reader.lang.pick("everything", "すべての操作"))),
        Level::CanBecomeAdministrator => {
            verdict.because.first().map(|first| grants::reason(first, reader.lang))
        }
        _ => None,
    }
}

fn contact_words(contact: &Untrusted, reader: &Reader) -> Phrase {
    let words = match contact.raw() {
        "BILLING" => Both::new("billing", "請求"),
        "OPERATIONS" => Both::new("operations", "オペレーション"),
        "SECURITY" => Both::new("security", "セキュリティ"),
        "PRIMARY" => Both::new("primary", "主要な連絡先"),
        _ => return words::known(contact).unwrap_or_default(),
    };
    Phrase::ours(words.get(reader.lang))
}
