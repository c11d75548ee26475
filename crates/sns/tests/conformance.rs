//! The shared conformance cases, where they are: what SNS accepted, refused, delivered and wrote.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use std::fs;
use std::path::Path;

use trailbell_json::Json;
use trailbell_sns::{
    Attribute, Confirmation, DEFAULT_MESSAGE_SIZE, Error, FilterPolicy, Message, Protocol, Publish, Scope,
    Signature,
};

/// Cases about a live service, which a library without one cannot show: what they are about.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("sns-http-effective-delivery-policy-custom", "a subscription's attributes, kept by the service"),
    ("sns-http-unknown-token", "the tokens a service has given out"),
    ("sns-http-protected-unsubscribe", "who may end a subscription"),
    ("sns-http-lifecycle", "a subscription's life in a service"),
];

/// Cases of refused endpoints: what was refused, which the case itself does not say.
const ENDPOINTS: &[(&str, Protocol, &str)] = &[
    ("sns-http-scheme-mismatch", Protocol::Https, "http://example.com/"),
    ("sns-http-userinfo-over-http", Protocol::Http, "http://user:secret@example.com/"),
];

fn text<'j>(case: &'j Json, key: &str) -> Option<&'j str> {
    case.get(key).and_then(Json::as_str)
}

/// The cases of a file of the shared folder, where that is.
#[expect(clippy::print_stderr, reason = "what was skipped is to be seen")]
fn cases(file: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(file);
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("SKIPPED: ../shared is not here");
        return Vec::new();
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Json::parse(line).unwrap()).collect()
}

#[expect(clippy::print_stderr, reason = "what is not shown is to be seen")]
fn assert_all_hold(file: &str, difference: impl Fn(&Json) -> Option<String>) {
    let cases = cases(file);
    let mut wrong = Vec::new();
    let mut shown = 0;
    for case in &cases {
        let id = text(case, "id").unwrap_or_default();
        if let Some((_, about)) = NOT_SHOWN.iter().find(|(name, _)| *name == id) {
            eprintln!("not shown: {id}: {about}");
            continue;
        }
        shown += 1;
        if let Some(difference) = difference(case) {
            wrong.push(format!("{id}: {difference}"));
        }
    }
    eprintln!("{file}: {shown} of {} cases used", cases.len());
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with an answer of ours where the case says whether it is an error, and which.
fn verdict<T>(case: &Json, ours: Result<T, Error>) -> Result<T, Option<String>> {
    let is_error = case.get("error").is_some();
    match ours {
        Ok(_) if is_error => Err(Some("accepted".to_owned())),
        Ok(value) => Ok(value),
        Err(error) if !is_error => Err(Some(format!("refused: {error}"))),
        Err(error) => {
            let expected =
                text(case, "message").and_then(|message| message.lines().next()).unwrap_or_default();
            let same = error.to_string() == expected && Some(error.code()) == text(case, "code");
            Err((!same).then(|| format!("{}: {error}, not {expected}", error.code())))
        }
    }
}

fn message(case: &Json) -> Result<Message, Error> {
    let attributes = case.get("attributes").and_then(Json::as_object).unwrap_or_default();
    Publish {
        message: text(case, "body").unwrap_or("x").to_owned(),
        attributes: attributes
            .iter()
            .map(|(name, attribute)| {
                let of = |key| text(attribute, key).unwrap_or_default().to_owned();
                (name.clone(), Attribute { data_type: of("Type"), value: of("Value") })
            })
            .collect(),
        ..Publish::default()
    }
    .accept(DEFAULT_MESSAGE_SIZE)
}

#[test]
fn every_shared_filter_policy_holds() {
    assert_all_hold("sns-filter-policy.jsonl", |case| {
        let Some(policy) = text(case, "policy") else { return verdict(case, message(case)).err().flatten() };
        let scope = if text(case, "scope") == Some("MessageBody") {
            Scope::MessageBody
        } else {
            Scope::MessageAttributes
        };
        let policy = match verdict(case, FilterPolicy::parse(policy, scope)) {
            Ok(policy) => policy,
            Err(difference) => return difference,
        };
        let expected = case.get("match").and_then(Json::as_bool)?;
        let delivered = policy.accepts(&message(case).unwrap(), Protocol::Sqs);
        (delivered != expected).then(|| format!("should be delivered: {expected}"))
    });
}

#[test]
fn every_shared_message_holds() {
    assert_all_hold("sns-message.jsonl", |case| match text(case, "kind") {
        Some("publish") => of_publish(case),
        Some("http") => of_confirmation(case),
        Some("error") => {
            let id = text(case, "id").unwrap_or_default();
            let Some((_, protocol, endpoint)) = ENDPOINTS.iter().find(|(name, ..)| *name == id) else {
                return Some("not known how to show this".to_owned());
            };
            verdict(case, protocol.check_endpoint(endpoint)).err().flatten()
        }
        _ => Some("not known how to show this".to_owned()),
    });
}

fn of_publish(case: &Json) -> Option<String> {
    let publish = Publish {
        subject: text(case, "Subject").map(str::to_owned),
        message: text(case, "Message").unwrap_or("x").to_owned(),
        structured: text(case, "MessageStructure") == Some("json"),
        attributes: Vec::new(),
    };
    let message = match verdict(case, publish.accept(DEFAULT_MESSAGE_SIZE)) {
        Ok(message) => message,
        Err(difference) => return difference,
    };
    let delivered = text(case, "delivered_sqs_message")?;
    (message.text(Protocol::Sqs) != delivered).then(|| format!("delivers {:?}", message.text(Protocol::Sqs)))
}

fn of_confirmation(case: &Json) -> Option<String> {
    let topic = case.at(&["headers", "x-amz-sns-topic-arn"]).and_then(Json::as_str)?;
    let confirmation = Confirmation {
        message_id: "<MessageId>",
        topic_arn: topic,
        token: "TOKEN",
        timestamp: "2026-09-14T11:18:44.401Z",
        signature: Some(Signature { version: "1", signature: "s", signing_cert_url: "https://example.com" }),
    };
    let headers: Vec<(String, Json)> = confirmation
        .headers()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Json::String(value)))
        .collect();
    if case.get("headers").and_then(Json::as_object) != Some(&headers) {
        return Some(format!("headers are {headers:?}"));
    }
    let envelope = Json::parse(&confirmation.envelope()).unwrap();
    let keys: Vec<Json> =
        envelope.as_object().unwrap().iter().map(|(key, _)| Json::String(key.clone())).collect();
    let url = text(case, "subscribe_url")?.replace("<256 hex chars>", "TOKEN");
    let same = case.get("body_keys").and_then(Json::as_array) == Some(&keys)
        && text(&envelope, "Message") == text(case, "message")
        && text(&envelope, "SubscribeURL") == Some(&url);
    (!same).then(|| format!("the envelope is {envelope}"))
}
