//! A template's sections, checked for what they must be, nothing worked out yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use trailbell_text::{Diagnostic, Span};

use crate::File;
use crate::document;
use crate::limits::{MAX_PARAMETERS, MAX_RESOURCES};
use crate::problem::{Problems, did_you_mean};
use crate::tree::{Entry, Node};

const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
];

const RESOURCE_KEYS: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// A template as it is written.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) file: File,
    pub(crate) parameters: Vec<Entry>,
    pub(crate) mappings: Vec<Entry>,
    pub(crate) conditions: BTreeMap<Arc<str>, Entry>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) outputs: Vec<Entry>,
    /// Where `Rules` begin, which judge parameters before a stack is made.
    pub(crate) rules: Option<Span>,
    /// `Fn::ForEach` and the like, in whose place AWS puts resources, conditions or outputs that are not known here.
    pub(crate) generators: Vec<Generator>,
    /// What is odd in it: sections that are not run.
    pub(crate) notices: Vec<Diagnostic>,
}

/// A resource as it is written.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) id: Arc<str>,
    pub(crate) id_span: Span,
    pub(crate) type_name: String,
    pub(crate) properties: Option<Node>,
    pub(crate) condition: Option<(String, Span)>,
    pub(crate) depends_on: Vec<(String, Span)>,
}

impl Template {
    pub(crate) fn parse(file: &File) -> Result<Self, Problems> {
        let root = document::parse(file)?;
        let mut problems = Problems::default();
        let Some(sections) = root.entries() else {
            problems.add(
                root.span,
                format!("A template is a mapping of sections, not {}", root.what()),
                "is this file a CloudFormation template?",
            );
            return Err(problems);
        };
        let mut template = Self {
            file: file.clone(),
            parameters: Vec::new(),
            mappings: Vec::new(),
            conditions: BTreeMap::new(),
            resources: Vec::new(),
            outputs: Vec::new(),
            rules: None,
            generators: Vec::new(),
            notices: Vec::new(),
        };
        for section in sections {
            template.section(section, &mut problems);
        }
        if template.resources.is_empty() && template.generators.is_empty() && problems.is_empty() {
            problems.add(
                Span::new(root.span.start, root.span.start),
                "Template format error: At least one Resources member must be defined.",
                "is this file a CloudFormation template?",
            );
        }
        if problems.is_empty() { Ok(template) } else { Err(problems) }
    }

    fn section(&mut self, section: &Entry, problems: &mut Problems) {
        match &*section.key {
            "AWSTemplateFormatVersion" => {
                if section.value.text() != Some("2010-09-09") {
                    problems.add(
                        section.value.span,
                        "Template format error: unsupported value for AWSTemplateFormatVersion.",
                        "there is one version: 2010-09-09",
                    );
                }
            }
            "Parameters" => {
                self.parameters = members(section, problems);
                let count = self.parameters.len();
                if count > MAX_PARAMETERS {
                    problems.add(
                        section.key_span,
                        format!("Template format error: Number of parameters, {count}, is greater than maximum allowed, {MAX_PARAMETERS}"),
                        "split the template into nested stacks",
                    );
                }
            }
            "Mappings" => self.mappings = members(section, problems),
            "Conditions" => {
                let all = members(section, problems);
                self.conditions =
                    self.without_generators(all).into_iter().map(|entry| (entry.key.clone(), entry)).collect();
            }
            "Outputs" => {
                let all = members(section, problems);
                self.outputs = self.without_generators(all);
            }
            "Resources" => self.read_resources(section, problems),
            "Transform" => self.notices.push(
                Diagnostic::new("Transforms are not run here; what is written is read as it stands", section.key_span)
                    .with_hint("`aws cloudformation get-template --template-stage Processed` gives the template behind them"),
            ),
            "Rules" => self.rules = Some(section.key_span),
            known if SECTIONS.contains(&known) => {}
            unknown => {
                let message = format!("Invalid template property or properties [{unknown}]");
                let hint = did_you_mean(unknown, SECTIONS).unwrap_or_default();
                problems.add(section.key_span, message, hint);
            }
        }
    }

    fn read_resources(&mut self, section: &Entry, problems: &mut Problems) {
        let members = members(section, problems);
        if members.len() > MAX_RESOURCES {
            problems.add(
                section.key_span,
                format!(
                    "Template format error: Number of resources, {}, is greater than maximum allowed, {MAX_RESOURCES}",
                    members.len()
                ),
                "split the template into nested stacks",
            );
            return;
        }
        for entry in self.without_generators(members) {
            if let Some(resource) = Resource::read(&entry, problems) {
                self.resources.push(resource);
            }
        }
    }

    /// The members that are written out; the others are noted.
    fn without_generators(&mut self, members: Vec<Entry>) -> Vec<Entry> {
        let (generators, written): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|entry| entry.key.starts_with("Fn::"));
        self.generators.extend(generators.iter().map(Generator::of));
        written
    }

    pub(crate) fn resource(&self, id: &str) -> Option<usize> {
        self.resources.iter().position(|resource| &*resource.id == id)
    }
}

/// A function in the place of a section's members.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    pub(crate) key: Arc<str>,
    pub(crate) span: Span,
    /// The types of the resources that its body has.
    pub(crate) type_names: Vec<String>,
}

impl Generator {
    fn of(entry: &Entry) -> Self {
        // Fn::ForEach::Name: [identifier, collection, body]; a body may hold another loop.
        let mut type_names = Vec::new();
        let mut todo = vec![&entry.value];
        while let Some(node) = todo.pop() {
            let Some(body) = node.items().and_then(|items| items.get(2)) else { continue };
            for member in body.entries().unwrap_or_default() {
                type_names.extend(member.value.get("Type").and_then(Node::text).map(str::to_owned));
                todo.push(&member.value);
            }
        }
        Self { key: entry.key.clone(), span: entry.key_span, type_names }
    }

    /// That it is not run.
    pub(crate) fn told(&self) -> Diagnostic {
        let name = self.key.split("::").take(2).collect::<Vec<_>>().join("::");
        Diagnostic::new(format!("{name} is not run here"), self.span).with_hint(
            "`aws cloudformation get-template --template-stage Processed` gives the template behind it",
        )
    }
}

impl Resource {
    fn read(entry: &Entry, problems: &mut Problems) -> Option<Self> {
        let id = &entry.key;
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            problems.add(
                entry.key_span,
                format!("Template format error: Resource name {id} is non alphanumeric."),
                "a logical id has letters and digits only",
            );
            return None;
        }
        let Some(keys) = entry.value.entries() else {
            problems.add(
                entry.value.span,
                format!("Template format error: [/Resources/{id}] resource definition is malformed"),
                "write `Type:` and `Properties:`, indented below it",
            );
            return None;
        };
        for key in keys {
            if !RESOURCE_KEYS.contains(&&*key.key) {
                problems.add(
                    key.key_span,
                    format!("Invalid template resource property '{}'", key.key),
                    did_you_mean(&key.key, RESOURCE_KEYS).unwrap_or_default(),
                );
            }
        }
        let Some(type_name) = entry.value.get("Type").and_then(Node::text) else {
            problems.add(
                entry.key_span,
                format!("Template format error: [/Resources/{id}] Every Resources object must contain a Type member."),
                "write `Type: AWS::SNS::Topic`, or whatever it is",
            );
            return None;
        };
        let properties = entry.value.get("Properties").filter(|node| !node.is_null()).cloned();
        if let Some(wrong) =
            properties.as_ref().filter(|node| node.items().is_some() || node.text().is_some())
        {
            problems.add(
                wrong.span,
                format!(
                    "Template format error: [/Resources/{id}/Properties] must be a mapping, not {}",
                    wrong.what()
                ),
                "write `Key: value` lines, indented below it",
            );
            return None;
        }
        let condition = entry.value.get("Condition").and_then(|node| {
            if let Some(name) = node.text() {
                Some((name.to_owned(), node.span))
            } else {
                problems.add(
                    node.span,
                    format!("Condition must be a name, not {}", node.what()),
                    "name one of Conditions",
                );
                None
            }
        });
        let depends_on = entry.value.get("DependsOn").map_or_else(Vec::new, |node| {
            let names = node.items().unwrap_or(std::slice::from_ref(node));
            let mut found = Vec::new();
            for name in names {
                match name.text() {
                    Some(text) => found.push((text.to_owned(), name.span)),
                    None => problems.add(
                        name.span,
                        format!("DependsOn must be logical ids, not {}", name.what()),
                        "write one id or a list of them",
                    ),
                }
            }
            found
        });
        Some(Self {
            id: id.clone(),
            id_span: entry.key_span,
            type_name: type_name.to_owned(),
            properties,
            condition,
            depends_on,
        })
    }
}

/// The members of a section; a section with nothing in it has none.
fn members(section: &Entry, problems: &mut Problems) -> Vec<Entry> {
    match section.value.entries() {
        Some(entries) => entries.to_vec(),
        None if section.value.is_null() => Vec::new(),
        None => {
            problems.add(
                section.value.span,
                format!(
                    "Template format error: {} must be a mapping, not {}",
                    section.key,
                    section.value.what()
                ),
                "write `Name:` lines, indented below it",
            );
            Vec::new()
        }
    }
}
