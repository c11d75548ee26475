//! The headers of a POST to a subscriber.

use crate::confirmation::Confirmation;
use crate::notification::{Notification, Subscription};

/// Headers in the order in which they are written, names in lower case.
type Headers = Vec<(&'static str, String)>;

fn headers(message_type: &str, message_id: &str, topic_arn: &str, subscription_arn: Option<&str>) -> Headers {
    let mut headers = vec![
        ("x-amz-sns-message-type", message_type.to_owned()),
        ("x-amz-sns-message-id", message_id.to_owned()),
        ("x-amz-sns-topic-arn", topic_arn.to_owned()),
    ];
    headers.extend(subscription_arn.map(|arn| ("x-amz-sns-subscription-arn", arn.to_owned())));
    headers.extend([
        ("content-type", "text/plain; charset=UTF-8".to_owned()),
        ("user-agent", "Amazon Simple Notification Service Agent".to_owned()),
        ("accept-encoding", "gzip,deflate".to_owned()),
    ]);
    headers
}

impl Notification<'_> {
    /// The headers to a subscriber by HTTP. A delivery policy may name another content type; that is the caller's.
    pub fn headers(&self, to: &Subscription<'_>) -> Headers {
        let mut headers = headers("Notification", self.message_id, self.topic_arn, Some(to.arn));
        if to.is_raw() {
            headers.push(("x-amz-sns-rawdelivery", "true".to_owned()));
        }
        headers
    }
}

impl Confirmation<'_> {
    /// The headers of the question whether an address wants the topic's messages; there is no subscription yet.
    pub fn headers(&self) -> Headers {
        headers("SubscriptionConfirmation", self.message_id, self.topic_arn, None)
    }
}
