//! Sigma rules in a `trailbell.yaml`: written there, or in files it names.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use trailbell_config::{FileFindings, Invalid, Loaded, Lookups, OwnRule, SigmaFile, parse};
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
fn each_level_is_a_severity_and_no_level_is_medium_wherever_the_rule_stands() {
    for (level, severity) in [
        ("level: critical\n", Severity::Critical),
        ("level: high\n", Severity::High),
        ("level: medium\n", Severity::Medium),
        ("level: low\n", Severity::Low),
        ("level: informational\n", Severity::Info),
        ("", Severity::Medium),
    ] {
        let rule = RULE.replace("level: high\n", level);
        let correlation = MANY.replace("level: critical\n", level);
        let both = format!("{rule}---\n{correlation}");
        let written = format!(
            "rules:\n  rule:\n    sigma:\n{}  correlation:\n    sigma: |\n{}",
            indented(&rule),
            indented(&correlation)
        );
        for own in [rules(FOLDER, &[("a.yml", &both)]), rules(&written, &[])] {
            let got: Vec<Severity> = own.iter().map(|rule| rule.severity).collect();
            assert_eq!(got, [severity, severity], "{level:?}");
        }
    }
}

#[test]
fn what_the_entry_says_goes_before_the_level() {
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

const MANY: &str = "title: Many websites
name: many
correlation:
    type: event_count
    rules: [A bucket becomes a website]
    group-by: [userIdentity.arn]
    timespan: 5m
    condition: {gte: 5}
level: critical
";

/// What is said of the files, as a terminal shows it.
fn said_of_files(loaded: &Loaded) -> String {
    let said = |file: &FileFindings| {
        let all = file.warnings.iter().chain(&file.left_out);
        all.map(|one| one.render(&file.name, &file.text)).collect::<Vec<_>>().join("\n")
    };
    loaded.files.iter().map(said).collect()
}

#[test]
fn a_correlation_is_a_rule_wherever_what_it_counts_stands() {
    let both = format!("{RULE}---\n{MANY}");
    let split = "rules:\n  one: { sigma: one.yml }\n  other: { sigma: other.yml, enabled: false }\n";
    let inline =
        format!("rules:\n  site:\n    sigma:\n{}  many:\n    sigma:\n{}", indented(RULE), indented(MANY));
    for (source, files, name) in [
        (FOLDER, vec![("a.yml", both.as_str())], "a-2"),
        (FOLDER, vec![("a.yml", MANY), ("b.yml", RULE)], "a"),
        (split, vec![], "many"),
        (&inline, vec![], "many"),
    ] {
        let by_path = |path: &str| {
            let named = [("one.yml", "many", MANY), ("other.yml", "site", RULE)];
            let one = named.iter().filter(|(known, ..)| *known == path);
            let one = one
                .map(|(_, name, text)| SigmaFile { name: format!("{name}.yml"), text: (*text).to_owned() });
            let all = files
                .iter()
                .map(|(name, text)| SigmaFile { name: (*name).to_owned(), text: (*text).to_owned() });
            Ok(one.chain(all).collect())
        };
        let loaded = parse(source, &[], Lookups { sigma: &by_path, ..Lookups::none() }).unwrap();
        let many =
            loaded.settings.own_rules.iter().find(|rule| rule.pattern.correlation().is_some()).unwrap();
        assert_eq!((many.name.as_str(), many.severity), (name, Severity::Critical));
        assert_eq!(many.description.as_deref(), Some("Many websites"));
        assert!(
            many.written.starts_with("title: Many websites") && many.written.trim_end().ends_with("critical")
        );
        assert_eq!(loaded.settings.own_rules.len(), 2);
        assert!(loaded.warnings.is_empty());
        // Only what is switched off never counts.
        let said = said_of_files(&loaded);
        assert_eq!(said.is_empty(), source != split, "{said}");
        assert!(
            said.is_empty()
                || said.starts_with("many.yml:5:13: `A bucket becomes a website` is switched off"),
            "{said}"
        );
    }
}

#[test]
fn a_correlation_that_names_no_rule_is_a_mistake_at_the_name() {
    let wrong = MANY.replace("[A bucket becomes a website]", "[A bucket becomes a webside]");
    assert_eq!(
        refusal(FOLDER, &[("a.yml", RULE), ("m.yml", &wrong)]),
        "rules.d/m.yml:5:13: There is no Sigma rule `A bucket becomes a webside`
  |
5 |     rules: [A bucket becomes a webside]
  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^
  = hint: did you mean `A bucket becomes a website`?"
    );
    for head in ["rules:\n  m:\n    sigma:\n", "rules:\n  m:\n    sigma: |\n"] {
        let told = refusal(&format!("{head}{}", indented(&wrong)), &[]);
        assert!(told.starts_with("trailbell.yaml:8:19: There is no Sigma rule"), "{told}");
        assert!(told.contains("hint: write the `name`, the `id` or the title of a Sigma rule"), "{told}");
    }
    // What the configuration calls it is not what the rule calls itself.
    let entry = MANY.replace("[A bucket becomes a website]", "[website]");
    let told = refusal(FOLDER, &[("website.yml", RULE), ("m.yml", &entry)]);
    assert!(
        told.contains("hint: a Sigma rule is called so here, but not by itself: give it `name: website`"),
        "{told}"
    );
    // What a broken rule is called nobody knows.
    let broken = RULE.replace("eventName:", "eventName|nosuch:");
    assert!(!refusal(FOLDER, &[("a.yml", &broken), ("m.yml", MANY)]).contains("There is no Sigma rule"));
}

#[test]
fn correlations_in_a_circle_are_a_mistake_where_one_names_another() {
    let one =
        "title: One\ncorrelation: {type: temporal, rules: [Two, A bucket becomes a website], timespan: 1m}\n";
    let two =
        "title: Two\ncorrelation: {type: temporal, rules: [A bucket becomes a website, One], timespan: 1m}\n";
    let told = refusal(FOLDER, &[("a.yml", RULE), ("1.yml", one), ("2.yml", two)]);
    assert!(
        told.starts_with("rules.d/1.yml:2:39: These correlations refer to one another in a circle: One, Two"),
        "{told}"
    );
    assert_eq!(
        rules(
            FOLDER,
            &[
                ("a.yml", RULE),
                ("2.yml", two),
                (
                    "3.yml",
                    &one.replace("Two, ", "")
                        .replace("temporal", "event_count")
                        .replace("timespan: 1m", "timespan: 1m, condition: {gte: 2}")
                )
            ]
        )
        .len(),
        3
    );
}

#[test]
fn a_correlation_of_rules_for_other_logs_is_left_out_and_said() {
    let windows = RULE.replace("product: aws, service: cloudtrail", "product: windows");
    let on_top =
        "title: On top\ncorrelation: {type: event_count, rules: [many], timespan: 1m, condition: {gte: 2}}\n";
    let loaded = load(FOLDER, &[("w.yml", &windows), ("m.yml", MANY), ("t.yml", on_top)]).unwrap();
    assert_eq!(loaded.settings.own_rules.len(), 0);
    let said = said_of_files(&loaded);
    assert!(
        said.contains("rules.d/m.yml:1:8: This correlation counts rules for other logs and is left out"),
        "{said}"
    );
    assert!(said.contains("rules.d/t.yml:1:8: This correlation counts"), "{said}");
    // One that counts others as well stays, and says which it never counts.
    let other = RULE.replace("A bucket becomes a website", "Other");
    let mixed = MANY.replace("[A bucket becomes a website]", "[A bucket becomes a website, Other]");
    let loaded = load(FOLDER, &[("w.yml", &windows), ("a.yml", &other), ("m.yml", &mixed)]).unwrap();
    assert_eq!(loaded.settings.own_rules.len(), 2);
    let said = said_of_files(&loaded);
    assert!(said.contains("rules.d/m.yml:5:13: `A bucket becomes a website` is for other logs"), "{said}");
}

#[test]
fn several_documents_have_no_place_in_one_entry_of_the_settings() {
    let told =
        refusal(&format!("rules:\n  a:\n    sigma: |\n{}", indented(&format!("{RULE}---\n{MANY}"))), &[]);
    assert!(told.starts_with("trailbell.yaml:12:14: There are several rules here"), "{told}");
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
