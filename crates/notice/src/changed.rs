//! How a policy differs from the version that was seen before it.

use trailbell_policy::{Listed, Part, Policy, difference};
use trailbell_record::Operation;
use trailbell_text::{Outcome, Phrase};

use crate::facts::{Facts, Reader, What};
use crate::lang::{Both, Lang};
use crate::{allows, grants, template, words};

/// The fact "Changed"; `None` where no earlier text is known, either text is no policy, or nothing changes yet.
pub(crate) fn phrase(facts: &Facts<'_>, reader: &Reader) -> Option<Phrase> {
    const SHOWN: usize = 3;
    let What::Change(change) = facts.what else { return None };
    if facts.outcome != Outcome::Success || change.operation == Operation::CreatePolicyVersion {
        return None;
    }
    let lang = reader.lang;
    let before = Policy::parse(facts.earlier_policy.as_ref()?.text.as_deref()?).ok()?;
    let after = Policy::parse(facts.document(change)?).ok()?;
    let found = difference(&before, &after);
    if found.is_empty() {
        return Some(Phrase::ours(lang.pick(
            "nothing that it allows: the same as the version seen before",
            "以前に確認した内容と、許可する操作は変わっていません。",
        )));
    }
    let own = facts.record.account();
    let parts = |list: &[Part], allows: bool| {
        list.iter().filter(|one| one.allows == allows).map(|one| part(one, lang)).collect()
    };
    let let_in = found.let_in.iter().map(|one| allows::let_in(one, own, reader)).collect();
    let shut_out = found.shut_out.iter().map(|one| allows::who(one, own, reader)).collect();
    let lists: [(Both, Vec<Phrase>); 6] = [
        (Both::new("now also allows {list}", "新たに許可: {list}"), parts(&found.added, true)),
        (
            Both::new("no longer denies {list}", "拒否されなくなったもの: {list}"),
            parts(&found.removed, false),
        ),
        (Both::new("now also lets in {list}", "新たに引き受けられる相手: {list}"), let_in),
        (Both::new("no longer allows {list}", "許可されなくなったもの: {list}"), parts(&found.removed, true)),
        (Both::new("now also denies {list}", "新たに拒否: {list}"), parts(&found.added, false)),
        (Both::new("no longer lets in {list}", "引き受けられなくなった相手: {list}"), shut_out),
    ];
    let mut phrase = Phrase::new();
    for (words, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        phrase.push(if phrase.is_empty() { "" } else { lang.pick("; ", "。") });
        let more = list.len().saturating_sub(SHOWN);
        let mut joined = Phrase::new();
        for (index, one) in list.into_iter().take(SHOWN).enumerate() {
            joined.push(if index > 0 { lang.pick("; ", "、") } else { "" });
            joined.append(one);
        }
        if more > 0 {
            joined.push_ours(words::and_more(more, lang));
        }
        phrase.append(template::fill(words.get(lang), &|key| (key == "list").then(|| joined.clone())));
    }
    phrase.push(lang.pick("", "。"));
    Some(phrase)
}

/// Whether the change takes somebody out of a trust policy and lets nobody in: taking it back would do that.
pub(crate) fn only_shuts_out(facts: &Facts<'_>) -> bool {
    let What::Change(change) = facts.what else { return false };
    let before = facts.earlier_policy.as_ref().and_then(|seen| Policy::parse(seen.text.as_deref()?).ok());
    let after = facts.document(change).and_then(|text| Policy::parse(text).ok());
    before.zip(after).is_some_and(|(before, after)| {
        let found = difference(&before, &after);
        found.let_in.is_empty() && !found.shut_out.is_empty()
    })
}

/// "`s3:GetObject`, `s3:PutObject` on `arn:aws:s3:::b/*`, under a condition".
fn part(part: &Part, lang: Lang) -> Phrase {
    let side = |listed: &Listed, all: Both, but: Both| match listed {
        Listed::These(list) if list.iter().any(|one| one == "*") => Phrase::ours(all.get(lang)),
        Listed::These(list) => grants::listed(list, lang),
        Listed::AllBut(list) => {
            template::fill(but.get(lang), &|key| (key == "list").then(|| grants::listed(list, lang)))
        }
    };
    let actions = side(
        &part.actions,
        Both::new("every action", "すべての操作"),
        Both::new("everything except {list}", "{list} を除くすべての操作"),
    );
    let resources = side(
        &part.resources,
        Both::new("everything", "すべてのリソース"),
        Both::new("everything except {list}", "{list} を除くすべてのリソース"),
    );
    let words = if part.conditional {
        Both::new("{actions} on {resources}, under a condition", "{resources} への {actions}(条件付き)")
    } else {
        Both::new("{actions} on {resources}", "{resources} への {actions}")
    };
    template::fill(words.get(lang), &|key| match key {
        "actions" => Some(actions.clone()),
        "resources" => Some(resources.clone()),
        _ => None,
    })
}
