//! What a metric filter publishes, and what it may not be.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

use jiff::Timestamp;
use proptest::prelude::*;
use trailbell_alarm::{LogEvent, MetricFilter, MetricFilterDefinition, MetricTransformation, Sample, Unit};
use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;

fn transformation(value: &str) -> MetricTransformation {
    MetricTransformation {
        metric_name: "m".to_owned(),
        namespace: "N".to_owned(),
        value: value.to_owned(),
        default_value: None,
        unit: None,
        dimensions: Vec::new(),
    }
}

fn definition(pattern: &str, transformation: MetricTransformation) -> MetricFilterDefinition {
    MetricFilterDefinition {
        log_group: "group".to_owned(),
        name: "filter".to_owned(),
        pattern: Pattern::parse(pattern).unwrap(),
        transformations: vec![transformation],
        system_fields: Vec::new(),
        selection: None,
        on_transformed_logs: false,
    }
}

fn event(message: &str) -> LogEvent<'_> {
    let at = "2026-09-14T05:42:40.7Z".parse().unwrap();
    LogEvent { message, at, account: "012345678901", region: "eu-west-1", log_group: "group" }
}

fn published(definition: MetricFilterDefinition, message: &str) -> Option<Sample> {
    let filter = MetricFilter::new(definition).unwrap();
    let sample = filter.publish(&event(message));
    // One reading serves many filters, and says the same.
    let json = Json::parse(message).ok();
    let matched = filter.pattern().matches_message(message);
    assert_eq!(filter.publish_known(matched, &event(message), json.as_ref()), sample);
    sample
}

#[test]
fn a_value_is_a_number_or_a_text_that_is_one() {
    for (message, value) in [
        (r#"{"k":1,"v":7}"#, Some(7.0)),
        (r#"{"k":1,"v":"11.5"}"#, Some(11.5)),
        (r#"{"k":1,"v":"-2e3"}"#, Some(-2000.0)),
        (r#"{"k":1,"v":1,"v":2}"#, Some(2.0)),
        (r#"{"k":1,"v":"banana"}"#, None),
        (r#"{"k":1,"v":"inf"}"#, None),
        (r#"{"k":1,"v":1e999}"#, None),
        (r#"{"k":1,"v":[1]}"#, None),
        (r#"{"k":1,"v":true}"#, None),
        (r#"{"k":1,"v":null}"#, None),
        (r#"{"k":1}"#, None),
    ] {
        let default = MetricTransformation { default_value: Some(9.0), ..transformation("$.v") };
        // The default is not for an event that matches.
        let sample = published(definition("{ $.k = 1 }", default), message);
        assert_eq!(sample.map(|sample| sample.value), value, "{message}");
    }
}

#[test]
fn the_default_is_for_each_event_that_does_not_match() {
    let default = MetricTransformation { default_value: Some(3.0), ..transformation("5") };
    let values = ["hit", "miss", "miss", r#"{"json":true}"#]
        .map(|message| published(definition("hit", default.clone()), message).map(|sample| sample.value));
    assert_eq!(values, [Some(5.0), Some(3.0), Some(3.0), Some(3.0)]);
    assert_eq!(published(definition("hit", transformation("5")), "miss"), None);
}

#[test]
fn a_field_of_a_line_can_be_the_value_and_a_dimension() {
    let by_word = MetricTransformation {
        dimensions: vec![("Kind".to_owned(), "$kind".to_owned())],
        ..transformation("$value")
    };
    let sample = published(definition("[kind, value, rest]", by_word), "SPACE \"17.5\" A").unwrap();
    assert_eq!((sample.value, sample.metric.dimensions[0].value.as_str()), (17.5, "SPACE"));
    for (pattern, value, message) in [
        ("[kind, value, rest]", "$value", "SPACE banana A"),
        ("[kind, value, rest]", "$missing", "SPACE 1 A"),
        ("[kind, value, rest]", "$.value", "SPACE 1 A"),
        ("{ $.a = 1 }", "$a", r#"{"a":1}"#),
    ] {
        assert_eq!(published(definition(pattern, transformation(value)), message), None, "{value}");
    }
}

#[test]
fn dimensions_make_metrics_and_an_event_without_one_gives_no_sample() {
    let mut filter = definition(
        "{ $.v = * }",
        MetricTransformation {
            unit: Some("Bytes".to_owned()),
            dimensions: vec![("Z".to_owned(), "$.z".to_owned()), ("A".to_owned(), "$.a.b".to_owned())],
            ..transformation("$.v")
        },
    );
    filter.system_fields = vec!["@source.log".to_owned(), "@source.log".to_owned()];
    let sample = published(filter.clone(), r#"{"v":1,"z":7,"a":{"b":"x"}}"#).unwrap();
    let dimensions: Vec<(&str, &str)> =
        sample.metric.dimensions.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
    assert_eq!(dimensions, [("@source.log", "group"), ("A", "x"), ("Z", "7")]);
    assert_eq!(sample.unit, Unit::parse("Bytes").unwrap());
    assert_eq!(sample.at.to_string(), "2026-09-14T05:42:00Z");
    let names = ["@source.log", "A", "Z"];
    assert_eq!(MetricFilter::new(filter.clone()).unwrap().dimension_names(), names);
    for message in [
        r#"{"v":1,"z":7}"#,
        r#"{"v":1,"z":[],"a":{"b":"x"}}"#,
        r#"{"v":1,"z":"","a":{"b":"x"}}"#,
        r#"{"v":1,"z":null,"a":{"b":"x"}}"#,
    ] {
        assert_eq!(published(filter.clone(), message), None, "{message}");
    }
}

#[test]
fn criteria_and_transformed_logs_leave_events_out() {
    let mut filter =
        definition("hit", MetricTransformation { default_value: Some(0.0), ..transformation("1") });
    filter.selection = Some("@aws.account = \"012345678901\" AND @aws.region != \"us-east-1\"".to_owned());
    assert!(published(filter.clone(), "hit").is_some());
    filter.selection = Some("@aws.account = \"999999999999\"".to_owned());
    assert!(published(filter.clone(), "hit").is_none() && published(filter.clone(), "miss").is_none());
    filter.selection = None;
    filter.on_transformed_logs = true;
    assert!(published(filter, "hit").is_none());
}

#[test]
fn what_aws_refuses_is_refused_in_its_words() {
    let refused = |change: fn(&mut MetricFilterDefinition)| {
        let mut definition = definition("hit", transformation("1"));
        change(&mut definition);
        MetricFilter::new(definition).unwrap_err().to_string()
    };
    let first = |definition: &mut MetricFilterDefinition, value: &str| {
        value.clone_into(&mut definition.transformations[0].value);
    };
    assert_eq!(
        refused(|definition| definition.transformations.push(transformation("1"))),
        "1 validation error detected: Value at 'metricTransformations' failed to satisfy constraint: Member must have length less than or equal to 1"
    );
    assert!(refused(|definition| definition.transformations.clear()).contains("greater than or equal to 1"));
    for value in ["", "x", "NaN", "$.a[*]", "$.a.*", "$", "$.", "$.a = 1 && $.b", "$.a $.b", "$a b", "1e999"]
    {
        let mut definition = definition("hit", transformation("1"));
        first(&mut definition, value);
        assert_eq!(
            MetricFilter::new(definition).unwrap_err().to_string(),
            format!("Invalid metric transformation: metric value {value} must be a valid number")
        );
    }
    assert!(
        refused(|definition| definition.transformations[0].value = "1".repeat(101)).contains("equal to 100")
    );
    assert!(
        refused(|definition| definition.transformations[0].metric_name = "a$".to_owned())
            .ends_with("pattern: [^:*$]*")
    );
    assert!(refused(|definition| definition.name = "a*".to_owned()).ends_with("pattern: [^:*]*"));
    assert!(refused(|definition| definition.name = String::new()).contains("'filterName'"));
    assert!(
        refused(|definition| definition.transformations[0].unit = Some("Widgets".to_owned()))
            .contains("[Gigabits/Second, Gigabits, ")
    );
    assert_eq!(
        refused(|definition| {
            definition.transformations[0].default_value = Some(0.0);
            definition.transformations[0].dimensions = vec![("A".to_owned(), "$.a".to_owned())];
        }),
        "Invalid metric transformation: dimensions and default value are mutually exclusive properties"
    );
    assert_eq!(
        refused(|definition| {
            definition.transformations[0].dimensions = vec![("A".to_owned(), "a".to_owned())];
        }),
        "Invalid metric transformation: dimension value must be valid selector"
    );
    assert_eq!(
        refused(|definition| definition.system_fields = vec!["@aws.nope".to_owned()]),
        "The provided system fields are invalid. The supported system fields are - [@aws.region, @aws.account, @source.log]"
    );
    assert_eq!(
        refused(|definition| {
            definition.transformations[0].dimensions =
                ["A", "B", "C"].map(|name| (name.to_owned(), "$.a".to_owned())).to_vec();
            definition.system_fields = vec!["@aws.account".to_owned()];
        }),
        "Number of dimensions exceeds the maximum number of dimensions supported per metric filter"
    );
    assert!(
        refused(|definition| definition.selection = Some("x".to_owned()))
            .starts_with("fieldSelectionCriteria: ")
    );
}

proptest! {
    #[test]
    fn any_event_and_any_selector_are_taken_or_refused(value in "\\PC{0,12}", dimension in "\\$?\\PC{0,12}", message in "\\PC{0,40}") {
        let mut one = transformation(&value);
        one.dimensions = vec![("A".to_owned(), dimension)];
        for pattern in ["", "[a, b]", "{ $.a = * }"] {
            if let Ok(filter) = MetricFilter::new(definition(pattern, one.clone())) {
                let _ = filter.publish(&LogEvent { at: Timestamp::MIN, ..event(&message) });
                let _ = filter.publish(&LogEvent { at: Timestamp::MAX, ..event("{\"a\":1}") });
            }
        }
    }
}
