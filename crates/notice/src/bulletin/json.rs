//! The one JSON form a bulletin has everywhere: its own fields, beside the same words a notice's JSON has.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use trailbell_text::{Channel, Phrase, Severity};

use super::{Behind, Bulletin, Line};
use crate::advice::Step;
use crate::facts::Reader;
use crate::lang::Lang;

impl Bulletin {
    /// One object. `type` is `bulletin` and `bulletin` says which; its fields are those of [`Bulletin`], counts by
    /// severity and lists of things spelled out. Values of others are whole: whoever writes it out escapes what acts.
    pub fn json(&self, reader: &Reader) -> Value {
        let lang = reader.lang;
        let page = self.page(reader);
        // It holds nothing that JSON cannot: this never fails.
        let mut object = match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            _ => Map::new(),
        };
        self.spell_out(&mut object, lang);
        // As in a notice: nothing to do for whoever recognises it.
        let is_calm = !page.calm_is_urgent && (page.calm.is_some() || page.steps.is_empty());
        let text = |phrase: &Phrase| phrase.render(Channel::Plain);
        let words = [
            ("schema", json!(1)),
            ("type", json!("bulletin")),
            ("severity", json!(page.severity)),
            ("lang", json!(lang)),
            ("headline", json!(text(&page.headline))),
            ("one_line", json!(page.one_line.render(Channel::Header))),
            ("calm", json!(is_calm)),
            ("advice", page.steps.iter().map(advice).collect()),
            ("details", json!(page.details)),
        ];
        object.extend(words.map(|(key, value)| (key.to_owned(), value)));
        Value::Object(object)
    }

    /// Names in the place of positions, and sentences in the place of their pieces.
    fn spell_out(&self, object: &mut Map<String, Value>, lang: Lang) {
        let mut set = |key: &str, value: Value| object.insert(key.to_owned(), value);
        match self {
            Self::Summary { items, .. } | Self::Session { items, .. } => {
                set("items", lines(items, lang));
            }
            Self::Alarm(alarm) => {
                set("events", alarm.events.iter().map(|event| behind(event, lang)).collect());
                let filter =
                    |(group, pattern): &(String, String)| json!({"log_group": group, "pattern": pattern});
                set("filters", alarm.filters.iter().map(filter).collect());
                let other =
                    |(at, message): &(Option<Timestamp>, String)| json!({"time": at, "message": message});
                set("others", alarm.others.iter().map(other).collect());
                set("window", json!(alarm.window.map(|(from, until)| json!({"from": from, "until": until}))));
            }
            Self::RuleAlarm(rung) => {
                set("what", json!(lang.of(&rung.what).render(Channel::Plain)));
                set("events", rung.events.iter().map(|event| behind(event, lang)).collect());
                let point = |(at, value): &(Timestamp, Option<f64>)| json!({"time": at, "value": value});
                set("datapoints", rung.datapoints.iter().map(point).collect());
                let one = |(who, count): &(String, u64)| json!({"principal": who, "count": count});
                set("who", rung.who.iter().map(one).collect());
                set("span", json!(rung.span.map(|(from, until)| json!({"from": from, "until": until}))));
            }
            Self::Digest { items, counts, .. } => {
                set("items", lines(items, lang));
                set("counts", by_severity(counts));
            }
            Self::Failures { addresses, .. } => {
                let one = |(address, count): &(String, u64)| json!({"address": address, "count": count});
                set("addresses", addresses.iter().map(one).collect());
            }
            Self::AllIsWell { notices, sources, channels, .. } => {
                set("notices", by_severity(notices));
                let sources = sources
                    .iter()
                    .map(|(name, newest, events)| json!({"name": name, "newest": newest, "events": events}));
                set("sources", sources.collect());
                let channels = channels.iter().map(|(name, sent)| json!({"name": name, "sent": sent}));
                set("channels", channels.collect());
            }
            _ => {}
        }
    }
}

fn by_severity(counts: &[u64; 5]) -> Value {
    Severity::ALL
        .iter()
        .zip(counts)
        .map(|(severity, count)| (severity.word().to_owned(), json!(count)))
        .collect()
}

fn lines(items: &[Line], lang: Lang) -> Value {
    items.iter().map(|item| line(item, lang)).collect()
}

fn behind(event: &Behind, lang: Lang) -> Value {
    let mut object = line(&event.line, lang);
    object["source_ip"] = json!(event.address);
    object
}

fn line(item: &Line, lang: Lang) -> Value {
    json!({
        "severity": item.severity,
        "kind": item.kind,
        "outcome": item.outcome,
        "event_time": item.time,
        "event_id": item.event_id,
        "account": item.account,
        "headline": lang.of(&item.headline).render(Channel::Plain),
    })
}

fn advice(step: &Step) -> Value {
    let commands: Vec<&str> = step.commands.iter().map(|command| command.line.as_str()).collect();
    json!({"text": step.text.render(Channel::Plain), "commands": commands})
}
