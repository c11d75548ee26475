//! The person behind a role, in words: who it is, how that is known, and how sure it is.

use trailbell_record::{ActorKind, Behind, Hop, How, Sure};
use trailbell_text::{Phrase, Untrusted};

use crate::facts::{Facts, Reader};
use crate::lang::{Both, Lang};
use crate::{template, time, words};

/// The person who is behind, where AWS or somebody who should know says so; what a session calls itself is nobody's name.
pub(crate) fn person<'a>(facts: &'a Facts<'_>) -> Option<&'a Behind> {
    let behind = facts.behind.as_ref()?;
    let is_person = behind.how != How::Machine && behind.sure > Sure::Claimed && !behind.name.is_empty();
    is_person.then_some(behind)
}

/// The one who acted, as the subject of a sentence: the person where that is known, with the role they acted in.
pub(crate) fn subject(facts: &Facts<'_>, reader: &Reader) -> Phrase {
    let role = facts.actor.role.as_ref().filter(|role| !role.is_empty());
    let (Some(behind), Some(role), ActorKind::AssumedRole) = (person(facts), role, facts.actor.kind) else {
        return words::actor(facts.actor, reader);
    };
    let words = Both::new(
        "{name}[ of account {account}] (role {role})",
        "[別アカウント {account} の ]{name}(ロール {role})",
    );
    template::fill(words.get(reader.lang), &|key| match key {
        "name" => named(behind, reader.lang),
        "account" => elsewhere(behind, facts, reader),
        "role" => words::known(role),
        _ => None,
    })
}

/// What the fact "Who" says of it: "; behind it is alice (IAM user of jump (210987654321)), who ...".
pub(crate) fn clause(facts: &Facts<'_>, reader: &Reader) -> Option<Phrase> {
    // Identity Center's people are named as themselves.
    let behind = facts.behind.as_ref().filter(|behind| behind.how != How::IdentityCenter)?;
    let lang = reader.lang;
    let words = match (behind.how, behind.sure) {
        (How::Machine, Sure::Certain) => {
            Both::new("; a program[: {other}]", "。プログラムによる操作です[({other})]")
        }
        (How::Machine, _) => Both::new(
            "; by its name a program[: {other}]",
            "。名前からはプログラムによる操作と思われます[({other})]",
        ),
        (_, Sure::Claimed) => Both::new(
            "; who took the role is not known[, but for a session of role {via} called {other}] (a session may be called anything)",
            "。ロールを引き受けた人は不明です[(ロール {via} の {other} というセッションから)](セッション名は自由に付けられます)",
        ),
        (How::SourceIdentity, _) => Both::new(
            "; behind it is {name}, by the session's source identity[; by way of role {via}]",
            "。セッションに付けられたソース ID によると、操作しているのは {name} です[(ロール {via} 経由)]",
        ),
        _ => Both::new(
            "; behind it is {name} ({kind}[ of account {account}])[, by way of role {via}]: {how}",
            "。操作しているのは {name}({kind}[、アカウント {account}])です[(ロール {via} 経由)]。根拠: {how}",
        ),
    };
    Some(template::fill(words.get(lang), &|key| match key {
        "name" => named(behind, lang),
        // The session's own name stands before it.
        "other" => words::known(&behind.name).filter(|_| behind.name != facts.actor.name),
        "kind" => Some(Phrase::ours(kind(behind).get(lang))),
        "account" => elsewhere(behind, facts, reader),
        "via" => via(&behind.chain),
        "how" => Some(how(behind, reader)),
        _ => None,
    }))
}

fn named(behind: &Behind, lang: Lang) -> Option<Phrase> {
    match behind.kind {
        ActorKind::Root => Some(Phrase::ours(lang.pick("the root user", "ルートユーザー"))),
        _ => words::known(&behind.name),
    }
}

/// The person's account, where it is another one than the record's.
fn elsewhere(behind: &Behind, facts: &Facts<'_>, reader: &Reader) -> Option<Phrase> {
    let account = behind.account.as_ref().filter(|account| !account.is_empty())?;
    (facts.record.account() != Some(account.raw())).then(|| words::account(account, reader))
}

/// The roles between the one that acted and the person.
fn via(chain: &[Hop]) -> Option<Phrase> {
    let mut phrase = Phrase::new();
    for (index, hop) in chain.iter().skip(1).enumerate() {
        if index > 0 {
            phrase.push(" < ");
        }
        phrase.push(hop.role.clone());
    }
    (!phrase.is_empty()).then_some(phrase)
}

const fn kind(behind: &Behind) -> Both {
    match behind.kind {
        ActorKind::Root => Both::new("root", "ルート"),
        ActorKind::IamUser => Both::new("IAM user", "IAM ユーザー"),
        ActorKind::AssumedRole => Both::new("session of a role", "ロールのセッション"),
        ActorKind::FederatedUser => {
            Both::new("a user of your identity provider", "ID プロバイダーのユーザー")
        }
        ActorKind::IdentityCenterUser => Both::new("IAM Identity Center", "IAM Identity Center"),
        ActorKind::AwsService => Both::new("AWS service", "AWS サービス"),
        ActorKind::OutsideAccount => Both::new("somebody", "何者か"),
        ActorKind::Unknown => Both::new("by name", "名前のみ"),
    }
}

/// How it is known.
fn how(behind: &Behind, reader: &Reader) -> Phrase {
    let words = match behind.how {
        How::KeyIssued if behind.sure < Sure::Certain => Both::new(
            "the record[ of {at}] that handed out this key names no more than the account",
            "[{at} に]このキーを発行した記録には、アカウントまでしか残っていません",
        ),
        How::KeyIssued => Both::new(
            "the record[ of {at}] that handed out this key says so",
            "[{at} に]このキーを発行した記録",
        ),
        How::RoleSwitch => Both::new(
            "the console's record of the switch[ of {at}] says so",
            "[{at} の]コンソールでのロール切り替えの記録",
        ),
        How::IdentityCenter => Both::new("Identity Center says so", "Identity Center の記録"),
        How::Federated => Both::new(
            "your identity provider vouched for it[ at {at}]",
            "[{at} の ]ID プロバイダーによる認証の記録",
        ),
        How::SourceIdentity | How::SessionName | How::Machine => {
            Both::new("the session's own name", "セッション名")
        }
    };
    template::fill(words.get(reader.lang), &|key| {
        (key == "at").then(|| behind.at.map(|at| Phrase::ours(time::clock(at, &reader.time_zone)))).flatten()
    })
}

/// The account the person is to be stopped in, and the name, where both are known for certain.
pub(crate) fn certain(behind: &Behind) -> Option<(&Untrusted, &Untrusted)> {
    let account = behind.account.as_ref().filter(|account| !account.is_empty())?;
    (behind.sure == Sure::Certain && behind.how != How::Machine && !behind.name.is_empty())
        .then_some((&behind.name, account))
}
