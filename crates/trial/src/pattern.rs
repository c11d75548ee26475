//! A test of a filter pattern: whether it matches a log event, or is refused.

use trailbell_detect::{Condition, explain_condition};
use trailbell_filter_pattern::Pattern;
use trailbell_text::{Channel, Span};
use trailbell_yaml::{Fields, JsonText, Node, Reader, Value};

use crate::outcome::Difference;
use crate::words::{any_text, required};

pub(crate) const KEYS: &[&str] = &["name", "filter", "event", "expect"];

const MATCH: &str = "match";
const NO_MATCH: &str = "no match";
const ERROR: &str = "error";

#[derive(Debug)]
pub(crate) struct PatternTest {
    filter: String,
    /// The log event as CloudWatch Logs has it.
    event: Option<String>,
    expected: &'static str,
}

impl PatternTest {
    pub(crate) fn read(
        fields: &Fields<'_>,
        span: Span,
        node: &Node,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let hint = "YAML reads its brackets; put the whole pattern in single quotes";
        let filter = any_text(node, "`filter`", hint, reader);
        let expected = required(fields, "expect", span, "write match, no match or error", reader)
            .and_then(|node| reader.word(node, &[MATCH, NO_MATCH, ERROR], "`expect`"));
        let event = match fields.get("event") {
            Some(node) => Some(match &node.value {
                // A line of a log may read as a number.
                Value::Scalar(scalar) => scalar.text.clone(),
                _ => JsonText::of(node, reader)?.into_string(),
            }),
            None if expected == Some(ERROR) => None,
            None => {
                required(fields, "event", span, "give the log event: a text, or JSON", reader)?;
                None
            }
        };
        Some(Self { filter: filter?.to_owned(), event, expected: expected? })
    }

    pub(crate) fn input(&self) -> Vec<String> {
        let event = self.event.iter().map(|event| format!("event   {event}"));
        [format!("filter  {}", self.filter)].into_iter().chain(event).collect()
    }

    pub(crate) fn run(&self) -> (Vec<Difference>, Vec<String>) {
        let (got, trace) = match (Pattern::parse(&self.filter), &self.event) {
            (Err(error), _) => {
                let shown = error.diagnostic().render("filter", &self.filter);
                (ERROR, shown.lines().map(str::to_owned).collect())
            }
            (Ok(_), None) => ("no error", vec!["the pattern is one that AWS takes".to_owned()]),
            (Ok(pattern), Some(event)) => {
                let mut trace: Vec<String> = explain_condition(&Condition::Filter(pattern.clone()), event)
                    .iter()
                    .map(|line| line.render(Channel::Terminal))
                    .collect();
                let fields = pattern.extract(event).unwrap_or_default();
                trace.extend(fields.into_iter().map(|(name, text)| format!("{name} is {text}")));
                (if pattern.matches_message(event) { MATCH } else { NO_MATCH }, trace)
            }
        };
        let difference = (got != self.expected).then(|| Difference::new("match", self.expected, got));
        (difference.into_iter().collect(), trace)
    }
}
