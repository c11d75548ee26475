//! How an event compares with strictly earlier ones, in words. For how long anything is known is part of the truth: what was
//! not seen was not compared.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use trailbell_history::Unusual;
use trailbell_record::ActorKind;
use trailbell_text::{Kind, Phrase};

use crate::facts::{Comparison, Facts, Reader};
use crate::lang::{Both, Lang};
use crate::{behind, network, template, time};

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
    if comparison.is(Unusual::Country) && comparison.earlier == 0 {
        sentences.extend(first_from_here(facts, reader));
    }
    if comparison.is_expected_place && comparison.from_here == Some(0) {
        sentences.push(Phrase::ours(lang.pick("your settings expect this place", "設定で想定済みの場所")));
    }
    sentences.extend(travel(facts, comparison, lang));
    let with_a_new_client = comparison.earlier > 0 && comparison.with_this == Some(0);
    for (is_so, words) in [
        (
            with_a_new_client || comparison.is(Unusual::Client),
            Both::new("first time with this program", "このツールの使用は初めて"),
        ),
        (
            // Of another country it goes without saying.
            comparison.is(Unusual::Network) && comparison.from_here != Some(0),
            Both::new("first time from this network", "このネットワークからの利用は初めて"),
        ),
        (comparison.is(Unusual::Role), Both::new("first time in this role", "このロールの使用は初めて")),
        (
            comparison.is(Unusual::Hour),
            Both::new(
                "never before within two hours of this time of day",
                "この時刻の前後 2 時間の利用は初めて",
            ),
        ),
        (
            comparison.is(Unusual::Burst),
            Both::new(
                "failures this close together look like guessing",
                "短時間に失敗が続いており、推測による試行の可能性あり",
            ),
        ),
    ] {
        if is_so {
            sentences.push(Phrase::ours(words.get(lang)));
        }
    }
    if comparison.is(Unusual::Return)
        && let Some(absent) = comparison.absent_seconds
    {
        let absent = time::span(SignedDuration::from_secs(absent), lang);
        sentences.push(filled(
            Both::new("first seen in {absent}", "{absent}ぶり"),
            lang,
            &[("absent", absent)],
        ));
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
        _ => behind::subject(facts, reader),
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

/// So short a time ago nobody counts seconds.
const MOMENTS: SignedDuration = SignedDuration::from_mins(1);

fn place(facts: &Facts<'_>, comparison: &Comparison, reader: &Reader) -> Option<Phrase> {
    let lang = reader.lang;
    let here = reader.networks.of(facts.record.source_address()).place();
    // An intruder's own first minutes must not read as what is usual.
    let young = comparison
        .first
        .and_then(|first| Some(facts.record.event_time()?.duration_since(first)))
        .filter(|age| *age < SignedDuration::from_hours(24));
    let known_for =
        comparison.known_for_seconds.map(SignedDuration::from_secs).filter(SignedDuration::is_positive);
    let words = match (comparison.earlier, comparison.from_here, &here) {
        (0, ..) if known_for.is_some() => Both::new(
            "the first {noun} by {actor} in the {known_for} that are known",
            "把握している範囲(過去 {known_for})では、{actor} の初めての{noun}",
        ),
        (0, ..) => Both::new("the first {noun} that is known", "把握している記録では初めての{noun}"),
        (earlier, Some(from_here), Some(_))
            if from_here == earlier && young.is_some_and(|age| age < MOMENTS) =>
        {
            Both::new(
                "nothing to compare with but earlier {noun}s from {here} ({earlier}, all of them moments before)",
                "比較できるのは、同じ場所({here})から直前に行われた{noun} {earlier} 回のみ",
            )
        }
        (earlier, Some(from_here), Some(_)) if from_here == earlier && young.is_some() => Both::new(
            "nothing to compare with but earlier {noun}s from {here} ({earlier}, the first {young} before)",
            "比較できるのは、同じ場所({here})からの{noun} {earlier} 回のみ(最初は {young}前)",
        ),
        (earlier, Some(from_here), Some(_)) if from_here == earlier => Both::new(
            "as before: every earlier {noun} came from {here} too ({earlier})",
            "これまでと同じ場所({here}。過去の{noun} {earlier} 回すべて)",
        ),
        (1..3, Some(0), Some(_)) => Both::new(
            "the first {noun} from {here}[; before that {usual}]",
            "{here} からの{noun}は初めて[(これまでは {usual})]",
        ),
        (_, Some(0), Some(_)) => Both::new(
            "the first {noun} from {here}[; usually {usual} ({count} of the last {earlier})]",
            "{here} からの{noun}は初めて[(普段は {usual}。過去 {earlier} 回中 {count} 回)]",
        ),
        (_, Some(_), Some(_)) => Both::new(
            "{from_here} of the last {earlier} {noun}s came from {here}",
            "過去 {earlier} 回の{noun}のうち {from_here} 回が同じ場所({here})",
        ),
        _ => return None,
    };
    let named = |place: &str| network::short_place(place, lang);
    let known_for = known_for.map(|known_for| time::span(known_for, lang));
    Some(template::fill(words.get(lang), &|key| match key {
        "actor" => Some(who(facts, reader)),
        "noun" => Some(Phrase::ours(noun(facts.kind).get(lang))),
        "earlier" => Some(Phrase::ours(comparison.earlier.to_string())),
        "known_for" => known_for.clone().map(Phrase::ours),
        "young" => young.map(|age| Phrase::ours(time::span(age, lang))),
        "from_here" => comparison.from_here.map(|count| Phrase::ours(count.to_string())),
        "here" => here.as_deref().map(named),
        "usual" => comparison.usual_place.as_ref().map(|(place, _)| named(place)),
        "count" => comparison.usual_place.as_ref().map(|(_, count)| Phrase::ours(count.to_string())),
        _ => None,
    }))
}

/// Said of what is the first of its sort, and not the first that was seen of somebody.
fn first_from_here(facts: &Facts<'_>, reader: &Reader) -> Option<Phrase> {
    let lang = reader.lang;
    let here = reader.networks.of(facts.record.source_address()).place()?;
    let words = Both::new("never before from {here}", "{here} からの操作は初めて");
    Some(template::fill(words.get(lang), &|key| (key == "here").then(|| network::short_place(&here, lang))))
}

/// "at least 8400 km from Japan (JP), where the sign-in 2 h before came from: too far apart to be one traveller; VPNs do this too".
fn travel(facts: &Facts<'_>, comparison: &Comparison, lang: Lang) -> Option<Phrase> {
    let travel = comparison.travel.as_ref()?;
    let between = facts.record.event_time()?.duration_since(travel.at).abs();
    let words = Both::new(
        "at least {kilometres} km from {from}, where the sign-in {between} before came from: too far apart to be one traveller (VPNs do this too)",
        "{between}前のサインインの場所({from})から {kilometres} km 以上離れており、移動したとは考えにくい間隔(VPN 利用時にも起こります)",
    );
    Some(template::fill(words.get(lang), &|key| match key {
        "kilometres" => Some(Phrase::ours(travel.kilometres.to_string())),
        "from" => Some(network::short_place(&travel.from, lang)),
        "between" => Some(Phrase::ours(time::span(between, lang))),
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
