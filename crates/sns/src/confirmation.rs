//! The first message to a new subscriber by HTTP: the question whether it wants the topic's messages.

use crate::arn::{host, in_query};
use crate::envelope::{Envelope, Signature};

/// A `SubscriptionConfirmation`.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation<'c> {
    /// The id SNS gave it.
    pub message_id: &'c str,
    /// The topic.
    pub topic_arn: &'c str,
    /// What confirms the subscription: 256 hexadecimal digits.
    pub token: &'c str,
    /// When it was asked for: `2026-09-14T11:18:44.401Z`.
    pub timestamp: &'c str,
    /// What to put into the signature's fields; without one they are left out.
    pub signature: Option<Signature<'c>>,
}

impl Confirmation<'_> {
    /// The text for people.
    pub fn message(&self) -> String {
        format!(
            "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the SubscribeURL included in this message.",
            self.topic_arn
        )
    }

    /// The link that confirms.
    pub fn subscribe_url(&self) -> String {
        format!(
            "https://{}/?Action=ConfirmSubscription&TopicArn={}&Token={}",
            host(self.topic_arn),
            in_query(self.topic_arn),
            in_query(self.token)
        )
    }

    /// The body.
    pub fn envelope(&self) -> String {
        let mut envelope = Envelope::default();
        envelope.text("Type", "SubscriptionConfirmation");
        envelope.text("MessageId", self.message_id);
        envelope.text("Token", self.token);
        envelope.text("TopicArn", self.topic_arn);
        envelope.text("Message", &self.message());
        envelope.text("SubscribeURL", &self.subscribe_url());
        envelope.text("Timestamp", self.timestamp);
        envelope.signature(self.signature);
        envelope.finish()
    }
}
