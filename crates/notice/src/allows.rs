//! What a change lets somebody do, where the record tells.

use trailbell_policy::{Opening, Policy, Trusted, Verdict, Who};
use trailbell_record::{Change, Operation, TargetKind};
use trailbell_text::{Outcome, Phrase, Untrusted};

use crate::facts::{Facts, Reader, What};
use crate::lang::{Both, Lang};
use crate::{grants, template, time, words};

/// The fact "What it allows"; `None` for what is not judged.
pub(crate) fn phrase(facts: &Facts<'_>, reader: &Reader) -> Option<Phrase> {
    let What::Change(change) = facts.what else { return None };
    if facts.outcome != Outcome::Success {
        return None;
    }
    match change.operation {
        Operation::UpdateAssumeRolePolicy => return trust(facts, change, reader),
        // The sentence says whom a new role trusts; only what it cannot say is worth another line.
        Operation::CreateRole => {
            let says_more = |one: &Trusted| one.opening > Opening::Named || one.conditional;
            return trusted(change)?.iter().any(says_more).then(|| trust(facts, change, reader))?;
        }
        _ => {}
    }
    if let Some(verdict) = grants::of(facts) {
        let mut phrase = judged(&verdict, change, reader.lang);
        phrase.append(as_seen(facts, change, reader));
        return Some(phrase);
    }
    let words = of_change(change)?;
    Some(template::fill(words.get(reader.lang), &|key| match key {
        "target" if change.target.is_root => Some(Phrase::ours(reader.lang.pick("root", "ルートユーザー"))),
        _ => change.value(key).as_ref().and_then(words::known),
    }))
}

fn trusted(change: &Change) -> Option<Vec<Trusted>> {
    Some(Policy::parse(change.document()?).ok()?.trusted())
}

/// Who may take the role from now on: the sentence says only that it was changed.
fn trust(facts: &Facts<'_>, change: &Change, reader: &Reader) -> Option<Phrase> {
    const NAMED: usize = 5;
    let trusted = trusted(change)?;
    let mut who = Phrase::new();
    for (index, one) in trusted.iter().take(NAMED).enumerate() {
        who.push(if index > 0 { reader.lang.pick(", ", "、") } else { "" });
        who.append(let_in(one, facts.record.account(), reader));
    }
    if trusted.len() > NAMED {
        who.push_ours(words::and_more(trusted.len() - NAMED, reader.lang));
    }
    let words =
        Both::new("role {target} may be assumed by: {who}", "ロール {target} を引き受けられる相手: {who}");
    (!trusted.is_empty()).then(|| {
        template::fill(words.get(reader.lang), &|key| match key {
            "who" => Some(who.clone()),
            _ => change.value(key).as_ref().and_then(words::known),
        })
    })
}

/// Somebody a trust policy lets in: by the account's name where the settings have one, and how far the door is open.
pub(crate) fn let_in(trusted: &Trusted, own: Option<&str>, reader: &Reader) -> Phrase {
    let lang = reader.lang;
    let mut phrase = who(&trusted.who, own, reader);
    let how = match trusted.opening {
        Opening::AnyOfProvider if trusted.who.to_string().contains("token.actions.githubusercontent.com") => {
            Both::new(
                " (any repository on GitHub: no condition says whose)",
                "(GitHub のどのリポジトリからでも可: リポジトリを限定する条件がありません)",
            )
        }
        Opening::AnyOfProvider => Both::new(
            " (any customer of that provider: no condition says whose tokens count)",
            "(このプロバイダーのどの利用者でも可: 利用者を限定する条件がありません)",
        ),
        Opening::Named | Opening::Anyone if trusted.conditional => {
            Both::new(" (under a condition)", "(条件付き)")
        }
        Opening::Named | Opening::Anyone => Both::new("", ""),
    };
    phrase.push(how.get(lang));
    phrase
}

/// A principal in words.
pub(crate) fn who(who: &Who, own: Option<&str>, reader: &Reader) -> Phrase {
    let lang = reader.lang;
    if *who == Who::Anyone {
        return Phrase::ours(lang.pick("anyone at all", "任意の相手"));
    }
    let text = who.to_string();
    let Some(account) = who.account().map(Untrusted::from) else {
        return words::known(&Untrusted::from(text.as_str())).unwrap_or_default();
    };
    let is_own = own == Some(account.raw());
    // An account's root is shown as its number, and stands for everybody in it who may.
    let words = match (text == account.raw(), is_own) {
        (true, true) => Both::new("this account ({text})", "このアカウント({text})"),
        (true, false) => Both::new("another account: {account}", "別アカウント {account}"),
        (false, true) => Both::new("{text}", "{text}"),
        (false, false) => {
            Both::new("{text}, of another account[: {label}]", "別アカウント[({label})]の {text}")
        }
    };
    let label = reader.accounts.get(account.raw()).and_then(|known| known.name.clone());
    template::fill(words.get(lang), &|key| match key {
        "text" => words::known(&Untrusted::from(text.as_str())),
        "account" => Some(words::account(&account, reader)),
        "label" => label.as_ref().and_then(|name| words::known(&Untrusted::from(name.as_str()))),
        _ => None,
    })
}

/// The verdict as a sentence, with its reasons.
fn judged(verdict: &Verdict, change: &Change, lang: Lang) -> Phrase {
    if grants::is_block(change) {
        return Phrase::ours(
            lang.pick("nothing: this policy denies everything", "すべての操作が拒否されます。"),
        );
    }
    let is_in_force = !matches!(change.operation, Operation::CreatePolicy | Operation::CreatePolicyVersion);
    let mut phrase = Phrase::ours(if is_in_force {
        ""
    } else {
        lang.pick(
            "nothing until it is attached or put in force; then ",
            "アタッチまたは有効化されるまで効力はありません。効力が生じた場合の内容: ",
        )
    });
    let meaning = grants::meaning(verdict.level, verdict.conditional);
    phrase.append(template::fill(meaning.get(lang), &|key| match key {
        "who" if is_in_force => whoever(change, lang),
        _ => None,
    }));
    let reasons = grants::because(verdict, lang);
    let because = Both::new("[; because it allows {reasons}]", "[(理由: {reasons} を許可)]。");
    phrase.append(template::fill(because.get(lang), &|key| {
        if key == "reasons" { reasons.clone() } else { None }
    }));
    phrase
}

/// Since when the text has been known, where it is not the record's own.
fn as_seen(facts: &Facts<'_>, change: &Change, reader: &Reader) -> Phrase {
    let Some(seen) = facts.named_policy.as_ref().filter(|_| change.document().is_none()) else {
        return Phrase::new();
    };
    let words = Both::new(
        " (by the policy's text as seen on {day}[, in event {event}])",
        "ポリシーの内容は {day} に確認したものです[(イベント {event})]。",
    );
    template::fill(words.get(reader.lang), &|key| match key {
        "day" => Some(Phrase::ours(time::day(seen.at, &reader.time_zone))),
        "event" => seen.event_id.as_ref().and_then(words::known),
        _ => None,
    })
}

/// Whoever has the policy, as the topic of a Japanese sentence.
fn whoever(change: &Change, lang: Lang) -> Option<Phrase> {
    if lang == Lang::En {
        return None;
    }
    let words = match change.target.kind {
        TargetKind::Group => "グループ {target} のメンバーは",
        TargetKind::PermissionSet => "許可セット {target} を使う人は",
        TargetKind::Policy => "アタッチされている相手は",
        _ => "{target} は",
    };
    Some(template::fill(words, &|key| change.value(key).as_ref().and_then(words::known)))
}

fn of_change(change: &Change) -> Option<Both> {
    use Operation as O;
    Some(match change.operation {
        O::CreateLoginProfile => Both::new(
            "console sign-in as {target}, who had no password before, for whoever knows the new one",
            "これまで {target} にはパスワードがありませんでした。新しいパスワードを知る人は、{target} としてコンソールにサインインできます。",
        ),
        O::UpdateLoginProfileOther => Both::new(
            "console sign-in as {target} for whoever knows the new password; the old one no longer works",
            "新しいパスワードを知る人は、{target} としてコンソールにサインインできます(以前のパスワードは使えなくなりました)。",
        ),
        O::CreateAccessKeySelf | O::CreateAccessKeyOther | O::ActivateAccessKey | O::CreateAccessKeyRoot => {
            Both::new(
                "API calls as {target}, for whoever holds the key, until it is deactivated",
                "キーを持つ人は、無効化されるまで {target} として API を実行できます。",
            )
        }
        O::DeactivateMfaDevice => Both::new(
            "sign-in as {target} without this device; with the password alone, if no other is left (the record does not say)",
            "{target} は、このデバイスなしでサインインできます。ほかに MFA デバイスが残っていなければ、パスワードだけで足ります(残っているかどうかは、この記録ではわかりません)。",
        ),
        O::AttachQuarantinePolicy => Both::new(
            "the quarantine policy blocks a list of actions; it does not stop everything",
            "隔離ポリシーが拒否するのは一部の操作だけで、すべては止まりません。",
        ),
        _ => return None,
    })
}
