//! Real recordings, where they are at hand: nothing crashes, every event is found, broken files are named.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod support;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use support::Told;
use trailbell_record::{Contents, Skipped};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What each file of a folder of the recordings gives, by name; `None` where they are not here.
fn folder(name: &str) -> Option<BTreeMap<String, Told>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !folder.is_dir() {
        eprintln!("SKIPPED: ../shared is not here");
        return None;
    }
    let told = files(&folder).into_iter().map(|path| {
        let bytes = std::fs::read(&path).unwrap();
        let told = support::read(&bytes);
        assert_eq!(told, support::read_stream(&bytes), "{}: the stream tells the same", path.display());
        assert_eq!(
            told,
            support::read(&support::gzip(&bytes)),
            "{}: packed, it tells the same",
            path.display()
        );
        (path.file_name().unwrap().to_string_lossy().into_owned(), told)
    });
    Some(told.collect())
}

/// Events, each counted once by `eventID`; all of them; problems.
fn count(files: &BTreeMap<String, Told>) -> (usize, usize, Vec<String>) {
    let mut ids = HashSet::new();
    let mut events = 0;
    let mut problems = Vec::new();
    for (name, told) in files {
        events += told.texts.len();
        for text in &told.texts {
            let record: serde_json::Value = serde_json::from_str(text).unwrap();
            ids.insert(record["eventID"].to_string());
        }
        problems.extend(told.problems.iter().map(|problem| format!("{name}:{problem}")));
    }
    (ids.len(), events, problems)
}

#[test]
fn invictus() {
    let Some(files) = folder("invictus-ir_aws_dataset") else { return };
    assert_eq!(count(&files), (2900, 2900, vec![]));
}

#[test]
fn stratus() {
    let Some(files) = folder("stratus-red-team_detonation-logs") else { return };
    let (_, events, problems) = count(&files);
    assert_eq!((events, problems), (310, vec![]));
}

#[test]
fn otrf() {
    let Some(files) = folder("OTRF_Security-Datasets") else { return };
    let (_, events, problems) = count(&files);
    assert_eq!((events, problems), (103, vec![]));
    assert!(matches!(files["AWS_S3_HoneyBucketLogs.csv"].contents, Contents::NotCloudTrail(_)));
    assert!(matches!(files["LICENSE"].contents, Contents::NotCloudTrail(_)));
}

#[test]
fn trailscraper_and_plaso() {
    let Some(files) = folder("trailscraper") else { return };
    let (ids, events, problems) = count(&files);
    assert_eq!((events, problems), (ids * 2, vec![]), "the same log packed and plain");
    let Some(files) = folder("plaso") else { return };
    assert_eq!(count(&files), (6, 6, vec![]));
}

#[test]
fn cloud_grappler_has_a_broken_file() {
    let Some(files) = folder("CloudGrappler") else { return };
    let (_, events, problems) = count(&files);
    assert_eq!(events, 2);
    assert_eq!(problems, ["bad_cloudtrail.json:26:26: the text ends too early"]);
}

#[test]
fn envelopes_without_events() {
    let Some(files) = folder("cloudtrail-rs") else { return };
    let (_, events, problems) = count(&files);
    assert_eq!(events, 0);
    assert_eq!(problems, ["sqs-batch-partial-garbage.json:19:5: the message is not JSON"]);
    for (name, told) in &files {
        let skipped = match name.as_str() {
            "LICENSE" => continue,
            "s3-test-event.json" | "sns-s3-test-event.json" => vec![Skipped::TestEvent],
            "sqs-batch-partial-garbage.json" => vec![Skipped::Notification; 2],
            _ => vec![Skipped::Notification],
        };
        assert_eq!((name, &told.skipped), (name, &skipped));
    }
}

#[test]
fn streamalert_test_events() {
    let Some(files) = folder("streamalert") else { return };
    let (_, events, problems) = count(&files);
    assert_eq!(problems, Vec::<String>::new());
    let skipped: usize = files.values().map(|told| told.skipped.len()).sum();
    assert_eq!((events, skipped), (56, 1), "one of them is an Insights event");
}
