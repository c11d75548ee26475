//! A resolved resource -> what trailbell runs of it.

use serde_json::Value;
use trailbell_text::{Diagnostic, Span};

use crate::model::{
    Alarm, EventRule, InputTransformer, LambdaFunction, LambdaPermission, LogGroup, MetricFilter, Origin,
    Stacks, Subscription, SubscriptionFilter, Target, Topic, TopicPolicy, Trail, Transformation,
};
use crate::physical::{Physical, is_placeholder};
use crate::problem::{Problems, did_you_mean};
use crate::resolved::{Kind, Resolved};
use crate::{Properties, Text};

/// The types that are run, with the properties AWS has for those that are read in full.
const TYPES: [(&str, &[&str]); 12] = [
    (
        "AWS::SNS::Topic",
        &[
            "ArchivePolicy",
            "ContentBasedDeduplication",
            "DataProtectionPolicy",
            "DeliveryStatusLogging",
            "DisplayName",
            "FifoThroughputScope",
            "FifoTopic",
            "KmsMasterKeyId",
            "MaximumMessageSize",
            "SignatureVersion",
            "Subscription",
            "Tags",
            "TopicName",
            "TracingConfig",
        ],
    ),
    (
        "AWS::SNS::Subscription",
        &[
            "DeliveryPolicy",
            "Endpoint",
            "FilterPolicy",
            "FilterPolicyScope",
            "Protocol",
            "RawMessageDelivery",
            "RedrivePolicy",
            "Region",
            "ReplayPolicy",
            "SubscriptionRoleArn",
            "TopicArn",
        ],
    ),
    ("AWS::SNS::TopicPolicy", &["PolicyDocument", "Topics"]),
    (
        "AWS::Logs::SubscriptionFilter",
        &[
            "ApplyOnTransformedLogs",
            "DestinationArn",
            "Distribution",
            "EmitSystemFields",
            "FieldSelectionCriteria",
            "FilterName",
            "FilterPattern",
            "LogGroupName",
            "RoleArn",
        ],
    ),
    (
        "AWS::Logs::MetricFilter",
        &[
            "ApplyOnTransformedLogs",
            "EmitSystemFieldDimensions",
            "FieldSelectionCriteria",
            "FilterName",
            "FilterPattern",
            "LogGroupName",
            "MetricTransformations",
        ],
    ),
    // Their properties are checked where alarms are made of them.
    ("AWS::CloudWatch::Alarm", &[]),
    ("AWS::CloudWatch::CompositeAlarm", &[]),
    (
        "AWS::Events::Rule",
        &[
            "Description",
            "EventBusName",
            "EventPattern",
            "Name",
            "RoleArn",
            "ScheduleExpression",
            "State",
            "Tags",
            "Targets",
        ],
    ),
    ("AWS::Lambda::Function", &[]),
    ("AWS::Lambda::Permission", &[]),
    ("AWS::Logs::LogGroup", &[]),
    ("AWS::CloudTrail::Trail", &[]),
];

/// The type of a nested stack.
pub(crate) const NESTED: &str = "AWS::CloudFormation::Stack";

/// Whether trailbell does something with resources of a type.
pub(crate) fn is_run(type_name: &str) -> bool {
    type_name == NESTED || TYPES.iter().any(|(known, _)| *known == type_name)
}

/// A resource that is read, and what is wrong with it.
pub(crate) struct Collector<'a> {
    pub(crate) stacks: &'a mut Stacks,
    pub(crate) problems: &'a mut Problems,
    pub(crate) notices: &'a mut Vec<Diagnostic>,
}

impl Collector<'_> {
    /// Adds a resource to what is run.
    pub(crate) fn add(&mut self, origin: Origin, physical: &Physical, tree: Resolved) {
        let properties =
            TYPES.iter().find(|(known, _)| *known == origin.type_name).map_or(&[][..], |(_, all)| *all);
        if !properties.is_empty() {
            self.odd_properties(&origin.type_name, properties, &tree);
        }
        let name = physical.name.clone().unwrap_or_default();
        let arn = physical.arn.clone().unwrap_or_default();
        match origin.type_name.as_str() {
            "AWS::SNS::Topic" => self.topic(origin, name, arn, tree),
            "AWS::SNS::Subscription" => self.subscription(origin, None, &tree),
            "AWS::SNS::TopicPolicy" => {
                let topics = self.texts(&tree, "Topics");
                let document = tree.get("PolicyDocument").map(json_or_parsed).unwrap_or_default();
                self.stacks.topic_policies.push(TopicPolicy { origin, topics, document });
            }
            "AWS::Logs::SubscriptionFilter" => self.subscription_filter(origin, name, &tree),
            "AWS::Logs::MetricFilter" => self.metric_filter(origin, name, &tree),
            "AWS::CloudWatch::Alarm" => {
                let alarm = alarm(origin, name, arn, tree, None);
                self.stacks.alarms.push(alarm);
            }
            "AWS::CloudWatch::CompositeAlarm" => {
                let alarm = alarm(origin, name, arn, tree, None);
                self.stacks.composite_alarms.push(alarm);
            }
            "AWS::Events::Rule" => self.event_rule(origin, name, arn, &tree),
            "AWS::Lambda::Function" => self.function(origin, name, arn, &tree),
            "AWS::Lambda::Permission" => {
                let (Some(function), Some(principal)) = (
                    self.required(&origin, &tree, "FunctionName"),
                    self.required(&origin, &tree, "Principal"),
                ) else {
                    return;
                };
                let permission = LambdaPermission {
                    function: function.value,
                    action: self.text(&tree, "Action").unwrap_or_default(),
                    principal: principal.value,
                    source_arn: self.text(&tree, "SourceArn"),
                    source_account: self.text(&tree, "SourceAccount"),
                    origin,
                };
                self.stacks.permissions.push(permission);
            }
            "AWS::Logs::LogGroup" => self.stacks.log_groups.push(LogGroup { origin, name, arn }),
            "AWS::CloudTrail::Trail" => {
                let trail = Trail {
                    name,
                    log_group_arn: self.place(&tree, "CloudWatchLogsLogGroupArn"),
                    is_multi_region: self.flag(&tree, "IsMultiRegionTrail", false),
                    includes_global_services: self.flag(&tree, "IncludeGlobalServiceEvents", true),
                    is_logging: self.flag(&tree, "IsLogging", true),
                    origin,
                };
                self.stacks.trails.push(trail);
            }
            _ => {}
        }
    }

    fn odd_properties(&mut self, type_name: &str, known: &[&str], tree: &Resolved) {
        for (name, span, _) in tree.entries() {
            if !known.contains(&name.as_str()) && !name.starts_with("Fn::") {
                let odd = Diagnostic::new(
                    format!("{type_name} has no property `{name}`; it is not looked at"),
                    *span,
                );
                self.notices.push(match did_you_mean(name, known.iter().copied()) {
                    Some(hint) => odd.with_hint(hint),
                    None => odd,
                });
            }
        }
    }

    fn topic(&mut self, origin: Origin, name: String, arn: String, tree: Resolved) {
        if let Some(Kind::List(own)) = tree.get("Subscription").map(|list| &list.kind) {
            for subscription in own {
                self.subscription(origin.clone(), Some(&arn), subscription);
            }
        }
        let display_name = self.text(&tree, "DisplayName");
        self.stacks.topics.push(Topic { origin, arn, name, display_name, properties: Properties::new(tree) });
    }

    /// A subscription of its own, or one of the topic `of`.
    fn subscription(&mut self, origin: Origin, of: Option<&str>, tree: &Resolved) {
        let topic_arn = match of {
            Some(arn) => Some(arn.to_owned()),
            None => self.required(&origin, tree, "TopicArn").map(|text| text.value),
        };
        let (Some(topic_arn), Some(protocol), Some(endpoint)) =
            (topic_arn, self.required(&origin, tree, "Protocol"), self.required(&origin, tree, "Endpoint"))
        else {
            return;
        };
        let policy = tree.get("FilterPolicy").filter(|policy| policy.kind != Kind::Null);
        let subscription = Subscription {
            topic_arn,
            protocol,
            endpoint,
            filter_policy: policy.map(json_or_parsed),
            filter_policy_span: policy.map_or(tree.span, |policy| policy.span),
            filter_policy_scope: self
                .text(tree, "FilterPolicyScope")
                .unwrap_or_else(|| "MessageAttributes".to_owned()),
            raw_delivery: self.flag(tree, "RawMessageDelivery", false),
            redrive_policy: tree.get("RedrivePolicy").map(json_or_parsed),
            origin,
        };
        self.stacks.subscriptions.push(subscription);
    }

    fn subscription_filter(&mut self, origin: Origin, name: String, tree: &Resolved) {
        let (Some(log_group), Some(pattern), Some(destination_arn)) = (
            self.required(&origin, tree, "LogGroupName"),
            self.required(&origin, tree, "FilterPattern"),
            self.required(&origin, tree, "DestinationArn"),
        ) else {
            return;
        };
        let filter = SubscriptionFilter {
            name,
            log_group,
            pattern,
            destination_arn,
            apply_on_transformed_logs: self.flag(tree, "ApplyOnTransformedLogs", false),
            field_selection_criteria: self.place(tree, "FieldSelectionCriteria"),
            emit_system_fields: self.texts(tree, "EmitSystemFields"),
            origin,
        };
        self.stacks.subscription_filters.push(filter);
    }

    pub(crate) fn metric_filter(&mut self, origin: Origin, name: String, tree: &Resolved) {
        let (Some(log_group), Some(pattern)) =
            (self.required(&origin, tree, "LogGroupName"), self.required(&origin, tree, "FilterPattern"))
        else {
            return;
        };
        let transformations = match tree.get("MetricTransformations") {
            Some(Resolved { kind: Kind::List(items), .. }) if items.len() == 1 => {
                items.iter().filter_map(|item| self.transformation(&origin, item)).collect()
            }
            Some(list) if list.is_unknown() => return,
            None if tree.is_unknown() => return,
            other => {
                let span = other.map_or(origin.span, |list| list.span);
                let message = match other.map(|list| &list.kind) {
                    Some(Kind::List(items)) => {
                        format!("A metric filter has one MetricTransformation, not {}", items.len())
                    }
                    Some(_) => "MetricTransformations must be a list".to_owned(),
                    None => format!("{} has no MetricTransformations", origin.logical_id),
                };
                self.problems.add(span, message, "AWS takes one; make a metric filter for each metric");
                return;
            }
        };
        let filter = MetricFilter {
            name,
            log_group,
            pattern,
            transformations,
            apply_on_transformed_logs: self.flag(tree, "ApplyOnTransformedLogs", false),
            field_selection_criteria: self.place(tree, "FieldSelectionCriteria"),
            emit_system_field_dimensions: self.texts(tree, "EmitSystemFieldDimensions"),
            origin,
        };
        self.stacks.metric_filters.push(filter);
    }

    fn transformation(&mut self, origin: &Origin, tree: &Resolved) -> Option<Transformation> {
        let metric_namespace = self.required(origin, tree, "MetricNamespace");
        let metric_name = self.required(origin, tree, "MetricName");
        let metric_value = self.required(origin, tree, "MetricValue");
        let known = |text: &Text| !is_placeholder(&text.value);
        let default_value = self.place(tree, "DefaultValue").filter(known).and_then(|text| {
            let number = text.value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            if number.is_none() {
                self.problems.add(
                    text.span,
                    format!("DefaultValue must be a number, not `{}`", text.value),
                    "write 0",
                );
            }
            number
        });
        let mut dimensions = Vec::new();
        match tree.get("Dimensions").map(|list| (&list.kind, list.span)) {
            None => {}
            Some((Kind::List(items), _)) => {
                for item in items {
                    let (key, value) =
                        (self.required(origin, item, "Key"), self.required(origin, item, "Value"));
                    dimensions.extend(key.zip(value).map(|(key, value)| (key.value, value)));
                }
            }
            Some(_) if tree.get("Dimensions").is_some_and(Resolved::is_unknown) => {}
            Some((_, span)) => {
                self.problems.add(span, "Dimensions must be a list", "write `- {Key: name, Value: $.field}`");
            }
        }
        Some(Transformation {
            span: tree.span,
            metric_namespace: metric_namespace?,
            metric_name: metric_name?,
            metric_value: metric_value?,
            default_value,
            unit: self.place(tree, "Unit"),
            dimensions,
        })
    }

    fn event_rule(&mut self, origin: Origin, name: String, arn: String, tree: &Resolved) {
        let pattern = tree.get("EventPattern").filter(|pattern| pattern.kind != Kind::Null);
        let schedule = self.text(tree, "ScheduleExpression");
        if !tree.is_unknown()
            && tree.get("EventPattern").is_none()
            && tree.get("ScheduleExpression").is_none()
        {
            self.problems.add(
                origin.span,
                format!("{} has neither EventPattern nor ScheduleExpression", origin.logical_id),
                "a rule needs one of them",
            );
        }
        let mut targets = Vec::new();
        if let Some(Kind::List(items)) = tree.get("Targets").map(|list| &list.kind) {
            targets.extend(items.iter().filter_map(|item| self.target(&origin, item)));
        }
        let bus = self.text(tree, "EventBusName");
        let rule = EventRule {
            name,
            arn,
            bus: bus
                .and_then(|bus| bus.rsplit('/').next().map(str::to_owned))
                .unwrap_or_else(|| "default".to_owned()),
            pattern: pattern.map(|pattern| match pattern.text() {
                Some(text) => text.to_owned(),
                None => pattern.json().to_string(),
            }),
            pattern_span: pattern.map_or(origin.span, |pattern| pattern.span),
            schedule,
            state: self.text(tree, "State").unwrap_or_else(|| "ENABLED".to_owned()),
            targets,
            origin,
        };
        self.stacks.event_rules.push(rule);
    }

    fn target(&mut self, origin: &Origin, tree: &Resolved) -> Option<Target> {
        let (arn, id) = (self.required(origin, tree, "Arn"), self.required(origin, tree, "Id"));
        let transformer = tree.get("InputTransformer").and_then(|transformer| {
            let paths = transformer.get("InputPathsMap").map(Resolved::entries).unwrap_or_default();
            Some(InputTransformer {
                template: self.required(origin, transformer, "InputTemplate")?,
                paths: paths
                    .iter()
                    .filter_map(|(name, _, path)| Some((name.clone(), path.text()?.to_owned())))
                    .collect(),
            })
        });
        Some(Target {
            span: tree.span,
            id: id?.value,
            arn: arn?,
            input: self.text(tree, "Input"),
            input_path: self.text(tree, "InputPath"),
            input_transformer: transformer,
            dead_letter_arn: tree.get("DeadLetterConfig").and_then(|config| self.text(config, "Arn")),
        })
    }

    fn function(&mut self, origin: Origin, name: String, arn: String, tree: &Resolved) {
        let variables = tree.get("Environment").and_then(|environment| environment.get("Variables"));
        let mut environment = Vec::new();
        for (key, _, value) in variables.map(Resolved::entries).unwrap_or_default() {
            match Text::of(value) {
                Some(text) => environment.push((key.clone(), text)),
                None => self.problems.add(
                    value.span,
                    format!("Environment variable {key} must be a text, not {}", value.what()),
                    "write a text, or a function that gives one",
                ),
            }
        }
        let mut forwards_to: Vec<String> = Vec::new();
        for arn in environment.iter().flat_map(|(_, text)| text.value.split(',')).map(str::trim) {
            if is_topic_arn(arn) && !forwards_to.iter().any(|known| known == arn) {
                forwards_to.push(arn.to_owned());
            }
        }
        let subject = environment
            .iter()
            .find(|(name, _)| name == "ALARM_SUBJECT")
            .or_else(|| environment.iter().find(|(name, _)| name.to_ascii_uppercase().contains("SUBJECT")))
            .map(|(_, text)| text.value.clone());
        let function = LambdaFunction {
            name,
            arn,
            runtime: self.place(tree, "Runtime"),
            environment,
            forwards_to,
            subject,
            code: tree.get("Code").and_then(|code| self.place(code, "ZipFile")),
            origin,
        };
        self.stacks.functions.push(function);
    }

    /// A property that must be there and be a text.
    fn required(&mut self, origin: &Origin, tree: &Resolved, property: &str) -> Option<Text> {
        match tree.get(property) {
            // A function that failed has been told of.
            Some(value) if value.kind == Kind::Null => None,
            Some(_) => self.place(tree, property),
            // It may be in what is not known.
            None if tree.is_unknown() => None,
            None => {
                let span = if matches!(tree.kind, Kind::Mapping(_)) && !tree.entries().is_empty() {
                    tree.span
                } else {
                    origin.span
                };
                let span = Span::new(span.start, span.start.saturating_add(1).min(span.end.max(span.start)));
                let message = format!("{} of {} is missing", property, origin.logical_id);
                self.problems.add(span, message, format!("{} needs it", origin.type_name));
                None
            }
        }
    }

    /// A text and its place, where it is there; anything else in its place is a problem.
    fn place(&mut self, tree: &Resolved, property: &str) -> Option<Text> {
        let value = tree.get(property).filter(|value| value.kind != Kind::Null)?;
        let text = Text::of(value);
        if text.is_none() {
            self.problems.add(
                value.span,
                format!("{property} must be a text, not {}", value.what()),
                "write a text, or a function that gives one",
            );
        }
        text
    }

    fn text(&mut self, tree: &Resolved, property: &str) -> Option<String> {
        self.place(tree, property).map(|text| text.value)
    }

    fn texts(&mut self, tree: &Resolved, property: &str) -> Vec<String> {
        match tree.get(property) {
            Some(Resolved { kind: Kind::List(items), .. }) => {
                items.iter().filter_map(|item| item.text().map(str::to_owned)).collect()
            }
            Some(one) if one.text().is_some() => one.text().map(str::to_owned).into_iter().collect(),
            Some(Resolved { kind: Kind::Null, .. }) | None => Vec::new(),
            Some(other) => {
                self.problems.add(
                    other.span,
                    format!("{property} must be a list, not {}", other.what()),
                    "write a list of texts",
                );
                Vec::new()
            }
        }
    }

    /// A boolean, which CloudFormation also takes as text.
    fn flag(&mut self, tree: &Resolved, property: &str, otherwise: bool) -> bool {
        let Some(text) = self.place(tree, property) else { return otherwise };
        match text.value.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ if is_placeholder(&text.value) => otherwise,
            _ => {
                self.problems.add(
                    text.span,
                    format!("{property} must be true or false, not `{}`", text.value),
                    "write true or false",
                );
                otherwise
            }
        }
    }
}

/// An alarm of properties that always have its name.
pub(crate) fn alarm(
    origin: Origin,
    name: String,
    arn: String,
    mut tree: Resolved,
    described: Option<Value>,
) -> Alarm {
    if tree.get("AlarmName").is_none() {
        let made_up = Resolved::text_at(origin.span, name.as_str());
        match &mut tree.kind {
            Kind::Mapping(entries) => entries.push(("AlarmName".to_owned(), origin.span, made_up)),
            other => *other = Kind::Mapping(vec![("AlarmName".to_owned(), origin.span, made_up)]),
        }
    }
    Alarm { origin, name, arn, properties: Properties::new(tree), described }
}

/// A policy or pattern as JSON, also where it is written as a text of JSON.
fn json_or_parsed(resolved: &Resolved) -> Value {
    match &resolved.kind {
        Kind::Text(text, _) => serde_json::from_str(text).unwrap_or_else(|_| resolved.json()),
        _ => resolved.json(),
    }
}

fn is_topic_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(7, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "sns", _, _, name] if !name.is_empty())
}
