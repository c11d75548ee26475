//! Which patterns are warned of, and which are not.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use trailbell_event_pattern::EventPattern;

fn said(pattern: &str) -> String {
    let warnings = EventPattern::parse(pattern).unwrap().warnings(&[]);
    warnings.iter().map(|warning| warning.message.as_str()).collect::<Vec<_>>().join("; ")
}

#[test]
fn anything_but_is_no_trap_where_the_field_is_known_to_be_there() {
    let pattern = EventPattern::parse(r#"{"detail":{"always":[{"anything-but":"x"}]}}"#).unwrap();
    assert_eq!(pattern.warnings(&["detail.always"]), []);
    assert_eq!(pattern.warnings(&[]).len(), 1);
}

#[test]
fn an_ordinary_pattern_is_not_warned_of() {
    assert_eq!(
        said(
            r#"{"source":["aws.signin",{"anything-but":"aws.iam"}],"detail-type":[{"prefix":"AWS "}],
                "detail":{"eventName":["ConsoleLogin"],"errorCode":[{"anything-but":"x"},{"exists":false}],
                "sourceIPAddress":[{"cidr":"10.0.0.0/8"},"10.0.0.1"]}}"#
        ),
        ""
    );
}

#[test]
fn what_is_accepted_and_means_something_else_is_told() {
    for (pattern, warning) in [
        (r#"{"eventName":["x"]}"#, "at its top"),
        (r#"{"account":[123456789012]}"#, "always a string"),
        (r#"{"source":["a"],"source":["b"]}"#, "this is ignored: source is named again"),
        (r#"{"detail":{"a":[{"anything-but":"x"}]}}"#, "without this field"),
        (
            r#"{"detail":{"a":[{"anything-but":"x"},{"anything-but":"y"}]}}"#,
            "lets through what another excludes",
        ),
        (r#"{"detail":{"a":[{"exists":true},{"exists":false}]}}"#, "present or absent"),
        (r#"{"detail":{"a":["x*"]}}"#, "ordinary character"),
        (r#"{"detail":{"a":[{"anything-but":["x*"]}]}}"#, "ordinary character"),
        (r#"{"detail":{"a":["true"]}}"#, "this is a string"),
        (r#"{"detail":{"a":[""]}}"#, "only the empty string"),
        (r#"{"detail":{"a":[{"wildcard":"x"}]}}"#, "without *"),
        (r#"{"detail":{"a":[{"suffix":""}]}}"#, "every string"),
    ] {
        assert!(said(pattern).contains(warning), "{pattern}: {}", said(pattern));
    }
    let long = format!(r#"{{"source":["{}"]}}"#, "x".repeat(2048));
    assert!(said(&long).contains("default quota"));
}
