//! The CloudFormation template listens to what the built-in rules can meet, by the rules' own word.

use trailbell_detect::{RuleSet, RuleSettings};

const TEMPLATE: &str = include_str!("../../../deploy/trailbell.yaml");

#[test]
fn the_subscription_s_filter_pattern_is_the_rules_own() {
    let pattern = RuleSet::new(RuleSettings::default()).unwrap().superset_filter().unwrap();
    let here = TEMPLATE.split_once("  FilterPattern:\n").unwrap().1;
    let default = here.lines().find_map(|line| line.trim().strip_prefix("Default: ")).unwrap();
    assert_eq!(default, format!("'{pattern}'"), "write this into deploy/trailbell.yaml");
}

#[test]
fn the_rules_of_eventbridge_name_every_service_and_call_of_the_filter_pattern() {
    let pattern = RuleSet::new(RuleSettings::default()).unwrap().superset_filter().unwrap();
    let rules = TEMPLATE.split_once("\n  SignInRule:\n").unwrap().1;
    let rules = rules.split_once("\n  SignInRuleMayCall:\n").unwrap().0;
    let parts = |key: &str| -> Vec<String> {
        let begin = format!("($.{key}=\"");
        pattern
            .split("||")
            .filter_map(|part| part.trim_start_matches('{').strip_prefix(&begin))
            .map(|rest| rest[..rest.find('"').unwrap()].to_owned())
            .collect()
    };
    for service in parts("eventSource") {
        let service = service.strip_suffix(".*").unwrap();
        // Of CloudWatch Logs only the calls that hide something; a rule on all of them would be woken by every log stream.
        assert!(service == "logs" || rules.contains(&format!("{service}.amazonaws.com")), "{service}");
    }
    for name in parts("eventName") {
        assert!(rules.contains(&format!("- {name}\n")), "{name}");
    }
    assert!(rules.contains("type: [Root]"));
}
