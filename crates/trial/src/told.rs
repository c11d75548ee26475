//! A test of rules and messages: events, and what is told of them.

use jiff::Timestamp;
use trailbell_detect::RuleExplanation;
use trailbell_engine::{Replay, replay, subject};
use trailbell_notice::render::{Colour, terminal};
use trailbell_notice::{Bulletin, Lang, Page, Ringing};
use trailbell_record::{Actor, Record};
use trailbell_text::{Channel, Kind, Severity, Span};
use trailbell_yaml::{Fields, Node, Plain, Reader, Value, suggestion};

use crate::events;
use crate::file::House;
use crate::outcome::Difference;
use crate::words::{any_text, required, time};

pub(crate) const KEYS: &[&str] = &["name", "event", "events", "file", "times", "lang", "expect"];
const EXPECT: &[&str] = &["rules", "severity", "kind", "notices", "headline", "contains", "lacks", "alarms"];
const RINGS: &[(&str, Ringing)] =
    &[("began", Ringing::Began), ("goes on", Ringing::GoesOn), ("over", Ringing::Over)];

/// Events that are shown and explained one by one.
const SHOWN: usize = 5;
/// Characters of an event that are shown.
const SHOWN_CHARACTERS: usize = 2_000;

#[derive(Debug)]
pub(crate) struct ToldTest {
    records: Vec<Record>,
    lang: Option<Lang>,
    expected: Expected,
}

/// What is expected; what is not said may be anything.
#[derive(Debug, Default)]
struct Expected {
    rules: Option<Vec<String>>,
    notices: Option<usize>,
    alarms: Option<Vec<Ring>>,
    message: Message,
}

/// What one of the messages must be, all of it.
#[derive(Debug, Default)]
struct Message {
    severity: Option<Severity>,
    kind: Option<Kind>,
    headline: Option<String>,
    contains: Vec<String>,
    lacks: Vec<String>,
}

/// That an alarm has something to say.
#[derive(Debug)]
struct Ring {
    rule: String,
    news: Option<Ringing>,
    at: Option<Timestamp>,
}

/// A message that was made.
struct Made {
    kind: Option<Kind>,
    severity: Severity,
    headline: String,
    text: String,
}

impl ToldTest {
    pub(crate) fn read(
        fields: &Fields<'_>,
        span: Span,
        house: &House,
        file: &dyn Fn(&str) -> Result<Vec<Record>, String>,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let records = events::read(fields, span, file, reader);
        let lang = match fields.get("lang") {
            Some(node) => Some(match reader.word(node, &["en", "ja"], "`lang`")? {
                "ja" => Lang::Ja,
                _ => Lang::En,
            }),
            None => None,
        };
        let hint = "say what must be told, such as expect: { rules: [iam-change] }, or expect: nothing";
        let expected = required(fields, "expect", span, hint, reader)
            .and_then(|node| Expected::read(node, house, reader));
        Some(Self { records: records?, lang, expected: expected? })
    }

    pub(crate) fn input(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .records
            .iter()
            .take(SHOWN)
            .map(|record| {
                let text = record.json().to_string();
                match text.char_indices().nth(SHOWN_CHARACTERS) {
                    Some((cut, _)) => format!("event  {}…", text.get(..cut).unwrap_or_default()),
                    None => format!("event  {text}"),
                }
            })
            .collect();
        if self.records.len() > SHOWN {
            lines.push(format!("and {} more events", self.records.len() - SHOWN));
        }
        lines
    }

    pub(crate) fn run(&self, house: &House) -> (Vec<Difference>, Vec<String>) {
        let reader =
            trailbell_engine::reader(&house.settings, self.lang.unwrap_or(house.lang), house.zone.clone());
        let told = replay(&self.records, &house.rules, &house.settings, &reader);
        let page = |kind, page: &Page| Made {
            kind,
            severity: page.severity,
            headline: page.headline.render(Channel::Terminal),
            text: terminal(page, Colour::Off),
        };
        let notices = told.notices.iter().map(|notice| page(Some(notice.kind), &notice.page()));
        let alarms = told
            .alarms
            .iter()
            .map(|rung| page(None, &Bulletin::RuleAlarm(Box::new(rung.clone())).page(&reader)));
        let made: Vec<Made> = notices.chain(alarms).collect();
        let mut differences = Vec::new();
        self.expected.compare_rules(&met(&self.records, house, &told), &mut differences);
        if let Some(expected) = self.expected.notices.filter(|expected| *expected != told.notices.len()) {
            differences.push(Difference::new(
                "notices",
                expected.to_string(),
                told.notices.len().to_string(),
            ));
        }
        self.expected.compare_alarms(&told, &mut differences);
        differences.extend(self.expected.message.differences(&made));
        (differences, self.trace(house, &told, &made))
    }

    /// What each rule that met an event, or should have, looked at in it; then what was told.
    fn trace(&self, house: &House, told: &Replay, made: &[Made]) -> Vec<String> {
        let mut lines = Vec::new();
        let asked = self.expected.rules.as_deref().unwrap_or_default();
        let rings = self.expected.alarms.as_deref().unwrap_or_default();
        for record in self.records.iter().take(SHOWN) {
            lines.push(format!(
                "{} ({}) at {}",
                record.event_name(),
                record.event_source(),
                record.text(&["eventTime"]).unwrap_or("no time")
            ));
            let of_interest = |explanation: &RuleExplanation| {
                let name = explanation.rule.as_str();
                (explanation.matched && explanation.enabled)
                    || asked.iter().any(|asked| asked == name)
                    || rings.iter().any(|ring| ring.rule == name)
            };
            let explanations: Vec<RuleExplanation> =
                house.rules.explain(record).into_iter().filter(of_interest).collect();
            if explanations.is_empty() {
                lines.push("  no rule meets it".to_owned());
            }
            for explanation in explanations {
                let verdict = match (explanation.matched, explanation.severity) {
                    (true, Some(severity)) => format!("met ({severity})"),
                    (true, None) => "met".to_owned(),
                    (false, _) => "not met".to_owned(),
                };
                let off = if explanation.enabled { "" } else { ", but the rule is off" };
                lines.push(format!("  {}: {verdict}{off}", explanation.rule));
                lines.extend(
                    explanation.facts.iter().map(|fact| format!("    {}", fact.render(Channel::Terminal))),
                );
                if explanation.matched && is_ignored(record, explanation.rule.as_str(), house) {
                    lines.push("    quieted by an `ignore` entry".to_owned());
                }
            }
        }
        lines.extend(told.completed.iter().map(|rule| format!("the events complete the correlation {rule}")));
        for made in made {
            lines.push(format!("told [{}]: {}", made.severity, made.headline));
        }
        lines.extend(
            told.alarms
                .iter()
                .map(|rung| format!("{} {} at {}: {}", rung.rule, news(rung.news), rung.at, rung.reason)),
        );
        let summary = &told.summary;
        for (count, what) in [
            (summary.folded, "told inside another notice"),
            (summary.counted, "counted for correlations or alarms alone"),
            (summary.ignored, "quieted by `ignore`"),
            (summary.duplicates, "there more than once"),
        ] {
            if count > 0 {
                lines.push(format!("{count} of the events: {what}"));
            }
        }
        if made.is_empty() {
            lines.push("nothing is told".to_owned());
        }
        lines
    }
}

impl Expected {
    fn read(node: &Node, house: &House, reader: &mut Reader<'_>) -> Option<Self> {
        if let Value::Scalar(_) = &node.value {
            reader.word(node, &["nothing"], "`expect`")?;
            return Some(Self { notices: Some(0), alarms: Some(Vec::new()), ..Self::default() });
        }
        let before = reader.problems.len();
        let fields = reader.fields(node, EXPECT, "`expect`");
        let own = house.settings.own_rules.iter().map(|rule| rule.name.as_str());
        let rules: Vec<&str> = trailbell_detect::BUILTIN_RULES.iter().copied().chain(own).collect();
        let word = |key: &str, words: &'static [&'static str], reader: &mut Reader<'_>| {
            fields.get(key).and_then(|node| reader.word(node, words, &format!("`{key}`")))
        };
        let expected = Self {
            rules: fields.get("rules").map(|node| {
                let items = reader.items(node, "`rules`");
                items.iter().filter_map(|item| rule(item, &rules, reader)).collect()
            }),
            notices: fields.get("notices").and_then(|node| count(node, reader)),
            alarms: fields.get("alarms").map(|node| {
                let items = reader.items(node, "`alarms`");
                items.iter().filter_map(|item| ring(item, &rules, house, reader)).collect()
            }),
            message: Message {
                severity: word("severity", Severity::WORDS, reader).and_then(|word| word.parse().ok()),
                kind: word("kind", Kind::WORDS, reader).and_then(|word| word.parse().ok()),
                headline: fields
                    .get("headline")
                    .and_then(|node| any_text(node, "`headline`", "put it in quotes", reader))
                    .map(str::to_owned),
                contains: fields
                    .get("contains")
                    .map(|node| texts_of(node, "`contains`", reader))
                    .unwrap_or_default(),
                lacks: fields.get("lacks").map(|node| texts_of(node, "`lacks`", reader)).unwrap_or_default(),
            },
        };
        if let Value::Mapping(pairs) = &node.value
            && pairs.is_empty()
        {
            reader.problem_with_hint(
                node.span,
                "Nothing is said about what is expected",
                format!("known here: {}", EXPECT.join(", ")),
            );
        }
        (reader.problems.len() == before).then_some(expected)
    }

    fn compare_rules(&self, met: &[String], differences: &mut Vec<Difference>) {
        let Some(rules) = &self.rules else { return };
        let mut expected = rules.clone();
        expected.sort_unstable();
        expected.dedup();
        if expected != met {
            differences.push(Difference::new("rules", list(&expected), list(met)));
        }
    }

    fn compare_alarms(&self, told: &Replay, differences: &mut Vec<Difference>) {
        let Some(alarms) = &self.alarms else { return };
        let same = alarms.len() == told.alarms.len()
            && alarms.iter().zip(&told.alarms).all(|(ring, rung)| {
                ring.rule == rung.rule
                    && ring.news.is_none_or(|news| news == rung.news)
                    && ring.at.is_none_or(|at| at == rung.at)
            });
        if !same {
            let expected: Vec<String> = alarms
                .iter()
                .map(|ring| {
                    let said = ring.news.map_or_else(String::new, |said| format!(" {}", news(said)));
                    let at = ring.at.map_or_else(String::new, |at| format!(" at {at}"));
                    format!("{}{said}{at}", ring.rule)
                })
                .collect();
            let got: Vec<String> = told
                .alarms
                .iter()
                .map(|rung| format!("{} {} at {}", rung.rule, news(rung.news), rung.at))
                .collect();
            differences.push(Difference::new("alarms", list(&expected), list(&got)));
        }
    }
}

impl Message {
    /// What is not so in the message that comes nearest.
    fn differences(&self, made: &[Made]) -> Vec<Difference> {
        if self.is_about_nothing() {
            return Vec::new();
        }
        let nearest = made.iter().map(|made| self.differences_of(made)).min_by_key(Vec::len);
        nearest.unwrap_or_else(|| vec![Difference::new("message", "a notice", "nothing is told")])
    }

    fn is_about_nothing(&self) -> bool {
        self.severity.is_none()
            && self.kind.is_none()
            && self.headline.is_none()
            && self.contains.is_empty()
            && self.lacks.is_empty()
    }

    fn differences_of(&self, made: &Made) -> Vec<Difference> {
        let mut differences = Vec::new();
        if let Some(severity) = self.severity.filter(|severity| *severity != made.severity) {
            differences.push(Difference::new("severity", severity.word(), made.severity.word()));
        }
        if let Some(kind) = self.kind.filter(|kind| Some(*kind) != made.kind) {
            differences.push(Difference::new(
                "kind",
                kind.word(),
                made.kind.map_or("an alarm of a rule", Kind::word),
            ));
        }
        if let Some(headline) =
            self.headline.as_ref().filter(|headline| bare(headline) != bare(&made.headline))
        {
            differences.push(Difference::new("headline", headline, &made.headline));
        }
        let text = bare(&made.text);
        for part in self.contains.iter().filter(|part| !text.contains(&bare(part))) {
            differences.push(Difference::new("contains", part, one_line(&made.text)));
        }
        for part in self.lacks.iter().filter(|part| text.contains(&bare(part))) {
            differences.push(Difference::new("lacks", format!("nothing of: {part}"), one_line(&made.text)));
        }
        differences
    }
}

/// A text without its blanks: where a message's lines end depends on their length.
fn bare(text: &str) -> String {
    text.split_whitespace().collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

fn news(ringing: Ringing) -> &'static str {
    RINGS.iter().find(|(_, known)| *known == ringing).map_or("", |(word, _)| word)
}

/// The rules that meet one of the records and are not quieted for it, and the correlations that were told, sorted.
fn met(records: &[Record], house: &House, told: &Replay) -> Vec<String> {
    let mut met: Vec<String> = records
        .iter()
        .filter_map(|record| {
            house.rules.inspect_with(record, |rule| !is_ignored(record, rule.as_str(), house))
        })
        .flat_map(|detection| detection.rules)
        .map(|rule| rule.as_str().to_owned())
        .chain(told.completed.iter().cloned())
        .collect();
    met.sort_unstable();
    met.dedup();
    met
}

fn is_ignored(record: &Record, rule: &str, house: &House) -> bool {
    let actor = Actor::of(record);
    house.settings.ignored_by(&subject(record, &actor, &house.zone), rule).is_some()
}

fn rule(node: &Node, rules: &[&str], reader: &mut Reader<'_>) -> Option<String> {
    let name = any_text(node, "a rule", "write its name", reader)?;
    if rules.contains(&name) {
        return Some(name.to_owned());
    }
    reader.problem_with_hint(node.span, format!("There is no rule `{name}`"), suggestion(name, rules));
    None
}

fn ring(node: &Node, rules: &[&str], house: &House, reader: &mut Reader<'_>) -> Option<Ring> {
    let fields = reader.fields(node, &["rule", "rings", "at"], "an alarm");
    let words: Vec<&str> = RINGS.iter().map(|(word, _)| *word).collect();
    let name = required(&fields, "rule", node.span, "name the rule whose alarm it is", reader);
    let said = fields.get("rings").map(|node| reader.word(node, &words, "`rings`"));
    let at = match fields.get("at") {
        Some(node) => Some(time(node, "`at`", reader)?),
        None => None,
    };
    let name_node = name?;
    let rule = rule(name_node, rules, reader)?;
    if house.settings.alarm_of(&rule).is_none() {
        let hint = "give it one in the settings: alarm: { threshold: 5 }";
        reader.problem_with_hint(name_node.span, format!("The rule `{rule}` has no alarm"), hint);
        return None;
    }
    let said = said.map(|word| RINGS.iter().find(|(known, _)| Some(*known) == word).map(|(_, news)| *news));
    Some(Ring { rule, news: said.flatten(), at })
}

/// A text, or several.
fn texts_of(node: &Node, what: &str, reader: &mut Reader<'_>) -> Vec<String> {
    if let Value::Scalar(scalar) = &node.value {
        return vec![scalar.text.clone()];
    }
    let items = reader.items(node, what);
    items
        .iter()
        .filter_map(|item| any_text(item, what, "put it in quotes", reader))
        .map(str::to_owned)
        .collect()
}

fn count(node: &Node, reader: &mut Reader<'_>) -> Option<usize> {
    let count = match &node.value {
        Value::Scalar(scalar) if scalar.kind() == Plain::Number => scalar.text.parse().ok(),
        _ => None,
    };
    if count.is_none() {
        reader.problem(node.span, "`notices` must be a number");
    }
    count
}
