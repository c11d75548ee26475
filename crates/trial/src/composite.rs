//! A test of a composite alarm: its rule, the states of the alarms in it, and what that comes to.

use std::collections::BTreeMap;

use trailbell_alarm::{Expression, Rule, State, alarm_name};
use trailbell_text::Span;
use trailbell_yaml::{Fields, Node, Reader, suggestion};

use crate::outcome::Difference;
use crate::words::{any_text, required, state, state_before};

pub(crate) const KEYS: &[&str] = &["name", "composite", "state", "expect"];

#[derive(Debug)]
pub(crate) struct CompositeTest {
    rule: Rule,
    children: BTreeMap<String, State>,
    before: State,
    expected: State,
}

impl CompositeTest {
    pub(crate) fn read(
        fields: &Fields<'_>,
        span: Span,
        node: &Node,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let inner = reader.fields(node, &["rule", "children"], "`composite`");
        let hint = "write an AlarmRule, such as rule: ALARM(a) OR ALARM(b)";
        let rule = required(&inner, "rule", node.span, hint, reader).and_then(|node| rule(node, reader));
        let mut children = BTreeMap::new();
        if let Some(node) = inner.get("children").filter(|node| !node.is_null()) {
            for (name, span, value) in reader.entries(node, "`children`") {
                let name = alarm_name(&name.text).to_owned();
                if let Some(state) = state(value, "a child's state", reader) {
                    children.insert(name, (span, state));
                }
            }
        }
        let before = state_before(fields, reader);
        let expected = required(fields, "expect", span, "say the state it must have: expect: ALARM", reader)
            .and_then(|node| state(node, "`expect`", reader));
        let rule = rule?;
        // A name that the rule does not know, and one that is not given a state: a slip of the pen.
        let lacking: Vec<&str> =
            rule.children().into_iter().filter(|name| !children.contains_key(*name)).collect();
        if let Some((name, (span, _))) = children.iter().find(|(name, _)| !rule.watches(name))
            && !lacking.is_empty()
        {
            let hint = suggestion(name, &lacking);
            reader.problem_with_hint(*span, format!("The rule names no alarm `{name}`"), hint);
        }
        let children = children.into_iter().map(|(name, (_, state))| (name, state)).collect();
        Some(Self { rule, children, before: before?, expected: expected? })
    }

    fn state_of(&self, name: &str) -> State {
        self.children.get(name).copied().unwrap_or(State::InsufficientData)
    }

    pub(crate) fn input(&self) -> Vec<String> {
        let mut lines =
            vec![format!("rule          {}", self.rule.as_str()), format!("state before  {}", self.before)];
        lines.extend(self.children.iter().map(|(name, state)| format!("{name} is {state}")));
        let unsaid = self.rule.children().into_iter().filter(|name| !self.children.contains_key(*name));
        lines.extend(
            unsaid.map(|name| {
                format!("{name} is INSUFFICIENT_DATA, as every new alarm: the test says nothing")
            }),
        );
        lines
    }

    pub(crate) fn run(&self) -> (Vec<Difference>, Vec<String>) {
        let expression = self.rule.expression();
        let got = if expression.holds(&|name| self.state_of(name)) { State::Alarm } else { State::Ok };
        let mut trace = Vec::new();
        self.explain(expression, 0, &mut trace);
        let difference =
            (got != self.expected).then(|| Difference::new("state", self.expected.as_str(), got.as_str()));
        (difference.into_iter().collect(), trace)
    }

    /// Each part of the rule, and whether it holds.
    fn explain(&self, expression: &Expression, depth: usize, lines: &mut Vec<String>) {
        let holds = expression.holds(&|name| self.state_of(name));
        lines.push(format!("{}{} {expression}", "  ".repeat(depth), if holds { "yes:" } else { "no: " }));
        match expression {
            Expression::Not(inner) => self.explain(inner, depth + 1, lines),
            Expression::All(parts) | Expression::Any(parts) => {
                for part in parts {
                    self.explain(part, depth + 1, lines);
                }
            }
            Expression::Constant(_) | Expression::Is { .. } | Expression::AtLeast { .. } => {}
        }
    }
}

fn rule(node: &Node, reader: &mut Reader<'_>) -> Option<Rule> {
    let text = any_text(node, "`rule`", "put the whole AlarmRule in quotes", reader)?;
    match Rule::parse(text) {
        Ok(rule) => Some(rule),
        Err(error) => {
            let mut problem = error.diagnostic().clone();
            problem.span = crate::file::within(node, problem.span, reader);
            reader.problems.push(problem);
            None
        }
    }
}
