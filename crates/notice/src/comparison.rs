//! How an event compares with strictly earlier ones, in words. "In these logs" is part of the truth: what was
//! not read was not compared.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use trailbell_record::ActorKind;
use trailbell_text::{Kind, Phrase};

use crate::facts::{Comparison, Facts, Reader};
use crate::lang::{Both, Lang};
use crate::network::{self, Network};
use crate::{template, time, words};

/// What there is to say, or nothing.
pub(crate) fn phrase(facts: &Facts<'_>, reader: &Reader) -> Option<Phrase> {
    let comparison = facts.comparison.as_ref()?;
    let lang = reader.lang;
    let is_sign_in = facts.kind == Kind::ConsoleSignIn;
    let mut sentences = Vec::new();
    if is_sign_in && comparison.failures_before > 0 {
        let words = Both::new(
            "failed attempts in the hour before, as the same user or from the same address: {failures}",
            "直前の 1 時間に {failures} 回の失敗あり(同じユーザーまたは同じアドレス)",
        );
        sentences.push(filled(words, lang, &[("failures", comparison.failures_before.to_string())]));
    }
    sentences.extend(place(facts, comparison, reader));
    if comparison.earlier > 0 && comparison.with_this == Some(0) {
        sentences.push(Phrase::ours(lang.pick("first time with this program", "このツールの使用は初めて")));
    }
    // Of changes, the one before was a second ago: that says nothing.
    if is_sign_in
        && comparison.earlier > 0
        && let Some(last) = last(facts, comparison, &reader.time_zone, lang)
    {
        sentences.push(last);
    }
    if sentences.is_empty() {
        return None;
    }
    let mut whole = Phrase::new();
    for (index, sentence) in sentences.into_iter().enumerate() {
        if index > 0 {
            whole.push(lang.pick("; ", "。"));
        }
        whole.append(sentence);
    }
    Some(whole)
}

/// The one who acted, inside a sentence.
fn who(facts: &Facts<'_>, reader: &Reader) -> Phrase {
    match facts.actor.kind {
        ActorKind::Root => Phrase::ours(reader.lang.pick("the root user", "ルートユーザー")),
        _ => words::actor(facts.actor, reader),
    }
}

/// What is being counted.
const fn noun(kind: Kind) -> Both {
    match kind {
        Kind::ConsoleSignIn => Both::new("sign-in", "サインイン"),
        Kind::IamChange => Both::new("change", "変更"),
        _ => Both::new("action", "操作"),
    }
}

fn place(facts: &Facts<'_>, comparison: &Comparison, reader: &Reader) -> Option<Phrase> {
    let lang = reader.lang;
    let here = Network::of(facts.record.source_address()).place();
    // An intruder's own first minutes must not read as what is usual.
    let young = comparison
        .first
        .and_then(|first| Some(facts.record.event_time()?.duration_since(first)))
        .filter(|age| *age < SignedDuration::from_hours(24));
    let words = match (comparison.earlier, comparison.from_here, &here) {
        (0, ..) => {
            Both::new("the first {noun} by {actor} in these logs", "このログでは、{actor} の初めての{noun}")
        }
        (earlier, Some(from_here), Some(_)) if from_here == earlier && young.is_some() => Both::new(
            "nothing to compare with but earlier {noun}s from {here} ({earlier}, the first {young} before)",
            "比較できるのは、同じ場所({here})からの{noun} {earlier} 回のみ(最初は {young}前)",
        ),
        (earlier, Some(from_here), Some(_)) if from_here == earlier => Both::new(
            "as before: every earlier {noun} came from {here} too ({earlier})",
            "これまでと同じ場所({here}。過去の{noun} {earlier} 回すべて)",
        ),
        (_, Some(0), Some(_)) => Both::new(
            "the first {noun} from {here}[; usually {usual} ({count} of the last {earlier})]",
            "{here}からの{noun}は初めて[(普段は{usual}。過去 {earlier} 回中 {count} 回)]",
        ),
        (_, Some(_), Some(_)) => Both::new(
            "{from_here} of the last {earlier} {noun}s came from {here}",
            "過去 {earlier} 回の{noun}のうち {from_here} 回が同じ場所({here})",
        ),
        _ => return None,
    };
    let named = |place: &str| network::short_place(place, lang);
    Some(template::fill(words.get(lang), &|key| match key {
        "actor" => Some(who(facts, reader)),
        "noun" => Some(Phrase::ours(noun(facts.kind).get(lang))),
        "earlier" => Some(Phrase::ours(comparison.earlier.to_string())),
        "young" => young.map(|age| Phrase::ours(time::span(age, lang))),
        "from_here" => comparison.from_here.map(|count| Phrase::ours(count.to_string())),
        "here" => here.as_deref().map(named),
        "usual" => comparison.usual_place.as_ref().map(|(place, _)| named(place)),
        "count" => comparison.usual_place.as_ref().map(|(_, count)| Phrase::ours(count.to_string())),
        _ => None,
    }))
}

/// "the last was 2026-11-20 09:12 JST (00:12 UTC), 3 days before, from Japan (JP)".
fn last(facts: &Facts<'_>, comparison: &Comparison, zone: &TimeZone, lang: Lang) -> Option<Phrase> {
    let (at, from) = comparison.last.as_ref()?;
    let ago = facts.record.event_time()?.duration_since(*at);
    let words =
        Both::new("the last was {at}, {ago} before[, from {from}]", "前回は {ago}前の {at}[({from})]");
    Some(template::fill(words.get(lang), &|key| match key {
        "at" => Some(Phrase::ours(time::local_and_utc(*at, zone, lang))),
        "ago" => Some(Phrase::ours(time::span(ago, lang))),
        "from" => from.as_deref().map(|place| network::short_place(place, lang)),
        _ => None,
    }))
}

fn filled(words: Both, lang: Lang, values: &[(&str, String)]) -> Phrase {
    template::fill(words.get(lang), &|key| {
        values.iter().find(|(known, _)| *known == key).map(|(_, value)| Phrase::ours(value.clone()))
    })
}
