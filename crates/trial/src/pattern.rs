//! A test of a filter pattern, an event pattern or a Sigma rule: whether it matches an event, or is refused.

use trailbell_detect::{Condition, explain_condition};
use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_sigma::Document;
use trailbell_text::{Channel, Diagnostic, Span};
use trailbell_yaml::{Fields, JsonText, Node, Reader, Value};

use crate::outcome::Difference;
use crate::words::{any_text, required};

pub(crate) const FILTER_KEYS: &[&str] = &["name", "filter", "event", "expect"];
pub(crate) const EVENT_PATTERN_KEYS: &[&str] = &["name", "event-pattern", "event", "expect"];
pub(crate) const SIGMA_KEYS: &[&str] = &["name", "sigma", "event", "expect"];

const MATCH: &str = "match";
const NO_MATCH: &str = "no match";
const ERROR: &str = "error";

#[derive(Debug)]
pub(crate) struct PatternTest {
    language: Language,
    pattern: String,
    /// The event's text, as CloudWatch Logs, EventBridge or CloudTrail has it.
    event: Option<String>,
    expected: &'static str,
}

/// The language a pattern is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Filter,
    Event,
    Sigma,
}

impl Language {
    const fn key(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Event => "event-pattern",
            Self::Sigma => "sigma",
        }
    }

    fn parse(self, text: &str) -> Result<Condition, Diagnostic> {
        match self {
            Self::Filter => {
                Pattern::parse(text).map(Into::into).map_err(trailbell_filter_pattern::Error::into_diagnostic)
            }
            Self::Event => EventPattern::parse(text)
                .map(Into::into)
                .map_err(trailbell_event_pattern::Error::into_diagnostic),
            Self::Sigma => sigma(text),
        }
    }

    /// What is said of one that is taken.
    const fn taken(self) -> &'static str {
        match self {
            Self::Filter | Self::Event => "the pattern is one that AWS takes",
            Self::Sigma => "the rule is one that is understood",
        }
    }
}

/// The one rule of a text.
fn sigma(text: &str) -> Result<Condition, Diagnostic> {
    let parsed = trailbell_sigma::parse(text);
    if let Some(problem) = parsed.problems.into_iter().next() {
        return Err(problem);
    }
    let mut documents = parsed.documents.into_iter();
    let message = match (documents.next(), documents.next()) {
        (Some(Document::Rule(rule)), None) => return Ok(rule.into()),
        (None, _) => "There is no rule here",
        (Some(Document::Correlation(_)), _) => {
            "A correlation asks for several events, and this test gives one: put it and its rules under `rules`, and test `events`"
        }
        (Some(Document::Rule(_)), Some(_)) => "There are several documents here, and a test is of one rule",
    };
    Err(Diagnostic::new(message, Span { start: 0, end: text.len().min(1) }))
}

impl PatternTest {
    pub(crate) fn read(
        language: Language,
        fields: &Fields<'_>,
        span: Span,
        node: &Node,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let pattern = match language {
            Language::Filter => {
                let hint = "YAML reads its brackets; put the whole pattern in single quotes";
                any_text(node, "`filter`", hint, reader).map(str::to_owned)
            }
            Language::Event | Language::Sigma => text_or_json(node, reader),
        };
        let expected = required(fields, "expect", span, "write match, no match or error", reader)
            .and_then(|node| reader.word(node, &[MATCH, NO_MATCH, ERROR], "`expect`"));
        let event = match fields.get("event") {
            Some(node) => Some(text_or_json(node, reader)?),
            None if expected == Some(ERROR) => None,
            None => {
                let hint = match language {
                    Language::Filter => "give the log event: a text, or JSON",
                    Language::Event => "give the event EventBridge has: source, detail-type, detail ...",
                    Language::Sigma => {
                        "give the record as CloudTrail writes it: eventSource, eventName, userIdentity ..."
                    }
                };
                required(fields, "event", span, hint, reader)?;
                None
            }
        };
        Some(Self { language, pattern: pattern?, event, expected: expected? })
    }

    pub(crate) fn input(&self) -> Vec<String> {
        let key = self.language.key();
        let event = self.event.iter().map(|event| format!("{:<width$}  {event}", "event", width = key.len()));
        [format!("{key}  {}", self.pattern)].into_iter().chain(event).collect()
    }

    pub(crate) fn run(&self) -> (Vec<Difference>, Vec<String>) {
        let (got, trace) = match (self.language.parse(&self.pattern), &self.event) {
            (Err(error), _) => {
                let shown = error.render(self.language.key(), &self.pattern);
                (ERROR, shown.lines().map(str::to_owned).collect())
            }
            (Ok(_), None) => ("no error", vec![self.language.taken().to_owned()]),
            (Ok(condition), Some(event)) => {
                let mut trace: Vec<String> = explain_condition(&condition, event)
                    .iter()
                    .map(|line| line.render(Channel::Terminal))
                    .collect();
                let fields =
                    condition.filter().and_then(|pattern| pattern.extract(event)).unwrap_or_default();
                trace.extend(fields.into_iter().map(|(name, text)| format!("{name} is {text}")));
                (if condition.holds_of_message(event) { MATCH } else { NO_MATCH }, trace)
            }
        };
        let difference = (got != self.expected).then(|| Difference::new("match", self.expected, got));
        (difference.into_iter().collect(), trace)
    }
}

/// A text as it is written (a line of a log may read as a number), or the JSON that YAML says.
fn text_or_json(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    match &node.value {
        Value::Scalar(scalar) => Some(scalar.text.clone()),
        _ => Some(JsonText::of(node, reader)?.into_string()),
    }
}
