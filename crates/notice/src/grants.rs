//! What a changed policy allows: the judge's verdict, and its reasons in words.

use trailbell_policy::{Because, Level, Managed, Policy, Special, Verdict};
use trailbell_record::{Change, Operation};
use trailbell_text::{Outcome, Phrase, Untrusted};

use crate::facts::Facts;
use crate::facts::What;
use crate::lang::{Both, Lang};
use crate::{template, words};

/// What the change of the facts allows whoever gets the policy; `None` where there is no policy to judge (none in
/// the record, a customer's own by name only, a trust policy), or nothing was changed.
pub(crate) fn of(facts: &Facts<'_>) -> Option<Verdict> {
    match facts.what {
        What::Change(change) if facts.outcome == Outcome::Success => {
            of_change(change).or_else(|| of_named(facts, change))
        }
        _ => None,
    }
}

/// Of a customer's policy that is only named, or a version of it, what it was seen to say.
fn of_named(facts: &Facts<'_>, change: &Change) -> Option<Verdict> {
    let names = matches!(change.operation, Operation::AttachPolicy | Operation::SetDefaultPolicyVersion);
    let text = facts.named_policy.as_ref().filter(|_| names)?.text.as_deref()?;
    Some(Policy::parse(text).ok()?.judge())
}

pub(crate) fn of_change(change: &Change) -> Option<Verdict> {
    use Operation as O;
    match change.operation {
        O::AttachPolicy | O::AttachQuarantinePolicy | O::AddPolicyToPermissionSet => {
            managed(change)?.verdict.or_else(|| document(change))
        }
        O::PutInlinePolicy
        | O::ChangePolicy
        | O::CreatePolicy
        | O::CreatePolicyVersion
        | O::ChangePermissionSet => document(change),
        _ => None,
    }
}

/// The managed policy of AWS's that the change names.
pub(crate) fn managed(change: &Change) -> Option<Managed> {
    Managed::of_arn(change.value("policy_arn")?.raw())
}

/// Whether it is AWS's own block.
pub(crate) fn is_block(change: &Change) -> bool {
    managed(change).is_some_and(|managed| managed.special == Some(Special::DenyAll))
}

fn document(change: &Change) -> Option<Verdict> {
    Some(Policy::parse(change.document()?).ok()?.judge())
}

/// What decides, as the object of "it allows ..." and 「…を許可」: each reason alone.
pub(crate) fn reason(because: &Because, lang: Lang) -> Phrase {
    joined(std::slice::from_ref(because), lang)
}

/// Reasons that differ in their actions only, as one.
fn joined(alike: &[Because], lang: Lang) -> Phrase {
    let Some(first) = alike.first() else { return Phrase::new() };
    let words = match first {
        Because::Everything => Both::new("* on everything", "すべてのリソースに *"),
        Because::AllBut { .. } => Both::new("everything except {listed}", "{listed} を除くすべて"),
        Because::PassRole { .. } => Both::new(
            "iam:PassRole on any role, with {names}",
            "任意のロールへの iam:PassRole と {names} の組み合わせ",
        ),
        Because::Action { on: Some(on), .. } if on.is_empty() => {
            Both::new("{names} on some resources", "一部のリソースに {names}")
        }
        Because::Action { on: Some(_), .. } => Both::new("{names} on {on}", "{on} に {names}"),
        Because::Action { on: None, .. } => Both::new("{names} on everything", "すべてのリソースに {names}"),
    };
    template::fill(words.get(lang), &|key| match (first, key) {
        (Because::AllBut { written }, "listed") => Some(listed(written, lang)),
        (Because::Action { on: Some(on), .. }, "on") => words::known(&Untrusted::from(on.as_str())),
        (_, "names") => Some(names(alike, lang)),
        _ => None,
    })
}

/// The actions of reasons.
fn names(alike: &[Because], lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    for (index, one) in alike.iter().enumerate() {
        let is_last = index + 1 == alike.len();
        phrase.push(match (index, is_last, one) {
            (0, ..) => "",
            (_, true, Because::PassRole { .. }) => lang.pick(" or ", " または "),
            (_, true, _) => lang.pick(" and ", "、"),
            (_, false, _) => lang.pick(", ", "、"),
        });
        match one {
            Because::PassRole { with } => {
                phrase.push(*with);
            }
            Because::Action { written, such_as, .. } => {
                phrase.push(Untrusted::from(written.as_str()));
                if let Some(name) = such_as.as_ref().filter(|_| !is_whole_of_iam(written)) {
                    phrase.push(lang.pick(" (such as ", "("));
                    phrase.push(Untrusted::from(name.as_str()));
                    phrase.push(lang.pick(")", " など)"));
                }
            }
            Because::Everything | Because::AllBut { .. } => {}
        }
    }
    phrase
}

/// `iam:*` needs no example.
fn is_whole_of_iam(written: &str) -> bool {
    written.eq_ignore_ascii_case("iam:*")
}

/// As many as a person reads, and the number of the rest.
pub(crate) fn listed(texts: &[String], lang: Lang) -> Phrase {
    const SHOWN: usize = 5;
    let mut phrase = Phrase::new();
    for (index, text) in texts.iter().take(SHOWN).enumerate() {
        phrase.push(if index > 0 { lang.pick(", ", "、") } else { "" });
        phrase.push(Untrusted::from(text.as_str()));
    }
    if texts.len() > SHOWN {
        phrase.push_ours(words::and_more(texts.len() - SHOWN, lang));
    }
    phrase
}

/// All reasons in one.
pub(crate) fn because(verdict: &Verdict, lang: Lang) -> Option<Phrase> {
    let alike = |one: &Because, other: &Because| match (one, other) {
        (Because::Action { on, .. }, Because::Action { on: other, .. }) => on == other,
        (Because::PassRole { .. }, Because::PassRole { .. }) => true,
        _ => false,
    };
    let mut phrase = Phrase::new();
    for (index, some) in verdict.because.chunk_by(alike).enumerate() {
        phrase.push(if index > 0 { lang.pick("; ", "、") } else { "" });
        phrase.append(joined(some, lang));
    }
    (!phrase.is_empty()).then_some(phrase)
}

/// A reason as a sentence of its own, as JSON has it.
pub(crate) fn sentence(because: &Because, lang: Lang) -> Phrase {
    template::fill(lang.pick("it allows {reason}", "{reason} を許可しています"), &|key| {
        (key == "reason").then(|| reason(because, lang))
    })
}

/// What a level means for whoever has the policy; `{who}` is for Japanese, which begins with it.
pub(crate) const fn meaning(level: Level, conditional: bool) -> Both {
    match (level, conditional) {
        (Level::FullAdministrator, false) => Both::new(
            "everything in this account, unless a boundary or SCP limits it",
            "(アクセス許可の境界や SCP で制限されていなければ)[{who}、]このアカウントのすべての操作ができます",
        ),
        (Level::FullAdministrator, true) => Both::new(
            "administrator rights under a condition that the policy names",
            "ポリシーに書かれた条件を満たす場合に、[{who}、]管理者権限を持ちます",
        ),
        (Level::CanBecomeAdministrator, false) => Both::new(
            "a way to administrator rights, unless a boundary or SCP limits it",
            "(アクセス許可の境界や SCP で制限されていなければ)[{who}、]管理者権限を得られる状態になります",
        ),
        (Level::CanBecomeAdministrator, true) => Both::new(
            "a way to administrator rights under a condition that the policy names",
            "ポリシーに書かれた条件を満たす場合に、[{who}、]管理者権限を得られる状態になります",
        ),
        (Level::ChangesPermissions, false) => Both::new(
            "changing who can use what, unless a boundary or SCP limits it",
            "(アクセス許可の境界や SCP で制限されていなければ)[{who}、]誰が何を使えるかを変更できます",
        ),
        (Level::ChangesPermissions, true) => Both::new(
            "changing who can use what, under a condition that the policy names",
            "ポリシーに書かれた条件を満たす場合に、[{who}、]誰が何を使えるかを変更できます",
        ),
        (Level::Writes, false) => Both::new(
            "creating, changing or deleting things, unless a boundary or SCP limits it",
            "(アクセス許可の境界や SCP で制限されていなければ)[{who}、]リソースやデータの作成・変更・削除ができます",
        ),
        (Level::Writes, true) => Both::new(
            "creating, changing or deleting things, under a condition that the policy names",
            "ポリシーに書かれた条件を満たす場合に、[{who}、]リソースやデータの作成・変更・削除ができます",
        ),
        (Level::Reads, false) => Both::new(
            "reading only, as far as this policy goes",
            "このポリシーで許可されるのは、読み取りだけです",
        ),
        (Level::Reads, true) => Both::new(
            "reading only, as far as this policy goes, and under a condition that it names",
            "このポリシーで許可されるのは、書かれた条件を満たす場合の読み取りだけです",
        ),
        (Level::Views, false) => Both::new(
            "lists and descriptions only, as far as this policy goes",
            "このポリシーで許可されるのは、一覧や設定の表示だけです",
        ),
        (Level::Views, true) => Both::new(
            "lists and descriptions only, as far as this policy goes, and under a condition that it names",
            "このポリシーで許可されるのは、書かれた条件を満たす場合の一覧や設定の表示だけです",
        ),
        (Level::Nothing, _) => {
            Both::new("nothing: this policy allows nothing", "このポリシーで許可される操作はありません")
        }
    }
}
