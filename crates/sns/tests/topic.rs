//! A topic from both sides: what is accepted, who gets it, and the text each of them gets.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use trailbell_json::Json;
use trailbell_sns::{
    Attribute, Confirmation, DEFAULT_MESSAGE_SIZE, Error, FilterPolicy, Message, Notification, Protocol,
    Publish, Scope, Signature, Subscription,
};

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:alarms";
const SUBSCRIPTION: &str = "arn:aws:sns:eu-central-1:123456789012:alarms:0f0f";

fn plain(message: &str) -> Publish {
    Publish { message: message.to_owned(), ..Publish::default() }
}

fn structured(message: &str) -> Publish {
    Publish { structured: true, ..plain(message) }
}

fn with_subject(subject: &str) -> Publish {
    Publish { subject: Some(subject.to_owned()), ..plain("text") }
}

fn with_attributes(attributes: &[(&str, &str, &str)]) -> Publish {
    let attributes = attributes
        .iter()
        .map(|(name, data_type, value)| {
            let attribute = Attribute { data_type: (*data_type).to_owned(), value: (*value).to_owned() };
            ((*name).to_owned(), attribute)
        })
        .collect();
    Publish { attributes, ..plain("text") }
}

fn accepted(publish: Publish) -> Message {
    publish.accept(DEFAULT_MESSAGE_SIZE).unwrap()
}

#[track_caller]
fn refused(publish: Publish, code: &str, message: &str) {
    let error = publish.accept(DEFAULT_MESSAGE_SIZE).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (code, message));
}

// ---------------------------------------------------------------- what is accepted

#[test]
fn a_subject_has_at_most_a_hundred_units_and_one_line() {
    for subject in ["x".repeat(100), "界".repeat(100), "😀".repeat(50)] {
        accepted(with_subject(&subject));
    }
    for subject in ["x".repeat(101), "😀".repeat(51), "a\nb".to_owned(), "a\u{7f}".to_owned(), String::new()]
    {
        refused(with_subject(&subject), "InvalidParameter", "Invalid parameter: Subject");
    }
}

#[test]
fn a_message_has_a_size_to_which_its_attributes_count() {
    refused(plain(""), "InvalidParameter", "Invalid parameter: Empty message");
    accepted(plain(&"x".repeat(DEFAULT_MESSAGE_SIZE)));
    refused(
        plain(&"x".repeat(DEFAULT_MESSAGE_SIZE + 1)),
        "InvalidParameter",
        "Invalid parameter: Message too long",
    );
    assert!(with_attributes(&[("n", "String", "v")]).accept(11).is_err());
    assert!(with_attributes(&[("n", "String", "v")]).accept(12).is_ok());
}

#[test]
fn a_structured_message_has_a_default_and_a_text_for_each_protocol() {
    let message = accepted(structured(r#"{"default":"all","sqs":"","email":"mail","sms":1,"lambda":null}"#));
    let texts = [
        Protocol::Http,
        Protocol::Sqs,
        Protocol::Email,
        Protocol::EmailJson,
        Protocol::Sms,
        Protocol::Lambda,
    ]
    .map(|protocol| message.text(protocol));
    assert_eq!(texts, ["all", "", "mail", "all", "all", "null"]);
    let code = "InvalidParameter";
    let unreadable = "Invalid parameter: Message Structure - JSON message body failed to parse";
    let no_default = "Invalid parameter: Message Structure - No default entry in JSON message body";
    refused(structured("text"), code, unreadable);
    refused(structured("[1]"), code, unreadable);
    refused(structured(r#"{"default":"a","default":"b"}"#), code, unreadable);
    refused(structured(r#"{"sqs":"x"}"#), code, no_default);
    refused(structured(r#"{"default":{}}"#), code, no_default);
}

#[test]
fn attributes_have_a_type_and_a_value_of_it() {
    let number = |text: &str| with_attributes(&[("n", "Number", text)]);
    for text in ["1", "-1.5", "+2", ".5", "5.", "1e-128", "9.99e125", "0"] {
        accepted(number(text));
    }
    for text in ["NaN", "", "1e", ".", "0x1", "1e99999999999"] {
        assert!(number(text).accept(DEFAULT_MESSAGE_SIZE).is_err(), "{text}");
    }
    for text in ["1e126", "0e-100000", "1e-129"] {
        refused(
            number(text),
            "ParameterValueInvalid",
            &format!("Message attribute 'n' number value [{text}] scale must be 10^-128 and 10^126."),
        );
    }
    assert!(number(&"9".repeat(39)).accept(DEFAULT_MESSAGE_SIZE).is_err());
    for (name, said) in
        [(".a", "starting"), ("a.", "ending"), ("a..b", "successive"), ("a b", "'#x20'"), ("", "Length")]
    {
        let error = with_attributes(&[(name, "String", "x")]).accept(DEFAULT_MESSAGE_SIZE).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    assert!(with_attributes(&[("n", "Date", "x")]).accept(DEFAULT_MESSAGE_SIZE).is_err());
    accepted(with_attributes(&[("n", "Number.int", "1"), ("b", "Binary", "AA=="), ("s", "String.own", "x")]));
}

#[test]
fn a_web_address_fits_its_protocol() {
    assert!(Protocol::Https.check_endpoint("https://user:secret@example.com/#x").is_ok());
    assert!(Protocol::Http.check_endpoint("http://example.com/a@b").is_ok());
    for (protocol, endpoint) in [
        (Protocol::Https, "http://example.com"),
        (Protocol::Http, "https://example.com"),
        (Protocol::Http, "example.com"),
        (Protocol::Http, "http://user:secret@example.com"),
    ] {
        assert!(protocol.check_endpoint(endpoint).is_err(), "{endpoint}");
    }
    assert_eq!(Protocol::of_name("email-json"), Some(Protocol::EmailJson));
    assert_eq!(Protocol::of_name("fax"), None);
}

// ---------------------------------------------------------------- who gets it

fn by_attributes(policy: &str, attributes: &[(&str, &str, &str)]) -> bool {
    let policy = FilterPolicy::parse(policy, Scope::MessageAttributes).unwrap();
    policy.accepts(&accepted(with_attributes(attributes)), Protocol::Sqs)
}

fn by_body(policy: &str, body: &str) -> bool {
    let policy = FilterPolicy::parse(policy, Scope::MessageBody).unwrap();
    policy.accepts(&accepted(plain(body)), Protocol::Sqs)
}

#[test]
fn a_policy_by_attributes_sees_strings_numbers_and_lists() {
    let policy = r#"{"v":["blue",{"numeric":[">",0,"<=",10]}]}"#;
    assert!(by_attributes(policy, &[("v", "String", "blue")]));
    assert!(
        by_attributes(policy, &[("v", "Number", "5.0")]) && by_attributes(policy, &[("v", "Number", "+.5")])
    );
    assert!(by_attributes(policy, &[("v", "String.Array", r#"["red","blue"]"#)]));
    assert!(
        !by_attributes(policy, &[("v", "String", "5")]) && !by_attributes(policy, &[("v", "Number", "0")])
    );
    assert!(
        !by_attributes(policy, &[("v", "Binary", "blue")])
            && !by_attributes(policy, &[("w", "String", "blue")])
    );
    assert!(by_attributes(r#"{"v":[true,null]}"#, &[("v", "String.Array", "[null]")]));
    for list in ["[]", "[[1]]", "no list"] {
        assert!(!by_attributes(r#"{"v":[{"exists":true}]}"#, &[("v", "String.Array", list)]), "{list}");
    }
    assert!(by_attributes(
        r#"{"v":[{"anything-but":["bad"]}]}"#,
        &[("v", "String.Array", r#"["bad","good"]"#)]
    ));
    // A name with a dot is one name.
    assert!(by_attributes(r#"{"a.b":["x"]}"#, &[("a.b", "String", "x")]));
}

#[test]
fn a_policy_by_body_sees_the_text_of_the_subscribers_protocol() {
    assert!(by_body(r#"{"a":{"b":["x"]}}"#, r#"{"a":{"b":"x"}}"#));
    assert!(!by_body(r#"{"a":["x"]}"#, "text") && !by_body(r#"{"a":["x"]}"#, r#"["x"]"#));
    let message = accepted(structured(r#"{"default":"text","sqs":"{\"a\":\"x\"}"}"#));
    let policy = FilterPolicy::parse(r#"{"a":["x"]}"#, Scope::MessageBody).unwrap();
    assert!(policy.accepts(&message, Protocol::Sqs) && !policy.accepts(&message, Protocol::Http));
}

#[test]
fn the_empty_policy_accepts_everything() {
    assert!(by_attributes(" {} ", &[]) && by_body("{}", "text"));
}

#[test]
fn a_policy_is_refused_as_sns_does() {
    let refused = |policy: &str, scope| -> Error { FilterPolicy::parse(policy, scope).unwrap_err() };
    let said = |policy: &str, scope| {
        let error = refused(policy, scope);
        let prefix = "Invalid parameter: Attributes Reason: ";
        error.to_string().strip_prefix(prefix).unwrap().to_owned()
    };
    let (flat, body) = (Scope::MessageAttributes, Scope::MessageBody);
    let nested = "Filter policy scope MessageAttributes does not support nested filter policy";
    assert_eq!(said(r#"{"a":{"b":["x"]}}"#, flat), nested);
    assert_eq!(said(r#"{"$or":[{"a":{"b":["x"]}},{"c":["x"]}]}"#, flat), nested);
    assert_eq!(said(r#"{"v":[]}"#, flat), "FilterPolicy: Empty arrays are not allowed");
    assert!(
        said("{x", body)
            .starts_with("FilterPolicy: failed to parse JSON. Unexpected character ('x' (code 120))")
    );
    let six = r#"{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}"#;
    assert_eq!(said(six, flat), "FilterPolicy: Filter policy can not have more than 5 keys");
    let wide = r#"{"a":[1,2,3,4,5,6],"b":[1,2,3,4,5],"c":[1,2,3,4,5]}"#;
    assert!(FilterPolicy::parse(wide, flat).is_ok());
    let wider = wide.replace("\"c\":[1,", "\"c\":[0,1,");
    assert_eq!(said(&wider, flat), "FilterPolicy: Filter policy is too complex");
    // In a body the depth multiplies.
    assert!(FilterPolicy::parse(&format!("{{\"d\":{wide}}}"), body).is_err());
    let error = refused(r#"{"v":[{"Prefix":"x"}]}"#, flat);
    let diagnostic = error.diagnostic().unwrap();
    assert!(diagnostic.hint.as_deref().unwrap().contains("lower case") && diagnostic.span.start == 7);
}

// ---------------------------------------------------------------- what they get

fn to(protocol: Protocol, raw: bool) -> Subscription<'static> {
    Subscription { arn: SUBSCRIPTION, protocol, endpoint: "ops+a@example.com", raw }
}

fn notification<'m>(message: &'m Message, signature: Option<Signature<'m>>) -> Notification<'m> {
    Notification {
        message,
        message_id: "11111111-2222-3333-4444-555555555555",
        topic_arn: TOPIC,
        timestamp: "2026-09-14T11:18:44.401Z",
        signature,
    }
}

#[test]
fn the_envelope_is_written_as_sns_writes_it() {
    let message = accepted(Publish {
        subject: Some("A \"b\" 😀".to_owned()),
        message: "line\n\u{1b}é\\".to_owned(),
        structured: false,
        attributes: with_attributes(&[("s", "String", "x"), ("l", "String.Array", "[\"y\"]")]).attributes,
    });
    let signature =
        Signature { version: "1", signature: "AAAA", signing_cert_url: "https://sns.example.com/cert.pem" };
    let envelope = notification(&message, Some(signature)).envelope(&to(Protocol::Sqs, false));
    assert_eq!(
        envelope,
        r#"{
  "Type" : "Notification",
  "MessageId" : "11111111-2222-3333-4444-555555555555",
  "TopicArn" : "arn:aws:sns:eu-central-1:123456789012:alarms",
  "Subject" : "A \"b\" \uD83D\uDE00",
  "Message" : "line\n\u001Bé\\",
  "Timestamp" : "2026-09-14T11:18:44.401Z",
  "SignatureVersion" : "1",
  "Signature" : "AAAA",
  "SigningCertURL" : "https://sns.example.com/cert.pem",
  "UnsubscribeURL" : "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:eu-central-1:123456789012:alarms:0f0f",
  "MessageAttributes" : {
    "s" : {"Type":"String","Value":"x"},
    "l" : {"Type":"String.Array","Value":"[\"y\"]"}
  }
}"#
    );
    let read = Json::parse(&envelope).unwrap();
    assert_eq!(read.get("Message").and_then(Json::as_str), Some(message.text(Protocol::Sqs)));
}

#[test]
fn an_envelope_without_a_signature_subject_or_attributes_has_no_keys_for_them() {
    let message = accepted(plain("text"));
    let envelope = Json::parse(&notification(&message, None).envelope(&to(Protocol::Http, false))).unwrap();
    let keys: Vec<&str> = envelope.as_object().unwrap().iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["Type", "MessageId", "TopicArn", "Message", "Timestamp", "UnsubscribeURL"]);
}

#[test]
fn raw_delivery_is_the_text_alone_where_it_has_a_meaning() {
    let message = accepted(structured(r#"{"default":"all","http":"web"}"#));
    let sent = notification(&message, None);
    assert_eq!(sent.body(&to(Protocol::Http, true)), "web");
    assert_eq!(sent.body(&to(Protocol::Sqs, true)), "all");
    assert_eq!(sent.body(&to(Protocol::Sms, false)), "all");
    assert!(sent.body(&to(Protocol::EmailJson, true)).starts_with("{\n  \"Type\""));
    let headers = |raw| sent.headers(&to(Protocol::Http, raw));
    assert!(headers(true).contains(&("x-amz-sns-rawdelivery", "true".to_owned())));
    assert!(headers(false).contains(&("x-amz-sns-subscription-arn", SUBSCRIPTION.to_owned())));
    assert!(headers(false).iter().all(|(name, _)| *name != "x-amz-sns-rawdelivery"));
}

#[test]
fn an_email_has_the_text_and_the_footer() {
    let message =
        accepted(structured(r#"{"default":"all","email":"for people","email-json":"for programs"}"#));
    let sent = notification(&message, None);
    let email = sent.email(&to(Protocol::Email, false), None);
    assert_eq!(email.from, "AWS Notifications <no-reply@sns.amazonaws.com>");
    assert_eq!(email.subject, "AWS Notification Message");
    assert_eq!(
        email.body,
        "for people\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\nhttps://sns.eu-central-1.amazonaws.com/unsubscribe.html?SubscriptionArn=arn:aws:sns:eu-central-1:123456789012:alarms:0f0f&Endpoint=ops%2Ba@example.com\n\nPlease do not reply directly to this email. If you have any questions or comments regarding this email, please contact us at https://aws.amazon.com/support"
    );
    let json = sent.email(&to(Protocol::EmailJson, false), Some("Alarms\r\nBcc: x"));
    assert_eq!(json.from, "AlarmsBcc: x <no-reply@sns.amazonaws.com>");
    assert_eq!(Json::parse(&json.body).unwrap().get("Message").and_then(Json::as_str), Some("for programs"));
}

#[test]
fn a_new_subscriber_is_asked_first() {
    let asked = Confirmation {
        message_id: "1",
        topic_arn: "arn:aws-cn:sns:cn-north-1:123456789012:t",
        token: "abc",
        timestamp: "2026-09-14T11:18:44.401Z",
        signature: None,
    };
    assert_eq!(
        asked.subscribe_url(),
        "https://sns.cn-north-1.amazonaws.com.cn/?Action=ConfirmSubscription&TopicArn=arn:aws-cn:sns:cn-north-1:123456789012:t&Token=abc"
    );
    let envelope = Json::parse(&asked.envelope()).unwrap();
    assert_eq!(envelope.get("Type").and_then(Json::as_str), Some("SubscriptionConfirmation"));
    assert!(asked.headers().iter().all(|(name, _)| *name != "x-amz-sns-subscription-arn"));
}
