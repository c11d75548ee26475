//! `scan`: what is told, how often, in what order, and what is not.

use serde_json::Value;

use crate::util::{file, run_in, trailbell, with_input};

#[test]
fn the_samples_come_to_what_their_maker_counted() {
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(file("tests/samples.json")).unwrap()).unwrap();
    let run = trailbell(&["scan", &file("samples"), "--output", "json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let (notices, summary) = run.scan();
    assert_eq!(summary["records"], truth["records_delivered"]);
    assert_eq!(summary["unreadable"], 0);
    // The digest, and the folder's README.
    assert_eq!(summary["skipped"], 2);
    assert_eq!(summary["notices"], notices.len());
    let times: Vec<&str> = notices.iter().map(|notice| notice["event_time"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "notices come in time order");
}

#[test]
fn one_human_sign_in_is_one_notice_that_lists_its_steps() {
    let (notices, _) = trailbell(&["scan", &file("samples"), "--output", "json"]).scan();
    let sign_ins: Vec<&Value> = notices.iter().filter(|notice| notice["kind"] == "console-sign-in").collect();
    assert!(sign_ins.iter().all(|notice| notice["event_name"] != "CheckMfa"), "every code was entered");
    let with_code = sign_ins.iter().filter(|notice| notice["mfa"] == "yes").count();
    assert!(with_code > 0);
    for notice in sign_ins.iter().filter(|n| {
        n["mfa"] == "yes" && n["event_name"] == "ConsoleLogin" && n["actor"]["kind"] == "iam-user"
    }) {
        assert_eq!(notice["folded"][0]["event_name"], "CheckMfa", "{notice}");
    }
}

#[test]
fn the_same_events_in_any_form_are_told_once() {
    let forms = file("tests/forms");
    let (once, single) = trailbell(&["scan", &file("tests/forms/s3-object.json"), "--output", "json"]).scan();
    let (all, summary) = trailbell(&["scan", &forms, "--output", "json"]).scan();
    let headlines = |notices: &[Value]| notices.iter().map(|n| n["headline"].to_string()).collect::<Vec<_>>();
    assert_eq!(headlines(&once), headlines(&all));
    assert!(!once.is_empty());
    assert_eq!(single["duplicates"], 0);
    assert!(summary["duplicates"].as_u64().unwrap() >= 10 * once.len() as u64 / 2, "{summary}");
}

#[test]
fn what_nobody_is_told_is_no_duplicate() {
    let folder = tempfile::tempdir().unwrap();
    let form = file("tests/forms/s3-object.json");
    let scan = |more: &[&str]| {
        let twice = ["scan", &form, &form, "--output", "json"];
        run_in(folder.path(), &[&twice, more].concat(), b"").scan().1
    };
    assert!(scan(&[])["duplicates"].as_u64().unwrap() > 0);
    assert_eq!(scan(&["--since", "2030-01-01"])["duplicates"], 0);
    std::fs::write(
        folder.path().join("trailbell.yaml"),
        "ignore: [{ rule: iam-change }, { rule: console-sign-in }]",
    )
    .unwrap();
    let summary = scan(&[]);
    assert_eq!(
        (&summary["duplicates"], &summary["notices"]),
        (&Value::from(0), &Value::from(0)),
        "{summary}"
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let samples = file("samples");
    let one = trailbell(&["scan", &samples, "--output", "json", "--jobs", "1"]);
    let many = trailbell(&["scan", &samples, "--output", "json", "--jobs", "7"]);
    assert_eq!(one.stdout, many.stdout);
}

#[test]
fn a_window_tells_less_but_compares_with_all_that_came_before() {
    let samples = file("samples");
    let (all, _) = trailbell(&["scan", &samples, "--output", "json"]).scan();
    let run =
        trailbell(&["scan", &samples, "--output", "json", "--since", "2026-11-12", "--until", "2026-11-13"]);
    let (some, _) = run.scan();
    assert!(!some.is_empty() && some.len() < all.len());
    for notice in &some {
        let time = notice["event_time"].as_str().unwrap();
        // Midnight in Tokyo.
        assert!(("2026-11-11T15:00:00Z".."2026-11-12T15:00:00Z").contains(&time), "{time}");
        assert!(all.contains(notice), "told exactly as in the whole: {notice}");
    }
}

#[test]
fn what_is_broken_is_named_with_its_place_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let good = std::fs::read_to_string(file("tests/forms/events.ndjson")).unwrap();
    let mut lines: Vec<&str> = good.lines().collect();
    lines.insert(1, "{\"eventName\": nonsense}");
    std::fs::write(folder.path().join("logs.ndjson"), lines.join("\n")).unwrap();
    std::fs::write(folder.path().join("LICENSE"), "not a log").unwrap();
    let run = run_in(folder.path(), &["scan", ".", "--output", "json"], b"");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("logs.ndjson:2:"), "{}", run.stderr);
    let (_, summary) = run.scan();
    assert_eq!((&summary["unreadable"], &summary["skipped"]), (&Value::from(1), &Value::from(1)));
    assert_eq!(summary["records"], good.lines().count());
}

#[test]
fn an_archive_is_unpacked_no_further_than_asked() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &std::fs::read(file("tests/forms/events.ndjson")).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("logs.gz"), gzip.finish().unwrap()).unwrap();
    let run = run_in(folder.path(), &["scan", "logs.gz", "--max-unpacked", "3K", "--output", "json"], b"");
    assert_eq!((run.status, run.scan().1["unreadable"].as_u64()), (2, Some(1)), "{}", run.stderr);
    assert_eq!(run_in(folder.path(), &["scan", "logs.gz", "--max-unpacked", "3M"], b"").status, 0);
}

#[test]
fn a_file_that_is_no_log_is_an_error_only_where_it_was_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("README"), "not a log").unwrap();
    let named = run_in(folder.path(), &["scan", "README"], b"");
    assert_eq!(named.status, 2);
    assert!(named.stderr.contains("README"), "{}", named.stderr);
    assert_eq!(run_in(folder.path(), &["scan", "."], b"").status, 0);
    let missing = run_in(folder.path(), &["scan", "nowhere"], b"");
    assert_eq!(missing.status, 2);
    assert!(missing.stderr.contains("nowhere"), "{}", missing.stderr);
}

#[cfg(unix)]
#[test]
fn a_pipe_that_lies_in_a_folder_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    let run = run_in(folder.path(), &["scan", ".", "--output", "json"], b"");
    assert_eq!((run.status, run.scan().1["skipped"].as_u64()), (0, Some(2)), "{}", run.stderr);
}

#[test]
fn standard_input_is_read_like_a_file() {
    let input = std::fs::read(file("tests/forms/s3-object.json")).unwrap();
    let piped = with_input(&["scan", "-", "--output", "json"], &input);
    let named = trailbell(&["scan", &file("tests/forms/s3-object.json"), "--output", "json"]);
    assert_eq!(piped.stdout, named.stdout);
}

#[test]
fn the_configuration_names_accounts_sets_severities_adds_rules_and_ignores() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("trailbell.yaml"),
        "\
accounts:
  123456789012: { name: my-blog, profile: blog-admin }
rules:
  console-sign-in: { severity: high }
  reads-of-users:
    filter: '{ $.eventName = \"ListUsers\" }'
ignore:
  - { principal: kenji, rule: iam-change }
",
    )
    .unwrap();
    let run = run_in(folder.path(), &["scan", &file("samples"), "--output", "json"], b"");
    assert_eq!(run.status, 0, "{}", run.stderr);
    let (notices, summary) = run.scan();
    assert!(summary["ignored"].as_u64().unwrap() > 0);
    let mut matched = 0;
    for notice in &notices {
        assert_eq!(notice["account_label"], "my-blog");
        let is = |kind: &str| notice["kind"] == kind;
        assert!(!(is("iam-change") && notice["actor"]["name"] == "kenji"), "{notice}");
        // Severities are those of rules; what came before can only raise them.
        assert!(
            !is("console-sign-in") || ["high", "critical"].contains(&notice["severity"].as_str().unwrap())
        );
        matched += u32::from(is("rule-match"));
        for step in notice["advice"].as_array().unwrap() {
            for command in step["commands"].as_array().unwrap() {
                let command = command.as_str().unwrap();
                assert!(
                    !command.starts_with("aws ") || command.contains("--profile blog-admin"),
                    "{command}"
                );
            }
        }
    }
    assert!(matched > 0, "the rule of the owner's own met something");
}

#[test]
fn mails_are_written_where_asked_and_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["scan", &file("samples"), "--mail-dir", "mails", "--lang", "ja", "-q"];
    let names = || {
        assert_eq!(run_in(folder.path(), &arguments, b"").status, 0);
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path().join("mails")).unwrap().map(|e| e.unwrap().path()).collect();
        names.sort();
        names
    };
    let first = names();
    let mail = std::fs::read_to_string(&first[0]).unwrap();
    let (notices, _) = trailbell(&["scan", &file("samples"), "--output", "json"]).scan();
    assert_eq!(first.len(), notices.len());
    assert!(mail.contains("Auto-Submitted: auto-generated\r\n"), "{mail}");
    assert_eq!(first, names());
    assert_eq!(mail, std::fs::read_to_string(&first[0]).unwrap());
}

#[test]
fn a_form_that_does_not_say_how_a_sign_in_ended_is_not_taken_to_say_so() {
    let (notices, _) =
        trailbell(&["scan", &file("tests/forms/event-history.csv"), "--output", "json"]).scan();
    let sign_in = notices.iter().find(|notice| notice["event_name"] == "ConsoleLogin").unwrap();
    assert!(sign_in["headline"].as_str().unwrap().contains("or tried to"), "{sign_in}");
}

#[test]
fn what_a_rule_that_is_an_event_pattern_meets_is_told_by_scan() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        "rules:\n  looks: { event-pattern: { source: [aws.ec2] }, description: Somebody looked around }\n";
    std::fs::write(folder.path().join("trailbell.yaml"), settings).unwrap();
    let event = r#"{"eventVersion":"1.08","eventID":"e-2","eventTime":"2026-11-13T08:00:00Z","eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com","eventType":"AwsApiCall","readOnly":true,"recipientAccountId":"123456789012","userIdentity":{"type":"IAMUser","userName":"mallory"}}"#;
    let run = run_in(folder.path(), &["scan", "-", "--output", "json"], event.as_bytes());
    let (notices, _) = run.scan();
    assert_eq!(notices.len(), 1, "{}", run.stderr);
    assert_eq!(notices[0]["rules"], serde_json::json!(["looks"]));
}
