//! `check` and `schema`: mistakes before they matter.

use crate::util::{run_in, trailbell};

#[test]
fn every_mistake_of_a_file_is_told_with_its_place_and_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("trailbell.yaml"),
        "langage: en\nrules:\n  mine:\n    filter: '{ $.eventName == \"x\" }'\n",
    )
    .unwrap();
    let run = run_in(folder.path(), &["check"], b"");
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("trailbell.yaml:1:1: "), "{}", run.stdout);
    assert!(run.stdout.contains("did you mean `language`?"), "{}", run.stdout);
    assert!(run.stdout.contains("trailbell.yaml:4:29: "), "{}", run.stdout);
    // The same file stops every other command, with status 2.
    assert_eq!(run_in(folder.path(), &["scan", "."], b"").status, 2);
}

#[test]
fn a_pattern_that_surprises_is_a_warning_and_no_failure() {
    let run = trailbell(&["check", "--filter", "{ $.additionalEventData.MFAUsed != \"Yes\" }"]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.contains("warning: --filter:1:"), "{}", run.stdout);
}

/// Files of networks are the user's own, and not here to be opened.
fn without_networks(yaml: &str) -> String {
    let mut is_in = false;
    let kept: Vec<&str> = yaml
        .lines()
        .filter(|line| {
            is_in =
                if line.starts_with(' ') || line.is_empty() { is_in } else { line.starts_with("networks:") };
            !is_in
        })
        .collect();
    kept.join("\n")
}

#[test]
fn every_configuration_in_the_documents_holds() {
    let mut checked = 0;
    for document in ["README.md", "README.ja.md", "docs/sources.md"] {
        let text = std::fs::read_to_string(crate::util::file(document)).unwrap();
        for block in text.split("```yaml\n").skip(1) {
            let yaml = block.split("```").next().unwrap();
            // Secrets come from the environment; here each is one that could be.
            let yaml = yaml.replace("${SLACK_WEBHOOK}", "slack://T000/B000/XXXXXXXXXXXXXXXX");
            let mut parts = yaml.split("${");
            let first = parts.next().unwrap().to_owned();
            let yaml = parts.fold(first, |yaml, part| {
                let (_, rest) = part.split_once('}').unwrap();
                yaml + "a-secret-long-enough-for-anybody" + rest
            });
            let folder = tempfile::tempdir().unwrap();
            let yaml = without_networks(&yaml);
            std::fs::write(folder.path().join("trailbell.yaml"), &yaml).unwrap();
            let run = run_in(folder.path(), &["check"], b"");
            let mistakes: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("error")).collect();
            assert_eq!((run.status, mistakes), (0, vec![]), "{document}: {yaml}\n{}", run.stdout);
            checked += 1;
        }
    }
    assert!(checked >= 10, "only {checked} blocks were found");
}

#[test]
fn the_schema_is_json() {
    let schema: serde_json::Value = serde_json::from_str(&trailbell(&["schema"]).stdout).unwrap();
    assert!(schema["properties"]["ignore"].is_object());
}

const BELL: &str = "Resources:
  Bell:
    Type: AWS::SNS::Topic
    Properties:
      Subscription: [{ Protocol: email, Endpoint: owner@example.com }]
  Loud:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmActions: [!Ref Bell]
      ComparisonOperator: GreaterThanOrEqualToThreshold
      EvaluationPeriods: 1
      MetricName: Changes
      Namespace: Owner
      Period: 300
      Statistic: Sum
      Threshold: 1
";

const FILTER: &str = "Parameters:
  Group: { Type: String }
Resources:
  Changes:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: '{ $.eventName = CreateUser || $.eventName = CreateUser }'
      MetricTransformations: [{ MetricNamespace: Owner, MetricName: Changes, MetricValue: 1 }]
";

#[test]
fn a_template_is_told_from_a_configuration_and_files_are_read_together() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bell.yaml"), BELL).unwrap();
    std::fs::write(folder.path().join("filter.yaml"), FILTER).unwrap();
    let run = run_in(folder.path(), &["check", "bell.yaml", "filter.yaml"], b"");
    assert_eq!(run.status, 0, "{}", run.stdout);
    assert!(run.stdout.contains("warning: bell.yaml:6:3: "), "{}", run.stdout);
    assert!(run.stdout.contains("[missing-data]"), "{}", run.stdout);
    assert!(run.stdout.contains("warning: filter.yaml:8:53: "), "{}", run.stdout);
    assert!(run.stdout.contains("written twice"), "{}", run.stdout);
    assert!(run.stdout.contains("= hint: "), "{}", run.stdout);
    assert!(run.stderr.contains("0 errors, 2 warnings, 0 notes"), "{}", run.stderr);
    // Warnings fail where that is asked for.
    assert_eq!(run_in(folder.path(), &["check", "--strict", "bell.yaml", "filter.yaml"], b"").status, 1);
    // Alone, the alarm's metric may come from anywhere.
    let alone = run_in(folder.path(), &["check", "--strict", "bell.yaml"], b"");
    assert!(alone.status == 0 && alone.stdout.starts_with("note: bell.yaml:12:19: "), "{}", alone.stdout);
}

#[test]
fn findings_are_json_with_the_name_of_their_rule() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bell.yaml"), BELL).unwrap();
    std::fs::write(folder.path().join("filter.yaml"), FILTER).unwrap();
    let run = run_in(folder.path(), &["check", "--output", "json", "bell.yaml", "filter.yaml"], b"");
    let lines: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rules: Vec<&str> = lines.iter().map(|line| line["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["missing-data", "pattern"]);
    assert_eq!((&lines[0]["level"], &lines[0]["line"]), (&"warning".into(), &6.into()));
}

#[test]
fn a_template_that_is_none_is_an_error_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.yaml"), "Resources:\n  Bell:\n    Typ: AWS::SNS::Topic\n").unwrap();
    let run = run_in(folder.path(), &["check", "t.yaml"], b"");
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("error: t.yaml:3:5: "), "{}", run.stdout);
    std::fs::write(folder.path().join("t.yaml"), FILTER.replace("= CreateUser ||", "= “CreateUser” ||"))
        .unwrap();
    let run = run_in(folder.path(), &["check", "t.yaml"], b"");
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("straight"), "{}", run.stdout);
}

#[test]
fn a_parameter_that_is_given_is_used() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("filter.yaml"), FILTER).unwrap();
    let run = run_in(folder.path(), &["check", "--parameter", "Groups=trail", "filter.yaml"], b"");
    assert!(run.status == 1 && run.stdout.contains("did you mean `Group`?"), "{}", run.stdout);
    let run = run_in(folder.path(), &["check", "--parameter", "Group=trail", "filter.yaml"], b"");
    assert_eq!(run.status, 0, "{}", run.stdout);
}

#[test]
fn nothing_is_found_in_the_templates_of_this_repository() {
    let deploy = crate::util::file("deploy/trailbell.yaml");
    let run = trailbell(&["check", "--strict", &deploy]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    assert!(run.stderr.contains("no mistakes found"), "{}", run.stderr);
}

#[test]
fn one_event_pattern_is_checked_for_what_it_does_not_mean() {
    let run = trailbell(&["check", "--event-pattern", r#"{"source": ["my.app"]}"#]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains(
            "warning: --event-pattern:1:2: no event that EventBridge makes of a CloudTrail record has this source"
        ),
        "{}",
        run.stdout
    );
    let refused = trailbell(&["check", "--event-pattern", "{}"]);
    assert_eq!(refused.status, 1);
    assert!(refused.stdout.starts_with("error: --event-pattern:1:"), "{}", refused.stdout);
}
