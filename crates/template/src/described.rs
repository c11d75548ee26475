//! What `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms` print -> the same metric filters and alarms as a
//! template's, for those that never were in one.

use trailbell_text::{Diagnostic, Span};

use crate::collect::{self, Collector};
use crate::document;
use crate::model::{Origin, Resource, Stacks};
use crate::problem::{Problem, Problems};
use crate::resolved::{Kind, Resolved};
use crate::tree::{Node, Plain, Value};
use crate::{File, Properties, Request};

/// What an alarm has in CloudFormation, too; the rest of what is described (state, times, ARN) is no definition.
const DEFINITION: [&str; 31] = [
    "ActionConfiguration",
    "ActionsEnabled",
    "ActionsSuppressor",
    "ActionsSuppressorExtensionPeriod",
    "ActionsSuppressorWaitPeriod",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "AlarmRule",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationPeriods",
    "EvaluationWindow",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Tags",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
    "WarmUpConfiguration",
];

/// Reads a file that is such a description into `stacks`, and gives what is wrong with it; `None` where it is none.
pub(crate) fn read(file: &File, name: &str, request: &Request, stacks: &mut Stacks) -> Option<Vec<Problem>> {
    if !file.text().trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return None;
    }
    let root = document::parse(file).ok()?;
    let keys = ["metricFilters", "MetricAlarms", "CompositeAlarms"];
    if root.get("Resources").is_some() || !keys.iter().any(|key| root.get(key).is_some()) {
        return None;
    }
    let mut problems = Problems::default();
    let mut notices = Vec::new();
    for (key, type_name) in [
        ("metricFilters", "AWS::Logs::MetricFilter"),
        ("MetricAlarms", "AWS::CloudWatch::Alarm"),
        ("CompositeAlarms", "AWS::CloudWatch::CompositeAlarm"),
    ] {
        let Some(list) = root.get(key) else { continue };
        let Some(items) = list.items() else {
            problems.add(
                list.span,
                format!("{key} must be a list, not {}", list.what()),
                "give the AWS CLI's own output",
            );
            continue;
        };
        for item in items {
            one(item, file, name, type_name, request, stacks, &mut problems, &mut notices);
        }
    }
    if root.get("NextToken").or_else(|| root.get("nextToken")).is_some_and(|token| !token.is_null()) {
        notices.push(
            Diagnostic::new("This is one page of several", root.span).with_hint("ask without --no-paginate"),
        );
    }
    stacks.notices.extend(notices.into_iter().map(|notice| Problem::new(file, notice)));
    Some(problems.into_problems(file))
}

#[expect(clippy::too_many_arguments, reason = "one item of three lists that are read alike")]
fn one(
    item: &Node,
    file: &File,
    template: &str,
    type_name: &str,
    request: &Request,
    stacks: &mut Stacks,
    problems: &mut Problems,
    notices: &mut Vec<Diagnostic>,
) {
    let is_filter = type_name == "AWS::Logs::MetricFilter";
    let name_node = item.get(if is_filter { "filterName" } else { "AlarmName" });
    let Some((name, span)) = name_node.and_then(|node| Some((node.text()?, node.span))) else {
        problems.add(item.span, "This has no name", "give the AWS CLI's own output");
        return;
    };
    let origin = Origin {
        template: template.to_owned(),
        logical_id: name.to_owned(),
        type_name: type_name.to_owned(),
        file: file.clone(),
        span,
    };
    let described = plain(item);
    let arn = item.get("AlarmArn").and_then(Node::text).map_or_else(
        || format!("arn:aws:cloudwatch:{}:{}:alarm:{name}", request.region, request.account),
        str::to_owned,
    );
    stacks.resources.push(Resource {
        origin: origin.clone(),
        reference: name.to_owned(),
        arn: (!is_filter).then(|| arn.clone()),
        is_run: true,
        properties: Properties::new(described.clone()),
    });
    if is_filter {
        let tree = as_template(&described);
        Collector { stacks, problems, notices }.metric_filter(origin, name.to_owned(), &tree);
        return;
    }
    let json = described.json();
    let mut tree = described;
    if let Kind::Mapping(entries) = &mut tree.kind {
        entries.retain(|(key, _, value)| DEFINITION.contains(&key.as_str()) && value.kind != Kind::Null);
    }
    let alarm = collect::alarm(origin, name.to_owned(), arn, tree, Some(json));
    if type_name == "AWS::CloudWatch::Alarm" {
        stacks.alarms.push(alarm);
    } else {
        stacks.composite_alarms.push(alarm);
    }
}

/// A metric filter's description by the names of a template: `filterPattern` -> `FilterPattern`, dimensions as a list.
fn as_template(described: &Resolved) -> Resolved {
    let capital = |(key, span, value): &(String, Span, Resolved)| {
        let mut letters = key.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        let value = match key.as_str() {
            "metricTransformations" => match &value.kind {
                Kind::List(items) => {
                    Resolved { span: value.span, kind: Kind::List(items.iter().map(as_template).collect()) }
                }
                _ => value.clone(),
            },
            "dimensions" => dimensions(value),
            _ => value.clone(),
        };
        (first.into_iter().chain(letters).collect(), *span, value)
    };
    let entries = described.entries().iter().filter(|(.., value)| value.kind != Kind::Null);
    Resolved { span: described.span, kind: Kind::Mapping(entries.map(capital).collect()) }
}

fn dimensions(map: &Resolved) -> Resolved {
    let pair = |(key, span, value): &(String, Span, Resolved)| Resolved {
        span: value.span,
        kind: Kind::Mapping(vec![
            ("Key".to_owned(), *span, Resolved::text_at(*span, key.as_str())),
            ("Value".to_owned(), value.span, value.clone()),
        ]),
    };
    match &map.kind {
        Kind::Mapping(entries) => {
            Resolved { span: map.span, kind: Kind::List(entries.iter().map(pair).collect()) }
        }
        _ => map.clone(),
    }
}

/// A tree without functions as values; what looks like a function is a mapping.
fn plain(node: &Node) -> Resolved {
    let kind = match &node.value {
        Value::Scalar(scalar) => match scalar.kind() {
            Plain::Null => Kind::Null,
            Plain::Boolean(value) => Kind::Boolean(value),
            Plain::Number => Kind::Number(scalar.text.clone()),
            Plain::Text => Kind::Text(scalar.text.clone(), Some(scalar.quoting)),
        },
        Value::Sequence(items) => Kind::List(items.iter().map(plain).collect()),
        Value::Mapping(entries) => Kind::Mapping(
            entries
                .iter()
                .map(|entry| (entry.key.to_string(), entry.key_span, plain(&entry.value)))
                .collect(),
        ),
        Value::Call(call) => Kind::Mapping(vec![(call.name.clone(), node.span, plain(&call.argument))]),
    };
    Resolved { span: node.span, kind }
}
