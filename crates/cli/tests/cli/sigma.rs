//! Sigma rules from a folder beside the configuration: every command has them, and says what they are.

use serde_json::json;

use crate::util::{Run, file, run_in, shared, trailbell};

const CREATED: &str = "title: A user was made by hand
id: 0d3c1f6e-0000-4000-8000-0000000000a1
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    condition: selection
level: high
";
const WINDOWS: &str = "title: For another machine
logsource: {product: windows}
detection:
    selection: {Image: x}
    condition: selection
";
const CORRELATION: &str = "title: Many users
correlation:
    type: event_count
    rules: [a]
    group-by: [userIdentity.arn]
    timespan: 5m
    condition: {gte: 5}
";

/// A folder with a configuration that names `rules.d`, and these files in that.
fn house(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), "rules:\n  all: { sigma: rules.d }\n").unwrap();
    for (name, text) in files {
        let path = folder.path().join("rules.d").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn run(house: &tempfile::TempDir, arguments: &[&str]) -> Run {
    run_in(house.path(), arguments, b"")
}

#[test]
fn a_notice_has_the_title_and_the_id_of_the_sigma_rule_it_met() {
    let house =
        house(&[("deep/user_made.yml", CREATED), ("read.me", "no rule"), (".hidden.yml", "no rule: [")]);
    let samples = file("samples");
    let (notices, _) = run(&house, &["scan", &samples, "--output", "json"]).scan();
    let sigma = json!([{"name": "user_made", "title": "A user was made by hand", "id": "0d3c1f6e-0000-4000-8000-0000000000a1"}]);
    assert!(notices.iter().any(|notice| notice["sigma_rules"] == sigma));
    for (lang, line) in [
        ("en", "Sigma: A user was made by hand, id 0d3c1f6e-0000-4000-8000-0000000000a1"),
        ("ja", "Sigma: A user was made by hand(id 0d3c1f6e-0000-4000-8000-0000000000a1)"),
    ] {
        let text = run(&house, &["scan", &samples, "--lang", lang]).stdout;
        assert!(text.lines().any(|shown| shown.trim() == line), "{line}");
    }
}

#[test]
fn a_sigma_rule_is_listed_shown_and_counted_with_what_it_says_of_itself() {
    let house = house(&[("user_made.yml", CREATED)]);
    let list = run(&house, &["rules", "list"]).stdout;
    assert!(
        list.contains("[0d3c1f6e-0000-4000-8000-0000000000a1, level high, rules.d/user_made.yml]"),
        "{list}"
    );
    let shown = run(&house, &["rules", "show", "user_made"]).stdout;
    for part in [
        "user_made (sigma, on)\nA user was made by hand\n  severity: high\n",
        "  id: 0d3c1f6e-0000-4000-8000-0000000000a1\n  level: high\n  file: rules.d/user_made.yml\n",
        "  only where eventName: createuser\n",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let stats = run(&house, &["rules", "stats", &file("samples"), "--output", "json"]).json();
    let counted = stats.iter().find(|line| line["rule"] == "user_made").unwrap();
    assert_eq!(counted["sigma"]["title"], "A user was made by hand");
    assert!(counted["events"].as_u64().unwrap() > 0);
}

#[test]
fn a_mistake_in_a_file_fails_check_and_stops_every_other_command() {
    let house =
        house(&[("good.yml", CREATED), ("bad.yml", &CREATED.replace("eventName:", "eventName|nosuch:"))]);
    let check = run(&house, &["check"]);
    assert_eq!(check.status, 1);
    assert!(check.stdout.contains("error: rules.d/bad.yml:5:"), "{}", check.stdout);
    let scan = run(&house, &["scan", "."]);
    assert_eq!((scan.status, scan.stdout.as_str()), (2, ""));
    assert!(scan.stderr.contains("rules.d/bad.yml:5:"), "{}", scan.stderr);
    // One file alone, too.
    assert_eq!(run(&house, &["check", "rules.d/bad.yml"]).status, 1);
    assert_eq!(run(&house, &["check", "rules.d/good.yml"]).stderr, "rules.d/good.yml: no mistakes found\n");
}

#[test]
fn what_is_left_out_is_counted_and_named_on_demand() {
    let both = format!("{CREATED}---\n{CORRELATION}");
    let house = house(&[("a.yml", &both), ("w.yml", WINDOWS)]);
    let told = run(&house, &["rules"]).stderr;
    assert!(told.contains("1 Sigma rule for other logs is left out"), "{told}");
    let correlation = "warning: rules.d/a.yml:9:8: Correlations are not run yet: `Many users` is left out";
    assert!(told.contains(correlation), "{told}");
    let scan = run(&house, &["scan", &file("samples")]).stderr;
    assert_eq!(scan.matches(correlation).count(), 1, "{scan}");
    assert!(run(&house, &["-v", "rules"]).stderr.contains("note: rules.d/w.yml:1:8: "));
    assert_eq!(run(&house, &["-q", "rules"]).stderr, "");
    let check = run(&house, &["check"]);
    assert_eq!(check.status, 0, "{}", check.stdout);
    assert!(check.stdout.contains(correlation), "{}", check.stdout);
    assert!(check.stdout.contains("note: rules.d/w.yml:1:8: "), "{}", check.stdout);
}

#[test]
fn what_cannot_be_read_is_a_mistake_where_it_is_named() {
    let check = run(&house(&[]), &["check"]);
    assert_eq!(check.status, 1);
    assert!(
        check.stdout.contains("trailbell.yaml:2:17: These Sigma rules cannot be read: rules.d: "),
        "{}",
        check.stdout
    );
    let check = run(&house(&[("long.yml", &format!("# {}\n", "x".repeat(1 << 20)))]), &["check"]);
    assert!(check.stdout.contains("rules.d/long.yml is longer than 1048576 bytes"), "{}", check.stdout);
}

#[test]
fn the_folder_is_looked_for_beside_the_configuration() {
    let house = house(&[("user_made.yml", CREATED)]);
    let config = house.path().join("trailbell.yaml");
    assert!(trailbell(&["rules", "list", "--config", config.to_str().unwrap()]).stdout.contains("user_made"));
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_is_followed_and_one_to_a_folder_is_not_entered() {
    let house = house(&[("user_made.yml", CREATED)]);
    let rules = house.path().join("rules.d");
    std::os::unix::fs::symlink(&rules, rules.join("again")).unwrap();
    std::fs::write(house.path().join("elsewhere"), CREATED).unwrap();
    std::os::unix::fs::symlink("../elsewhere", rules.join("linked.yml")).unwrap();
    let list = run(&house, &["rules", "list"]).stdout;
    assert_eq!(list.matches("A user was made by hand").count(), 2, "{list}");
}

#[test]
fn the_rules_of_sigmas_own_collection_are_all_read_and_meet_recorded_attacks() {
    let (Some(rules), Some(data)) = (shared("sigma-rules"), shared("data")) else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), format!("rules:\n  all: {{ sigma: '{rules}' }}\n"))
        .unwrap();
    let check = run(&folder, &["check"]);
    assert_eq!((check.status, check.stdout.as_str()), (0, ""), "{}", check.stderr);
    let listed = run(&folder, &["rules", "list", "--output", "json"]).json();
    assert_eq!(listed.iter().filter(|rule| rule["sigma"]["id"].is_string()).count(), 57);
    for set in ["invictus-ir_aws_dataset", "stratus-red-team_detonation-logs"] {
        let (notices, _) = run(&folder, &["scan", &format!("{data}/{set}"), "--output", "json"]).scan();
        let met = notices.iter().filter(|notice| notice["sigma_rules"] != json!([])).count();
        eprintln!("{set}: {met} notices of Sigma rules");
        assert!(met > 10, "{set}: {met}");
    }
}
