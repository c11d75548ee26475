//! Sigma rules in a `trailbell.yaml`: written there, or in files it names.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use trailbell_config::{Invalid, Loaded, Lookups, OwnRule, SigmaFile, parse};
use trailbell_text::Severity;

const RULE: &str = "title: A bucket becomes a website
id: 0d3c1f6e-0000-4000-8000-000000000001
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: PutBucketWebsite}
    condition: selection
level: high
";
const FOLDER: &str = "rules:\n  all: { sigma: rules.d }\n";

/// Reads settings beside which these files are, whatever path is asked for.
fn load(source: &str, files: &[(&str, &str)]) -> Result<Loaded, Invalid> {
    let file =
        |(name, text): &(&str, &str)| SigmaFile { name: format!("rules.d/{name}"), text: (*text).to_owned() };
    let sigma = |_: &str| Ok(files.iter().map(file).collect());
    parse(source, &["iam-change"], Lookups { sigma: &sigma, ..Lookups::none() })
}

fn rules(source: &str, files: &[(&str, &str)]) -> Vec<OwnRule> {
    load(source, files)
        .unwrap_or_else(|e| panic!("{}", e.render("trailbell.yaml", source)))
        .settings
        .own_rules
}

fn refusal(source: &str, files: &[(&str, &str)]) -> String {
    load(source, files).unwrap_err().render("trailbell.yaml", source)
}

fn indented(rule: &str) -> String {
    rule.lines().fold(String::new(), |indented, line| indented + "      " + line + "\n")
}

#[test]
fn every_rule_of_a_folder_is_one_of_the_owners_named_as_its_file() {
    let two = format!("{RULE}---\n{}", RULE.replace("level: high\n", ""));
    let own = rules(FOLDER, &[("deep/website.yml", &two), ("other.yaml", RULE)]);
    let said: Vec<_> = own.iter().map(|rule| (rule.name.as_str(), rule.severity)).collect();
    assert_eq!(
        said,
        [("website", Severity::High), ("website-2", Severity::Medium), ("other", Severity::High)]
    );
    assert_eq!(own[0].description.as_deref(), Some("A bucket becomes a website"));
    assert_eq!(own[0].file.as_deref(), Some("rules.d/deep/website.yml"));
    assert_eq!(own[0].pattern.sigma().unwrap().id(), Some("0d3c1f6e-0000-4000-8000-000000000001"));
    assert_eq!((own[0].written.as_str(), own[1].written.contains("level")), (RULE, false));
}

#[test]
fn each_level_is_a_severity_and_the_entry_overrides_it() {
    for (level, severity) in [
        ("critical", Severity::Critical),
        ("high", Severity::High),
        ("medium", Severity::Medium),
        ("low", Severity::Low),
        ("informational", Severity::Info),
    ] {
        let text = RULE.replace("level: high", &format!("level: {level}"));
        assert_eq!(rules(FOLDER, &[("a.yml", &text)])[0].severity, severity);
    }
    let entry = "rules:\n  all: { sigma: rules.d, severity: low, enabled: false, alarm: { threshold: 3 } }\n";
    let own = rules(entry, &[("a.yml", RULE)]);
    assert_eq!((own[0].severity, own[0].enabled, own[0].alarm.is_some()), (Severity::Low, false, true));
}

#[test]
fn a_rule_may_stand_in_the_settings_as_yaml_and_as_a_text() {
    for head in ["rules:\n  website:\n    sigma:\n", "rules:\n  website:\n    sigma: |\n"] {
        let own = rules(&format!("{head}{}", indented(RULE)), &[]);
        assert_eq!((own.len(), own[0].name.as_str(), own[0].severity), (1, "website", Severity::High));
        assert_eq!((own[0].written.trim_end(), own[0].file.as_deref()), (RULE.trim_end(), None));
    }
}

#[test]
fn what_is_wrong_is_told_where_it_stands_in_its_file_or_in_the_settings() {
    let broken = RULE.replace("eventName:", "eventName|nosuch:");
    let told = refusal(FOLDER, &[("good.yml", RULE), ("broken.yml", &broken)]);
    assert!(told.starts_with("rules.d/broken.yml:5:") && told.contains('^'), "{told}");
    assert!(!load(FOLDER, &[("broken.yml", &broken)]).unwrap_err().to_string().is_empty());
    for head in ["rules:\n  website:\n    sigma:\n", "rules:\n  website:\n    sigma: |\n"] {
        let told = refusal(&format!("{head}{}", indented(&broken)), &[]);
        assert!(told.starts_with("trailbell.yaml:8:"), "{told}");
    }
}

#[test]
fn rules_for_other_logs_are_left_out_and_said() {
    let windows = RULE.replace("product: aws, service: cloudtrail", "product: windows");
    let loaded = load(FOLDER, &[("w.yml", &windows), ("a.yml", RULE)]).unwrap();
    assert_eq!((loaded.settings.own_rules.len(), loaded.files.len()), (1, 1));
    let said = &loaded.files[0].left_out[0].message;
    assert_eq!(said, "This rule is for other logs (product: windows) and is left out");
    // With nothing else there, somebody should look at the path.
    assert_eq!(load(FOLDER, &[("w.yml", &windows)]).unwrap().warnings.len(), 1);
    // One that is written in the settings is there on purpose.
    let inline = format!("rules:\n  a:\n    sigma:\n{}", indented(&windows));
    assert!(refusal(&inline, &[]).contains("This rule is for other logs"));
}

#[test]
fn a_correlation_is_never_left_out_silently() {
    let correlation = "title: Many\ncorrelation:\n    type: event_count\n    rules: [a]\n    group-by: [userIdentity.arn]\n    timespan: 5m\n    condition: {gte: 5}\n";
    let both = format!("{RULE}---\n{correlation}");
    let loaded = load(FOLDER, &[("a.yml", &both)]).unwrap();
    assert_eq!(loaded.settings.own_rules.len(), 1);
    let shown = loaded.files[0].warnings[0].render(&loaded.files[0].name, &loaded.files[0].text);
    assert!(
        shown.starts_with("rules.d/a.yml:9:8: Correlations are not run yet: `Many` is left out"),
        "{shown}"
    );
}

#[test]
fn two_rules_of_one_name_are_a_mistake_that_names_both() {
    let told = refusal(FOLDER, &[("x/a.yml", RULE), ("y/a.yml", RULE)]);
    assert!(told.contains("one is in rules.d/y/a.yml, the other is in rules.d/x/a.yml"), "{told}");
    assert!(refusal(FOLDER, &[("iam-change.yml", RULE)]).contains("the other comes with the program"));
}

#[test]
fn rules_of_files_may_be_ignored_by_name() {
    let source = format!("{FOLDER}ignore:\n  - {{ rule: website, principal: bob }}\n");
    assert_eq!(load(&source, &[("website.yml", RULE)]).unwrap().settings.ignores.len(), 1);
    assert!(load(&source, &[("other.yml", RULE)]).is_err());
}

#[test]
fn an_entry_that_cannot_be_right_is_a_mistake() {
    let told = parse(FOLDER, &[], Lookups::none()).unwrap_err().render("trailbell.yaml", FOLDER);
    assert!(told.contains("2:17: These Sigma rules cannot be read: no files are read here"), "{told}");
    let described = "rules:\n  all: { sigma: rules.d, description: mine }\n";
    assert!(refusal(described, &[]).contains("The rules of a file have titles of their own"));
    let two = "rules:\n  all: { sigma: rules.d, filter: x }\n";
    assert!(refusal(two, &[]).contains("rule `all` has `filter` and `sigma`"));
    assert!(load("rules:\n  all: { sigma: [a] }\n", &[]).is_err());
}
