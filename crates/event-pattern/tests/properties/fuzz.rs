//! The properties again, for as long as one likes, and damaged patterns and events. See `trailbell_fuzz`.

use trailbell_fuzz::{damaged_text, fuzz};

use super::*;

/// Patterns with what the strategies do not write.
const WRITTEN: &[&str] = &[
    r#"{"source":["aws.iam"],"detail":{"eventName":[{"prefix":"Delete"},{"suffix":{"equals-ignore-case":"USER"}}]}}"#,
    r#"{"detail":{"sourceIPAddress":[{"cidr":"10.0.0.0/8"},{"cidr":"2001:db8::/32"}],"count":[{"numeric":["=",1.5e2]}]}}"#,
    r#"{"detail":{"userAgent":[{"wildcard":"*aws-cli/*\\**"}],"errorCode":[{"anything-but":{"wildcard":["*Denied","x*"]}}]}}"#,
    r#"{"detail":{"$or":[{"a":[{"anything-but":{"equals-ignore-case":["X","y"]}}]},{"b":[{"anything-but":{"suffix":"é"}}]}]}}"#,
];

#[test]
fn fuzz_damaged_patterns() {
    let written = prop_oneof![node().prop_map(|node| node.write()), select(WRITTEN).prop_map(str::to_owned)];
    fuzz("event-pattern: damaged patterns", &damaged_text(written, PIECES), |pattern| {
        never_panics(&pattern);
        Ok(())
    });
}

#[test]
fn fuzz_random_patterns() {
    fuzz("event-pattern: random patterns", &(node(), event()), |(node, event)| {
        means_what_the_description_says(&node, &event)
    });
}

#[test]
fn fuzz_shaped_patterns() {
    fuzz("event-pattern: shaped patterns", &(shaped_node(), shaped_event()), |(node, event)| {
        means_what_the_description_says(&node, &event)
    });
}

#[test]
fn fuzz_damaged_events() {
    let event = damaged_text(event().prop_map(|event| event.to_string()), PIECES);
    fuzz("event-pattern: damaged events", &(node(), event), |(node, event)| {
        let written = node.write();
        let verdict = EventPattern::parse(&written).unwrap().matches_text(&event).ok();
        let json = Json::parse(&event).ok();
        let expected = json.map(|json| json.as_object().is_some() && naive(&node, &json));
        prop_assert_eq!(verdict, expected, "{} on {}", written, event);
        Ok(())
    });
}
