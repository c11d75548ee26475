//! `deploy`, `template` and `recipients` against a small AWS that remembers.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::aws;
use crate::cloud::{self, ACCOUNT, Cloud, Shared, Stack};
use crate::util::{Run, root, trailbell};

const REGIONS: [&str; 3] = ["ap-south-1", "eu-west-1", "us-east-1"];
/// The upload bucket's name: from account, region and the stack's name.
const BUCKET: &str = "trailbell-123456789012-eu-west-1-bd6f363f";

/// A folder with a zip of the function's, and an AWS.
struct Place {
    folder: tempfile::TempDir,
    zip: PathBuf,
    port: u16,
    cloud: Shared,
}

impl Place {
    fn new(cloud: Cloud) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("function.zip");
        std::fs::write(&zip, function(0xb7)).unwrap();
        let (port, cloud) = cloud::serve(Cloud { regions: REGIONS.to_vec(), ..cloud });
        Self { folder, zip, port, cloud }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_in(self.folder.path(), arguments)
    }

    fn run_in(&self, folder: &Path, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_trailbell"))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(aws::environment(self.port))
            .env("AWS_REGION", "eu-west-1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Run {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// `deploy --yes` with the zip and these.
    fn deploy(&self, more: &[&str]) -> Run {
        let zip = self.zip.to_str().unwrap();
        let begin = ["deploy", "--yes", "--function-zip", zip];
        self.run(&begin.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    }

    fn parameters(&self, region: &str, stack: &str) -> BTreeMap<String, String> {
        let cloud = self.cloud.lock().unwrap();
        cloud.stacks[&(region.to_owned(), stack.to_owned())].parameters.clone()
    }

    fn asked(&self) -> Vec<String> {
        self.cloud.lock().unwrap().asked.iter().map(|(_, operation)| operation.clone()).collect()
    }

    fn stacks(&self) -> Vec<String> {
        let cloud = self.cloud.lock().unwrap();
        cloud.stacks.keys().map(|(region, name)| format!("{region} {name}")).collect()
    }

    fn keys(&self) -> Vec<String> {
        self.cloud.lock().unwrap().buckets[BUCKET].keys().cloned().collect()
    }
}

/// A zip with a program for that machine in it, as far as its header.
fn function(machine: u8) -> Vec<u8> {
    zipped(machine, None)
}

/// The same with a configuration beside the program.
fn configured(text: &str) -> Vec<u8> {
    zipped(0xb7, Some(text))
}

fn zipped(machine: u8, configuration: Option<&str>) -> Vec<u8> {
    let mut program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0".to_vec();
    program.extend([machine, 0]);
    program.extend([0; 4000]);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bootstrap", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(&program).unwrap();
    if let Some(text) = configuration {
        writer.start_file("trailbell.yaml", zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn trail(log_group: Option<&str>) -> Value {
    json!({
        "Name": "main", "TrailARN": format!("arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/main"), "HomeRegion": "eu-west-1",
        "IsMultiRegionTrail": true, "S3BucketName": "logs",
        "CloudWatchLogsLogGroupArn": log_group.map(|name| format!("arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{name}:*")),
    })
}

fn stack(status: &str) -> ((String, String), Stack) {
    let parameters = [("CodeKey".to_owned(), "function/old.zip".to_owned())].into();
    let stack = Stack { status: status.to_owned(), parameters, ..Stack::default() };
    (("eu-west-1".to_owned(), "trailbell".to_owned()), stack)
}

#[test]
fn a_new_stack_is_made_its_way_of_hearing_worked_out_and_who_must_confirm_told() {
    let place =
        Place::new(Cloud { trails: vec![trail(Some("trail-logs"))], throttled: 2, ..Cloud::default() });
    let run = place.deploy(&["--email", "a@example.com", "--email", "b@example.com", "--lang", "ja"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    let parameters = place.parameters("eu-west-1", "trailbell");
    for (name, value) in [
        ("CodeBucket", BUCKET),
        ("Architecture", "arm64"),
        ("EmailAddresses", "a@example.com,b@example.com"),
        ("Language", "ja"),
        ("TimeZone", "Asia/Tokyo"),
        ("TrailLogGroup", "trail-logs"),
    ] {
        assert_eq!(parameters.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(place.keys(), [parameters["CodeKey"].clone()]);
    for words in [
        "stack           trailbell is new",
        "How it hears: the log group trail-logs of the trail main is listened to.",
        "  make  Function  AWS::Lambda::Function",
        "CREATE_COMPLETE              Topic (AWS::SNS::Topic)",
        "The stack trailbell stands.",
    ] {
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
    assert!(run.stdout.contains("recipients: a@example.com has not confirmed"), "{}", run.stdout);
    assert!(run.stdout.contains("ok       function: it is there"), "{}", run.stdout);

    // Again: nothing is to be done, and nothing is.
    place.cloud.lock().unwrap().asked.clear();
    let again = place.deploy(&[]);
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(again.stderr.contains("no changes"), "{}", again.stderr);
    assert!(!place.asked().iter().any(|operation| operation == "ExecuteChangeSet" || operation == "PUT "));

    // Another address: those there keep their places, and the older zip goes when the new one stands.
    std::fs::write(&place.zip, function(0x3e)).unwrap();
    let more = place.deploy(&["--email", "c@example.com"]);
    assert_eq!(more.status, 0, "{}", more.stderr);
    let parameters = place.parameters("eu-west-1", "trailbell");
    assert_eq!(parameters["EmailAddresses"], "a@example.com,b@example.com,c@example.com");
    assert_eq!((parameters["Architecture"].as_str(), parameters["Language"].as_str()), ("x86_64", "ja"));
    assert_eq!(place.keys(), [parameters["CodeKey"].clone()]);
}

#[test]
fn programs_read_one_object_a_line() {
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    let run = place.deploy(&["--output", "json"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let lines = run.json();
    let types: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types[..3], ["plan", "change", "change"]);
    let stack = lines.iter().find(|line| line["type"] == "stack").unwrap();
    assert_eq!(
        (stack["result"].as_str(), stack["outputs"]["FunctionName"].as_str()),
        (Some("deployed"), Some("f"))
    );
    assert!(types.contains(&"resource") && types.contains(&"check"));
}

#[test]
fn a_dry_run_shows_and_changes_nothing() {
    let place = Place::new(Cloud { trails: vec![trail(None)], ..Cloud::default() });
    let run = place.run(&["deploy", "--dry-run", "--all-regions"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let main = std::fs::read_to_string(root().join("deploy/trailbell.yaml")).unwrap();
    let forwarder = std::fs::read_to_string(root().join("deploy/forwarder.yaml")).unwrap();
    assert_eq!(run.stdout, format!("{main}---\n{forwarder}"));
    for words in [
        "the function's zip is not here",
        "forwarders            ap-south-1, us-east-1",
        "EventBridge's rules listen",
        "WatchWithEventBridge  yes",
        "Nothing was changed",
    ] {
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
    let asked = place.asked();
    assert!(
        asked.iter().all(|operation| operation.starts_with("Get") || operation.starts_with("Describe")),
        "{asked:?}"
    );
}

#[test]
fn nobody_who_can_be_asked_is_a_reason_to_do_nothing() {
    let place = Place::new(Cloud::default());
    for arguments in [&["deploy", "--function-zip", "function.zip"][..], &["deploy", "--delete"]] {
        let run = place.run(arguments);
        assert_eq!(run.status, 2);
        assert!(
            run.stderr.contains("standard input is no terminal") && run.stderr.contains("--yes"),
            "{}",
            run.stderr
        );
    }
    assert!(place.asked().is_empty());
}

#[test]
fn what_is_missing_or_wrong_here_is_told_before_aws_is_asked() {
    let place = Place::new(Cloud::default());
    std::fs::write(place.folder.path().join("no.zip"), "no").unwrap();
    std::fs::write(place.folder.path().join("wrong.yaml"), "langage: en\n").unwrap();
    let zip = place.zip.to_str().unwrap();
    for (arguments, words) in [
        (&["deploy", "--yes"][..], "scripts/build-lambda.py"),
        (&["deploy", "--yes", "--function-zip", "no.zip"], "cannot be read as a zip"),
        (&["deploy", "--yes", "--function-zip", "nowhere.zip"], "nowhere.zip: "),
        (&["deploy", "--yes", "--function-zip", zip, "-c", "wrong.yaml"], "did you mean `language`?"),
        (&["deploy", "--yes", "--stack-name", "1x"], "write a letter"),
        (&["deploy", "--delete", "--email", "a@b.example"], "cannot be used with"),
        (&["deploy", "--keep-logs"], "--delete"),
    ] {
        let run = place.run(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
    assert!(place.asked().is_empty());
    let settled = place.deploy(&["--email", "nobody"]);
    assert!(settled.status == 2 && settled.stderr.contains("is no mail address"), "{}", settled.stderr);
    let settled = place.deploy(&["--parameter", "Langage=ja"]);
    assert!(settled.status == 2 && settled.stderr.contains("did you mean Language?"), "{}", settled.stderr);
    assert!(place.cloud.lock().unwrap().stacks.is_empty());
}

#[test]
fn a_configuration_goes_along_stays_and_holds_no_secret() {
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    let write = |text: &str| std::fs::write(place.folder.path().join("trailbell.yaml"), text).unwrap();
    let secret = "abcdefghijklmnopqrstuvwx";
    write(&format!("channels: {{ chat: 'slack://T0000000000/B0000000000/{secret}' }}\n"));
    let run = place.deploy(&[]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("holds a secret in plain text, which must not leave this machine"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains(secret));

    write(
        "channels: { chat: 'slack://T0000000000/B0000000000/${HOOK}' }\nrules: { root-activity: { enabled: false } }\n",
    );
    let run = place.deploy(&[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--parameter SecretsParameter=/trailbell/secrets"), "{}", run.stderr);
    let with = ["--parameter", "SecretsParameter=/bell"];
    let run = place.deploy(&with);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("may not be read from here, so set ${HOOK} in this shell"), "{}", run.stderr);
    place.cloud.lock().unwrap().secrets = Some("{\"OTHER\": \"x\"}".to_owned());
    let run = place.deploy(&with);
    assert!(run.stderr.contains("${HOOK} are not in the parameter /bell"), "{}", run.stderr);
    place.cloud.lock().unwrap().secrets = Some(format!("{{\"HOOK\": \"{secret}\"}}"));
    let run = place.deploy(&with);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains("the configuration's channels are told"), "{}", run.stdout);
    let parameters = place.parameters("eu-west-1", "trailbell");
    assert!(
        !parameters["FilterPattern"].contains("Root"),
        "it is as the rules say: {}",
        parameters["FilterPattern"]
    );
    let zipped = place.cloud.lock().unwrap().buckets[BUCKET][&parameters["CodeKey"]].clone();
    assert!(!zipped.windows(secret.len()).any(|window| window == secret.as_bytes()));

    // From a folder without one, the one that is deployed goes on.
    std::fs::remove_file(place.folder.path().join("trailbell.yaml")).unwrap();
    let run = place.deploy(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("configuration  as it is deployed") && run.stderr.contains("no changes"),
        "{}",
        run.stderr
    );
    assert_eq!(place.parameters("eu-west-1", "trailbell"), parameters);
}

const WEBSITE: &str = "title: A website
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: PutBucketWebsite}, condition: s}
---
title: Many websites
correlation: {type: event_count, rules: [A website, A program], timespan: 1h, condition: {gte: 3}}
";
const PROGRAM: &str =
    "title: A program\nlogsource: {product: windows}\ndetection: {s: {Image: x}, condition: s}\n";

/// A file of a zip.
fn unzipped(zip: Vec<u8>, name: &str) -> String {
    let mut text = String::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn files_of_sigma_rules_go_along_as_they_are_and_stay() {
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    let at = |name: &str| place.folder.path().join(name);
    let configuration =
        "# mine\nrules:\n  all:    { sigma: ./rules/ } # all of them\n  one: { sigma: house/../one.yml }\n";
    std::fs::create_dir_all(at("house/rules/deep")).unwrap();
    std::fs::create_dir_all(at("house/house")).unwrap();
    std::fs::write(at("house/trailbell.yaml"), configuration).unwrap();
    std::fs::write(at("house/rules/deep/website.yml"), WEBSITE).unwrap();
    std::fs::write(at("house/rules/program.yml"), PROGRAM).unwrap();
    std::fs::write(at("house/one.yml"), WEBSITE.split("---").next().unwrap().replace("A website", "One"))
        .unwrap();
    let run = place.deploy(&["--config", "house/trailbell.yaml"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for words in [
        "configuration  house/trailbell.yaml\nSigma rules    3 files go along, 1 KB\n",
        // Sigma compares without case, which no filter pattern can: everything comes through.
        "FilterPattern  (empty)",
        "note: 1 Sigma rule for other logs is left out",
        "warning: house/./rules/deep/website.yml:6:53: `A program` is for other logs, so this correlation never counts it",
    ] {
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
    assert!(!run.stdout.contains("the configuration's channels are told"), "{}", run.stdout);
    let parameters = place.parameters("eu-west-1", "trailbell");
    let zip = place.cloud.lock().unwrap().buckets[BUCKET][&parameters["CodeKey"]].clone();
    assert_eq!(unzipped(zip.clone(), "trailbell.yaml"), configuration);
    let along: Value = serde_json::from_str(&unzipped(zip, "trailbell-sigma.json")).unwrap();
    let files = [
        json!({ "name": "rules/deep/website.yml", "text": WEBSITE }),
        json!({ "name": "rules/program.yml", "text": PROGRAM }),
    ];
    assert_eq!(along["./rules/"], json!(files));
    assert_eq!(along["house/../one.yml"][0]["name"], "house/../one.yml");

    // The same named from elsewhere is the same, and so is what goes on where nobody names any.
    let path = at("house/trailbell.yaml");
    let elsewhere = place.folder.path().to_owned();
    for (folder, arguments) in [
        (at("house"), &[][..]),
        (at("house"), &["--config", "./trailbell.yaml"]),
        (elsewhere.clone(), &["--config", path.to_str().unwrap()]),
        (elsewhere, &[]),
    ] {
        let zip = place.zip.to_str().unwrap();
        let run = place.run_in(&folder, &[&["deploy", "--yes", "--function-zip", zip], arguments].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(
            run.stderr.contains("3 files go along") && run.stderr.contains("no changes"),
            "{}",
            run.stderr
        );
        assert_eq!(place.parameters("eu-west-1", "trailbell"), parameters);
    }
    // One that names no files has none.
    std::fs::write(at("none.yaml"), "language: en\n").unwrap();
    let run = place.deploy(&["--config", "none.yaml"]);
    assert!(run.status == 0 && !run.stderr.contains("go along"), "{}", run.stderr);
    let parameters = place.parameters("eu-west-1", "trailbell");
    let zip = place.cloud.lock().unwrap().buckets[BUCKET][&parameters["CodeKey"]].clone();
    assert!(
        !zip::ZipArchive::new(Cursor::new(zip))
            .unwrap()
            .file_names()
            .any(|name| name.unwrap().contains("sigma"))
    );
}

#[test]
fn files_of_sigma_rules_that_cannot_go_along_are_told_before_aws_is_asked() {
    let place = Place::new(Cloud::default());
    let at = |name: &str| place.folder.path().join(name);
    std::fs::create_dir(at("rules")).unwrap();
    let deploy = |configuration: &str| {
        std::fs::write(at("trailbell.yaml"), configuration).unwrap();
        let run = place.deploy(&[]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        run.stderr
    };
    let named = "rules: { all: { sigma: rules } }\n";
    std::fs::write(at("rules/a.yml"), WEBSITE.replace("eventName:", "eventName|nosuch:")).unwrap();
    let told = deploy(named);
    assert!(told.contains("the function could not start") && told.contains("rules/a.yml:3:"), "{told}");
    let told = deploy("rules: { all: { sigma: nowhere } }\n");
    assert!(told.contains("trailbell.yaml:1:24: These Sigma rules cannot be read: nowhere: "), "{told}");
    let told = deploy("rules: { all: { sigma: '${HOME}/rules' } }\n");
    assert!(told.contains("the function does not know this shell's variables"), "{told}");

    for name in ["a.yml", "b.yml", "c.yml"] {
        std::fs::write(at("rules").join(name), format!("{PROGRAM}# {}\n", "x".repeat(800_000))).unwrap();
    }
    let told = deploy(named);
    let words = "the 3 Sigma files that trailbell.yaml names make 2400";
    assert!(
        told.contains(words)
            && told.contains("at most 2097152 go along with the function: name a smaller folder"),
        "{told}"
    );
    let told = deploy(&format!("# {}\n", "x".repeat(1 << 20)));
    assert!(
        told.contains("trailbell.yaml has 1048579 bytes, and at most 1048576 go along with the function: move Sigma rules into a folder"),
        "{told}"
    );
    assert!(place.asked().is_empty());
}

#[test]
fn somebody_else_s_bucket_gets_nothing_and_nothing_is_left_standing() {
    let place =
        Place::new(Cloud { trails: vec![trail(Some("g"))], buckets_are_taken: true, ..Cloud::default() });
    let run = place.deploy(&[]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("is another account's") && run.stderr.contains("--stack-name"),
        "{}",
        run.stderr
    );
    assert!(place.cloud.lock().unwrap().stacks.is_empty(), "the proposed stack is taken back");
}

#[test]
fn a_failure_is_followed_to_its_reason_and_what_is_left_is_deleted_before_the_next_try() {
    let fails =
        Some(("Key", "User: arn:aws:iam::1:user/me is not authorized to perform: kms:CreateKey\u{9b}2J"));
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], fails, ..Cloud::default() });
    let run = place.deploy(&[]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    let reason = "it ended as ROLLBACK_COMPLETE in eu-west-1 because of Key (AWS::KMS::Key): User: arn:aws:iam::1:user/me is not \
                  authorized to perform: kms:CreateKey";
    assert!(run.stderr.contains(reason) && run.stderr.contains("-> allow that action"), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{9b}'));
    place.cloud.lock().unwrap().fails = None;
    let run = place.deploy(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("it is deleted first and made again"), "{}", run.stderr);
    assert_eq!(place.cloud.lock().unwrap().stacks.values().next().unwrap().status, "CREATE_COMPLETE");
}

#[test]
fn a_change_that_fails_leaves_what_was_there() {
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    assert_eq!(place.deploy(&[]).status, 0);
    let before = place.parameters("eu-west-1", "trailbell");
    place.cloud.lock().unwrap().fails = Some(("Key", "no"));
    std::fs::write(&place.zip, function(0x3e)).unwrap();
    let run = place.deploy(&["--output", "json"]);
    assert_eq!(run.status, 3);
    let failed = run.json().into_iter().find(|line| line["result"] == "failed").unwrap();
    assert!(failed["message"].as_str().unwrap().contains("UPDATE_ROLLBACK_COMPLETE"), "{failed}");
    assert_eq!(place.parameters("eu-west-1", "trailbell"), before);
    assert!(place.keys().contains(&before["CodeKey"]), "what is deployed is still there");
}

#[test]
fn a_stack_that_is_busy_stuck_or_somebody_else_s_is_left_alone() {
    for (status, words) in [
        ("UPDATE_IN_PROGRESS", "CloudFormation is at work"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name trailbell --region eu-west-1"),
    ] {
        let place = Place::new(Cloud { stacks: [stack(status)].into(), ..Cloud::default() });
        let run = place.deploy(&[]);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    let (key, mut other) = stack("CREATE_COMPLETE");
    other.parameters.clear();
    let place = Place::new(Cloud { stacks: [(key, other)].into(), ..Cloud::default() });
    for arguments in
        [&["deploy", "--yes", "--function-zip", "function.zip"][..], &["deploy", "--delete", "--yes"]]
    {
        let run = place.run(arguments);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains("is not trailbell's"), "{}", run.stderr);
    }
    assert_eq!(place.cloud.lock().unwrap().stacks.len(), 1);
}

#[test]
fn a_region_that_fails_is_named_and_the_rest_done() {
    let broken = vec!["ap-south-1"];
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], broken, ..Cloud::default() });
    let run = place.deploy(&["--all-regions"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains("trailbell: ap-south-1: CloudFormation CreateChangeSet in ap-south-1"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("us-east-1: made") && run.stderr.contains("1 of 2 regions"),
        "{}",
        run.stderr
    );
    let forwarder = place.parameters("us-east-1", "trailbell-forwarder");
    assert_eq!(forwarder["HomeRegion"], "eu-west-1");
    assert_eq!(forwarder["HomeEventBusArn"], format!("arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/default"));
    assert_eq!(place.parameters("eu-west-1", "trailbell")["WatchWithEventBridge"], "yes");

    place.cloud.lock().unwrap().broken.clear();
    let run = place.deploy(&["--all-regions"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("ap-south-1: made") && run.stderr.contains("us-east-1: unchanged"),
        "{}",
        run.stderr
    );
    let refused = place.deploy(&["--all-regions", "--parameter", "WatchWithEventBridge=no"]);
    assert!(refused.status == 2 && refused.stderr.contains("lets nobody listen"), "{}", refused.stderr);
}

#[test]
fn iam_s_own_region_forwards_wherever_eventbridge_is_listened_to() {
    let place = Place::new(Cloud { trails: vec![trail(None)], ..Cloud::default() });
    let run = place.deploy(&["--parameter", "WatchWithEventBridge=yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(place.stacks(), ["eu-west-1 trailbell", "us-east-1 trailbell-forwarder"]);
    let told = "trailbell: this sees to EventBridge's events of eu-west-1 and us-east-1 alone, and sign-ins are recorded in other regions";
    assert!(run.stderr.contains(told) && run.stderr.contains("--all-regions"), "{}", run.stderr);
    assert!(place.deploy(&[]).stderr.contains(told), "as long as it is so");

    // Beside the log group it is a matter of minutes only.
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    let run = place.deploy(&["--parameter", "WatchWithEventBridge=yes"]);
    assert!(
        run.stderr.contains("\nNote: this sees to EventBridge's events of eu-west-1 and us-east-1 alone"),
        "{}",
        run.stderr
    );
}

#[test]
fn where_eventbridge_was_chosen_every_region_is_listened_to_and_stays_so() {
    let all = ["ap-south-1 trailbell-forwarder", "eu-west-1 trailbell", "us-east-1 trailbell-forwarder"];
    let place =
        Place::new(Cloud { trails: vec![trail(None)], broken: vec!["ap-south-1"], ..Cloud::default() });
    let run = place.deploy(&[]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    let why = "How it hears: the trail main delivers to no log group in eu-west-1, so EventBridge's rules listen to what it records, \
               in every enabled region, since sign-ins are recorded in many.";
    assert!(run.stderr.contains(why), "{}", run.stderr);
    assert!(run.stderr.contains("forwarders            ap-south-1, us-east-1"), "{}", run.stderr);
    assert!(!run.stderr.contains("--all-regions"), "{}", run.stderr);
    assert_eq!(place.stacks(), all[1..]);

    // The same command again goes on with every region, without being told which.
    place.cloud.lock().unwrap().broken.clear();
    let run = place.deploy(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(place.stacks(), all);
    let run = place.deploy(&["--output", "json"]);
    assert_eq!(run.json()[0]["forwarders"], json!(["ap-south-1", "us-east-1"]), "{}", run.stdout);

    // Whoever had only one region, and asked for all once, has all of them as well.
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    assert_eq!(place.deploy(&[]).status, 0);
    assert_eq!(place.deploy(&["--parameter", "WatchWithEventBridge=yes"]).status, 0);
    assert_eq!(place.stacks(), all[1..]);
    assert_eq!(place.deploy(&["--all-regions"]).status, 0);
    place.cloud.lock().unwrap().stacks.retain(|(region, _), _| region != "ap-south-1");
    assert_eq!(place.deploy(&[]).status, 0);
    assert_eq!(place.stacks(), all);
    // Until they ask for less.
    for flags in [&["--parameter", "WatchWithEventBridge=yes"][..], &[]] {
        let plan = place.deploy(&[flags, &["--output", "json"]].concat()).json()[0].clone();
        assert_eq!(plan["forwarders"], json!(["us-east-1"]), "{plan}");
    }
}

#[test]
fn an_upgrade_lets_through_what_this_release_s_rules_can_meet() {
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    assert_eq!(place.deploy(&[]).status, 0);
    let made = place.parameters("eu-west-1", "trailbell")["FilterPattern"].clone();
    assert!(made.contains("iam.*"), "{made}");
    // As an older release, with fewer rules, has left it.
    let old = || {
        let mut cloud = place.cloud.lock().unwrap();
        let stack = cloud.stacks.values_mut().next().unwrap();
        stack.parameters.insert("FilterPattern".to_owned(), "{$.eventName=\"ConsoleLogin\"}".to_owned());
    };
    old();
    let run = place.deploy(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("Note: FilterPattern is made from the rules on every deploy"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("(was {$.eventName=\"ConsoleLogin\"})"), "{}", run.stderr);
    assert_eq!(place.parameters("eu-west-1", "trailbell")["FilterPattern"], made);
    // One that is given goes first, for as long as it is given.
    let own = ["--parameter", "FilterPattern={$.eventName=\"ConsoleLogin\"}"];
    assert_eq!(place.deploy(&own).status, 0);
    assert_eq!(place.parameters("eu-west-1", "trailbell")["FilterPattern"], own[1][14..]);

    // Where a configuration is carried over, by that.
    let text = "rules: { mine: { filter: '{ $.eventName = \"DeleteBucket\" }', severity: high } }\n";
    std::fs::write(place.folder.path().join("trailbell.yaml"), text).unwrap();
    assert_eq!(place.deploy(&[]).status, 0);
    std::fs::remove_file(place.folder.path().join("trailbell.yaml")).unwrap();
    old();
    let run = place.deploy(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let pattern = place.parameters("eu-west-1", "trailbell")["FilterPattern"].clone();
    assert!(pattern.contains("DeleteBucket") && pattern.contains("iam.*"), "{pattern}");
}

#[test]
fn a_rule_that_eventbridge_leaves_deaf_is_named() {
    let place = Place::new(Cloud { trails: vec![trail(None)], ..Cloud::default() });
    let text = "rules:\n  bucket-gone: { filter: '{ $.eventName = \"DeleteBucket\" }', severity: high }\n  \
                user-gone: { filter: '{ $.eventName = \"DeleteUser\" }', severity: high }\n  cis-4.1: { enabled: true }\n";
    std::fs::write(place.folder.path().join("trailbell.yaml"), text).unwrap();
    let told = |name: &str| {
        format!(
            "rule {name}: EventBridge's rules do not bring all that it could meet; listen to the trail's log group or bucket too"
        )
    };
    let run = place.deploy(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for name in ["bucket-gone", "cis-4.1"] {
        assert!(run.stderr.contains(&format!("trailbell: {}\n", told(name))), "{}", run.stderr);
    }
    assert!(!run.stderr.contains("rule user-gone"), "{}", run.stderr);
    // Also for the one that is deployed, and for programs.
    std::fs::remove_file(place.folder.path().join("trailbell.yaml")).unwrap();
    let plan = place.deploy(&["--output", "json"]).json()[0].clone();
    assert_eq!(plan["warnings"], json!([told("cis-4.1"), told("bucket-gone")]));
    // Another way brings it.
    let run = place.deploy(&["--parameter", "TrailBucket=logs"]);
    assert!(run.status == 0 && !run.stderr.contains("could meet"), "{}", run.stderr);
}

#[test]
fn nobody_is_unsubscribed_by_the_order_in_which_addresses_are_written() {
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    let addresses = |place: &Place| -> Vec<String> {
        place.cloud.lock().unwrap().subscriptions.iter().map(|(address, _)| address.clone()).collect()
    };
    let all = ["--email", "a@example.com", "--email", "b@example.com", "--email", "c@example.com"];
    assert_eq!(place.deploy(&all).status, 0);
    let run = place.deploy(&["--parameter", "EmailAddresses=c@example.com,b@example.com"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("Note: whoever stays keeps their place in EmailAddresses"), "{}", run.stderr);
    assert_eq!(addresses(&place), ["b@example.com", "c@example.com"]);
    let run = place.deploy(&["--email", "d@example.com"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let parameters = place.parameters("eu-west-1", "trailbell");
    assert_eq!(parameters["EmailAddresses"], "d@example.com,b@example.com,c@example.com");
    assert_eq!(addresses(&place), ["b@example.com", "c@example.com", "d@example.com"]);
}

/// A stack made by hand, its zip in a bucket of its own.
fn by_hand(zip: Option<Vec<u8>>) -> Cloud {
    let (at, mut stack) = stack("CREATE_COMPLETE");
    for (name, value) in [("CodeBucket", "mine"), ("CodeKey", "trailbell-1.zip"), ("CodeVersion", "v1")] {
        stack.parameters.insert(name.to_owned(), value.to_owned());
    }
    let objects = zip.map(|zip| ("trailbell-1.zip".to_owned(), zip)).into_iter().collect();
    Cloud {
        stacks: [(at, stack)].into(),
        buckets: [("mine".to_owned(), objects)].into(),
        trails: vec![trail(Some("g"))],
        ..Cloud::default()
    }
}

#[test]
fn the_configuration_of_a_stack_made_by_hand_stays_too() {
    let text = "rules: { mine: { filter: '{ $.eventName = \"DeleteBucket\" }', severity: high } }\n";
    let place = Place::new(by_hand(Some(configured(text))));
    let run = place.deploy(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("configuration  as it is deployed"), "{}", run.stderr);
    let parameters = place.parameters("eu-west-1", "trailbell");
    assert!(parameters["FilterPattern"].contains("DeleteBucket"), "{}", parameters["FilterPattern"]);
    assert_eq!((parameters["CodeBucket"].as_str(), parameters["CodeVersion"].as_str()), (BUCKET, ""));
    assert!(parameters["CodeKey"].ends_with("-configured.zip"));
    {
        let cloud = place.cloud.lock().unwrap();
        assert!(cloud.asked.iter().any(|(_, asked)| asked.contains("versionId=v1")), "{:?}", cloud.asked);
        assert_eq!(cloud.buckets["mine"].len(), 1, "what is theirs is left alone");
    }
    // Where there is none, there is none.
    let place = Place::new(by_hand(Some(function(0xb7))));
    let run = place.deploy(&[]);
    assert!(run.status == 0 && run.stderr.contains("none: every default"), "{}", run.stderr);
}

#[test]
fn a_configuration_that_cannot_be_read_is_not_taken_for_none() {
    let foreign = Cloud { foreign: Some("mine"), ..by_hand(None) };
    for cloud in [by_hand(None), foreign] {
        let place = Place::new(cloud);
        let run = place.deploy(&[]);
        assert_eq!(run.status, 2, "{}", run.stderr);
        let words = "whether the function has a configuration, to go on with it, cannot be seen in trailbell-1.zip of the bucket mine";
        assert!(
            run.stderr.contains(words) && run.stderr.contains("name one with --config"),
            "{}",
            run.stderr
        );
        assert_eq!(place.parameters("eu-west-1", "trailbell")["CodeBucket"], "mine");
        std::fs::write(place.folder.path().join("none.yaml"), "").unwrap();
        let run = place.deploy(&["--config", "none.yaml"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
}

#[test]
fn without_a_trail_one_is_made_and_deleting_leaves_nothing() {
    let place = Place::new(Cloud { closed: vec!["ap-south-1"], ..Cloud::default() });
    let run = place.deploy(&["--parameter", "WatchWithEventBridge=yes"]);
    assert_eq!(place.parameters("eu-west-1", "trailbell")["CreateTrail"], "yes", "{}", run.stderr);
    {
        let cloud = place.cloud.lock().unwrap();
        assert_eq!((cloud.buckets.len(), cloud.log_groups.len(), cloud.stacks.len()), (2, 1, 2));
    }
    let dry = place.run(&["deploy", "--delete", "--dry-run"]);
    assert_eq!(dry.status, 0, "{}", dry.stderr);
    for words in [
        "the stack trailbell-forwarder in us-east-1",
        "Topic  AWS::SNS::Topic",
        "the bucket trailbell-newtrailbucket-x and ALL LOGS in it (--keep-logs keeps it)",
        "Nothing was changed",
    ] {
        assert!(dry.stderr.contains(words), "{words}\n{}", dry.stderr);
    }
    assert_eq!(place.cloud.lock().unwrap().stacks.len(), 2);

    let run = place.run(&["deploy", "--delete", "--yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("whether there is a forwarder in ap-south-1 cannot be seen"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.ends_with("Nothing is left.\n"), "{}", run.stderr);
    {
        let cloud = place.cloud.lock().unwrap();
        assert!(
            cloud.stacks.is_empty() && cloud.buckets.is_empty() && cloud.log_groups.is_empty(),
            "{cloud:?}"
        );
    }
    let again = place.run(&["deploy", "--delete", "--yes"]);
    assert_eq!(again.status, 0);
    assert!(again.stderr.contains("There is nothing of the stack trailbell"), "{}", again.stderr);
}

#[test]
fn logs_that_are_to_be_kept_are_kept_with_the_key_to_them() {
    let place = Place::new(Cloud::default());
    assert_eq!(place.deploy(&[]).status, 1, "no trail of the account's is seen yet");
    let run = place.run(&["deploy", "--delete", "--keep-logs", "--yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let cloud = place.cloud.lock().unwrap();
    assert_eq!(cloud.kept_keys, ["key-1"]);
    assert_eq!(cloud.buckets.keys().collect::<Vec<_>>(), ["trailbell-newtrailbucket-x"]);
    assert_eq!(cloud.log_groups.len(), 1);
}

#[test]
fn whoever_is_interrupted_after_the_stack_has_gone_still_keeps_the_key() {
    let place = Place::new(Cloud::default());
    place.deploy(&[]);
    // The stack goes, and the key with it in seven days; then this program is ended.
    place.cloud.lock().unwrap().keys_are_closed = true;
    let run = place.run(&["deploy", "--delete", "--keep-logs", "--yes"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("the key key-1 is still to be deleted in seven days"), "{}", run.stderr);
    assert_eq!(place.stacks(), Vec::<String>::new());
    assert!(place.keys().contains(&"left-behind.json".to_owned()), "{:?}", place.keys());

    place.cloud.lock().unwrap().keys_are_closed = false;
    let dry = place.run(&["deploy", "--delete", "--keep-logs", "--dry-run"]);
    assert!(dry.stderr.contains("but not the key key-1"), "{}", dry.stderr);
    assert!(dry.stderr.contains("but not the bucket trailbell-newtrailbucket-x"), "{}", dry.stderr);
    let run = place.run(&["deploy", "--delete", "--keep-logs", "--yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let cloud = place.cloud.lock().unwrap();
    assert_eq!(cloud.kept_keys, ["key-1"]);
    assert_eq!(cloud.buckets.keys().collect::<Vec<_>>(), ["trailbell-newtrailbucket-x"]);
    assert_eq!(cloud.log_groups.len(), 1);
}

#[test]
fn the_key_is_written_down_before_the_stack_is_deleted() {
    let place = Place::new(Cloud::default());
    place.deploy(&[]);
    // Made by hand: without a bucket, one is made for the note, and goes last.
    place.cloud.lock().unwrap().buckets.remove(BUCKET);
    place.cloud.lock().unwrap().delete_fails = Some("no");
    assert_eq!(place.run(&["deploy", "--delete", "--keep-logs", "--yes"]).status, 3);
    let note = place.cloud.lock().unwrap().buckets[BUCKET]["left-behind.json"].clone();
    let note: Value = serde_json::from_slice(&note).unwrap();
    assert!(note.as_array().unwrap().contains(&json!(["AWS::KMS::Key", "key-1"])), "{note}");
    // Whoever changes their mind has the logs deleted, and nothing keeps the key.
    place.cloud.lock().unwrap().delete_fails = None;
    let run = place.run(&["deploy", "--delete", "--yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let cloud = place.cloud.lock().unwrap();
    assert!(
        cloud.buckets.is_empty() && cloud.log_groups.is_empty() && cloud.kept_keys.is_empty(),
        "{cloud:?}"
    );
}

#[test]
fn a_deletion_that_fails_says_why_and_can_be_gone_on_with() {
    let place = Place::new(Cloud::default());
    place.deploy(&[]);
    place.cloud.lock().unwrap().delete_fails = Some("The bucket you tried to delete is not empty");
    let run = place.run(&["deploy", "--delete", "--yes"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains(
            "DELETE_FAILED in eu-west-1 because of NewTrailBucket (AWS::S3::Bucket): The bucket you tried"
        ),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("run the same command again"), "{}", run.stderr);
    place.cloud.lock().unwrap().delete_fails = None;
    // Interrupted after the stack had gone: what it left behind is noted in the bucket.
    place.cloud.lock().unwrap().stacks.clear();
    let run = place.run(&["deploy", "--delete", "--yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let cloud = place.cloud.lock().unwrap();
    assert!(cloud.buckets.is_empty() && cloud.log_groups.is_empty(), "{cloud:?}");
}

#[test]
fn addresses_beyond_the_template_s_ten_are_subscribed_beside_the_stack() {
    let place = Place::new(Cloud { trails: vec![trail(Some("g"))], ..Cloud::default() });
    let addresses: Vec<String> = (0..12).map(|n| format!("a{n}@example.com")).collect();
    let flags: Vec<&str> = addresses.iter().flat_map(|address| ["--email", address]).collect();
    let run = place.deploy(&flags);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(place.parameters("eu-west-1", "trailbell")["EmailAddresses"].split(',').count(), 10);
    assert_eq!(place.cloud.lock().unwrap().subscriptions.len(), 12);
}

#[test]
fn recipients_are_listed_added_and_removed() {
    let (key, standing) = stack("CREATE_COMPLETE");
    let subscriptions = vec![("a@example.com".to_owned(), true), ("b@example.com".to_owned(), false)];
    let place = Place::new(Cloud { stacks: [(key, standing)].into(), subscriptions, ..Cloud::default() });
    let list = place.run(&["recipients", "list"]);
    assert_eq!(
        list.stdout, "confirmed  email  a@example.com\npending    email  b@example.com\n",
        "{}",
        list.stderr
    );
    let json = place.run(&["recipients", "list", "--output", "json"]).json();
    assert_eq!(
        json[1],
        json!({ "type": "recipient", "protocol": "email", "address": "b@example.com", "state": "pending" })
    );

    let add = place.run(&["recipients", "add", "A@example.com", "c@example.com"]);
    assert_eq!(add.status, 0, "{}", add.stderr);
    assert!(add.stderr.contains("A@example.com is told already"), "{}", add.stderr);
    assert!(add.stderr.contains("AWS has sent c@example.com a mail"), "{}", add.stderr);
    let remove = place.run(&["recipients", "remove", "a@example.com", "b@example.com"]);
    assert_eq!(remove.status, 0, "{}", remove.stderr);
    assert!(remove.stderr.contains("a@example.com is told no more"), "{}", remove.stderr);
    assert!(remove.stderr.contains("b@example.com has not confirmed"), "{}", remove.stderr);
    let unknown = place.run(&["recipients", "remove", "nobody@example.com"]);
    assert_eq!(unknown.status, 1, "{}", unknown.stderr);
    let left = &place.cloud.lock().unwrap().subscriptions.clone();
    assert_eq!(*left, [("b@example.com".to_owned(), false), ("c@example.com".to_owned(), false)]);

    let nowhere = place.run(&["recipients", "list", "--stack-name", "other"]);
    assert_eq!(nowhere.status, 2);
    assert!(
        nowhere.stderr.contains("there is no stack other with a topic in eu-west-1"),
        "{}",
        nowhere.stderr
    );
    let wrong = place.run(&["recipients", "add", "x"]);
    assert!(wrong.status == 2 && wrong.stderr.contains("is no mail address"), "{}", wrong.stderr);
}

#[test]
fn the_templates_are_printed_as_they_are() {
    for (arguments, name) in [
        (&["template"][..], "trailbell"),
        (&["template", "main"], "trailbell"),
        (&["template", "forwarder"], "forwarder"),
    ] {
        let run = trailbell(arguments);
        let file =
            std::fs::read_to_string(root().join(Path::new("deploy")).join(format!("{name}.yaml"))).unwrap();
        assert_eq!((run.status, run.stdout), (0, file), "{arguments:?}");
    }
    let json = trailbell(&["template", "--output", "json"]).json();
    assert_eq!(json[0]["name"], "main");
}
