//! From files to stacks: templates with their parameters, the stacks nested in them, and the exports one gives another.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use trailbell_text::{Diagnostic, Span};

use crate::assignment::Assignment;
use crate::collect::{Collector, NESTED, is_run};
use crate::described;
use crate::evaluate::{Scope, conditions_in};
use crate::file::file_name;
use crate::limits::{MAX_NESTING, MAX_STACKS};
use crate::model::{Origin, Output, Resource, Stack, Stacks};
use crate::order::order;
use crate::parameters::{self, Giver};
use crate::physical::{self, Asked, Physical};
use crate::problem::{Invalid, Problem, Problems, did_you_mean};
use crate::pseudo::{self, Pseudo, suffix};
use crate::resolved::{Kind, Resolved};
use crate::template::{self, Template};
use crate::{File, Properties};

/// What is read: the files, and what they are read with.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Templates, and what `describe-metric-filters` and `describe-alarms` printed; in any order. A template that another of
    /// them nests is read as that nested stack only.
    pub files: Vec<File>,
    /// `AWS::AccountId`, 12 digits.
    pub account: String,
    /// `AWS::Region`.
    pub region: String,
    /// Values for parameters; of two for one parameter, the later holds.
    pub assignments: Vec<Assignment>,
    /// Exports of stacks that are not among the files, for `Fn::ImportValue`.
    pub exports: BTreeMap<String, String>,
    /// What to do where a value or a file is missing.
    pub missing: Missing,
}

/// What is done where a parameter has no value, an export is not known or a nested template is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missing {
    /// It is a problem: what is to be run must be known.
    #[default]
    IsAProblem,
    /// A placeholder takes its place, which [`is_placeholder`](crate::is_placeholder) tells: enough to look for mistakes.
    IsAPlaceholder,
}

/// Reads and resolves everything of a request.
///
/// `load` gives a nested stack's template. It is asked with the `TemplateURL` as a path beside the parent's file, then with the
/// `TemplateURL` as it is, then, of a URL, with its file name; templates of the request are found by file name before a URL's.
pub fn read(request: &Request, load: &dyn Fn(&str) -> Option<File>) -> Result<Stacks, Invalid> {
    let mut reader = Reader {
        request,
        load,
        exports: request.exports.clone(),
        parsed: HashMap::new(),
        nested: HashSet::new(),
        spent: Cell::new(0),
        left: MAX_STACKS,
        parameter_names: Vec::new(),
    };
    reader.read()
}

struct Reader<'a> {
    request: &'a Request,
    load: &'a dyn Fn(&str) -> Option<File>,
    exports: BTreeMap<String, String>,
    /// What is parsed, by file name.
    parsed: HashMap<String, Result<Rc<Template>, Vec<Problem>>>,
    /// The names of the files that some stack nests.
    nested: HashSet<String>,
    spent: Cell<usize>,
    left: usize,
    /// What each of the request's templates can be given: its name, its file and its parameters.
    parameter_names: Vec<(String, String, Vec<String>)>,
}

/// What one of the request's files came to.
#[derive(Default)]
struct Outcome {
    stacks: Stacks,
    problems: Vec<Problem>,
    exports: Vec<(String, String)>,
    missing_exports: Vec<(File, String, Span)>,
}

/// The stack a nested one is in.
struct Place<'p> {
    /// What the template is called here.
    name: String,
    stack_name: String,
    given: BTreeMap<String, String>,
    giver_is_parent: bool,
    /// The files around, the outermost first.
    around: &'p [String],
}

impl Reader<'_> {
    fn read(&mut self) -> Result<Stacks, Invalid> {
        let mut outcomes: Vec<Option<Outcome>> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for file in &self.request.files {
            let same = names.iter().filter(|name| *name == file.stem()).count();
            names.push(if same == 0 {
                file.stem().to_owned()
            } else {
                format!("{}-{}", file.stem(), same + 1)
            });
            outcomes.push(None);
        }
        // A template waits for those whose exports it asks for; when none gets on, what is missing is told of.
        let mut last = false;
        loop {
            let mut got_on = false;
            for ((file, name), outcome) in self.request.files.iter().zip(&names).zip(&mut outcomes) {
                if outcome.is_some() {
                    continue;
                }
                let mut tried = self.file(file, name);
                if !tried.missing_exports.is_empty() && !last {
                    continue;
                }
                self.take_exports(&mut tried);
                *outcome = Some(tried);
                got_on = true;
            }
            if outcomes.iter().all(Option::is_some) {
                break;
            }
            last = !got_on;
        }
        self.conclude(outcomes.into_iter().flatten().collect())
    }

    /// What a file came to, those set aside that another one nests.
    fn conclude(&self, outcomes: Vec<Outcome>) -> Result<Stacks, Invalid> {
        let is_nested: Vec<bool> =
            self.request.files.iter().map(|file| self.nested.contains(file.name())).collect();
        let all_nested = is_nested.iter().all(|nested| *nested);
        let mut stacks = Stacks::default();
        let mut problems = Vec::new();
        for (outcome, is_nested) in outcomes.into_iter().zip(&is_nested) {
            if *is_nested && !all_nested {
                continue;
            }
            problems.extend(outcome.problems);
            append(&mut stacks, outcome.stacks);
        }
        let own: Vec<_> = self
            .parameter_names
            .iter()
            .filter(|(_, file, _)| all_nested || !self.nested.contains(file))
            .collect();
        for assignment in &self.request.assignments {
            problems.extend(unknown_assignment(assignment, &own));
        }
        let mut told: Vec<Problem> = Vec::new();
        for problem in problems {
            if !told.contains(&problem) {
                told.push(problem);
            }
        }
        if told.is_empty() { Ok(stacks) } else { Err(Invalid { problems: told }) }
    }

    fn file(&mut self, file: &File, name: &str) -> Outcome {
        self.spent.set(0);
        self.left = MAX_STACKS;
        let mut outcome = Outcome::default();
        if let Some(described) = described::read(file, name, self.request, &mut outcome.stacks) {
            outcome.problems = described;
            return outcome;
        }
        let template = match Template::parse(file) {
            Ok(template) => Rc::new(template),
            Err(problems) => {
                outcome.problems = problems.into_problems(file);
                return outcome;
            }
        };
        self.parsed.insert(file.name().to_owned(), Ok(template.clone()));
        if !self.parameter_names.iter().any(|(known, ..)| known == name) {
            let parameters = template.parameters.iter().map(|entry| entry.key.to_string()).collect();
            self.parameter_names.push((name.to_owned(), file.name().to_owned(), parameters));
        }
        let mut given = BTreeMap::new();
        for assignment in &self.request.assignments {
            if assignment.template.as_deref().is_none_or(|template| template == name) {
                given.insert(assignment.key.clone(), assignment.value.clone());
            }
        }
        let around = [file.name().to_owned()];
        let place = Place {
            name: name.to_owned(),
            stack_name: stack_name(name),
            given,
            giver_is_parent: false,
            around: &around,
        };
        self.stack(&template, &place, &mut outcome);
        let missing = match self.request.missing {
            Missing::IsAProblem => outcome.missing_exports.as_slice(),
            Missing::IsAPlaceholder => &[],
        };
        for (file, name, span) in missing {
            let hint = did_you_mean(name, self.exports.keys().map(String::as_str))
                .unwrap_or_else(|| "add the template that exports it, or give the export's value".to_owned());
            let problem = Diagnostic::new(format!("No export named {name} found."), *span).with_hint(hint);
            outcome.problems.push(Problem::new(file, problem));
        }
        outcome
    }

    fn take_exports(&mut self, outcome: &mut Outcome) {
        for (name, value) in std::mem::take(&mut outcome.exports) {
            self.exports.entry(name).or_insert(value);
        }
    }

    /// One stack with all that is nested in it. Gives its outputs.
    fn stack(&mut self, template: &Rc<Template>, place: &Place<'_>, outcome: &mut Outcome) -> Physical {
        let file = &template.file;
        let given = |name: &str| place.given.get(name).map(String::as_str);
        let pseudo = Pseudo::new(&self.request.account, &self.request.region, &place.stack_name, given);
        let mut problems = Problems::default();
        let mut notices = template.notices.clone();
        // Where parameters are not all known, nobody expects them to be judged.
        if self.request.missing == Missing::IsAProblem {
            notices.extend(template.rules.map(|span| Diagnostic::new("Rules are not checked here", span)));
        }
        for generator in &template.generators {
            match self.request.missing {
                Missing::IsAProblem => problems.push(generator.told()),
                Missing::IsAPlaceholder => notices.push(generator.told()),
            }
            outcome.stacks.left_out.extend(generator.type_names.iter().map(|type_name| Origin {
                template: place.name.clone(),
                logical_id: generator.key.to_string(),
                type_name: type_name.clone(),
                file: file.clone(),
                span: generator.span,
            }));
        }
        let giver = if place.giver_is_parent { Giver::Parent } else { Giver::Assignments(&place.name) };
        let parameters = parameters::values(
            template,
            &place.given,
            giver,
            self.request.missing,
            &mut problems,
            &mut notices,
        );
        let shown = parameters.iter().map(|(name, parameter)| {
            (name.to_string(), if parameter.is_secret { "****".to_owned() } else { parameter.value.joined() })
        });
        let shown = shown.collect();
        let spent = self.spent.clone();
        let exports = self.exports.clone();
        let mut scope = Scope {
            template,
            name: &place.name,
            pseudo: pseudo.clone(),
            parameters,
            conditions: BTreeMap::new(),
            resources: BTreeMap::new(),
            left_out: HashSet::new(),
            exports: &exports,
            missing_exports: Vec::new(),
            problems,
            notices,
            is_run: self.request.missing == Missing::IsAProblem,
            spent: &spent,
        };
        conditions(&mut scope);
        for resource in &template.resources {
            let condition = resource.condition.as_ref();
            if condition.is_some_and(|(name, span)| scope.condition(name, *span) == Some(false)) {
                scope.left_out.insert(resource.id.clone());
                outcome.stacks.left_out.push(origin_of(resource, template, place));
            }
        }
        let here = outcome.stacks.stacks.len();
        outcome.stacks.stacks.push(Stack {
            template: place.name.clone(),
            file: file.clone(),
            name: pseudo.stack_name.clone(),
            account: pseudo.account.clone(),
            region: pseudo.region.clone(),
            parameters: shown,
            outputs: Vec::new(),
        });
        for index in resource_order(&mut scope) {
            let Some(resource) = template.resources.get(index) else { continue };
            let is_run = is_run(&resource.type_name);
            scope.is_run = is_run && self.request.missing == Missing::IsAProblem;
            let properties = match &resource.properties {
                Some(node) => scope.resolve(node),
                None => Resolved { span: resource.id_span, kind: Kind::Mapping(Vec::new()) },
            };
            let origin = origin_of(resource, template, place);
            let physical = if resource.type_name == NESTED {
                self.spent.set(spent.get());
                let physical = self.nested(&origin, &properties, &mut scope, place, outcome);
                spent.set(self.spent.get());
                physical
            } else {
                physical::of(&Asked {
                    pseudo: &pseudo,
                    qualified: origin.qualified(),
                    id: &resource.id,
                    type_name: &resource.type_name,
                    properties: &properties,
                })
            };
            outcome.stacks.resources.push(Resource {
                origin: origin.clone(),
                properties: Properties::new(properties.clone()),
                reference: physical.reference.clone(),
                arn: physical.arn.clone(),
                is_run,
            });
            let (problems, notices) = (&mut scope.problems, &mut scope.notices);
            Collector { stacks: &mut outcome.stacks, problems, notices }.add(origin, &physical, properties);
            scope.resources.insert(resource.id.clone(), physical);
        }
        let outputs = outputs(&mut scope);
        for (name, span) in std::mem::take(&mut scope.missing_exports) {
            outcome.missing_exports.push((file.clone(), name, span));
        }
        self.spent.set(spent.get());
        outcome
            .exports
            .extend(outputs.iter().filter_map(|output| Some((output.export.clone()?, output.value.clone()))));
        let physical = physical::nested(
            &pseudo.stack_id,
            &pseudo.stack_name,
            outputs.iter().map(|output| (output.name.clone(), output.value.clone())),
        );
        if let Some(stack) = outcome.stacks.stacks.get_mut(here) {
            stack.outputs = outputs;
        }
        outcome.problems.extend(scope.problems.into_problems(file));
        outcome.stacks.notices.extend(scope.notices.into_iter().map(|notice| Problem::new(file, notice)));
        physical
    }

    /// A nested stack. What is wrong with the resource is told of in the parent; what is wrong within, in the child's file.
    fn nested(
        &mut self,
        origin: &Origin,
        properties: &Resolved,
        parent: &mut Scope<'_>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Physical {
        // Whatever is asked of a stack that could not be read is not known; its own problem is told of once.
        let unread =
            || Physical { reference: physical::placeholder(&origin.qualified()), ..Physical::default() };
        let Some(url) = properties.get("TemplateURL") else {
            parent.problems.add(
                origin.span,
                format!("{} has no TemplateURL", origin.logical_id),
                "name the nested template",
            );
            return unread();
        };
        let Some(text) = url.text() else {
            if url.kind != Kind::Null {
                parent.problems.add(
                    url.span,
                    format!("TemplateURL must be a text, not {}", url.what()),
                    "write a path or URL",
                );
            }
            return unread();
        };
        let found = self.find(text, origin.file.name());
        if found.is_none() && self.request.missing == Missing::IsAPlaceholder {
            return unread();
        }
        let Some(file) = found else {
            let parameter = parent.template.parameters.iter().find(|entry| {
                parent.parameters.get(&entry.key).is_some_and(|given| given.value.joined() == text)
            });
            let hint = match parameter {
                Some(entry) => {
                    format!("pass {}:{}=PATH with the path of the nested template", place.name, entry.key)
                }
                None => "put the nested template beside this one, by the file name of its URL".to_owned(),
            };
            parent.problems.add(url.span, format!("The nested template `{text}` is not found"), hint);
            return unread();
        };
        if place.around.iter().any(|around| around == file.name()) {
            let mut way: Vec<&str> =
                place.around.iter().map(String::as_str).skip_while(|around| *around != file.name()).collect();
            way.push(file.name());
            parent.problems.add(
                url.span,
                format!("Nested stacks go in a circle: {}", way.join(" -> ")),
                "a template cannot nest itself",
            );
            return unread();
        }
        self.nested.insert(file.name().to_owned());
        if place.around.len() >= MAX_NESTING || self.left == 0 {
            let message =
                format!("More than {MAX_STACKS} stacks, or {MAX_NESTING} within one another, are not read");
            parent.problems.add(url.span, message, "is this many meant?");
            return unread();
        }
        self.left -= 1;
        let parsed = self.parsed.entry(file.name().to_owned()).or_insert_with(|| {
            Template::parse(&file).map(Rc::new).map_err(|problems| problems.into_problems(&file))
        });
        let template = match parsed {
            Ok(template) => template.clone(),
            Err(problems) => {
                outcome.problems.extend(problems.iter().cloned());
                return unread();
            }
        };
        let given = passed_on(&template, origin, properties, parent);
        let stack = &parent.pseudo.stack_name;
        let mut around = place.around.to_vec();
        around.push(file.name().to_owned());
        let child = Place {
            name: format!("{}/{}", place.name, origin.logical_id),
            stack_name: format!("{stack}-{}-{}", origin.logical_id, suffix(&[stack, &origin.logical_id])),
            given,
            giver_is_parent: true,
            around: &around,
        };
        self.stack(&template, &child, outcome)
    }

    /// The template of a `TemplateURL`.
    fn find(&self, url: &str, parent: &str) -> Option<File> {
        let name = file_name(url);
        let by_name = || self.request.files.iter().find(|file| file_name(file.name()) == name).cloned();
        if url.contains("://") {
            return (self.load)(url).or_else(by_name).or_else(|| (self.load)(name));
        }
        let folder = parent.len() - file_name(parent).len();
        let beside =
            parent.get(..folder).filter(|folder| !folder.is_empty()).map(|folder| format!("{folder}{url}"));
        beside.and_then(|path| (self.load)(&path)).or_else(|| (self.load)(url)).or_else(by_name)
    }
}

fn origin_of(resource: &template::Resource, template: &Template, place: &Place<'_>) -> Origin {
    Origin {
        template: place.name.clone(),
        logical_id: resource.id.to_string(),
        type_name: resource.type_name.clone(),
        file: template.file.clone(),
        span: resource.id_span,
    }
}

/// The parameters a parent gives: those of its own account and region go along.
fn passed_on(
    template: &Template,
    origin: &Origin,
    properties: &Resolved,
    parent: &mut Scope<'_>,
) -> BTreeMap<String, String> {
    let mut given = BTreeMap::new();
    for (name, value) in [("AWS::AccountId", &parent.pseudo.account), ("AWS::Region", &parent.pseudo.region)]
    {
        given.insert(name.to_owned(), value.clone());
    }
    for (name, span, value) in properties.get("Parameters").map(Resolved::entries).unwrap_or_default() {
        if !template.parameters.iter().any(|entry| *entry.key == **name) {
            parent.problems.add(
                *span,
                format!("Parameters: [{name}] do not exist in the template {}", template.file.name()),
                did_you_mean(name, template.parameters.iter().map(|entry| &*entry.key)).unwrap_or_default(),
            );
            continue;
        }
        let unknown = || physical::placeholder(&format!("{}.Parameters.{name}", origin.qualified()));
        let text = match &value.kind {
            Kind::List(items) => {
                items.iter().map(Resolved::text).collect::<Option<Vec<_>>>().map(|items| items.join(","))
            }
            // Its own problem is told of where it is; the child is not to say that nothing was given.
            Kind::Null => Some(unknown()),
            _ => value.text().map(str::to_owned),
        };
        if let Some(text) = text {
            given.insert(name.clone(), text);
        } else {
            given.insert(name.clone(), unknown());
            parent.problems.add(
                value.span,
                format!("Parameter {name} must be given a text, not {}", value.what()),
                "write a text, a list of texts, or a function that gives one",
            );
        }
    }
    given
}

/// A template's name as a stack's: letters, digits and hyphens.
fn stack_name(template: &str) -> String {
    template.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(128).collect()
}

/// Works out all conditions, each behind those it is made of.
fn conditions(scope: &mut Scope<'_>) {
    let template = scope.template;
    let all: Vec<_> = template.conditions.values().collect();
    let index: HashMap<&str, usize> = all.iter().enumerate().map(|(at, entry)| (&*entry.key, at)).collect();
    let edges: Vec<Vec<usize>> = all
        .iter()
        .map(|entry| {
            conditions_in(&entry.value).into_iter().filter_map(|name| index.get(name).copied()).collect()
        })
        .collect();
    match order(&edges) {
        Ok(ordered) => {
            for entry in ordered.into_iter().filter_map(|at| all.get(at)) {
                if let Some(value) = scope.truth(&entry.value) {
                    scope.conditions.insert(entry.key.clone(), value);
                }
            }
        }
        Err(circle) => {
            let circle: Vec<_> = circle.into_iter().filter_map(|at| all.get(at)).collect();
            let names = circle.iter().map(|entry| &*entry.key);
            circular(scope, names.collect(), circle.first().map(|entry| entry.key_span), "conditions");
        }
    }
}

fn circular(scope: &mut Scope<'_>, mut names: Vec<&str>, span: Option<Span>, what: &str) {
    let message = format!("Circular dependency between {what}: [{}]", names.join(", "));
    names.extend(names.first().copied());
    scope.problems.add(
        span.unwrap_or_default(),
        message,
        format!("each needs the next: {}", names.join(" -> ")),
    );
}

/// The resources that are there, each behind those it needs. `DependsOn` is checked on the way.
fn resource_order(scope: &mut Scope<'_>) -> Vec<usize> {
    let template = scope.template;
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(template.resources.len());
    for resource in &template.resources {
        let mut needs = Vec::new();
        if !scope.left_out.contains(&resource.id) {
            for (id, span) in &resource.depends_on {
                if let Some(index) = template.resource(id) {
                    needs.push(index);
                } else if template.generators.is_empty() {
                    let hint = did_you_mean(id, template.resources.iter().map(|resource| &*resource.id));
                    scope.problems.add(
                        *span,
                        format!("Template format error: Unresolved resource dependencies [{id}] in the Resources block of the template"),
                        hint.unwrap_or_default(),
                    );
                }
            }
            let names = resource.properties.as_ref().map_or_else(Vec::new, |node| scope.names_in(node));
            needs.extend(names.into_iter().filter_map(|(name, _)| template.resource(&name)));
            needs.sort_unstable();
            needs.dedup();
        }
        edges.push(needs);
    }
    match order(&edges) {
        Ok(mut ordered) => {
            ordered.retain(|index| {
                template.resources.get(*index).is_some_and(|resource| !scope.left_out.contains(&resource.id))
            });
            ordered
        }
        Err(circle) => {
            let circle: Vec<_> = circle.into_iter().filter_map(|at| template.resources.get(at)).collect();
            let names = circle.iter().map(|resource| &*resource.id).collect();
            circular(scope, names, circle.first().map(|resource| resource.id_span), "resources");
            Vec::new()
        }
    }
}

/// The outputs whose condition holds.
fn outputs(scope: &mut Scope<'_>) -> Vec<Output> {
    let template = scope.template;
    let mut outputs = Vec::new();
    if !scope.problems.is_empty() && scope.resources.is_empty() {
        // The resources could not be put in order: everything an output names would be told of a second time.
        return outputs;
    }
    scope.is_run = false;
    for entry in &template.outputs {
        let condition = entry.value.get("Condition").and_then(|node| Some((node.text()?, node.span)));
        if condition.is_some_and(|(name, span)| scope.condition(name, span) != Some(true)) {
            continue;
        }
        let Some(value) = entry.value.get("Value") else {
            scope.problems.add(
                entry.key_span,
                format!("Template format error: Output {} has no Value", entry.key),
                "write `Value:` below it",
            );
            continue;
        };
        let resolved = scope.resolve(value);
        let export =
            entry.value.get("Export").and_then(|export| export.get("Name")).map(|name| scope.resolve(name));
        match resolved.text() {
            Some(text) => outputs.push(Output {
                name: entry.key.to_string(),
                value: text.to_owned(),
                export: export.and_then(|name| name.text().map(str::to_owned)),
            }),
            None if resolved.kind == Kind::Null => {}
            None => scope.problems.add(
                value.span,
                format!(
                    "Template format error: Output {} must be a text, not {}",
                    entry.key,
                    resolved.what()
                ),
                "make a text of it with Fn::Join",
            ),
        }
    }
    outputs
}

/// What is wrong with an assignment: no template has what it gives a value.
fn unknown_assignment(
    assignment: &Assignment,
    templates: &[&(String, String, Vec<String>)],
) -> Option<Problem> {
    let key = &assignment.key;
    let meant: Vec<_> = templates
        .iter()
        .filter(|(name, ..)| assignment.template.as_ref().is_none_or(|template| template == name))
        .collect();
    let (message, hint) = if let (Some(template), true) = (&assignment.template, meant.is_empty()) {
        let hint = did_you_mean(template, templates.iter().map(|(name, ..)| name.as_str()));
        (format!("There is no template `{template}`"), hint)
    } else if let Some(pseudo) = key.strip_prefix("AWS::") {
        if pseudo::NAMES.contains(&pseudo) && pseudo != "NoValue" {
            return None;
        }
        (format!("There is no pseudo parameter `{key}`"), did_you_mean(pseudo, pseudo::NAMES))
    } else if meant.iter().any(|(.., parameters)| parameters.contains(key)) {
        return None;
    } else {
        let known = meant.iter().flat_map(|(.., parameters)| parameters).map(String::as_str);
        let known: std::collections::BTreeSet<&str> = known.collect();
        let message = match &assignment.template {
            Some(template) => format!("Template {template} has no parameter `{key}`"),
            None => format!("No template has a parameter `{key}`"),
        };
        (message, did_you_mean(key, known))
    };
    let diagnostic = Diagnostic::new(message, assignment.span);
    let hint = hint.unwrap_or_else(|| "there are none".to_owned());
    Some(Problem::new(&assignment.file, diagnostic.with_hint(hint)))
}

fn append(all: &mut Stacks, more: Stacks) {
    all.stacks.extend(more.stacks);
    all.topics.extend(more.topics);
    all.subscriptions.extend(more.subscriptions);
    all.subscription_filters.extend(more.subscription_filters);
    all.metric_filters.extend(more.metric_filters);
    all.alarms.extend(more.alarms);
    all.composite_alarms.extend(more.composite_alarms);
    all.event_rules.extend(more.event_rules);
    all.functions.extend(more.functions);
    all.permissions.extend(more.permissions);
    all.log_groups.extend(more.log_groups);
    all.topic_policies.extend(more.topic_policies);
    all.trails.extend(more.trails);
    all.resources.extend(more.resources);
    all.left_out.extend(more.left_out);
    all.notices.extend(more.notices);
}
