//! `sources`: where events come from.

use std::path::PathBuf;
use std::time::Duration;

use crate::reader::{Fields, Reader, suggestion};
use crate::table::{self, Table};
use crate::watch::{AwsAccess, SourceKind, SourceSettings};
use crate::watch_keys::SOURCES;
use trailbell_yaml::{Node, Plain, Value};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// CloudTrail's Event history keeps 90 days.
const EVENT_HISTORY_KEEPS: Duration = Duration::from_hours(90 * 24);

/// Most bytes of one HTTP request without a word about it: what Amazon Data Firehose sends at most is 64 MiB,
/// its default buffer 5 MiB.
const MAX_BODY: u64 = 6 << 20;

/// Shorter secrets can be guessed.
const GOOD_SECRET_CHARS: usize = 16;

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> Vec<SourceSettings> {
    let mut sources: Vec<SourceSettings> = Vec::new();
    for (name, name_span, body) in reader.entries(node, "`sources`") {
        table::check_name(&name.text, name_span, "source", reader);
        let what = format!("source `{}`", table::shown_name(&name.text));
        let problems_before = reader.problems.len();
        let opened = match &body.value {
            Value::Scalar(_) => alone(body, &what, reader),
            _ => table::open(body, name_span, SOURCES, &[], &what, reader),
        };
        let Some((word, fields)) = opened else { continue };
        let Some(source) = source(word, &mut Table { fields: &fields, reader }) else { continue };
        if reader.problems.len() > problems_before {
            continue;
        }
        if let Some(same) = sources.iter().find(|other| clash(&other.source, &source)) {
            if matches!(source, SourceKind::Stdin | SourceKind::Http { .. }) {
                let message = format!("`{}` already reads from there", same.name);
                reader.problem_with_hint(name_span, message, "only one can; leave one of them out");
            } else {
                let message = format!("{what} is the same as `{}`", same.name);
                reader.warn(
                    name_span,
                    message,
                    "each event is told once all the same; leave one of them out",
                );
            }
        }
        sources.push(SourceSettings { name: name.text.clone(), source });
    }
    sources
}

/// A type that stands alone: `history: event-history`.
fn alone(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<(&'static str, Fields<'static>)> {
    let Value::Scalar(scalar) = &node.value else { return None };
    if scalar.kind() != Plain::Text {
        let words: Vec<&str> = SOURCES.iter().map(|shape| shape.word).collect();
        let hint = format!("write its type, one of {}", words.join(", "));
        reader.problem_with_hint(node.span, format!("{what} is not described"), hint);
        return None;
    }
    let Some(shape) = SOURCES.iter().find(|shape| shape.word == scalar.text) else {
        let words: Vec<&str> = SOURCES.iter().map(|shape| shape.word).collect();
        let hint = suggestion(&scalar.text, &words);
        reader.problem_with_hint(node.span, format!("{what} has a type that there is not"), hint);
        return None;
    };
    if let [first, ..] = shape.required {
        let hint = format!("write {{ type: {}, {first}: … }}", shape.word);
        reader.problem_with_hint(node.span, format!("{what} needs `{first}`"), hint);
        return None;
    }
    Some((shape.word, Fields::default()))
}

fn clash(a: &SourceKind, b: &SourceKind) -> bool {
    match (a, b) {
        (SourceKind::Http { listen: a, .. }, SourceKind::Http { listen: b, .. }) => a == b,
        _ => a == b,
    }
}

fn source(word: &str, table: &mut Table<'_, '_, '_>) -> Option<SourceKind> {
    let every = |table: &mut Table<'_, '_, '_>, least: Duration, default: Duration| {
        table.duration("every", (least, DAY)).unwrap_or(default)
    };
    let first_look = |table: &mut Table<'_, '_, '_>, default: Duration| {
        table.duration("first_look", (MINUTE, EVENT_HISTORY_KEEPS)).unwrap_or(default)
    };
    let source = match word {
        "event-history" => SourceKind::EventHistory {
            aws: aws(table),
            regions: table.list("regions", Reader::region),
            // Two requests a second a region are all that AWS answers: more often brings nothing sooner.
            every: every(table, SECOND * 10, MINUTE),
            first_look: first_look(table, DAY),
        },
        "sqs" => {
            let url = table.text("url");
            let aws = aws(table);
            SourceKind::Sqs { aws, url: url.filter(|url| table.check_http_url("url", url))? }
        }
        "cloudwatch-logs" => {
            let log_group = table.text("log_group");
            let aws = aws(table);
            SourceKind::CloudwatchLogs {
                aws,
                every: every(table, SECOND, SECOND * 30),
                first_look: first_look(table, HOUR),
                log_group: log_group?,
            }
        }
        "kinesis" => {
            let stream = table.text("stream");
            let aws = aws(table);
            let from = table.word("from", &["latest", "oldest"]);
            SourceKind::Kinesis { aws, stream: stream?, from_oldest: from == Some("oldest") }
        }
        "folder" => {
            let path = table.text("path");
            let every = every(table, SECOND, SECOND * 10);
            SourceKind::Folder { path: PathBuf::from(path?), every }
        }
        "http" => return http(table),
        _ => SourceKind::Stdin,
    };
    Some(source)
}

fn http(table: &mut Table<'_, '_, '_>) -> Option<SourceKind> {
    let listen = table.get("listen").and_then(|node| table.reader.listen(node, "`listen`"));
    let path = table.text("path").unwrap_or_else(|| "/".to_owned());
    let path_is_plain =
        path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()) && !path.contains(['?', '#']);
    if !path_is_plain && let Some(node) = table.get("path") {
        table.reader.problem_with_hint(
            node.span,
            "`path` must be the path of a URL",
            "write it as /trailbell",
        );
    }
    let secret = table.secret("secret");
    if let (Some(node), Some(secret)) = (table.get("secret"), &secret)
        && secret.expose().chars().count() < GOOD_SECRET_CHARS
    {
        let message = format!("`secret` is shorter than {GOOD_SECRET_CHARS} characters: it can be guessed");
        table.reader.warn(node.span, message, "make a long random one, such as from openssl rand -hex 24");
    }
    let topics = table.list("topics", |reader, node, what| {
        let arn = reader.text(node, what)?;
        if table::is_topic_arn(&arn) {
            return Some(arn);
        }
        reader.problem_with_hint(
            node.span,
            "This is not the ARN of an SNS topic",
            "write it as arn:aws:sns:us-east-1:123456789012:trail",
        );
        None
    });
    let max_body = table.size("max_body", (1 << 10, 64 << 20)).unwrap_or(MAX_BODY);
    let (listen, loopback) = listen?;
    let guarded = table.get("secret").is_some() || table.get("topics").is_some();
    if !loopback
        && !guarded
        && let Some(node) = table.get("listen")
    {
        table.reader.problem_with_hint(
            node.span,
            "Anybody who reaches this address could make trailbell ring",
            "give it a `secret` or `topics`, or listen at 127.0.0.1",
        );
        return None;
    }
    Some(SourceKind::Http { listen, path, secret, topics, max_body })
}

/// The keys that say how AWS is reached.
pub(crate) fn aws(table: &mut Table<'_, '_, '_>) -> AwsAccess {
    let role = table.text("role");
    if let (Some(node), Some(role)) = (table.get("role"), &role)
        && !(role.starts_with("arn:aws") && role.contains(":iam::") && role.contains(":role/"))
    {
        table.reader.problem_with_hint(
            node.span,
            "This is not the ARN of a role",
            "write it as arn:aws:iam::123456789012:role/NAME",
        );
    }
    let region = table.get("region").and_then(|node| table.reader.region(node, "`region`"));
    let endpoint = table.text("endpoint");
    if let Some(endpoint) = &endpoint {
        table.check_http_url("endpoint", endpoint);
    }
    AwsAccess { profile: table.text("profile"), role, region, endpoint }
}
