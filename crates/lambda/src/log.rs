//! What the function says of itself: one JSON object a line, as CloudWatch Logs likes it. What is hostile has been through an escaper.

use std::io::{self, Write as _};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use trailbell_engine::{Condition, Counts, Observer, SourceState};
use trailbell_outbox::{Failure, LedgerError};
use trailbell_text::{Channel, MAX_SHOWN_CHARS, Untrusted};

/// How grave a line is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    Info,
    Warn,
    Error,
}

/// Writes a line.
pub(crate) fn say(level: Level, message: &str) {
    let level = match level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    let line = json!({ "level": level, "message": shown(message) });
    // Nothing is left to be done about a log that cannot be written to.
    let _ = writeln!(io::stdout(), "{line}");
}

/// Counts something as a metric of CloudWatch's: a log line in the embedded metric format, of which CloudWatch Logs makes the
/// metric by itself, in the namespace `trailbell`, by the function's name.
pub(crate) fn count(metric: &str) {
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    let line = json!({
        "_aws": {
            "Timestamp": Timestamp::now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": "trailbell", "Dimensions": [["FunctionName"]],
                "Metrics": [{ "Name": metric, "Unit": "Count" }],
            }],
        },
        "FunctionName": name,
        metric: 1,
    });
    // As above.
    let _ = writeln!(io::stdout(), "{line}");
}

/// A text with its advice at the end: longer than one value may be, but no book.
pub(crate) fn shown(text: &str) -> String {
    const PARTS: usize = 10;
    let chars: Vec<char> = text.chars().collect();
    let part = |part: &[char]| Untrusted::from(part.iter().collect::<String>()).render(Channel::Terminal);
    let shown: String = chars.chunks(MAX_SHOWN_CHARS).take(PARTS).map(part).collect();
    if chars.len() > PARTS * MAX_SHOWN_CHARS { shown + "…" } else { shown }
}

/// Watches the watch, in lines.
#[derive(Debug)]
pub(crate) struct Lines;

impl Observer for Lines {
    fn round(&self, _: &[SourceState], _: &Counts) {}

    fn ledger(&self, trouble: Option<&LedgerError>) {
        if let Some(trouble) = trouble {
            say(Level::Warn, &trouble.message);
        }
    }

    fn kept(&self, _: &trailbell_outbox::Counts) {}

    fn attempt(
        &self,
        channel: &str,
        outcome: Result<(), &Failure>,
        took: Duration,
        delay: Option<SignedDuration>,
    ) {
        match outcome {
            Ok(()) => {
                let delay = delay
                    .map_or_else(String::new, |delay| format!(", {} s after the event", delay.as_secs()));
                say(Level::Info, &format!("{channel}: sent in {} ms{delay}", took.as_millis()));
            }
            Err(failure) => say(Level::Warn, &format!("{channel}: not sent: {}", failure.message)),
        }
    }

    fn given_up(&self, channel: &str) {
        say(
            Level::Error,
            &format!(
                "{channel}: a message is given up; it goes to the dead-letter queue, where there is one"
            ),
        );
    }

    fn probed(&self, _: &str, _: Result<&[String], &Failure>) {}

    fn condition(&self, _: &str, _: &Condition) {}

    fn problem(&self, source: &str, label: &str, problem: &str) {
        say(Level::Warn, &format!("{source}: {label}: {problem}"));
    }
}
