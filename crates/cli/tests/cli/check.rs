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
fn the_readmes_configuration_holds() {
    let readme = std::fs::read_to_string(crate::util::file("README.md")).unwrap();
    let (_, rest) = readme.split_once("```yaml\n").unwrap();
    let (yaml, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), yaml).unwrap();
    let run = run_in(folder.path(), &["check"], b"");
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
}

#[test]
fn the_schema_is_json() {
    let schema: serde_json::Value = serde_json::from_str(&trailbell(&["schema"]).stdout).unwrap();
    assert!(schema["properties"]["ignore"].is_object());
}
