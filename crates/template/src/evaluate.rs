//! Working out intrinsic functions in one stack.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use base64::Engine as _;
use trailbell_text::{Diagnostic, Quoting, Span};

use crate::limits::MAX_RESOLVED_BYTES;
use crate::parameters::{Parameter, ParameterValue};
use crate::physical::{Physical, placeholder};
use crate::problem::{Problems, did_you_mean};
use crate::pseudo::{self, Pseudo};
use crate::resolved::{Kind, Resolved};
use crate::substitution::{Part, parts};
use crate::template::Template;
use crate::tree::{Call, FUNCTIONS, Node, Plain, Scalar, Value};

/// One stack while its values are worked out.
pub(crate) struct Scope<'a> {
    pub(crate) template: &'a Template,
    /// What its template is called: `iam-event`, of a nested stack `iam-event/LogicalId`.
    pub(crate) name: &'a str,
    pub(crate) pseudo: Pseudo,
    pub(crate) parameters: BTreeMap<Arc<str>, Parameter>,
    /// Those known so far.
    pub(crate) conditions: BTreeMap<Arc<str>, bool>,
    /// The resources that are there, as far as they are worked out.
    pub(crate) resources: BTreeMap<Arc<str>, Physical>,
    /// The resources whose condition is false.
    pub(crate) left_out: HashSet<Arc<str>>,
    pub(crate) exports: &'a BTreeMap<String, String>,
    /// Exports that were asked for and are not there.
    pub(crate) missing_exports: Vec<(String, Span)>,
    pub(crate) problems: Problems,
    pub(crate) notices: Vec<Diagnostic>,
    /// Whether what is worked out will be run: what is not known is then an error, else a notice.
    pub(crate) is_run: bool,
    pub(crate) spent: &'a Cell<usize>,
}

impl Scope<'_> {
    /// Takes from what values may come to; says so once when nothing is left.
    fn afford(&mut self, span: Span, bytes: usize) -> bool {
        let spent = self.spent.get();
        if spent > MAX_RESOLVED_BYTES {
            return false;
        }
        self.spent.set(spent.saturating_add(bytes).saturating_add(32));
        if self.spent.get() > MAX_RESOLVED_BYTES {
            self.problems.add(
                span,
                format!("The values of this template come to more than {} MB here", MAX_RESOLVED_BYTES >> 20),
                "functions that repeat one another multiply; is this meant?",
            );
            return false;
        }
        true
    }

    fn text_value(&mut self, span: Span, text: String, quoting: Option<Quoting>) -> Resolved {
        if !self.afford(span, text.len()) {
            return Resolved::nothing(span);
        }
        Resolved { span, kind: Kind::Text(text, quoting) }
    }

    /// Adds to a text that grows, as far as can be afforded.
    fn append(&mut self, span: Span, text: &mut String, more: &str) {
        if self.afford(span, more.len()) {
            text.push_str(more);
        }
    }

    /// The value of a node.
    pub(crate) fn resolve(&mut self, node: &Node) -> Resolved {
        if !self.afford(node.span, 0) {
            return Resolved::nothing(node.span);
        }
        match &node.value {
            Value::Scalar(scalar) => self.scalar(node.span, scalar),
            Value::Sequence(items) => {
                let items = items.iter().map(|item| self.resolve(item));
                Resolved {
                    span: node.span,
                    kind: Kind::List(items.filter(|item| item.kind != Kind::NoValue).collect()),
                }
            }
            Value::Mapping(entries) => {
                let mut resolved = Vec::with_capacity(entries.len());
                for entry in entries.iter() {
                    if entry.key.starts_with("Fn::") {
                        if self.misplaced(&entry.key, entry.key_span) {
                            // What it puts beside the others is not known; that something is, stays seen.
                            let unknown = Resolved::text_at(entry.key_span, placeholder(&entry.key));
                            resolved.push((entry.key.to_string(), entry.key_span, unknown));
                        }
                        continue;
                    }
                    let value = self.resolve(&entry.value);
                    if value.kind != Kind::NoValue && self.afford(entry.key_span, entry.key.len()) {
                        resolved.push((entry.key.to_string(), entry.key_span, value));
                    }
                }
                Resolved { span: node.span, kind: Kind::Mapping(resolved) }
            }
            Value::Call(call) => self.call(node.span, call),
        }
    }

    /// A function's key among other keys, or one there is not; whether AWS puts something in its place.
    fn misplaced(&mut self, key: &str, span: Span) -> bool {
        if key.starts_with("Fn::ForEach::") || key == "Fn::Transform" {
            self.unknown(span, key);
            return true;
        }
        if FUNCTIONS.contains(&key) {
            self.problems.add(
                span,
                format!("{key} must be the only key of its mapping"),
                "indent what stands beside it otherwise",
            );
        } else {
            let hint = did_you_mean(key, FUNCTIONS).unwrap_or_default();
            self.problems.add(span, format!("There is no function `{key}`"), hint);
        }
        false
    }

    fn scalar(&mut self, span: Span, scalar: &Scalar) -> Resolved {
        match scalar.kind() {
            Plain::Null => Resolved::nothing(span),
            Plain::Boolean(value) => Resolved { span, kind: Kind::Boolean(value) },
            Plain::Number => Resolved { span, kind: Kind::Number(scalar.text.clone()) },
            Plain::Text => self.text_value(span, scalar.text.clone(), Some(scalar.quoting)),
        }
    }

    fn call(&mut self, span: Span, call: &Call) -> Resolved {
        let result = match call.name.as_str() {
            "Ref" => match call.argument.text() {
                Some(name) => Some(self.reference(name, span)),
                None => {
                    self.wrong(span, "Ref takes the name of a parameter or resource", "write `!Ref Name`")
                }
            },
            "Fn::GetAtt" => self.get_attribute(span, call),
            "Fn::Sub" => self.substitute(span, call),
            "Fn::Join" => self.join(span, call),
            "Fn::Split" => self.split(span, call),
            "Fn::Select" => self.select(span, call),
            "Fn::If" => self.choose(span, call),
            "Fn::FindInMap" => self.find_in_map(span, call),
            "Fn::Base64" => self.text_of(&call.argument, "Fn::Base64").map(|text| {
                let encoded = base64::engine::general_purpose::STANDARD.encode(text);
                self.text_value(span, encoded, None)
            }),
            "Fn::ImportValue" => self.import(span, call),
            "Fn::Length" => self
                .list_of(&call.argument, "Fn::Length")
                .map(|items| Resolved { span, kind: Kind::Number(items.len().to_string()) }),
            "Fn::ToJsonString" => {
                let json = self.resolve(&call.argument).json().to_string();
                Some(self.text_value(span, json, None))
            }
            name @ ("Condition" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals") => self.wrong(
                span,
                &format!("{name} stands where a value is wanted"),
                "it belongs into Conditions; use the condition's name in Fn::If",
            ),
            name => {
                self.unknown(span, name);
                let text = placeholder(name);
                Some(match name {
                    // Lists of whatever length is asked for: so that Fn::Select and Fn::Join go on.
                    "Fn::GetAZs" | "Fn::Cidr" => {
                        Resolved { span, kind: Kind::List(vec![Resolved::text_at(span, text)]) }
                    }
                    _ => Resolved::text_at(span, text),
                })
            }
        };
        result.unwrap_or_else(|| Resolved::nothing(span))
    }

    /// A function that only AWS can work out.
    fn unknown(&mut self, span: Span, name: &str) {
        let name = name.splitn(3, "::").take(2).collect::<Vec<_>>().join("::");
        let message = format!("{name} is not run here");
        let hint = match name.as_str() {
            "Fn::GetAZs" | "Fn::Cidr" => "what it gives is known in the account only; write the value",
            "Fn::GetStackOutput" => "outputs of other stacks are known in the account only; write the value",
            _ => "`aws cloudformation get-template --template-stage Processed` gives the template behind it",
        };
        if self.is_run {
            self.problems.add(span, message, hint);
        } else {
            self.notices.push(Diagnostic::new(message, span).with_hint(hint));
        }
    }

    fn wrong(&mut self, span: Span, message: &str, hint: &str) -> Option<Resolved> {
        self.problems.add(span, message, hint);
        None
    }

    /// A function's list of arguments.
    fn arguments<'n>(
        &mut self,
        call: &'n Call,
        count: std::ops::RangeInclusive<usize>,
        form: &str,
    ) -> Option<&'n [Node]> {
        match call.argument.items() {
            Some(items) if count.contains(&items.len()) => Some(items),
            Some(items) => {
                self.problems.add(
                    call.argument.span,
                    format!("{} does not take {} arguments", call.name, items.len()),
                    form,
                );
                None
            }
            None => {
                let message = format!("{} takes a list, not {}", call.name, call.argument.what());
                self.problems.add(call.argument.span, message, form);
                None
            }
        }
    }

    fn text_of(&mut self, node: &Node, function: &str) -> Option<String> {
        let resolved = self.resolve(node);
        if let Some(text) = resolved.text() {
            Some(text.to_owned())
        } else {
            // What failed within has been told of.
            if resolved.kind != Kind::Null || node.is_null() {
                self.problems.add(
                    node.span,
                    format!("{function} takes a text here, not {}", resolved.what()),
                    "write a text, or a function that gives one",
                );
            }
            None
        }
    }

    fn list_of(&mut self, node: &Node, function: &str) -> Option<Vec<Resolved>> {
        let resolved = self.resolve(node);
        if let Kind::List(items) = resolved.kind {
            Some(items)
        } else if resolved.is_unknown() {
            Some(vec![resolved])
        } else {
            if resolved.kind != Kind::Null || node.is_null() {
                self.problems.add(
                    node.span,
                    format!("{function} takes a list here, not {}", resolved.what()),
                    "write a list, or a function or parameter that gives one",
                );
            }
            None
        }
    }

    /// `Ref`: a parameter, a pseudo parameter or a resource.
    fn reference(&mut self, name: &str, span: Span) -> Resolved {
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            let text = match pseudo {
                "NoValue" => return Resolved { span, kind: Kind::NoValue },
                "NotificationARNs" => {
                    let arns = self.pseudo.notification_arns.iter().map(|arn| Resolved::text_at(span, arn));
                    return Resolved { span, kind: Kind::List(arns.collect()) };
                }
                "AccountId" => &self.pseudo.account,
                "Partition" => &self.pseudo.partition,
                "Region" => &self.pseudo.region,
                "StackId" => &self.pseudo.stack_id,
                "StackName" => &self.pseudo.stack_name,
                "URLSuffix" => &self.pseudo.url_suffix,
                _ => {
                    let hint = did_you_mean(pseudo, pseudo::NAMES).unwrap_or_default();
                    self.problems.add(span, format!("There is no pseudo parameter `{name}`"), hint);
                    return Resolved::nothing(span);
                }
            };
            return self.text_value(span, text.clone(), None);
        }
        if let Some(parameter) = self.parameters.get(name) {
            return match parameter.value.clone() {
                ParameterValue::Text(text) => self.text_value(span, text, None),
                ParameterValue::List(items) => {
                    let items = items.into_iter().map(|item| self.text_value(span, item, None)).collect();
                    Resolved { span, kind: Kind::List(items) }
                }
            };
        }
        if self.template.parameters.iter().any(|entry| &*entry.key == name) {
            // It has no value, which has been told of.
            return Resolved::nothing(span);
        }
        if self.may_be_generated(name) {
            return self.text_value(span, placeholder(name), None);
        }
        if let Some(physical) = self.resources.get(name) {
            let reference = physical.reference.clone();
            self.text_value(span, reference, None)
        } else {
            self.unresolved(name, span);
            Resolved::nothing(span)
        }
    }

    /// Whether a name that is not written in the template may be that of a resource which AWS generates.
    fn may_be_generated(&self, name: &str) -> bool {
        !self.template.generators.is_empty() && self.template.resource(name).is_none()
    }

    /// Says that a name is nothing in this template.
    fn unresolved(&mut self, name: &str, span: Span) {
        if self.problems.is_full() {
            self.problems.push(Diagnostic::new(name, span));
            return;
        }
        let message =
            format!("Template format error: Unresolved resource dependencies [{name}] in the template");
        let resource = self.template.resources.iter().find(|resource| &*resource.id == name);
        let hint = match resource {
            Some(_) if self.left_out.contains(name) => {
                let condition =
                    resource.and_then(|resource| resource.condition.as_ref()).map_or("", |(name, _)| name);
                format!("the resource is left out, as its condition {condition} is false; use Fn::If here")
            }
            Some(_) => {
                "a resource is not known here: conditions and parameters come before resources".to_owned()
            }
            None => {
                let parameters = self.template.parameters.iter().map(|entry| &*entry.key);
                let resources = self.template.resources.iter().map(|resource| &*resource.id);
                did_you_mean(name, parameters.chain(resources)).unwrap_or_default()
            }
        };
        self.problems.add(span, message, hint);
    }

    fn get_attribute(&mut self, span: Span, call: &Call) -> Option<Resolved> {
        const FORM: &str = "write `!GetAtt Resource.Attribute` or a list of the two";
        let (id, attribute) = match (call.argument.text(), call.argument.items()) {
            (Some(dotted), _) => {
                let Some((id, attribute)) = dotted.split_once('.') else {
                    return self.wrong(span, "Fn::GetAtt names no attribute", FORM);
                };
                (id.to_owned(), attribute.to_owned())
            }
            (None, Some([id, attributes @ ..])) if !attributes.is_empty() => {
                let Some(id) = id.text() else {
                    return self.wrong(id.span, "Fn::GetAtt takes a logical id first", FORM);
                };
                let mut path = Vec::with_capacity(attributes.len());
                for attribute in attributes {
                    path.push(self.text_of(attribute, "Fn::GetAtt")?);
                }
                (id.to_owned(), path.join("."))
            }
            _ => return self.wrong(span, "Fn::GetAtt takes a resource and an attribute", FORM),
        };
        Some(self.attribute(&id, &attribute, span))
    }

    fn attribute(&mut self, id: &str, attribute: &str, span: Span) -> Resolved {
        if self.may_be_generated(id) {
            return self.text_value(span, placeholder(&format!("{id}.{attribute}")), None);
        }
        let Some(physical) = self.resources.get(id) else {
            self.unresolved(id, span);
            return Resolved::nothing(span);
        };
        if let Some(value) = physical.attribute(attribute) {
            let value = value.to_owned();
            return self.text_value(span, value, None);
        }
        if physical.is_complete {
            let hint = did_you_mean(attribute, physical.attributes.iter().map(|(name, _)| name.as_str()));
            self.problems.add(
                span,
                format!(
                    "Template error: resource {id} does not support attribute type {attribute} in Fn::GetAtt"
                ),
                hint.unwrap_or_else(|| "it has no attributes; use Ref".to_owned()),
            );
            return Resolved::nothing(span);
        }
        self.text_value(span, placeholder(&format!("{}:{id}.{attribute}", self.name)), None)
    }

    fn substitute(&mut self, span: Span, call: &Call) -> Option<Resolved> {
        const FORM: &str = "write `!Sub text` or `!Sub [text, {Name: value}]`";
        let (template, variables) = match (&call.argument.value, call.argument.items()) {
            (Value::Scalar(_), _) => (&call.argument, None),
            (_, Some([text])) => (text, None),
            (_, Some([text, variables])) => {
                let Some(variables) = variables.entries() else {
                    return self.wrong(variables.span, "Fn::Sub takes a mapping second", FORM);
                };
                (text, Some(variables))
            }
            _ => return self.wrong(span, "Fn::Sub takes a text, or a text and a mapping", FORM),
        };
        let Some(text) = template.text() else {
            return self.wrong(template.span, "The text of Fn::Sub must be written out", FORM);
        };
        let own: BTreeMap<&str, &Node> =
            variables.unwrap_or_default().iter().map(|entry| (&*entry.key, &entry.value)).collect();
        let split = parts(text);
        // Nothing to put in: the text is as it is written, and an error in it can be pointed at.
        if let ([] | [Part::Literal(_)], Value::Scalar(scalar)) = (split.as_slice(), &template.value) {
            return Some(self.text_value(template.span, text.to_owned(), Some(scalar.quoting)));
        }
        let mut worked_out = String::new();
        for part in split {
            match part {
                Part::Literal(literal) => self.append(span, &mut worked_out, literal),
                Part::Name(name) => {
                    let value = match own.get(name) {
                        Some(node) => self.resolve(node),
                        None => self.named_in_text(name, template.span)?,
                    };
                    match value.text() {
                        Some(value) => self.append(span, &mut worked_out, value),
                        None if value.kind == Kind::Null => return None,
                        None => {
                            let message = format!("Fn::Sub takes texts: `{name}` is {}", value.what());
                            return self.wrong(span, &message, "make a text of it with Fn::Join");
                        }
                    }
                }
            }
        }
        Some(Resolved::text_at(span, worked_out))
    }

    /// A `${Name}` of a text.
    fn named_in_text(&mut self, name: &str, span: Span) -> Option<Resolved> {
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:".contains(&byte));
        if !is_name {
            return self.wrong(
                span,
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, \
                 underscores, periods, and colons",
                &format!("`{name}` is none; `${{!{name}}}` writes it literally"),
            );
        }
        Some(match name.split_once('.') {
            Some((id, attribute)) => self.attribute(id, attribute, span),
            None => self.reference(name, span),
        })
    }

    fn join(&mut self, span: Span, call: &Call) -> Option<Resolved> {
        let [delimiter, items] = self.arguments(call, 2..=2, "write `!Join [delimiter, [one, two]]`")? else {
            return None;
        };
        let delimiter = self.text_of(delimiter, "Fn::Join")?;
        let values = self.list_of(items, "Fn::Join")?;
        let mut joined = String::new();
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.append(span, &mut joined, &delimiter);
            }
            match value.text() {
                Some(text) => self.append(span, &mut joined, text),
                None if value.kind == Kind::Null => return None,
                None => {
                    let message = format!("Fn::Join takes texts, not {}", value.what());
                    return self.wrong(value.span, &message, "write texts, or functions that give them");
                }
            }
        }
        Some(Resolved::text_at(span, joined))
    }

    fn split(&mut self, span: Span, call: &Call) -> Option<Resolved> {
        let form = "write `!Split [delimiter, text]`";
        let [delimiter, text] = self.arguments(call, 2..=2, form)? else { return None };
        let delimiter_text = self.text_of(delimiter, "Fn::Split")?;
        if delimiter_text.is_empty() {
            return self.wrong(delimiter.span, "The delimiter of Fn::Split is empty", form);
        }
        let text = self.text_of(text, "Fn::Split")?;
        let mut items = Vec::new();
        for item in text.split(&delimiter_text) {
            if !self.afford(span, item.len()) {
                return None;
            }
            items.push(Resolved::text_at(span, item));
        }
        Some(Resolved { span, kind: Kind::List(items) })
    }

    fn select(&mut self, span: Span, call: &Call) -> Option<Resolved> {
        let form = "write `!Select [0, list]`; the first is 0";
        let [index, list] = self.arguments(call, 2..=2, form)? else { return None };
        let index_text = self.text_of(index, "Fn::Select")?;
        let Ok(number) = index_text.parse::<usize>() else {
            return self.wrong(index.span, &format!("Fn::Select takes an index, not `{index_text}`"), form);
        };
        // How long a list is that only AWS knows is not known either.
        if let Value::Call(unknown) = &list.value
            && matches!(unknown.name.as_str(), "Fn::GetAZs" | "Fn::Cidr")
        {
            self.unknown(list.span, &unknown.name);
            return Some(self.text_value(span, placeholder(&format!("{}.{number}", unknown.name)), None));
        }
        let items = self.list_of(list, "Fn::Select")?;
        let count = items.len();
        // Nor is that of a list in a text that is not known.
        if number >= count
            && let Some(unknown) = items.iter().find(|item| item.is_unknown())
        {
            return Some(unknown.clone());
        }
        match items.into_iter().nth(number) {
            Some(item) => Some(item),
            None => self.wrong(
                span,
                &format!("Template error: Fn::Select cannot select nonexistent value at index {number}"),
                &format!("the list has {count} values; the first is 0"),
            ),
        }
    }

    fn choose(&mut self, span: Span, call: &Call) -> Option<Resolved> {
        let form = "write `!If [Condition, then, otherwise]`";
        let [condition, then, otherwise] = self.arguments(call, 3..=3, form)? else { return None };
        let Some(name) = condition.text() else {
            return self.wrong(condition.span, "Fn::If takes a condition's name first", form);
        };
        match self.condition(name, condition.span) {
            Some(true) => Some(self.resolve(then)),
            Some(false) => Some(self.resolve(otherwise)),
            None => Some(Resolved::nothing(span)),
        }
    }

    fn find_in_map(&mut self, span: Span, call: &Call) -> Option<Resolved> {
        let form = "write `!FindInMap [Map, TopLevelKey, SecondLevelKey]`";
        let [map, top, second, rest @ ..] = self.arguments(call, 3..=4, form)? else { return None };
        let default = match rest {
            [] => None,
            [options, ..] => match options.get("DefaultValue") {
                Some(default) => Some(default),
                None => {
                    return self.wrong(options.span, "Fn::FindInMap takes {DefaultValue: ..} fourth", form);
                }
            },
        };
        let map_name = self.text_of(map, "Fn::FindInMap")?;
        let keys = [self.text_of(top, "Fn::FindInMap")?, self.text_of(second, "Fn::FindInMap")?];
        let template = self.template;
        let Some(mapping) = template.mappings.iter().find(|entry| *entry.key == *map_name) else {
            if let Some(default) = default {
                return Some(self.resolve(default));
            }
            let hint = did_you_mean(&map_name, template.mappings.iter().map(|entry| &*entry.key));
            let message = format!(
                "Template error: Mapping named '{map_name}' is not present in the 'Mappings' section of template."
            );
            return self.wrong(
                map.span,
                &message,
                &hint.unwrap_or_else(|| "the template has no mappings".to_owned()),
            );
        };
        let mut here = &mapping.value;
        for (key, at) in keys.iter().zip([top, second]) {
            if let Some(next) = here.get(key) {
                here = next;
            } else {
                if let Some(default) = default {
                    return Some(self.resolve(default));
                }
                let known = here.entries().unwrap_or_default().iter().map(|entry| &*entry.key);
                let hint = did_you_mean(key, known).unwrap_or_default();
                let message =
                    format!("Template error: Unable to get mapping for {map_name}::{}::{}", keys[0], keys[1]);
                return self.wrong(at.span, &message, &hint);
            }
        }
        if matches!(here.value, Value::Mapping(_) | Value::Call(_)) {
            let message = format!("A mapping's value is a text or a list, not {}", here.what());
            return self.wrong(here.span, &message, "Mappings have two levels of keys and no functions");
        }
        Some(self.resolve(here).moved_to(span))
    }

    fn import(&mut self, span: Span, call: &Call) -> Option<Resolved> {
        let name = self.text_of(&call.argument, "Fn::ImportValue")?;
        let value = if let Some(value) = self.exports.get(&name) {
            value.clone()
        } else {
            self.missing_exports.push((name.clone(), span));
            placeholder(&format!("export {name}"))
        };
        Some(self.text_value(span, value, None))
    }

    /// Whether a named condition holds; `None` where that cannot be said, which is told of.
    pub(crate) fn condition(&mut self, name: &str, span: Span) -> Option<bool> {
        if let Some(value) = self.conditions.get(name) {
            return Some(*value);
        }
        // A condition that is declared and has no value has been told of.
        let is_declared = self.template.conditions.contains_key(name);
        if !is_declared && !self.template.generators.is_empty() {
            // A loop may make it.
        } else if !is_declared && self.problems.is_full() {
            self.problems.push(Diagnostic::new(name, span));
        } else if !is_declared {
            let hint = did_you_mean(name, self.template.conditions.keys().map(|key| &**key));
            self.problems.add(
                span,
                format!("Template format error: Unresolved condition dependency {name}"),
                hint.unwrap_or_else(|| "the template has no conditions".to_owned()),
            );
        }
        None
    }

    /// Whether what a condition is made of holds.
    pub(crate) fn truth(&mut self, node: &Node) -> Option<bool> {
        const FORM: &str = "a condition is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition";
        if let Some(named) = node.get("Condition") {
            return match named.text() {
                Some(name) => self.condition(name, named.span),
                None => self.wrong(named.span, "Condition takes a condition's name", FORM).and(None),
            };
        }
        let Value::Call(call) = &node.value else {
            return self.wrong(node.span, &format!("A condition cannot be {}", node.what()), FORM).and(None);
        };
        match call.name.as_str() {
            "Condition" => match call.argument.text() {
                Some(name) => self.condition(name, node.span),
                None => self.wrong(node.span, "Condition takes a condition's name", FORM).and(None),
            },
            "Fn::Equals" => {
                let [one, two] = self.arguments(call, 2..=2, "write `!Equals [one, two]`")? else {
                    return None;
                };
                let (one, two) = (self.resolve(one), self.resolve(two));
                Some(one.equals(&two))
            }
            "Fn::Not" => {
                let [one] = self.arguments(call, 1..=1, "write `!Not [condition]`")? else { return None };
                self.truth(one).map(|value| !value)
            }
            "Fn::And" | "Fn::Or" => {
                let form = format!("write `{}: [one, two]`, two to ten conditions", call.name);
                let parts = self.arguments(call, 2..=10, &form)?;
                let values: Vec<Option<bool>> = parts.iter().map(|part| self.truth(part)).collect();
                let values: Vec<bool> = values.into_iter().collect::<Option<_>>()?;
                Some(if call.name == "Fn::And" {
                    values.iter().all(|value| *value)
                } else {
                    values.contains(&true)
                })
            }
            name => self.wrong(node.span, &format!("A condition cannot be made of {name}"), FORM).and(None),
        }
    }

    /// The names that a node's value depends on, as far as conditions choose it: what `Ref`, `Fn::GetAtt` and `Fn::Sub` name.
    pub(crate) fn names_in(&self, node: &Node) -> Vec<(String, Span)> {
        let mut names = Vec::new();
        let mut todo = vec![node];
        while let Some(node) = todo.pop() {
            match &node.value {
                Value::Scalar(_) => {}
                Value::Sequence(items) => todo.extend(items.iter()),
                Value::Mapping(entries) => todo.extend(entries.iter().map(|entry| &entry.value)),
                Value::Call(call) => {
                    let argument = &call.argument;
                    match (call.name.as_str(), argument.text(), argument.items()) {
                        ("Ref", Some(name), _) => names.push((name.to_owned(), node.span)),
                        ("Fn::GetAtt", Some(dotted), _) => {
                            names.push((dotted.split('.').next().unwrap_or(dotted).to_owned(), node.span));
                        }
                        ("Fn::GetAtt", _, Some([id, rest @ ..])) => {
                            names.extend(id.text().map(|id| (id.to_owned(), node.span)));
                            todo.extend(rest);
                        }
                        ("Fn::Sub", _, items) => {
                            let own = items
                                .and_then(|items| items.get(1))
                                .and_then(Node::entries)
                                .unwrap_or_default();
                            let own_names: HashSet<&str> = own.iter().map(|entry| &*entry.key).collect();
                            let text = argument.text().or_else(|| items?.first()?.text()).unwrap_or_default();
                            for part in parts(text) {
                                if let Part::Name(name) = part
                                    && !own_names.contains(name)
                                {
                                    names
                                        .push((name.split('.').next().unwrap_or(name).to_owned(), node.span));
                                }
                            }
                            todo.extend(own.iter().map(|entry| &entry.value));
                        }
                        ("Fn::If", _, Some([condition, then, otherwise])) => {
                            match condition.text().and_then(|name| self.conditions.get(name)) {
                                Some(true) => todo.push(then),
                                Some(false) => todo.push(otherwise),
                                None => {}
                            }
                        }
                        _ => todo.push(argument),
                    }
                }
            }
        }
        names
    }
}

/// The conditions that a condition is made of.
pub(crate) fn conditions_in(node: &Node) -> Vec<&str> {
    let mut names = Vec::new();
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        match &node.value {
            Value::Scalar(_) => {}
            Value::Sequence(items) => todo.extend(items.iter()),
            Value::Mapping(_) => names.extend(node.get("Condition").and_then(Node::text)),
            Value::Call(call) if call.name == "Condition" => names.extend(call.argument.text()),
            Value::Call(call) => todo.push(&call.argument),
        }
    }
    names
}
