//! Every form CloudTrail comes in, whole and broken, gives its events.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::{Told, gzip, read, record};
use trailbell_record::{Contents, Limits, Skipped};

/// A JSON string literal of `text`.
fn literal(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn payload(text: &str) -> String {
    STANDARD.encode(gzip(text.as_bytes()))
}

fn logs(messages: &[&str]) -> String {
    let events: Vec<String> = messages
        .iter()
        .enumerate()
        .map(|(i, message)| {
            format!(r#"{{"id":"{i}","timestamp":1789344026089,"message":{}}}"#, literal(message))
        })
        .collect();
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"trail","logStream":"s","subscriptionFilters":["all"],"logEvents":[{}]}}"#,
        events.join(",")
    )
}

#[track_caller]
fn gives(source: &str, names: &[&str]) -> Told {
    let told = read(source.as_bytes());
    assert_eq!(told.problems, Vec::<String>::new());
    assert_eq!(told.contents, Contents::CloudTrail);
    assert_eq!(told.names, names);
    assert_eq!(told, support::read_stream(source.as_bytes()), "the stream must tell the same");
    let packed = support::read(&gzip(source.as_bytes()));
    assert_eq!(told, packed, "packed, it must tell the same");
    told
}

#[test]
fn log_files() {
    let (a, b) = (record("A"), record("B"));
    gives(&format!(r#"{{"Records":[{a},{b}]}}"#), &["A", "B"]);
    gives(&format!("\u{feff}{{ \"Records\" : [ {a} ,\n {b} ] , \"more\": [1, {{}}] }}\n"), &["A", "B"]);
    gives(r#"{"Records":[]}"#, &[]);
    gives("[]", &[]);
}

#[test]
fn values_one_after_another() {
    let (a, b) = (record("A"), record("B"));
    gives(&a, &["A"]);
    gives(&format!("[{a},{b}]"), &["A", "B"]);
    gives(&format!("[[{a}],[{b}]]"), &["A", "B"]);
    gives(&format!("{a}\n{b}\n"), &["A", "B"]);
    gives(&format!("{a}\r\n\r\n{b}"), &["A", "B"]);
    gives(&format!("{a}{b}\t[{a}]"), &["A", "B", "A"]);
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&a).unwrap()).unwrap();
    gives(&format!("{pretty}\n{pretty}"), &["A", "A"]);
    gives(&format!("{}\n{}", literal(&a), literal(&b)), &["A", "B"]);
}

#[test]
fn cloudwatch_logs() {
    let (a, b) = (record("A"), record("B"));
    let told = gives(&logs(&[&a, "no JSON", &b]), &["A", "B"]);
    assert_eq!(told.skipped, [Skipped::NotCloudTrail]);
    let packed = payload(&logs(&[&a, &b]));
    gives(&format!(r#"{{"awslogs":{{"data":"{packed}"}}}}"#), &["A", "B"]);
    gives(&packed, &["A", "B"]);
    let broken_into_lines = format!("{}\n{}\n{packed}\n", &packed[..100], &packed[100..]);
    gives(&broken_into_lines, &["A", "B", "A", "B"]);
    gives(
        &format!(
            r#"{{"Records":[{{"kinesis":{{"data":"{packed}"}},"eventSource":"aws:kinesis","eventName":"aws:kinesis:record"}}]}}"#
        ),
        &["A", "B"],
    );
    gives(
        &format!(r#"{{"invocationId":"i","records":[{{"recordId":"1","data":"{packed}"}}]}}"#),
        &["A", "B"],
    );
    gives(
        &format!(
            r#"{{"events":[{{"logStreamName":"s","timestamp":1,"message":{},"eventId":"1"}}],"searchedLogStreams":[]}}"#,
            literal(&a)
        ),
        &["A"],
    );
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"checking"}]}"#;
    assert_eq!(gives(control, &[]).skipped, [Skipped::ControlMessage]);
}

#[test]
fn eventbridge() {
    let envelope = |name: &str| {
        format!(
            r#"{{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"1","time":"t","region":"us-east-1","resources":[],"detail":{}}}"#,
            record(name)
        )
    };
    gives(&envelope("A"), &["A"]);
    gives(&format!("[{},{}]", envelope("A"), envelope("B")), &["A", "B"]);
    let created = r#"{"version":"0","detail-type":"Object Created","source":"aws.s3","detail":{"version":"0","bucket":{"name":"b"},"object":{"key":"k"}}}"#;
    assert_eq!(gives(created, &[]).skipped, [Skipped::Notification]);
}

#[test]
fn lookup_events() {
    let item = |name: &str| {
        format!(
            r#"{{"EventId":"1","EventName":"{name}","ReadOnly":"false","CloudTrailEvent":{}}}"#,
            literal(&record(name))
        )
    };
    gives(&format!(r#"{{"Events":[{},{}],"NextToken":"n"}}"#, item("A"), item("B")), &["A", "B"]);
    gives(&format!(r#"{{"NextToken":"n","Events":[{}]}}"#, item("A")), &["A"]);
    gives(&format!("{}\n{}", item("A"), item("B")), &["A", "B"]);
    gives(r#"{"Events":[]}"#, &[]);
}

#[test]
fn queues_and_topics_around_them() {
    let file = format!(r#"{{"Records":[{}]}}"#, record("A"));
    let notification =
        format!(r#"{{"Type":"Notification","MessageId":"1","TopicArn":"t","Message":{}}}"#, literal(&file));
    gives(&notification, &["A"]);
    gives(&format!(r#"{{"Records":[{{"EventSource":"aws:sns","Sns":{notification}}}]}}"#), &["A"]);
    gives(&format!(r#"{{"Messages":[{{"MessageId":"1","Body":{}}}]}}"#, literal(&notification)), &["A"]);
    let sqs = |body: &str| {
        format!(r#"{{"messageId":"1","body":{},"eventSource":"aws:sqs","awsRegion":"r"}}"#, literal(body))
    };
    gives(&format!(r#"{{"Records":[{},{}]}}"#, sqs(&notification), sqs(&record("B"))), &["A", "B"]);

    let s3 = r#"{"Records":[{"eventVersion":"2.5","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"object":{"key":"k"}}}]}"#;
    assert_eq!(gives(s3, &[]).skipped, [Skipped::Notification]);
    assert_eq!(gives(&format!(r#"{{"Records":[{}]}}"#, sqs(s3)), &[]).skipped, [Skipped::Notification]);
    assert_eq!(gives(r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#, &[]).skipped, [Skipped::TestEvent]);

    let told = read(format!(r#"{{"Records":[{},{}]}}"#, sqs("no JSON {{{"), sqs(&record("B"))).as_bytes());
    assert_eq!((told.names, told.problems), (vec!["B".into()], vec!["1:13: the message is not JSON".into()]));
}

#[test]
fn mixed_elements_of_one_list() {
    let source = format!(
        r#"{{"Records":[{},{{"eventType":"AwsCloudTrailInsight","insightDetails":{{}}}},{{"eventType":"AwsAggregatedEvent","eventName":"X"}},{{"a":1}},7]}}"#,
        record("A")
    );
    let told = gives(&source, &["A"]);
    assert_eq!(
        told.skipped,
        [Skipped::Insight, Skipped::Aggregated, Skipped::NotCloudTrail, Skipped::NotCloudTrail]
    );
    assert_eq!(
        gives(r#"{"awsAccountId":"1","digestStartTime":"t","logFiles":[]}"#, &[]).skipped,
        [Skipped::Digest]
    );
}

#[test]
fn event_history_csv() {
    let csv = "User name,AWS access key,Event time,Read-only,AWS region,Event source,Event name,Source IP address,Event ID,Resources\r\n\
        root,,2026-11-23T10:00:00Z,false,us-east-1,signin.amazonaws.com,ConsoleLogin,203.0.113.7,e1,\r\n\
        \"a \"\"b\"\"\",AKIA,\"November 23, 2026, 11:00:00 (UTC+01:00)\",true,us-east-1,iam.amazonaws.com,GetUser,203.0.113.7,e2,\"[{\"\"resourceType\"\":\"\"x\"\"}]\"";
    let told = gives(csv, &["ConsoleLogin", "GetUser"]);
    assert!(
        told.texts[0].contains(r#""userIdentity":{"type":"Root","userName":"root"}"#),
        "{}",
        told.texts[0]
    );
    assert!(told.texts[1].contains(r#""eventTime":"2026-11-23T10:00:00Z""#), "{}", told.texts[1]);
    assert!(told.texts[1].contains(r#""userName":"a \"b\"""#), "{}", told.texts[1]);
    let broken = format!("{}\r\nonly,two\r\n", csv.lines().next().unwrap());
    assert_eq!(read(broken.as_bytes()).problems, ["2:1: a line of 2 cells where the header has 10"]);
    assert!(matches!(read(b"Event Name,Event ID\nx,7\n").contents, Contents::NotCloudTrail(_)));
}

#[test]
fn what_is_not_cloudtrail() {
    assert_eq!(read(b"").contents, Contents::Empty);
    assert_eq!(read(b" \n\n ").contents, Contents::Empty);
    for text in [
        "Apache License\nVersion 2.0\n",
        "{\"name\":\"x\"}",
        "[{\"a\":1},{\"a\":2}]",
        "PK\x03\x04",
        "{\"a\":",
    ] {
        let told = read(text.as_bytes());
        assert!(matches!(told.contents, Contents::NotCloudTrail(_)), "{text}: {told:?}");
        assert!(
            told.names.is_empty() && told.problems.is_empty() && told.skipped.is_empty(),
            "{text}: {told:?}"
        );
    }
}

#[test]
fn broken_lines_are_named_and_the_rest_is_read() {
    let (a, b) = (record("A"), record("B"));
    let cut = &a[..a.len() - 20];
    let told = read(format!("{a}\n{cut}\n{b}\nnot JSON\nat all\n{a}\n{{\"eventName\":\n").as_bytes());
    assert_eq!(told.names, ["A", "B", "A"]);
    assert_eq!(told.problems.len(), 3, "{:?}", told.problems);
    assert!(told.problems[1].starts_with("4:1: "), "{:?}", told.problems);
    assert_eq!(told.problems[2], "8:1: the text ends too early");
}

#[test]
fn a_broken_element_does_not_lose_the_others() {
    let (a, b) = (record("A"), record("B"));
    for broken in [
        r#"{"eventName":nul}"#.to_owned(),
        r#"{"eventName" "x"}"#.to_owned(),
        r#"{"eventName":"missing quote}"#.to_owned(),
        r#"{"eventName":"X","requestParameters":{"a":[1,2}"#.to_owned(),
        "{\"eventName\":\"a\u{1}b\"}".to_owned(),
        format!(r#"{{"eventName":"X","deep":{}{}}}"#, "[".repeat(500), "]".repeat(500)),
        "nul".to_owned(),
    ] {
        let told = read(format!(r#"{{"Records":[{a},{broken},{b}]}}"#).as_bytes());
        assert_eq!(told.names, ["A", "B"], "{broken}: {told:?}");
        assert!(!told.problems.is_empty(), "{broken}");
    }
    let mut invalid = format!(r#"{{"Records":[{a},{{"eventName":"X?"}},{b}]}}"#).into_bytes();
    let at = invalid.iter().position(|byte| *byte == b'?').unwrap();
    invalid[at] = 0xff;
    let told = read(&invalid);
    assert_eq!(told.names, ["A", "B"]);
    assert_eq!(told.problems, [format!("1:{}: invalid unicode code point", at + 1)]);
}

#[test]
fn a_cut_file_keeps_what_came_before() {
    let file = format!(r#"{{"Records":[{},{}]}}"#, record("A"), record("B"));
    for cut in [file.len() - 1, file.len() - 2, file.len() - 3, file.len() - 50] {
        let told = read(&file.as_bytes()[..cut]);
        assert_eq!(told.names[0], "A");
        assert_eq!(told.problems, [format!("1:{}: the text ends too early", cut + 1)]);
    }
}

#[test]
fn gzip_in_every_condition() {
    let (a, b) = (record("A"), record("B"));
    let (one, two) = (gzip(format!("{a}\n").as_bytes()), gzip(format!("{b}\n").as_bytes()));
    let names = |bytes: &[u8]| {
        let told = read(bytes);
        assert_eq!(told, support::read_stream(bytes));
        (told.names, told.problems)
    };
    let both = vec!["A".to_owned(), "B".to_owned()];
    assert_eq!(names(&[&one[..], &two].concat()), (both.clone(), vec![]));
    assert_eq!(names(&[&one[..], &one].concat()), (vec!["A".into(), "A".into()], vec![]));
    assert_eq!(names(&[&one[..], &two, &[0; 700]].concat()), (both.clone(), vec![]));
    assert_eq!(names(&gzip(&[&one[..], &two].concat())), (both.clone(), vec![]), "packed twice");
    let followed = names(&[&one[..], b"rubbish"].concat());
    assert_eq!(followed.0, ["A"]);
    assert!(followed.1[0].ends_with("gzip member 1 is damaged: what follows is not gzip"), "{followed:?}");
    let cut = names(&[&one[..], &two[..two.len() - 6]].concat());
    assert_eq!(cut, (both, vec!["3:1: gzip member 2 ends too early".into()]));
    let mut damaged = one.clone();
    let last = damaged.len() - 5;
    damaged[last] ^= 1;
    assert_eq!(names(&damaged).1, ["2:1: gzip member 1 is damaged: its checksum does not match its content"]);
}

#[test]
fn archives_have_a_cap() {
    let bomb = gzip(&vec![b' '; 3 << 20]);
    let limits = Limits { max_unpacked: 1 << 20, max_payload: 1 << 20, ..Limits::default() };
    for told in [support::read_within(&bomb, limits), support::read_stream_within(&bomb, limits)] {
        assert_eq!(told.problems, ["1:1048577: the archive unpacks to more than 1048576 bytes"]);
    }
    let nested = format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, STANDARD.encode(&bomb));
    let told = support::read_within(nested.as_bytes(), limits);
    assert!(told.problems[0].contains("the archive unpacks to more than"), "{told:?}");
}

#[test]
fn payloads_have_a_depth() {
    let mut text = record("A");
    for _ in 0..20 {
        text = format!(r#"{{"Type":"Notification","TopicArn":"t","Message":{}}}"#, literal(&text));
        if text.len() > 1 << 20 {
            break;
        }
    }
    let told = read(text.as_bytes());
    let Contents::NotCloudTrail(Some(problem)) = told.contents else { panic!("{told:?}") };
    assert_eq!(problem.message, "payloads nested more than 8 deep");
}

#[test]
fn records_longer_than_the_window_or_the_limit() {
    let long =
        format!(r#"{{"eventName":"Long","eventSource":"x","requestParameters":"{}"}}"#, "a".repeat(3 << 20));
    let source = format!(r#"{{"Records":[{},{long},{}]}}"#, record("A"), record("B"));
    gives(&source, &["A", "Long", "B"]);
    let limits = Limits { max_record: 1 << 20, ..Limits::default() };
    for told in [
        support::read_within(source.as_bytes(), limits),
        support::read_stream_within(source.as_bytes(), limits),
    ] {
        assert!(told.names.ends_with(&["B".into()]), "{:?}", told.names);
    }
}
