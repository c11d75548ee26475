//! The CloudFormation templates that are compiled in, and what of them `deploy` has to know.

use trailbell_detect::Brought;

/// The stack that trailbell lives in.
pub(in crate::command) const MAIN: &str = include_str!("../../../../../deploy/trailbell.yaml");
/// The stack of another region, which forwards home.
pub(in crate::command) const FORWARDER: &str = include_str!("../../../../../deploy/forwarder.yaml");

/// CloudFormation takes a longer one only from a bucket.
pub(super) const LONGEST_IN_A_CALL: usize = 51_200;

/// A parameter of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) name: String,
    /// What it is where nobody says; `None` where somebody has to.
    pub(super) default: Option<String>,
}

/// The parameters of a template of ours, in its order. It reads the way ours are written, one key a line, and no other YAML.
pub(super) fn parameters(template: &str) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    for line in section(template, "Parameters:") {
        if let Some(name) = key_at(line, 2) {
            known.push(Known { name: name.to_owned(), default: None });
        } else if let Some(value) = line.strip_prefix("    Default: ")
            && let Some(last) = known.last_mut()
        {
            last.default = Some(unquoted(value.trim()).to_owned());
        }
    }
    known
}

/// The resources that the template keeps when its stack is deleted.
pub(super) fn kept_resources(template: &str) -> Vec<String> {
    let mut kept = Vec::new();
    let mut name = "";
    for line in section(template, "Resources:") {
        if let Some(key) = key_at(line, 2) {
            name = key;
        } else if line.starts_with("    DeletionPolicy: Retain") {
            kept.push(name.to_owned());
        }
    }
    kept
}

/// What the rules of `EventBridge` in a template of ours bring.
pub(super) fn brought(template: &str) -> Brought<'_> {
    Brought {
        whole: listed(template, "SignInRule", "eventSource"),
        services: listed(template, "ChangeRule", "eventSource"),
        calls: listed(template, "ChangeRule", "eventName"),
    }
}

/// The items of a list in a resource, in one line or in one line each.
fn listed<'t>(template: &'t str, resource: &str, key: &str) -> Vec<&'t str> {
    let below = section(template, "Resources:").skip_while(|line| key_at(line, 2) != Some(resource)).skip(1);
    let mut items = Vec::new();
    let mut is_inside = false;
    for line in below.take_while(|line| key_at(line, 2).is_none()) {
        let line = line.trim_start();
        if let Some((name, rest)) = line.trim_start_matches("- ").split_once(':') {
            is_inside = name == key;
            let within = rest.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let within = within.filter(|_| is_inside).into_iter();
            items.extend(within.flat_map(|within| within.split(',').map(str::trim)));
        } else if let Some(item) = line.strip_prefix("- ").filter(|_| is_inside) {
            items.push(item);
        }
    }
    items
}

/// The lines below a key at the margin.
fn section<'t>(template: &'t str, key: &str) -> impl Iterator<Item = &'t str> {
    let below = template.lines().skip_while(move |line| *line != key).skip(1);
    below.take_while(|line| line.is_empty() || line.starts_with([' ', '#']))
}

fn key_at(line: &str, indent: usize) -> Option<&str> {
    let key = line.get(indent..)?.strip_suffix(':')?;
    let is_key = line[..indent].chars().all(|c| c == ' ') && key.chars().all(|c| c.is_ascii_alphanumeric());
    (is_key && !key.is_empty()).then_some(key)
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_template_has_the_parameters_that_deploy_sets() {
        let known = parameters(MAIN);
        let default = |name: &str| {
            known.iter().find(|one| one.name == name).map_or(Some("missing"), |one| one.default.as_deref())
        };
        for name in ["CodeBucket", "CodeKey"] {
            assert_eq!(default(name), None, "{name}");
        }
        for (name, value) in [
            ("CodeVersion", ""),
            ("Architecture", "arm64"),
            ("EmailAddresses", ""),
            ("Language", "en"),
            ("TimeZone", "UTC"),
            ("SecretsParameter", ""),
            ("CreateTrail", "no"),
            ("TrailLogGroup", ""),
            ("WatchWithLogs", "yes"),
            ("WatchWithEventBridge", "no"),
            ("WatchWithAlarm", "no"),
            ("WatchWithConfig", "no"),
        ] {
            assert_eq!(default(name), Some(value), "{name}");
        }
        let filter = default("FilterPattern").unwrap();
        assert!(filter.starts_with('{') && filter.ends_with('}'), "{filter}");
    }

    #[test]
    fn the_forwarder_is_told_where_home_is() {
        let names: Vec<String> = parameters(FORWARDER).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["HomeRegion", "HomeEventBusArn"]);
    }

    #[test]
    fn what_eventbridge_s_rules_bring_is_read_from_them_and_both_templates_bring_the_same() {
        let brought = brought(MAIN);
        assert_eq!(
            brought.whole,
            ["signin.amazonaws.com", "sso.amazonaws.com", "sso-directory.amazonaws.com"]
        );
        for service in ["account.amazonaws.com", "iam.amazonaws.com", "sts.amazonaws.com"] {
            assert!(brought.services.contains(&service), "{brought:?}");
        }
        assert!(brought.calls.contains(&"AddMemberToGroup") && brought.calls.contains(&"PutRetentionPolicy"));
        assert!(brought.services.iter().all(|service| service.ends_with(".amazonaws.com")), "{brought:?}");
        assert!(
            brought.calls.iter().all(|call| call.bytes().all(|b| b.is_ascii_alphanumeric())),
            "{brought:?}"
        );
        assert_eq!(super::brought(FORWARDER), brought);
    }

    #[test]
    fn what_a_stack_keeps_is_known_before_it_goes() {
        assert_eq!(kept_resources(MAIN), ["NewTrailLogGroup", "NewTrailBucket"]);
        assert_eq!(kept_resources(FORWARDER), Vec::<String>::new());
    }

    #[test]
    fn the_outputs_that_deploy_reads_are_there() {
        for output in ["TopicArn", "FunctionName", "EventBusArn"] {
            assert!(MAIN.contains(&format!("\n  {output}:\n")), "{output}");
        }
    }
}
