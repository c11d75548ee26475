//! What a correlation counted when the event came that completed it, in words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::{BothPhrases, Phrase, Untrusted};

use crate::facts::{Reader, Rule, SigmaRule};
use crate::lang::{Both, Lang};
use crate::{template, time, words};

/// Correlations that one notice says everything of; the rest are counted.
const SHOWN: usize = 2;
/// Fields of a group that are shown.
const FIELDS: usize = 3;

/// What a correlation counted. Kept as JSON with a notice, so a field that is added later has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlated {
    /// What it counts.
    pub what: CountedWhat,
    /// How many.
    pub count: u64,
    /// The fields of which different values were counted.
    #[serde(default)]
    pub fields: Vec<Untrusted>,
    /// The fields it groups by, and the values that all it counted have there.
    #[serde(default)]
    pub group: Vec<(Untrusted, Untrusted)>,
    /// The time of the first that was counted.
    pub first: Timestamp,
    /// The time of the last.
    pub last: Timestamp,
}

/// What a correlation counts, by the words Sigma has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedWhat {
    /// Events.
    EventCount,
    /// Different values of a field.
    ValueCount,
    /// Different rules.
    Temporal,
    /// Different rules in their order.
    TemporalOrdered,
}

/// A sentence each, at most two.
pub(crate) fn sentences(rules: &[Rule], reader: &Reader) -> Vec<Phrase> {
    let all: Vec<(&SigmaRule, &Correlated)> = correlated(rules).collect();
    let mut lines: Vec<Phrase> =
        all.iter().take(SHOWN).map(|(rule, correlated)| sentence(rule, correlated, reader)).collect();
    if all.len() > SHOWN {
        let more = (all.len() - SHOWN).to_string();
        let words = reader.lang.pick(["", " more correlations"], ["ほかに相関ルール ", " 件"]);
        lines.push(Phrase::ours(words.join(&more)));
    }
    lines
}

/// What is counted and how many of the first of them: `5 events`.
pub(crate) fn short(rules: &[Rule], lang: Lang) -> Option<Phrase> {
    correlated(rules).next().map(|(_, correlated)| counted(correlated, lang))
}

/// A headline with the sentence of the first of them behind it, for where there is no other place for it.
pub(crate) fn behind(headlines: BothPhrases, rules: &[Rule], reader: &Reader) -> BothPhrases {
    let Some((rule, correlated)) = correlated(rules).next() else { return headlines };
    let joined = |mut headline: Phrase, lang: Lang| {
        headline.push(lang.pick(" ", ""));
        headline.append(sentence(rule, correlated, &Reader { lang, ..reader.clone() }));
        headline.push(lang.pick(".", "。"));
        headline
    };
    BothPhrases { en: joined(headlines.en, Lang::En), ja: joined(headlines.ja, Lang::Ja) }
}

fn correlated(rules: &[Rule]) -> impl Iterator<Item = (&SigmaRule, &Correlated)> {
    rules
        .iter()
        .filter_map(|rule| rule.sigma.as_ref())
        .filter_map(|rule| Some((rule, rule.correlated.as_ref()?)))
}

/// `Many refusals: 5 events in about 4 min, between 21:31 and 21:35 JST, userIdentity.userName = alice`.
fn sentence(rule: &SigmaRule, correlated: &Correlated, reader: &Reader) -> Phrase {
    let lang = reader.lang;
    let Correlated { first, last, .. } = *correlated;
    let value = |key: &str| match key {
        "title" => words::known(&rule.title),
        "counted" => Some(counted(correlated, lang)),
        "span" => (first != last).then(|| Phrase::ours(time::span(last.duration_since(first), lang))),
        "time" => Some(Phrase::ours(time::between(first, last, &reader.time_zone, lang))),
        "group" => Some(group(&correlated.group, lang)).filter(|group| !group.is_empty()),
        _ => None,
    };
    template::fill(
        lang.pick(
            "[{title}: ]{counted}[ in about {span}], {time}[, {group}]",
            "[{title}: ]{time} {counted}[(約 {span}の間)][、{group}]",
        ),
        &value,
    )
}

fn counted(correlated: &Correlated, lang: Lang) -> Phrase {
    let one = correlated.count == 1;
    let words = match correlated.what {
        CountedWhat::EventCount if one => Both::new("{count} event", "{count} 件のイベント"),
        CountedWhat::EventCount => Both::new("{count} events", "{count} 件のイベント"),
        CountedWhat::ValueCount if one => {
            Both::new("{count} value of {fields}", "{fields} の値が {count} 種類")
        }
        CountedWhat::ValueCount => {
            Both::new("{count} different values of {fields}", "{fields} の値が {count} 種類")
        }
        CountedWhat::Temporal if one => Both::new("{count} rule met", "{count} 種類のルールに一致"),
        CountedWhat::Temporal => Both::new("{count} different rules met", "{count} 種類のルールに一致"),
        CountedWhat::TemporalOrdered => {
            Both::new("{count} rules met in their order", "{count} 種類のルールに順番どおり一致")
        }
    };
    template::fill(words.get(lang), &|key| match key {
        "count" => Some(Phrase::ours(correlated.count.to_string())),
        "fields" => {
            let mut fields = Phrase::new();
            for (nth, field) in correlated.fields.iter().take(FIELDS).enumerate() {
                if nth > 0 {
                    fields.push(lang.pick(", ", "、"));
                }
                fields.push(field.clone());
            }
            Some(fields).filter(|fields| !fields.is_empty())
        }
        _ => None,
    })
}

fn group(group: &[(Untrusted, Untrusted)], lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    for (nth, (field, value)) in group.iter().take(FIELDS).enumerate() {
        if nth > 0 {
            phrase.push(lang.pick(", ", "、"));
        }
        phrase.push(field.clone()).push(" = ").push(value.clone());
    }
    if group.len() > FIELDS {
        let more = (group.len() - FIELDS).to_string();
        phrase.push_ours(lang.pick([" and ", " more"], ["、ほか ", " 件"]).join(&more));
    }
    phrase
}
