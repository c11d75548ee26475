//! The one sentence of a notice.

mod change;
mod sign_in;

use trailbell_record::Change;
use trailbell_text::{Kind, Outcome, Phrase, Untrusted};

use crate::facts::{Facts, Reader, What};
use crate::lang::Both;
use crate::{template, words};

/// The sentence for an event.
pub(crate) fn headline(facts: &Facts<'_>, reader: &Reader) -> Phrase {
    match facts.what {
        What::SignIn(sign_in) => sign_in::headline(facts, sign_in, reader),
        What::Change(change) => {
            let event = facts.record.event_name();
            let row = change::words(change.operation, event);
            sentence(facts, reader, row.done, row.tried, &|key| change_value(key, facts, change, reader))
        }
        What::Other => {
            let (done, tried) = other(facts.kind);
            sentence(facts, reader, done, tried, &|key| match key {
                "actor" => Some(words::actor(facts.actor, reader)),
                "event" => words::known(&facts.record.event_name().into()),
                "service" => words::known(&facts.record.service().into()),
                "rule" => facts.rules.first().and_then(|rule| words::known(&rule.name.clone().into())),
                _ => None,
            })
        }
    }
}

/// Events that are neither sign-in nor change are told by the operation's own name: the rule says why.
const fn other(kind: Kind) -> (Both, Both) {
    match kind {
        Kind::TrailTampering => (
            Both::new(
                "{actor} touched the record keeping: [{event}|an unnamed event][ in {service}].",
                "{actor} が記録や監視の設定を変更しました([{service} の] [{event}|名前のないイベント])。",
            ),
            Both::new(
                "{actor} tried to touch the record keeping ([{event}|an unnamed event][ in {service}])",
                "{actor} が記録や監視の設定([{service} の] [{event}|名前のないイベント])を変更しようとしました",
            ),
        ),
        Kind::ResourceSharing => (
            Both::new(
                "{actor} changed who may use a resource: [{event}|an unnamed event][ in {service}].",
                "{actor} がリソースの共有設定を変更しました([{service} の] [{event}|名前のないイベント])。",
            ),
            Both::new(
                "{actor} tried to change who may use a resource ([{event}|an unnamed event][ in {service}])",
                "{actor} がリソースの共有設定([{service} の] [{event}|名前のないイベント])を変更しようとしました",
            ),
        ),
        Kind::ConsoleSignIn | Kind::IamChange | Kind::RootActivity | Kind::RuleMatch => (
            Both::new(
                "{actor} ran [{event}|an unnamed event][ in {service}].",
                "{actor} が[ {service} の] [{event}|名前のないイベント] を実行しました。",
            ),
            Both::new(
                "{actor} tried to run [{event}|an unnamed event][ in {service}]",
                "{actor} が[ {service} の] [{event}|名前のないイベント] を実行しようとしました",
            ),
        ),
    }
}

/// A sentence for how it ended: done, refused, or failed with AWS's own code.
fn sentence(
    facts: &Facts<'_>,
    reader: &Reader,
    done: Both,
    tried: Both,
    value: &dyn Fn(&str) -> Option<Phrase>,
) -> Phrase {
    let lang = reader.lang;
    let ending = match facts.outcome {
        Outcome::Success => return template::fill(done.get(lang), value),
        Outcome::Denied => Both::new(" and was refused.", "が、権限がなく拒否されました。"),
        Outcome::Failure => Both::new(" and failed[ ({error})].", "が、失敗しました[({error})]。"),
    };
    let mut phrase = template::fill(tried.get(lang), value);
    phrase.append(template::fill(ending.get(lang), &|_| {
        facts.record.error_code().and_then(|e| words::known(&e.into()))
    }));
    phrase
}

/// The value of a place in a change's sentence.
fn change_value(key: &str, facts: &Facts<'_>, change: &Change, reader: &Reader) -> Option<Phrase> {
    let lang = reader.lang;
    let value = change.value(key).as_ref().and_then(words::known);
    match key {
        "actor" => Some(words::actor(facts.actor, reader)),
        "target" if change.target.is_root => Some(Phrase::ours(lang.pick("the root user", "ルートユーザー"))),
        "kind" => Some(Phrase::ours(words::kind(change.target.kind, lang))),
        "account" => {
            change.value("account").filter(|id| !id.is_empty()).map(|id| words::account(&id, reader))
        }
        "contact" => change.value("contact").map(|contact| contact_words(&contact, reader)),
        "allowed" => allowed(change, reader),
        "target" | "principal" | "policy" | "role" | "group" | "key_id" | "new_name" | "version"
        | "region"
            if facts.outcome == Outcome::Success =>
        {
            // A success without the value is a record cut short: the sentence still has to name something.
            value.or_else(|| Some(Phrase::ours(lang.pick("(not recorded)", "(記録なし)"))))
        }
        _ => value,
    }
}

/// What an inline policy plainly allows, for its sentence.
fn allowed(change: &Change, reader: &Reader) -> Option<Phrase> {
    use trailbell_policy::{Allows, Policy};
    let grant = Policy::parse(change.document()?).ok()?.grant();
    let words = match grant.allows {
        Allows::Everything if !grant.conditional => Both::new("everything", "すべての操作"),
        Allows::AllOfIam if !grant.conditional => {
            Both::new("iam:* on everything", "すべてのリソースに iam:* ")
        }
        _ => return None,
    };
    Some(Phrase::ours(words.get(reader.lang)))
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
