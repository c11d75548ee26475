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
