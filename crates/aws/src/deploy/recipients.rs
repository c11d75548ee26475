//! Who is told through a topic: subscribing a mail address, and ending a subscription.

use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::region::of_arn;
use crate::service::Service;

impl Aws {
    /// Subscribes a mail address to the topic with that ARN: AWS sends it a mail with a link to confirm, again where it did before.
    ///
    /// # Errors
    /// Where it may not be subscribed, or is no address.
    pub async fn subscribe_mail(&self, topic: &str, address: &str) -> Result<(), Error> {
        let region = self.region_for(of_arn(topic))?;
        let parameters = [("TopicArn", topic), ("Protocol", "email"), ("Endpoint", address)];
        self.send(&Call::query(Service::Sns, &region, "Subscribe", &parameters)).await.map(drop)
    }

    /// Ends the subscription with that ARN.
    ///
    /// # Errors
    /// Where it may not be ended.
    pub async fn unsubscribe(&self, subscription: &str) -> Result<(), Error> {
        let region = self.region_for(of_arn(subscription))?;
        let parameters = [("SubscriptionArn", subscription)];
        self.send(&Call::query(Service::Sns, &region, "Unsubscribe", &parameters)).await.map(drop)
    }
}
