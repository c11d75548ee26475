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
            notices: Vec::new(),
        };
        for section in sections {
            template.section(section, &mut problems);
        }
        if template.resources.is_empty() && problems.is_empty() {
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
                self.conditions =
                    members(section, problems).into_iter().map(|entry| (entry.key.clone(), entry)).collect();
            }
            "Outputs" => self.outputs = members(section, problems),
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
        for entry in members {
            if let Some(resource) = Resource::read(&entry, problems) {
                self.resources.push(resource);
            }
        }
    }

    pub(crate) fn resource(&self, id: &str) -> Option<usize> {
        self.resources.iter().position(|resource| &*resource.id == id)
    }
}

impl Resource {
    fn read(entry: &Entry, problems: &mut Problems) -> Option<Self> {
        let id = &entry.key;
        if id.starts_with("Fn::") {
            problems.add(
                entry.key_span,
                format!("{} is not run here", id.split("::").take(2).collect::<Vec<_>>().join("::")),
                "`aws cloudformation get-template --template-stage Processed` gives the template behind it",
            );
            return None;
        }
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
