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
id: 0d3c1f6e-0000-4000-8000-0000000000a2
correlation:
    type: event_count
    rules: [A user was made by hand]
    group-by: [userIdentity.accountId]
    timespan: 365d
    condition: {gte: 2}
level: critical
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
    let house = house(&[("a.yml", CREATED), ("w.yml", WINDOWS)]);
    let told = run(&house, &["rules"]).stderr;
    assert!(told.contains("1 Sigma rule for other logs is left out"), "{told}");
    assert!(run(&house, &["-v", "rules"]).stderr.contains("note: rules.d/w.yml:1:8: "));
    assert_eq!(run(&house, &["-q", "rules"]).stderr, "");
    let check = run(&house, &["check"]);
    assert_eq!(check.status, 0, "{}", check.stdout);
    assert!(check.stdout.contains("note: rules.d/w.yml:1:8: "), "{}", check.stdout);
}

#[test]
fn run_says_what_it_leaves_out_before_it_listens() {
    let house = house(&[("a.yml", CREATED), ("w.yml", WINDOWS)]);
    let configuration = "rules:\n  all: { sigma: rules.d }\nchannels: { log: { type: file, path: told.jsonl } }\nledger: { path: trailbell.db }\nlisten: off\n";
    std::fs::write(house.path().join("trailbell.yaml"), configuration).unwrap();
    let ran = run(&house, &["run", "--stdin"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("note: 1 Sigma rule for other logs is left out (-v names it)\n"),
        "{}",
        ran.stderr
    );
    assert!(run(&house, &["-v", "run", "--stdin"]).stderr.starts_with(
        "note: rules.d/w.yml:1:8: This rule is for other logs (product: windows) and is left out"
    ));
    assert!(!run(&house, &["-q", "run", "--stdin"]).stderr.contains("left out"));
}

#[test]
fn a_correlation_is_told_in_place_of_what_it_counts() {
    let house = house(&[("made.yml", CREATED), ("many.yml", CORRELATION)]);
    let samples = file("samples");
    let (notices, _) = run(&house, &["scan", &samples, "--output", "json"]).scan();
    let with = |rule: &str| {
        notices
            .iter()
            .filter(|notice| notice["rules"].as_array().unwrap().contains(&json!(rule)))
            .collect::<Vec<_>>()
    };
    assert_eq!(with("made").len(), 0);
    let many = with("many");
    assert!(!many.is_empty());
    let told = &many[0]["sigma_rules"][0];
    assert_eq!((&told["name"], &told["title"]), (&json!("many"), &json!("Many users")));
    assert_eq!(
        (&told["correlation"]["type"], &told["correlation"]["count"]),
        (&json!("event_count"), &json!(2))
    );
    assert!(told["correlation"]["group"]["userIdentity.accountId"].is_string());
    for (lang, words) in [("en", "Many users: 2 events"), ("ja", "2 件のイベント")] {
        let text = run(&house, &["scan", &samples, "--lang", lang]).stdout;
        assert!(text.contains(words), "{words}");
    }
    let event = many[0]["event_id"].as_str().unwrap();
    let explained = run(&house, &["explain", event, &samples]).stdout;
    assert!(explained.contains("\n  counted by many; not told by itself\n"), "{explained}");
    assert!(explained.contains("many: not met\n  counts at least 2 events of A user was made by hand within 365d, by userIdentity.accountId; one event alone does not meet it\n  yes: this event met made and counts where userIdentity.accountId is "), "{explained}");
}

#[test]
fn a_correlation_is_listed_shown_counted_and_checked_as_a_rule() {
    let house = house(&[("made.yml", CREATED), ("many.yml", CORRELATION)]);
    let check = run(&house, &["check"]);
    assert_eq!((check.status, check.stdout.as_str()), (0, ""));
    let list = run(&house, &["rules", "list"]).stdout;
    assert!(
        list.contains("[0d3c1f6e-0000-4000-8000-0000000000a2, level critical, rules.d/many.yml]"),
        "{list}"
    );
    let shown = run(&house, &["rules", "show", "many"]).stdout;
    for part in [
        "many (sigma, on)\nMany users\n  severity: critical\n",
        "  counts: at least 2 events of A user was made by hand within 365d, by userIdentity.accountId\n  what it counts is not told by itself\n",
        "  correlation:\n",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let base = run(&house, &["rules", "show", "made"]).stdout;
    assert!(base.contains("  counted by: many; not told by itself\n"), "{base}");
    let json = run(&house, &["rules", "show", "many", "--output", "json"]).json();
    assert_eq!(json[0]["correlation"]["timespan"], 365 * 86_400);
    let samples = file("samples");
    let (notices, _) = run(&house, &["scan", &samples, "--output", "json"]).scan();
    let completed =
        notices.iter().filter(|notice| notice["rules"].as_array().unwrap().contains(&json!("many"))).count();
    for jobs in ["1", "3"] {
        let stats = run(&house, &["rules", "stats", &samples, "--jobs", jobs, "--output", "json"]).json();
        let events =
            |rule: &str| stats.iter().find(|line| line["rule"] == rule).unwrap()["events"].as_u64().unwrap();
        assert!(events("made") >= 2);
        assert_eq!(events("many"), u64::try_from(completed).unwrap());
    }
}

#[test]
fn match_looks_at_each_record_alone_and_says_which_correlation_it_leaves_out() {
    let both = format!("{CREATED}---\n{CORRELATION}");
    let house = house(&[("a.yml", &both)]);
    let found = run(&house, &["match", "--sigma", "rules.d", "--count", &file("samples")]);
    assert!(
        found.stderr.contains(
            "rules.d/a.yml:9:8: the correlation `Many users` is left out: it asks for several events"
        ),
        "{}",
        found.stderr
    );
    assert_ne!(found.stdout.trim(), "0");
}

#[test]
fn a_correlation_that_names_no_rule_fails_check_and_stops_every_other_command() {
    let house = house(&[("many.yml", CORRELATION)]);
    let check = run(&house, &["check"]);
    assert_eq!(check.status, 1);
    let told = "rules.d/many.yml:5:13: There is no Sigma rule `A user was made by hand`";
    assert!(check.stdout.contains(told) && check.stdout.contains("^^^"), "{}", check.stdout);
    let scan = run(&house, &["scan", "."]);
    assert_eq!((scan.status, scan.stdout.as_str()), (2, ""));
    assert!(scan.stderr.contains(told), "{}", scan.stderr);
    // What else there is one file alone does not say.
    assert_eq!(run(&house, &["check", "rules.d/many.yml"]).status, 0);
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
