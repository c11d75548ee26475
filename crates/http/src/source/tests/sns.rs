//! Amazon SNS: what is signed by it, what only says so, and how a subscription begins and ends.

use rcgen::{CertificateParams, KeyPair};
use serde_json::json;
use trailbell_engine::Condition;

use super::signer::{CERTIFICATE_URL, Draft, TOKEN, certificate, identity};
use super::*;

fn send(server: &Running, message: &Value) -> RequestBuilder {
    let kind = message["Type"].as_str().unwrap_or("Notification");
    let body = serde_json::to_string_pretty(message).unwrap();
    server
        .post(body)
        .header("x-amz-sns-message-type", kind)
        .header("content-type", "text/plain; charset=UTF-8")
}

async fn of_topic() -> Running {
    Running::start(&settings(None, &["arn:aws:sns:us-east-1:123456789012:other", TOPIC])).await
}

#[tokio::test]
async fn what_sns_signed_is_delivered_and_its_certificate_fetched_once() {
    let server = of_topic().await;
    for version in ["1", "2"] {
        for subject in [None, Some("Hello")] {
            let draft = Draft { subject, version, ..Draft::new("Notification") };
            let (status, body) = answer(send(&server, &draft.signed())).await;
            assert_eq!((status, &body["events"]), (200, &json!(1)), "version {version}, {subject:?}: {body}");
        }
    }
    assert_eq!(server.bodies(), [EVENT; 4], "what was published, not the message around it");
    assert_eq!(server.outside.asked(), [CERTIFICATE_URL]);
}

#[tokio::test]
async fn any_change_of_a_message_is_seen() {
    let server = of_topic().await;
    for (field, value) in [
        ("Message", json!(EVENT.replace("CreateUser", "DeleteUser"))),
        ("MessageId", json!("id-2")),
        ("Subject", json!("Hello")),
        ("Timestamp", json!("2026-11-24T10:29:59.123Z")),
        ("TopicArn", json!("arn:aws:sns:us-east-1:123456789012:other")),
        ("SignatureVersion", json!("1")),
        ("SignatureVersion", json!("3")),
        ("Signature", json!("AAAA")),
        ("Signature", json!("")),
    ] {
        let mut message = Draft::new("Notification").signed();
        message[field] = value;
        let (status, body) = answer(send(&server, &message)).await;
        assert_eq!(
            (status, &body["error"]),
            (403, &json!("the signature does not fit the message")),
            "{field}"
        );
    }
    for field in ["Message", "TopicArn", "Timestamp", "Signature", "SigningCertURL", "Type"] {
        let mut message = Draft::new("Notification").signed();
        message.as_object_mut().unwrap().remove(field);
        assert_eq!(status(send(&server, &message)).await, 400, "without {field}");
    }
    assert_eq!(server.bodies().len(), 0);
}

#[tokio::test]
async fn a_certificate_is_fetched_only_from_where_sns_keeps_them() {
    let server = of_topic().await;
    for url in [
        "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://evil-sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.s3.evil.amazonaws.com/SimpleNotificationService-1.pem",
        "https://s3.amazonaws.com/bucket/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://a:b@sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com/?Action=GetTopicAttributes&x=.pem",
        "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem?x=1",
        "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1/../x.pem",
        "https://sns.eu-central-1.amazonaws.com/evil.pem",
        "file:///etc/passwd",
        "",
    ] {
        let draft = Draft { certificate_url: url.to_owned(), ..Draft::new("Notification") };
        let (status, body) = answer(send(&server, &draft.signed())).await;
        assert_eq!(status, 403, "{url}");
        assert!(body["error"].as_str().unwrap().contains("SigningCertURL"), "{url}: {body}");
    }
    assert_eq!(server.outside.asked(), Vec::<String>::new());
    for url in [
        "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1a.pem",
        "https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-1a.pem",
    ] {
        let draft = Draft { certificate_url: url.to_owned(), ..Draft::new("Notification") };
        assert_eq!(status(send(&server, &draft.signed())).await, 200, "{url}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_key_time_or_kind_proves_nothing() {
    let elliptic = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let params = CertificateParams::new(vec!["sns.amazonaws.com".to_owned()]).unwrap();
    for (certificate, words) in [
        (identity(2026, 2028).certificate, "the signature does not fit the message"),
        (identity(2020, 2026).certificate, "the certificate is not valid at this machine's time"),
        (identity(2027, 2028).certificate, "the certificate is not valid at this machine's time"),
        (params.self_signed(&elliptic).unwrap().pem(), "what SNS has there is no RSA certificate"),
        ("<ErrorResponse/>".to_owned(), "what SNS has there is no RSA certificate"),
        (String::new(), "what SNS has there is no RSA certificate"),
    ] {
        let outside = Outside::answering(certificate);
        let server = Running::with(&settings(None, &[TOPIC]), Limits::default(), outside, NOW).await;
        let (status, body) = answer(send(&server, &Draft::new("Notification").signed())).await;
        assert_eq!((status, &body["error"]), (403, &json!(words)));
    }
}

#[tokio::test]
async fn a_certificate_out_of_reach_is_told_and_sns_tries_again() {
    let server = of_topic().await;
    let message = Draft::new("Notification").signed();
    server.outside.answer(Err(FetchError::Unreachable("no route to host".to_owned())));
    let response = send(&server, &message).send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let conditions = server.conditions(2).await;
    assert!(
        matches!(&conditions[1], Condition::Failing(words) if words.contains("no route to host") && words.contains("sns.eu-central-1.amazonaws.com")),
        "{conditions:?}"
    );
    server.outside.answer(Ok(certificate()));
    assert_eq!(status(send(&server, &message)).await, 200);
    assert_eq!(server.conditions(3).await[2], Condition::Listening);
}

#[tokio::test]
async fn whoever_invents_certificates_makes_us_ask_only_so_often() {
    let server = of_topic().await;
    server.outside.answer(Err(FetchError::Status(http::StatusCode::NOT_FOUND)));
    let mut answers = Vec::new();
    for nth in 0..40 {
        let url = format!("https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-{nth}.pem");
        let draft = Draft { certificate_url: url, ..Draft::new("Notification") };
        answers.push(status(send(&server, &draft.signed())).await);
    }
    assert_eq!(answers.iter().filter(|status| **status == 403).count(), 30);
    assert_eq!(answers.iter().filter(|status| **status == 503).count(), 10);
    assert_eq!(server.outside.asked().len(), 30);
    assert_eq!(server.conditions(1).await, [Condition::Listening], "nothing to worry the owner with");
}

#[tokio::test]
async fn topics_that_were_not_configured_are_refused_before_anything_is_fetched() {
    let server = of_topic().await;
    for kind in ["Notification", "SubscriptionConfirmation"] {
        let topic = "arn:aws:sns:eu-central-1:999999999999:evil".to_owned();
        assert_eq!(status(send(&server, &Draft { topic, ..Draft::new(kind) }.signed())).await, 403);
    }
    assert_eq!(server.outside.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn an_old_message_is_refused_and_a_wrong_clock_suspected() {
    let server = of_topic().await;
    let late = Draft { time: "2026-11-24T09:20:00.000Z", ..Draft::new("Notification") };
    assert_eq!(status(send(&server, &late.signed())).await, 200, "SNS tries for an hour");
    let old = Draft { time: "2026-11-24T09:10:00.000Z", ..Draft::new("Notification") };
    assert_eq!(status(send(&server, &old.signed())).await, 403);
    let conditions = server.conditions(2).await;
    assert!(matches!(&conditions[1], Condition::Remark(words) if words.contains("clock")), "{conditions:?}");
    let never = Draft { time: "yesterday", ..Draft::new("Notification") };
    assert_eq!(status(send(&server, &never.signed())).await, 403);
}

#[tokio::test]
async fn a_subscription_is_confirmed_with_the_topics_own_sns() {
    let server = of_topic().await;
    let draft = Draft { version: "1", ..Draft::new("SubscriptionConfirmation") };
    assert_eq!(status(send(&server, &draft.signed())).await, 200);
    assert_eq!(server.outside.asked(), [CERTIFICATE_URL.to_owned(), draft.subscribe_url.clone()]);
    let conditions = server.conditions(2).await;
    assert_eq!(conditions[1], Condition::Remark(format!("the topic {TOPIC} delivers here from now on")));

    for url in [
        draft.subscribe_url.replace("eu-central-1.amazonaws", "us-east-1.amazonaws"),
        draft.subscribe_url.replace("https:", "http:"),
        draft.subscribe_url.replace("sns.eu", "evil.example/sns.eu"),
        draft.subscribe_url.replace("ConfirmSubscription", "Unsubscribe"),
        draft.subscribe_url.replace(TOKEN, "other"),
        draft.subscribe_url.replace(":trail", ":other"),
    ] {
        let draft = Draft { subscribe_url: url.clone(), ..draft.clone() };
        assert_eq!(status(send(&server, &draft.signed())).await, 403, "{url}");
    }
    assert_eq!(server.outside.asked().len(), 2, "nothing else was asked for");
    assert_eq!(server.bodies().len(), 0);
}

#[tokio::test]
async fn a_confirmation_that_fails_is_told_and_tried_again() {
    let server = of_topic().await;
    assert_eq!(status(send(&server, &Draft::new("Notification").signed())).await, 200);
    let confirmation = Draft::new("SubscriptionConfirmation").signed();
    server.outside.answer(Err(FetchError::Status(http::StatusCode::FORBIDDEN)));
    assert_eq!(status(send(&server, &confirmation)).await, 503);
    let conditions = server.conditions(2).await;
    assert!(
        matches!(&conditions[1], Condition::Failing(words) if words.contains("could not be confirmed") && words.contains("403")),
        "{conditions:?}"
    );
    server.outside.answer(Ok(Vec::new()));
    assert_eq!(status(send(&server, &confirmation)).await, 200);
    assert_eq!(server.conditions(3).await[2], Condition::Listening);
}

#[tokio::test]
async fn the_end_of_a_subscription_is_told_until_it_delivers_again() {
    let server = of_topic().await;
    assert_eq!(status(send(&server, &Draft::new("UnsubscribeConfirmation").signed())).await, 200);
    let conditions = server.conditions(2).await;
    assert!(
        matches!(&conditions[1], Condition::Failing(words) if words.contains("no longer delivers here")),
        "{conditions:?}"
    );
    assert_eq!(server.outside.asked(), [CERTIFICATE_URL], "the way back is not taken");
    assert_eq!(status(send(&server, &Draft::new("Notification").signed())).await, 200);
    assert_eq!(server.conditions(3).await[2], Condition::Listening);
}

#[tokio::test]
async fn what_cannot_be_read_is_taken_and_said() {
    let server = of_topic().await;
    let draft = Draft { text: "{\"Records\":[".to_owned(), ..Draft::new("Notification") };
    assert_eq!(status(send(&server, &draft.signed())).await, 200);
    let conditions = server.conditions(2).await;
    assert!(
        matches!(&conditions[1], Condition::Remark(words) if words.contains("what SNS sent")),
        "{conditions:?}"
    );
}

#[tokio::test]
async fn word_of_a_file_is_not_the_file_and_that_is_said_once() {
    let server = of_topic().await;
    let text = r#"{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]}"#;
    let word = Draft { text: text.to_owned(), ..Draft::new("Notification") }.signed();
    for _ in 0..2 {
        let (status, body) = answer(send(&server, &word)).await;
        assert_eq!((status, body), (200, json!({ "events": 0, "problems": [] })));
    }
    assert_eq!(status(send(&server, &Draft::new("Notification").signed())).await, 200);
    assert_eq!(status(send(&server, &word)).await, 200);
    let conditions = server.conditions(3).await;
    let is_said =
        |condition: &Condition| matches!(condition, Condition::Remark(words) if words.contains("`sqs`"));
    assert_eq!(conditions.iter().filter(|condition| is_said(condition)).count(), 2, "{conditions:?}");
}

#[tokio::test]
async fn raw_delivery_has_no_signature_and_needs_the_secret() {
    let raw = |server: &Running| {
        server
            .post(EVENT)
            .header("x-amz-sns-message-type", "Notification")
            .header("x-amz-sns-rawdelivery", "true")
    };
    let server = of_topic().await;
    let (code, body) = answer(raw(&server)).await;
    assert_eq!(code, 401);
    assert!(body["error"].as_str().unwrap().contains("raw message delivery"), "{body}");

    let server = Running::start(&settings(Some(SECRET), &[TOPIC])).await;
    assert_eq!(status(raw(&server)).await, 401);
    assert_eq!(status(raw(&server).basic_auth("sns", Some(SECRET))).await, 200);
    let forged = server.post(EVENT).bearer_auth(SECRET).header("x-amz-sns-message-type", "Notification");
    assert_eq!(status(forged).await, 400, "the secret does not make a message of SNS's");
}
