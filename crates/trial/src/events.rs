//! The events of a test: written in place, or in a file of any form CloudTrail comes in.

use jiff::Timestamp;
use trailbell_json::Json;
use trailbell_record::{Contents, Event, Limits, Problem, Record, Sink, Skipped};
use trailbell_text::Span;
use trailbell_yaml::{Fields, JsonText, Node, Reader, Value};

use crate::words::time;

/// Events one test may have.
pub(crate) const MOST_EVENTS: usize = 100_000;

/// Reads `event`, `events` or `file`, and `times`. `file` is how a file's events are had.
pub(crate) fn read(
    fields: &Fields<'_>,
    span: Span,
    file: &dyn Fn(&str) -> Result<Vec<Record>, String>,
    reader: &mut Reader<'_>,
) -> Option<Vec<Record>> {
    let given: Vec<&Node> = ["event", "events", "file"].iter().filter_map(|key| fields.get(key)).collect();
    if let [_, second, ..] = given.as_slice() {
        let hint = "a test has one of `event`, `events` and `file`";
        reader.problem_with_hint(second.span, "The events are given twice", hint);
        return None;
    }
    let records = if let Some(node) = fields.get("event") {
        written(node, reader)?
    } else if let Some(node) = fields.get("events") {
        let before = reader.problems.len();
        let mut records = Vec::new();
        for item in reader.items(node, "`events`") {
            records.extend(written(item, reader).unwrap_or_default());
        }
        if reader.problems.len() > before {
            return None;
        }
        records
    } else if let Some(node) = fields.get("file") {
        let path = &reader.scalar(node, "`file`")?.text;
        match file(path) {
            Ok(records) => records,
            Err(message) => {
                reader.problem(node.span, message);
                return None;
            }
        }
    } else {
        reader.problem_with_hint(span, "There is no `event`", "give an event, events, or a file of them");
        return None;
    };
    let Some(node) = fields.get("times") else { return Some(records) };
    let before = reader.problems.len();
    let times: Vec<Timestamp> =
        reader.items(node, "`times`").iter().filter_map(|node| time(node, "a time", reader)).collect();
    if reader.problems.len() > before {
        return None;
    }
    if records.len().saturating_mul(times.len()) > MOST_EVENTS {
        reader.problem(node.span, format!("A test has at most {MOST_EVENTS} events"));
        return None;
    }
    Some(times.iter().flat_map(|at| records.iter().map(|record| moved(record, *at))).collect())
}

/// What is written in the file of tests: CloudTrail's JSON in YAML's or in its own spelling, as a text. Any form it comes in
/// will do; what is none is taken for the event itself, so that a test need not write more of it than matters.
fn written(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<Record>> {
    let text = match &node.value {
        Value::Scalar(_) => reader.scalar(node, "an event")?.text.clone(),
        _ => JsonText::of(node, reader)?.into_string(),
    };
    let mut collect = Collect::default();
    let contents = trailbell_record::Reader::new(Limits::default()).read_bytes(text.as_bytes(), &mut collect);
    if contents == Contents::CloudTrail && !collect.records.is_empty() && collect.problem.is_none() {
        return Some(collect.records);
    }
    match Json::parse(&text) {
        Ok(json) if json.as_object().is_some() && collect.records.is_empty() => Some(vec![Record::new(json)]),
        Ok(_) => {
            let hint = "write one event as CloudTrail has it, or a form CloudTrail delivers";
            reader.problem_with_hint(node.span, "This is no event", hint);
            None
        }
        Err(error) => {
            reader.problem_with_hint(
                node.span,
                format!("This is no JSON: {error}"),
                "write an event as CloudTrail has it",
            );
            None
        }
    }
}

/// The same event at another time, with an id of its own.
fn moved(record: &Record, at: Timestamp) -> Record {
    let own = [
        ("eventTime", at.to_string()),
        ("eventID", format!("{}-{at}", record.event_id().unwrap_or("event"))),
    ];
    let members = record.json().as_object().unwrap_or_default();
    let kept =
        members.iter().filter(|(key, _)| own.iter().all(|(own, _)| own != key) && key != "sharedEventID");
    let members = kept
        .cloned()
        .chain(own.iter().map(|(key, value)| ((*key).to_owned(), Json::String(value.clone()))))
        .collect();
    Record::new(Json::Object(members))
}

#[derive(Default)]
struct Collect {
    records: Vec<Record>,
    problem: Option<String>,
}

impl Sink for Collect {
    fn event(&mut self, event: Event<'_>) {
        match event.record() {
            Ok(record) => self.records.push(record),
            Err(error) => self.problem = Some(error.to_string()),
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.problem = Some(problem.message);
    }

    fn skipped(&mut self, _: Skipped) {}
}
