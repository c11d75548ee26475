//! What a change lets somebody do, where that can be told plainly.

use trailbell_policy::{Allows, Managed, Policy, Who};
use trailbell_record::{Change, Operation};
use trailbell_text::{Outcome, Phrase, Untrusted};

use crate::facts::{Facts, Reader, What};
use crate::lang::Both;
use crate::{template, words};

/// The fact "What it allows"; `None` for what allows nothing or is not judged.
pub(crate) fn phrase(facts: &Facts<'_>, reader: &Reader) -> Option<Phrase> {
    let What::Change(change) = facts.what else { return None };
    if facts.outcome != Outcome::Success {
        return None;
    }
    if change.operation == Operation::UpdateAssumeRolePolicy {
        return trust(change, reader);
    }
    let words = of_change(change)?;
    Some(template::fill(words.get(reader.lang), &|key| match key {
        "target" if change.target.is_root => Some(Phrase::ours(reader.lang.pick("root", "ルートユーザー"))),
        _ => change.value(key).as_ref().and_then(words::known),
    }))
}

/// Who may take the role from now on: the sentence says only that it was changed.
fn trust(change: &Change, reader: &Reader) -> Option<Phrase> {
    const NAMED: usize = 5;
    let trusted = Policy::parse(change.document()?).ok()?.trusted();
    let mut who = Phrase::new();
    for (index, one) in trusted.iter().take(NAMED).enumerate() {
        who.push(if index > 0 { reader.lang.pick(", ", "、") } else { "" });
        if one.who == Who::Anyone {
            who.push(reader.lang.pick("anyone at all", "任意の相手"));
        } else {
            who.push(Untrusted::new(one.who.to_string()));
        }
        if one.conditional {
            who.push(reader.lang.pick(" (under a condition)", "(条件付き)"));
        }
    }
    if trusted.len() > NAMED {
        who.push_ours(format!(" (+{})", trusted.len() - NAMED));
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

fn of_change(change: &Change) -> Option<Both> {
    use Operation as O;
    Some(match change.operation {
        O::CreateLoginProfile | O::UpdateLoginProfileOther => Both::new(
            "console sign-in as {target}, for whoever knows the password",
            "パスワードを知る人は、{target} としてコンソールにサインインできます。",
        ),
        O::CreateAccessKeySelf | O::CreateAccessKeyOther | O::ActivateAccessKey | O::CreateAccessKeyRoot => {
            Both::new(
                "API calls as {target}, for whoever holds the key, until it is deactivated",
                "キーを持つ人は、無効化されるまで {target} として API を実行できます。",
            )
        }
        O::AttachPolicy => return managed(change),
        O::AttachQuarantinePolicy => Both::new(
            "the quarantine policy blocks a list of actions; it does not stop everything",
            "隔離ポリシーが拒否するのは一部の操作だけで、すべては止まりません。",
        ),
        O::PutInlinePolicy | O::ChangePolicy => return document(change),
        O::CreatePolicy | O::CreatePolicyVersion => {
            return document(change).map(|_| {
                Both::new(
                    "nothing until it is attached or put in force; then administrator rights",
                    "アタッチまたは有効化されるまで効力はありませんが、その後は管理者権限になります。",
                )
            });
        }
        _ => return None,
    })
}

const EVERYTHING: Both = Both::new(
    "everything in this account, unless a boundary or SCP limits it",
    "(アクセス許可の境界や SCP で制限されていなければ)[{target} は、]このアカウントのすべての操作ができます。",
);
const ALL_OF_IAM: Both = Both::new(
    "all of IAM, and so the way to every other right, unless a boundary or SCP limits it",
    "(アクセス許可の境界や SCP で制限されていなければ)IAM のすべての操作ができ、ほかの権限も自分に付与できます。",
);
const ALMOST_EVERYTHING: Both = Both::new(
    "everything but what the policy lists, unless a boundary or SCP limits it",
    "(アクセス許可の境界や SCP で制限されていなければ)ポリシーが除外するもの以外のすべての操作ができます。",
);

fn managed(change: &Change) -> Option<Both> {
    Some(match Managed::of_arn(change.value("policy_arn")?.raw())? {
        Managed::AdministratorAccess => EVERYTHING,
        Managed::IamFullAccess => ALL_OF_IAM,
        Managed::PowerUserAccess => Both::new(
            "everything but identities and the organization, unless a boundary or SCP limits it",
            "(アクセス許可の境界や SCP で制限されていなければ)IAM と組織の管理を除く、ほぼすべての操作ができます。",
        ),
        Managed::DenyAll => {
            Both::new("nothing: this policy denies everything", "すべての操作が拒否されます。")
        }
        Managed::Quarantine => return None,
    })
}

fn document(change: &Change) -> Option<Both> {
    let grant = Policy::parse(change.document()?).ok()?.grant();
    Some(match (grant.allows, grant.conditional) {
        (Allows::Everything, false) => EVERYTHING,
        (Allows::AllOfIam, false) => ALL_OF_IAM,
        (Allows::AlmostEverything, false) => ALMOST_EVERYTHING,
        (Allows::Everything | Allows::AllOfIam | Allows::AlmostEverything, true) => Both::new(
            "administrator rights under a condition that the policy names",
            "ポリシーに書かれた条件を満たす場合に、管理者権限になります。",
        ),
        (Allows::Nothing | Allows::Something, _) => return None,
    })
}
