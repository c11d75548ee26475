//! The one matcher agrees with every rule asked alone, the slow way, whatever languages they are in and however odd the record.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;
use trailbell_detect::{
    BUILTIN_RULES, BuiltinSettings, Condition, CustomRule, Interest, RuleSet, RuleSettings,
};
use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_fuzz::fuzz;
use trailbell_json::Json;
use trailbell_record::Record;
use trailbell_text::Severity;

const FILTERS: &[&str] = &[
    "",
    "CreateUser",
    "-GetUser ?Root",
    "[w1, w2]",
    "{ $.eventName = CreateUser }",
    "{ $.eventName = 12 }",
    r#"{ $.eventName = "12" }"#,
    "{ $.eventName = Create* || $.eventSource = s3.amazonaws.com }",
    "{ $.eventName != GetUser && $.eventSource = iam.amazonaws.com }",
    "{ $.eventName NOT EXISTS }",
    "{ $.eventName IS NULL || $.errorCode IS NULL }",
    "{ $.errorCode = * }",
    "{ $.errorCode = AccessDenied* && $.eventName != GetUser || $.errorCode = *Operation }",
    r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
    "{ $.userIdentity IS NULL }",
    "{ $.userIdentity.type NOT EXISTS }",
    "{ $.requestParameters.list[*].name = bob }",
    "{ $.requestParameters.* = bob }",
    "{ $.requestParameters.list[1].size > 4 && $.eventName = %^Create% }",
    "{ $.* = CreateUser }",
    "{ $.requestParameters.a.b = 1.0 }",
    r#"{ $.requestParameters.a.b = "1e0" }"#,
];

const EVENTS: &[&str] = &[
    r#"{"source": ["aws.iam"]}"#,
    r#"{"detail-type": ["AWS Console Sign In via CloudTrail"]}"#,
    r#"{"detail": {"eventName": ["CreateUser", "GetUser"]}}"#,
    r#"{"detail": {"eventName": [{"prefix": "Create"}], "errorCode": [{"exists": false}]}}"#,
    r#"{"detail": {"eventName": [{"anything-but": "GetUser"}], "eventSource": ["iam.amazonaws.com"]}}"#,
    r#"{"detail": {"eventName": [null]}}"#,
    r#"{"detail": {"eventName": [12]}}"#,
    r#"{"detail": {"errorCode": [{"exists": true}]}}"#,
    r#"{"detail": {"userIdentity": {"type": ["Root"]}}}"#,
    r#"{"detail": {"userIdentity": {"type": [{"exists": false}]}}}"#,
    r#"{"detail": {"userIdentity.type": [{"equals-ignore-case": "root"}]}}"#,
    r#"{"detail": {"$or": [{"eventName": ["CreateUser"]}, {"requestParameters": {"list": {"name": ["bob"]}}}]}}"#,
    r#"{"detail": {"requestParameters": {"list": {"name": ["bob"], "size": [{"numeric": [">", 4]}]}}}}"#,
    r#"{"account": ["111122223333"], "region": ["us-east-1"]}"#,
    r#"{"source": [{"anything-but": "aws.iam"}], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventName": ["GetUser"]}}"#,
    r#"{"source": ["aws."], "detail-type": ["AWS Console Signin via CloudTrail"]}"#,
    r#"{"$or": [{"source": ["aws.s3"]}, {"detail-type": ["AWS Service Event via CloudTrail"]}]}"#,
    r#"{"detail": {"requestParameters": {"a": {"b": [1]}}}}"#,
];

/// Detections of Sigma rules.
const SIGMA: &[&str] = &[
    "{s: {eventName: createuser}, condition: s}",
    "{s: {eventSource: iam.amazonaws.com, eventName|startswith: [create, get]}, condition: s}",
    "{s: {eventName|cased: CreateUser}, f: {errorCode|contains: denied}, condition: s and not f}",
    "{s: {errorCode|exists: true}, condition: s}",
    "{s: {eventName: null}, condition: s}",
    "{s: {eventName|exists: true}, f: {eventName: '*'}, condition: s and not f}",
    "{s: {userIdentity.type: Root}, f: {eventType: AwsServiceEvent}, condition: s and not f}",
    "{s: {userIdentity|contains: root}, condition: s}",
    "{s: {requestParameters|contains: bob}, condition: s}",
    "{s: {requestParameters.list.name: BOB, requestParameters.list.size|gt: 4}, condition: s}",
    "{s: {requestParameters.a.b: 1}, condition: s}",
    "{s: {eventName|fieldref: requestParameters.x}, condition: s}",
    "{s: {eventName|re: '^Create(User|Role)$'}, condition: 1 of s*}",
    "{k: [bob, iam], condition: k}",
    "{s: {eventName|neq: GetUser}, condition: s}",
    "{s: {eventType: [AwsConsoleSignIn, awsapicall]}, t: {awsRegion: us-east-1}, condition: all of them}",
];

/// Conditions that each want a string somewhere: with nothing else, records are passed over at a glance.
const PINNING: &[&str] = &[
    r#"{ $.eventName = "CreateUser" }"#,
    r#"{ $.eventName = "GetUser" && $.sourceIPAddress = "10.0.*" }"#,
    r#"{ ($.eventName = "GetUser" || $.eventName = "CreateUser") && $.userAgent = "*kali*" }"#,
    r#"{ $.requestParameters.bucketName = "bob*" }"#,
    r#"{ $.userIdentity.sessionContext.sessionIssuer.userName = "bob" && $.eventName = "Other" }"#,
    r#"{ $.userIdentity.type = "Root" && $.errorCode = "AccessDenied" }"#,
    r#"{ $.requestParameters.list[0].name = "bob" && $.eventName = "GetUser" }"#,
    r#"{"detail": {"eventName": ["CreateUser"], "sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}}"#,
    r#"{"source": ["aws.iam"], "detail": {"userAgent": [{"wildcard": "*kali*"}]}}"#,
    r#"{"detail": {"requestParameters": {"bucketName": [{"prefix": "bob"}]}, "eventName": ["GetUser"]}}"#,
    r#"{"detail": {"requestParameters.bucketName": ["bob"]}}"#,
    r#"{"detail": {"userIdentity": {"sessionContext": {"sessionIssuer": {"userName": ["bob"]}}}}}"#,
    r#"{"detail": {"requestParameters": {"list": {"name": ["bob"]}}, "eventName": ["Other"]}}"#,
    r#"{ $.requestParameters.key = "bob*" && $.eventName = "Other" }"#,
    r#"{"source": ["aws.s3"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"requestParameters": {"key": [{"prefix": "bob"}]}}}"#,
    r#"{"source": ["aws.iam"], "detail-type": [{"prefix": "AWS Console"}]}"#,
    "{s: {requestParameters.id: bob, eventName: CreateUser}, condition: s}",
    "{s: {eventName: GetUser, requestParameters.list.name|all: [bob, al]}, condition: s}",
    "{s: {eventName: GetUser, requestParameters.list.name|contains|all: [BO, A]}, condition: s}",
    "{s: {eventName: Other, requestParameters.list.name: bob}, t: {requestParameters.list.name: al}, condition: s and t}",
    "{s: {eventName: Other, requestParameters.list.name: bob}, t: {requestParameters.list.name: al}, condition: s and not t}",
    "{s: {eventName: CreateUser}, t: {requestParameters.list.name: bob}, u: {requestParameters.list.name: al}, condition: s and not (not t or not u)}",
    "{s: {eventName: createuser, userAgent|contains: KALI}, condition: s}",
    "{s: {eventSource: iam.amazonaws.com, sourceIPAddress|cidr: 10.0.0.0/8}, condition: s}",
    "{s: {requestParameters.bucketName|startswith: BOB}, f: {eventName: GetUser}, condition: s and not f}",
    "{s: {userIdentity.sessionContext.sessionIssuer.userName: bob, eventName: Other}, condition: s}",
    "{s: {errorCode: [accessdenied, 'X.*']}, t: {userIdentity.type: root}, condition: all of them}",
];

fn condition(text: &str) -> Condition {
    match text.get(..2) {
        Some("{\"") => Condition::Event(EventPattern::parse(text).unwrap()),
        Some("{ ") => Condition::Filter(Pattern::parse(text).unwrap()),
        _ => sigma(text),
    }
}

fn sigma(detection: &str) -> Condition {
    let text =
        format!("title: t\nlogsource: {{product: aws, service: cloudtrail}}\ndetection: {detection}\n");
    let parsed = trailbell_sigma::parse(&text);
    assert!(parsed.problems.is_empty(), "{detection}: {:?}", parsed.problems);
    let Some(trailbell_sigma::Document::Rule(rule)) = parsed.documents.into_iter().next() else {
        unreachable!()
    };
    rule.into()
}

fn conditions() -> impl Strategy<Value = Condition> {
    prop_oneof![
        select(FILTERS).prop_map(|text| Condition::Filter(Pattern::parse(text).unwrap())),
        select(SIGMA).prop_map(sigma),
        select(EVENTS).prop_map(|text| Condition::Event(EventPattern::parse(text).unwrap())),
    ]
}

fn rules(conditions: Vec<Condition>, built_in: bool) -> RuleSet {
    let builtin = BUILTIN_RULES
        .iter()
        .map(|name| ((*name).to_owned(), BuiltinSettings { enabled: Some(built_in), severity: None }));
    let custom = conditions.into_iter().enumerate().map(|(nth, condition)| CustomRule {
        name: format!("own-{nth}"),
        condition,
        severity: Severity::Medium,
        description: None,
    });
    RuleSet::new(RuleSettings {
        builtin: builtin.collect(),
        custom: custom.collect(),
        ..RuleSettings::default()
    })
    .unwrap()
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => select(vec![
            "CreateUser", "GetUser", "Other", "12", "iam.amazonaws.com", "s3.amazonaws.com", "AccessDenied", "X.UnauthorizedOperation",
            "10.0.0.1", "192.0.2.1", "aws-cli", "kali linux", "bobs-bucket", "Root", "IAMUser", "AwsApiCall", "AwsConsoleSignIn", "AwsServiceEvent", "bob", "111122223333", "us-east-1", "",
        ]).prop_map(|text| format!("{text:?}")),
        1 => select(vec![
            "null", "12", "1.0", "1e0", "true", "[]", "{}", "[null]", r#"["bob",null]"#, r#""Cr\u0065ateUser""#, r#""a\"b""#, r#""\/é""#,
            r#"{"b":1.0}"#, r#"{"b":1e0,"b":"1e0"}"#, r#"{"type":"Root"}"#, r#"[{"name":"bob","size":3},{"name":"al","size":5}]"#,
            r#"{"list":[{"name":"bob","size":5}],"a":{"b":1.0},"a.b":1}"#,
        ]).prop_map(str::to_owned),
    ]
}

fn member() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        20 => select(vec![
            "eventName", "eventSource", "errorCode", "eventType", "userIdentity", "requestParameters", "awsRegion", "recipientAccountId",
            "readOnly", "eventID", "userAgent", "sourceIPAddress",
        ]),
        1 => select(vec!["bucketName", "requestParameters.bucketName", "userIdentity.sessionContext.sessionIssuer.userName", "userIdentity.type", r"event\u004eame", "other", "a.b"]),
    ];
    let identity = prop_oneof![
        4 => value().prop_map(|kind| format!(r#"{{"type":{kind}}}"#)),
        1 => value().prop_map(|kind| format!(r#"{{ "accountId" : {kind}, "type" : {kind} }}"#)),
        1 => value().prop_map(|name| format!(r#"{{"type":"IAMUser","sessionContext":{{"sessionIssuer":{{"userName":{name}}}}}}}"#)),
        1 => value().prop_map(|name| format!(r#"{{"sessionContext":{{"sessionIssuer.userName":{name},"userName":"bob"}}}}"#)),
        1 => value(),
    ];
    let request = prop_oneof![
        value().prop_map(|name| format!(r#"{{"bucketName":{name}}}"#)),
        value().prop_map(|name| format!(r#"{{"key":{name},"id":{name}}}"#)),
        value().prop_map(|name| format!(
            r#"{{"bucketName":"other","inner":{{"bucketName":{name},"eventName":{name}}}}}"#
        )),
        value()
            .prop_map(|name| format!(r#"{{"list":[{{"name":{name},"size":5}},{{"name":"al","size":1}}]}}"#)),
        value().prop_map(|name| format!(r#"{{"a":{{"b":{name}}},"x":{name}}}"#)),
        value(),
    ];
    // With a blank in it a record is always read.
    let blank = prop_oneof![30 => Just(""), 1 => Just(" "), 1 => Just("\n  ")];
    (name, value(), identity, request, blank).prop_map(|(name, value, identity, request, blank)| {
        let value = match name {
            "userIdentity" => identity,
            "requestParameters" => request,
            _ => value,
        };
        format!("{blank}\"{name}\"{blank}:{blank}{value}")
    })
}

fn record() -> impl Strategy<Value = String> {
    vec(member(), 0..9).prop_map(|members| {
        let first = r#""eventVersion":"1.11","eventTime":"2026-11-26T00:00:00Z""#.to_owned();
        let all: Vec<String> = std::iter::once(first).chain(members).collect();
        format!("{{{}}}", all.join(","))
    })
}

/// Each rule asked alone about the record read whole.
fn slowly(rules: &RuleSet, record: &Record) -> Vec<String> {
    let all = rules.explain(record).into_iter();
    all.filter(|one| one.matched && one.enabled).map(|one| one.rule.to_string()).collect()
}

/// All rules together say what each says alone, at a glance and without.
fn agree(rules: &RuleSet, has_built_in: bool, records: &[String]) -> TestCaseResult {
    let texts: Vec<&str> = records.iter().map(String::as_str).collect();
    for (text, may_meet) in records.iter().zip(support::asked_in_turn(rules, &texts)) {
        let record = Record::new(Json::parse(text).unwrap());
        let expected = slowly(rules, &record);
        let met = rules.inspect(&record).map(|detection| detection.rules).unwrap_or_default();
        let met: Vec<String> = met.iter().map(ToString::to_string).collect();
        prop_assert_eq!(&met, &expected, "{}", text);
        prop_assert!(may_meet || expected.is_empty(), "{}", text);
        // Conditions are decided without reading the whole record.
        prop_assert!(has_built_in || may_meet != expected.is_empty(), "{}", text);
    }
    Ok(())
}

#[test]
fn fuzz_any_rules() {
    let some = || prop_oneof![vec(conditions(), 0..4), vec(conditions(), 0..80)];
    fuzz(
        "detect: any rules",
        &(some(), any::<bool>(), vec(record(), 1..12)),
        |(conditions, built_in, records)| agree(&rules(conditions, built_in), built_in, &records),
    );
}

#[test]
fn fuzz_rules_that_want_strings() {
    let some = vec(select(PINNING).prop_map(condition), 1..20);
    fuzz(
        "detect: rules that want strings",
        &(some, any::<bool>(), vec(record(), 1..12)),
        |(conditions, built_in, records)| agree(&rules(conditions, built_in), built_in, &records),
    );
}

#[test]
fn values_that_never_come_back_are_asked_as_those_that_do() {
    let conditions = [
        r#"{ $.eventName = "GetObject" && $.requestParameters.key = "*7" }"#,
        r#"{"source": ["aws.s3"], "detail": {"eventName": ["GetObject"], "requestParameters": {"key": [{"suffix": "99"}]}}}"#,
        "{s: {eventName: GetObject, requestParameters.key|startswith: a9, sourceIPAddress|cidr: 10.0.3.0/24}, condition: s}",
        r#"{"detail": {"userAgent": ["agent-2500"], "eventName": [{"anything-but": "PutObject"}]}}"#,
    ];
    let rules = rules(conditions.iter().map(|text| condition(text)).collect(), false);
    let records: Vec<String> = (0..5000)
        .map(|nth| {
            format!(
                r#"{{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"{}","eventType":"AwsApiCall","sourceIPAddress":"10.0.{}.{}","userAgent":"agent-{nth}","requestParameters":{{"key":"a{nth}"}}}}"#,
                ["GetObject", "GetObject", "PutObject"][nth % 3],
                nth / 250,
                nth % 250,
            )
        })
        .collect();
    agree(&rules, false, &records).unwrap();
    let texts: Vec<&str> = records.iter().map(String::as_str).collect();
    assert_eq!(support::asked_in_turn(&rules, &texts).iter().filter(|met| **met).count(), 427);
}

/// Sigma goes through lists: of several things that are asked of a field, each may be met by another element.
#[test]
fn several_elements_may_meet_what_one_field_is_asked() {
    let record = r#"{"eventVersion":"1.11","eventSource":"ec2.amazonaws.com","eventName":"CreateTags","requestParameters":{"tagSet":{"items":[{"key":"Owner"},{"key":"Env"}]}}}"#;
    for (detection, is_met) in [
        (
            "{s: {eventName: CreateTags, requestParameters.tagSet.items.key|all: [Owner, Env]}, condition: s}",
            true,
        ),
        (
            "{s: {eventName: CreateTags, requestParameters.tagSet.items.key|contains|all: [OWN, E]}, condition: s}",
            true,
        ),
        (
            "{s: {eventName: CreateTags, requestParameters.tagSet.items.key|all: [Owner, Team]}, condition: s}",
            false,
        ),
        (
            "{s: {requestParameters.tagSet.items.key: Env}, t: {requestParameters.tagSet.items.key: Owner}, u: {eventName: CreateTags}, condition: all of them}",
            true,
        ),
        (
            "{s: {requestParameters.tagSet.items.key: Env}, t: {requestParameters.tagSet.items.key: Owner}, u: {eventName: CreateTags}, condition: u and not (not s or not t)}",
            true,
        ),
        (
            "{s: {requestParameters.tagSet.items.key: Env}, t: {requestParameters.tagSet.items.key: Owner}, u: {eventName: CreateTags}, condition: u and s and not t}",
            false,
        ),
        (
            "{s: {requestParameters.tagSet.items.key: Env}, t: {requestParameters.tagSet.items.key: Other}, u: {eventName: CreateTags}, condition: u and (s or t)}",
            true,
        ),
        (
            "{s: {requestParameters.tagSet.items.key: Env}, t: {requestParameters.tagSet.items.key: Other}, u: {eventName: CreateTags}, condition: u and not (s and t)}",
            true,
        ),
        ("{s: {eventName: CreateTags, requestParameters.tagSet.items.key|neq: Env}, condition: s}", false),
    ] {
        assert_eq!(
            sigma(detection).holds_of(&Record::new(Json::parse(record).unwrap())),
            is_met,
            "{detection}"
        );
        assert_eq!(support::asked(&rules(vec![sigma(detection)], false), record), is_met, "{detection}");
    }
}

#[test]
fn rules_that_all_want_strings_let_records_go_unread() {
    let rules = rules(PINNING.iter().map(|text| condition(text)).collect(), false);
    assert!(rules.matcher().glance().is_some());
}

#[test]
fn a_member_whose_name_is_a_whole_path_is_seen_at_a_glance() {
    let record = r#"{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{"type":"IAMUser"},"userIdentity.type":"Root"}"#;
    let root = r#"{"detail": {"userIdentity": {"type": ["Root"]}}}"#;
    let conditions = [
        Condition::Event(EventPattern::parse(root).unwrap()),
        sigma("{s: {userIdentity.type: root}, condition: s}"),
    ];
    for condition in conditions {
        assert!(support::asked(&rules(vec![condition], false), record));
    }
}

/// Who is behind credentials is known from records that no rule need meet.
#[test]
fn who_hands_out_credentials_is_read_no_further_than_that_takes() {
    let taken = |who: &str, more: &str| {
        format!(
            r#"{{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","eventTime":"2026-11-23T12:00:00Z","userIdentity":{{"type":"{who}"}}{more}}}"#
        )
    };
    let person = taken("IAMUser", "");
    let texts = [
        &person,
        &taken("AWSService", ""),
        &taken("IAMUser", r#","errorCode":"AccessDenied""#),
        // Nothing is known of what only a careful reading gets right.
        &taken("IAMUser", r#","eventName":"AssumeRole""#),
    ];
    let texts: Vec<&str> = texts.into_iter().map(String::as_str).collect();
    let built_in = rules(Vec::new(), true);
    assert_eq!(support::interests(&built_in, &texts)[..3], [Interest::Nothing; 3]);
    let granting = built_in.with_grants();
    let [grant, nothing, rule] = [Interest::Grant, Interest::Nothing, Interest::Rule];
    assert_eq!(support::interests(&granting, &texts), [grant, nothing, nothing, rule]);
    let met = condition(r#"{ $.eventName = "AssumeRole" }"#);
    assert_eq!(support::interests(&rules(vec![met], true).with_grants(), &[&person]), [rule]);
}
