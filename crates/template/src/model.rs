//! What templates hold that trailbell can run, and what it cannot: the outcome of reading them.

use std::collections::BTreeMap;

use serde_json::Value;
use trailbell_text::{Diagnostic, Span};

use crate::problem::did_you_mean;
use crate::{File, Problem, Properties, Text};

/// Where a resource comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What its template is called: the file's name without folders and ending; of a nested stack, its parent's and the
    /// stack's logical id (`console-login/LowerStackSubscription`).
    pub template: String,
    /// Its logical id; of what an account described, its name.
    pub logical_id: String,
    /// `AWS::SNS::Topic`.
    pub type_name: String,
    /// The file it is written in.
    pub file: File,
    /// Its logical id's bytes in that file.
    pub span: Span,
}

impl Origin {
    /// `TEMPLATE:LogicalId`.
    pub fn qualified(&self) -> String {
        format!("{}:{}", self.template, self.logical_id)
    }

    /// A problem at some place of this resource's file.
    pub fn problem(&self, diagnostic: Diagnostic) -> Problem {
        Problem { file: self.file.clone(), diagnostic }
    }
}

/// One stack: a template with its parameters, or a nested one.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// What its template is called, as in [`Origin::template`].
    pub template: String,
    /// The template's file.
    pub file: File,
    /// `AWS::StackName`.
    pub name: String,
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::Region`.
    pub region: String,
    /// What the parameters are; `****` where `NoEcho` hides one.
    pub parameters: BTreeMap<String, String>,
    /// `Outputs`, in the order of the template.
    pub outputs: Vec<Output>,
}

/// One of a stack's `Outputs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its logical id.
    pub name: String,
    /// `Value`.
    pub value: String,
    /// `Export.Name`.
    pub export: Option<String>,
}

/// Any resource, by its ids.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Where it comes from.
    pub origin: Origin,
    /// What `Ref` gives.
    pub reference: String,
    /// Its ARN, where the type has one that is known.
    pub arn: Option<String>,
    /// Whether trailbell does something with its type.
    pub is_run: bool,
    /// All properties.
    pub properties: Properties,
}

/// `AWS::SNS::Topic`.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Where it comes from.
    pub origin: Origin,
    /// Its ARN.
    pub arn: String,
    /// `TopicName`, or the one made up.
    pub name: String,
    /// `DisplayName`: the sender's name in a mail.
    pub display_name: Option<String>,
    /// All properties.
    pub properties: Properties,
}

/// `AWS::SNS::Subscription`, or one of a topic's own `Subscription` list.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// Where it comes from; of a topic's own list, the topic.
    pub origin: Origin,
    /// The topic's ARN.
    pub topic_arn: String,
    /// `Protocol`: `email`, `lambda`, `sqs` ...
    pub protocol: Text,
    /// `Endpoint`.
    pub endpoint: Text,
    /// `FilterPolicy`.
    pub filter_policy: Option<Value>,
    /// Where the filter policy is written.
    pub filter_policy_span: Span,
    /// `FilterPolicyScope`: `MessageAttributes` unless it is `MessageBody`.
    pub filter_policy_scope: String,
    /// `RawMessageDelivery`.
    pub raw_delivery: bool,
    /// `RedrivePolicy`.
    pub redrive_policy: Option<Value>,
}

/// `AWS::Logs::SubscriptionFilter`.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionFilter {
    /// Where it comes from.
    pub origin: Origin,
    /// `FilterName`, or the one made up.
    pub name: String,
    /// `LogGroupName`.
    pub log_group: Text,
    /// `FilterPattern`.
    pub pattern: Text,
    /// `DestinationArn`.
    pub destination_arn: Text,
    /// `ApplyOnTransformedLogs`.
    pub apply_on_transformed_logs: bool,
    /// `FieldSelectionCriteria`.
    pub field_selection_criteria: Option<Text>,
    /// `EmitSystemFields`.
    pub emit_system_fields: Vec<String>,
}

/// `AWS::Logs::MetricFilter`.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricFilter {
    /// Where it comes from.
    pub origin: Origin,
    /// `FilterName`, or the one made up.
    pub name: String,
    /// `LogGroupName`.
    pub log_group: Text,
    /// `FilterPattern`.
    pub pattern: Text,
    /// `MetricTransformations`: one, as AWS takes no second.
    pub transformations: Vec<Transformation>,
    /// `ApplyOnTransformedLogs`.
    pub apply_on_transformed_logs: bool,
    /// `FieldSelectionCriteria`.
    pub field_selection_criteria: Option<Text>,
    /// `EmitSystemFieldDimensions`.
    pub emit_system_field_dimensions: Vec<String>,
}

/// One of a metric filter's `MetricTransformations`.
#[derive(Debug, Clone, PartialEq)]
pub struct Transformation {
    /// All of it.
    pub span: Span,
    /// `MetricNamespace`.
    pub metric_namespace: Text,
    /// `MetricName`.
    pub metric_name: Text,
    /// `MetricValue`: a number, or `$.field`.
    pub metric_value: Text,
    /// `DefaultValue`.
    pub default_value: Option<f64>,
    /// `Unit`.
    pub unit: Option<Text>,
    /// `Dimensions`: keys and the fields that give the values.
    pub dimensions: Vec<(String, Text)>,
}

/// `AWS::CloudWatch::Alarm` or `AWS::CloudWatch::CompositeAlarm`.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Where it comes from.
    pub origin: Origin,
    /// `AlarmName`, or the one made up.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// All properties, by CloudFormation's names.
    pub properties: Properties,
    /// What `describe-alarms` said of it, where it comes from there: also state and times.
    pub described: Option<Value>,
}

/// `AWS::Events::Rule`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRule {
    /// Where it comes from.
    pub origin: Origin,
    /// `Name`, or the one made up.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `EventBusName`; `default` where none is named.
    pub bus: String,
    /// `EventPattern` as JSON text.
    pub pattern: Option<String>,
    /// Where the pattern is written.
    pub pattern_span: Span,
    /// `ScheduleExpression`.
    pub schedule: Option<String>,
    /// `State`; `ENABLED` where it is not given.
    pub state: String,
    /// `Targets`.
    pub targets: Vec<Target>,
}

/// A rule's target.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// All of it.
    pub span: Span,
    /// `Id`.
    pub id: String,
    /// `Arn`.
    pub arn: Text,
    /// `Input`.
    pub input: Option<String>,
    /// `InputPath`.
    pub input_path: Option<String>,
    /// `InputTransformer`.
    pub input_transformer: Option<InputTransformer>,
    /// `DeadLetterConfig.Arn`.
    pub dead_letter_arn: Option<String>,
}

/// A target's `InputTransformer`.
#[derive(Debug, Clone, PartialEq)]
pub struct InputTransformer {
    /// `InputPathsMap`: names and paths.
    pub paths: Vec<(String, String)>,
    /// `InputTemplate`.
    pub template: Text,
}

/// `AWS::Lambda::Function`.
#[derive(Debug, Clone, PartialEq)]
pub struct LambdaFunction {
    /// Where it comes from.
    pub origin: Origin,
    /// `FunctionName`, or the one made up.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `Runtime`.
    pub runtime: Option<Text>,
    /// `Environment.Variables`.
    pub environment: Vec<(String, Text)>,
    /// The topics that its environment names by ARN: each log event it is given is taken to go there.
    pub forwards_to: Vec<String>,
    /// The subject it would give, where a variable tells: `ALARM_SUBJECT`, else the first with SUBJECT in its name.
    pub subject: Option<String>,
    /// `Code.ZipFile`: code that is written in the template.
    pub code: Option<Text>,
}

/// `AWS::Lambda::Permission`.
#[derive(Debug, Clone, PartialEq)]
pub struct LambdaPermission {
    /// Where it comes from.
    pub origin: Origin,
    /// `FunctionName`: a name or an ARN.
    pub function: String,
    /// `Action`.
    pub action: String,
    /// `Principal`.
    pub principal: String,
    /// `SourceArn`.
    pub source_arn: Option<String>,
    /// `SourceAccount`.
    pub source_account: Option<String>,
}

/// `AWS::Logs::LogGroup`.
#[derive(Debug, Clone, PartialEq)]
pub struct LogGroup {
    /// Where it comes from.
    pub origin: Origin,
    /// `LogGroupName`, or the one made up.
    pub name: String,
    /// Its ARN, with `:*` behind it, as AWS gives it.
    pub arn: String,
}

/// `AWS::SNS::TopicPolicy`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicPolicy {
    /// Where it comes from.
    pub origin: Origin,
    /// `Topics`: ARNs.
    pub topics: Vec<String>,
    /// `PolicyDocument`.
    pub document: Value,
}

/// `AWS::CloudTrail::Trail`.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// Where it comes from.
    pub origin: Origin,
    /// `TrailName`, or the one made up.
    pub name: String,
    /// `CloudWatchLogsLogGroupArn`.
    pub log_group_arn: Option<Text>,
    /// `IsMultiRegionTrail`.
    pub is_multi_region: bool,
    /// `IncludeGlobalServiceEvents`; absent is true for a trail of one region, too.
    pub includes_global_services: bool,
    /// `IsLogging`.
    pub is_logging: bool,
}

/// Everything that was handed in, resolved.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stacks {
    /// The stacks, nested ones behind their parents.
    pub stacks: Vec<Stack>,
    /// Topics.
    pub topics: Vec<Topic>,
    /// Subscriptions to topics.
    pub subscriptions: Vec<Subscription>,
    /// Subscription filters of log groups.
    pub subscription_filters: Vec<SubscriptionFilter>,
    /// Metric filters of log groups.
    pub metric_filters: Vec<MetricFilter>,
    /// Metric alarms.
    pub alarms: Vec<Alarm>,
    /// Composite alarms.
    pub composite_alarms: Vec<Alarm>,
    /// EventBridge rules.
    pub event_rules: Vec<EventRule>,
    /// Lambda functions.
    pub functions: Vec<LambdaFunction>,
    /// Who may call them.
    pub permissions: Vec<LambdaPermission>,
    /// Log groups.
    pub log_groups: Vec<LogGroup>,
    /// Topics' policies.
    pub topic_policies: Vec<TopicPolicy>,
    /// Trails.
    pub trails: Vec<Trail>,
    /// Every resource, of all the kinds above and all others; nested stacks, too.
    pub resources: Vec<Resource>,
    /// The resources that are not there because their condition is false.
    pub left_out: Vec<Origin>,
    /// What is odd: sections and functions that are not run, properties AWS does not have.
    pub notices: Vec<Problem>,
}

impl Stacks {
    /// The resources that trailbell does nothing with, by type, id and place.
    pub fn not_run(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|resource| !resource.is_run)
    }

    /// How to call a resource: by its logical id alone where no other template has that one, else `TEMPLATE:LogicalId`.
    pub fn id_of(&self, origin: &Origin) -> String {
        let same = self.resources.iter().filter(|resource| resource.origin.logical_id == origin.logical_id);
        if same.count() > 1 { origin.qualified() } else { origin.logical_id.clone() }
    }

    /// The resource that `[TEMPLATE:]LogicalId` names. `said_as` names where it was said (`--filter-destination`), for
    /// messages.
    pub fn find(&self, said_as: &str, id: &str) -> Result<&Resource, Problem> {
        let (template, logical_id) =
            id.rsplit_once(':').map_or((None, id), |(template, id)| (Some(template), id));
        let named: Vec<&Resource> = self
            .resources
            .iter()
            .filter(|resource| resource.origin.logical_id == logical_id)
            .filter(|resource| template.is_none_or(|template| resource.origin.template == template))
            .collect();
        let (message, hint) = match named.as_slice() {
            [one] => return Ok(one),
            [] => {
                let ids: Vec<String> =
                    self.resources.iter().map(|resource| self.id_of(&resource.origin)).collect();
                let hint = did_you_mean(id, ids.iter().map(String::as_str));
                (format!("There is no resource `{id}`"), hint.unwrap_or_default())
            }
            several => {
                let ids: Vec<String> = several.iter().map(|resource| resource.origin.qualified()).collect();
                (
                    format!("Several templates have a resource `{id}`"),
                    format!("say which: {}", ids.join(", ")),
                )
            }
        };
        let diagnostic = Diagnostic::new(message, Span::new(0, id.len())).with_hint(hint);
        Err(Problem { file: File::new(said_as, id), diagnostic })
    }
}
