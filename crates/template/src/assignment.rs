//! What parameters are given: `[TEMPLATE:]KEY=VALUE`, and the three forms of parameter files.

use trailbell_text::{Diagnostic, Span};

use crate::File;
use crate::document;
use crate::problem::{Invalid, Problem, Problems};
use crate::tree::Node;

/// A value for a parameter, for every template that has it or for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The template meant, by its name without folders and ending; `None` means every one that has the parameter.
    pub template: Option<String>,
    /// The parameter, or a pseudo parameter such as `AWS::StackName`.
    pub key: String,
    /// The value, as text.
    pub value: String,
    /// Where it was said.
    pub(crate) file: File,
    pub(crate) span: Span,
}

impl Assignment {
    /// Reads `[TEMPLATE:]KEY=VALUE`; the first `=` separates. `said_as` names where it was said (`--parameter`), for messages.
    pub fn parse(said_as: &str, written: &str) -> Result<Self, Invalid> {
        let file = File::new(said_as, written);
        match written.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                Ok(Self::new(key, value.to_owned(), &file, Span::new(0, key.len())))
            }
            _ => {
                let problem = Diagnostic::new("This gives no parameter a value", Span::new(0, written.len()))
                    .with_hint("write KEY=VALUE or TEMPLATE:KEY=VALUE");
                Err(Problem::new(&file, problem).into())
            }
        }
    }

    fn new(name: &str, value: String, file: &File, span: Span) -> Self {
        let (template, key) = split_id(name);
        Self { template: template.map(str::to_owned), key: key.to_owned(), value, file: file.clone(), span }
    }
}

/// Splits `[TEMPLATE:]NAME`; the colons of `AWS::Region` are part of the name.
pub(crate) fn split_id(id: &str) -> (Option<&str>, &str) {
    match id.rfind("AWS::") {
        Some(0) => return (None, id),
        Some(at) if id[..at].ends_with(':') => return (Some(&id[..at - 1]), &id[at..]),
        _ => {}
    }
    match id.rsplit_once(':') {
        Some((template, name)) => (Some(template), name),
        None => (None, id),
    }
}

/// Reads a parameter file: the AWS CLI's list of `{"ParameterKey", "ParameterValue"}` or of `"KEY=VALUE"`, `CodePipeline`'s
/// `{"Parameters": {..}}`, or a flat mapping; JSON or YAML. A list as a value is joined by commas.
pub fn parse_parameter_file(file: &File) -> Result<Vec<Assignment>, Invalid> {
    let invalid = |problems: Problems| Invalid { problems: problems.into_problems(file) };
    let root = document::parse(file).map_err(invalid)?;
    let mut problems = Problems::default();
    let mut assignments = Vec::new();
    let flat = root.get("Parameters").filter(|node| node.entries().is_some()).unwrap_or(&root);
    if let Some(items) = root.items() {
        for item in items {
            one_of_a_list(item, file, &mut assignments, &mut problems);
        }
    } else if let Some(entries) = flat.entries() {
        for entry in entries {
            if let Some(value) = value_of(&entry.value, &mut problems) {
                assignments.push(Assignment::new(&entry.key, value, file, entry.key_span));
            }
        }
    } else {
        problems.add(
            root.span,
            "This is no parameter file",
            "write `KEY: VALUE` lines, or the AWS CLI's list",
        );
    }
    if problems.is_empty() { Ok(assignments) } else { Err(invalid(problems)) }
}

fn one_of_a_list(item: &Node, file: &File, assignments: &mut Vec<Assignment>, problems: &mut Problems) {
    if let Some((key, value)) = item.text().and_then(|text| text.split_once('=')) {
        assignments.push(Assignment::new(key, value.to_owned(), file, item.span));
        return;
    }
    let Some(key) = item.get("ParameterKey").and_then(Node::text) else {
        problems.add(
            item.span,
            "This gives no parameter a value",
            r#"write {"ParameterKey": "KEY", "ParameterValue": "VALUE"}"#,
        );
        return;
    };
    match item.get("ParameterValue") {
        Some(value) => {
            if let Some(value) = value_of(value, problems) {
                assignments.push(Assignment::new(key, value, file, item.span));
            }
        }
        None => problems.add(
            item.span,
            format!("Parameter {key} has no ParameterValue"),
            "a previous value (UsePreviousValue) is known in the account only; write the value",
        ),
    }
}

fn value_of(node: &Node, problems: &mut Problems) -> Option<String> {
    if let Some(text) = node.text() {
        return Some(text.to_owned());
    }
    let joined = node.items().and_then(|items| items.iter().map(Node::text).collect::<Option<Vec<_>>>());
    if joined.is_none() {
        problems.add(
            node.span,
            format!("A parameter's value is a text, not {}", node.what()),
            "write a text, a number or a list of them; \"\" is the empty text",
        );
    }
    joined.map(|texts| texts.join(","))
}
