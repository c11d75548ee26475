//! Properties: nothing an outsider chooses stops the program, and every envelope is JSON that says what was published.

use proptest::prelude::*;
use trailbell_json::Json;
use trailbell_sns::{Attribute, FilterPolicy, Notification, Protocol, Publish, Scope, Subscription};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_published_comes_out_of_the_envelope(
        subject in proptest::option::of(any::<String>()),
        message in any::<String>(),
        structured in any::<bool>(),
        attributes in proptest::collection::vec(("[a-z.]{1,5}", "(String|Number|Binary|String\\.Array|x)", any::<String>()), 0..3),
        arn in any::<String>(),
        endpoint in any::<String>(),
    ) {
        let attributes = attributes
            .into_iter()
            .map(|(name, data_type, value)| (name, Attribute { data_type, value }))
            .collect();
        let Ok(accepted) = (Publish { subject, message, structured, attributes }).accept(100_000) else { return Ok(()) };
        let sent = Notification { message: &accepted, message_id: "1", topic_arn: &arn, timestamp: "t", signature: None };
        let to = Subscription { arn: &arn, protocol: Protocol::Sqs, endpoint: &endpoint, raw: false };
        let envelope = Json::parse(&sent.body(&to)).unwrap();
        prop_assert_eq!(envelope.get("Message").and_then(Json::as_str), Some(accepted.text(Protocol::Sqs)));
        prop_assert_eq!(envelope.get("Subject").and_then(Json::as_str), accepted.subject());
        let email = sent.email(&Subscription { protocol: Protocol::Email, ..to }, Some(&arn));
        prop_assert!(!email.from.contains(['\r', '\n']) && !email.subject.contains(['\r', '\n']));
        // The footer has as many lines as ever.
        let footer = &email.body[accepted.text(Protocol::Email).len()..];
        prop_assert_eq!(footer.lines().count(), 7);
    }

    #[test]
    fn any_text_is_a_policy_or_refused(text in any::<String>(), body in any::<bool>()) {
        let _ = FilterPolicy::parse(&text, if body { Scope::MessageBody } else { Scope::MessageAttributes });
    }
}
