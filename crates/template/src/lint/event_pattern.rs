//! Event patterns that AWS refuses, or that mean something else than they seem to.

use trailbell_event_pattern::EventPattern;
use trailbell_text::Diagnostic;

use super::{Findings, Level};
use crate::{Stacks, is_placeholder};

/// Of alarms' events: the name is always there.
const ALARM: &str = "detail.alarmName";

/// `always_present` are selectors of log events; in events that come of CloudTrail the same fields are in `detail`.
pub(super) fn check(stacks: &Stacks, always_present: &[&str], findings: &mut Findings) {
    let in_detail: Vec<String> = always_present
        .iter()
        .filter_map(|selector| Some(format!("detail.{}", selector.strip_prefix("$.")?)))
        .chain([ALARM.to_owned()])
        .collect();
    let in_detail: Vec<&str> = in_detail.iter().map(String::as_str).collect();
    for rule in &stacks.event_rules {
        let Some(text) = &rule.pattern else { continue };
        // It is written as YAML and judged as JSON: a place in the one is none in the other.
        let placed = |diagnostic: Diagnostic| Diagnostic { span: rule.pattern_span, ..diagnostic };
        match EventPattern::parse(text) {
            Ok(pattern) => {
                for warning in pattern.warnings(&in_detail) {
                    findings.add("event-pattern", Level::Warning, &rule.origin, placed(warning));
                }
            }
            // What is not known may be what makes it right.
            Err(_) if is_placeholder(text) => {}
            Err(error) => {
                findings.add("event-pattern", Level::Error, &rule.origin, placed(error.into_diagnostic()));
            }
        }
    }
}
