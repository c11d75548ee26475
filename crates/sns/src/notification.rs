//! A message on its way to one subscriber: the envelope, the bare text, or what the protocol makes of it.

use crate::arn::{host, in_query};
use crate::envelope::{Envelope, Signature, quoted};
use crate::protocol::Protocol;
use crate::publish::Message;

/// A message as a topic sends it.
#[derive(Debug, Clone, Copy)]
pub struct Notification<'n> {
    /// What was published.
    pub message: &'n Message,
    /// The id SNS gave it.
    pub message_id: &'n str,
    /// The topic.
    pub topic_arn: &'n str,
    /// When it was published: `2026-09-14T11:18:44.401Z`.
    pub timestamp: &'n str,
    /// What to put into the signature's fields; without one they are left out.
    pub signature: Option<Signature<'n>>,
}

/// Whom it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription<'s> {
    /// The subscription's ARN.
    pub arn: &'s str,
    /// The protocol.
    pub protocol: Protocol,
    /// The address.
    pub endpoint: &'s str,
    /// `RawMessageDelivery`; it has a meaning for `http`, `https`, `sqs` and `firehose`.
    pub raw: bool,
}

impl Subscription<'_> {
    /// Whether messages go without an envelope because the subscriber has asked for that.
    pub const fn is_raw(&self) -> bool {
        self.raw
            && matches!(self.protocol, Protocol::Http | Protocol::Https | Protocol::Sqs | Protocol::Firehose)
    }

    /// The link in an envelope that ends the subscription.
    pub fn unsubscribe_url(&self) -> String {
        format!("https://{}/?Action=Unsubscribe&SubscriptionArn={}", host(self.arn), in_query(self.arn))
    }
}

impl Notification<'_> {
    /// The envelope: keys and blanks as SNS has them.
    pub fn envelope(&self, to: &Subscription<'_>) -> String {
        let mut envelope = Envelope::default();
        envelope.text("Type", "Notification");
        envelope.text("MessageId", self.message_id);
        envelope.text("TopicArn", self.topic_arn);
        if let Some(subject) = self.message.subject() {
            envelope.text("Subject", subject);
        }
        envelope.text("Message", self.message.text(to.protocol));
        envelope.text("Timestamp", self.timestamp);
        envelope.signature(self.signature);
        envelope.text("UnsubscribeURL", &to.unsubscribe_url());
        let attributes: Vec<String> = self
            .message
            .attributes()
            .iter()
            .map(|(name, attribute)| {
                format!(
                    "    {} : {{\"Type\":{},\"Value\":{}}}",
                    quoted(name),
                    quoted(&attribute.data_type),
                    quoted(&attribute.value)
                )
            })
            .collect();
        if !attributes.is_empty() {
            envelope.value("MessageAttributes", &format!("{{\n{}\n  }}", attributes.join(",\n")));
        }
        envelope.finish()
    }

    /// What the subscriber gets as a body: the bare text in a text message or where it asked for raw delivery, the text
    /// with SNS's footer in an e-mail, the envelope otherwise. (A function gets an event around it, which is
    /// Lambda's.)
    pub fn body(&self, to: &Subscription<'_>) -> String {
        match to.protocol {
            Protocol::Email => self.email(to, None).body,
            Protocol::Sms => self.message.text(to.protocol).to_owned(),
            _ if to.is_raw() => self.message.text(to.protocol).to_owned(),
            _ => self.envelope(to),
        }
    }
}
