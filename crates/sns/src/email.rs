//! The e-mail SNS writes.

use crate::arn::{host, in_query};
use crate::notification::{Notification, Subscription};
use crate::protocol::Protocol;

/// An e-mail of SNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The `From` header.
    pub from: String,
    /// The `Subject` header, not encoded.
    pub subject: String,
    /// The plain text.
    pub body: String,
}

impl Notification<'_> {
    /// The e-mail to a subscriber, with the envelope as its text where the protocol is [`Protocol::EmailJson`].
    /// `display_name` is the topic's.
    ///
    /// Without a subject it has SNS's own. That the footer is not put under an envelope is chosen: the text would not
    /// be JSON any more.
    pub fn email(&self, to: &Subscription<'_>, display_name: Option<&str>) -> Email {
        let name = display_name.filter(|name| !name.is_empty()).unwrap_or("AWS Notifications");
        Email {
            from: format!("{} <no-reply@sns.amazonaws.com>", one_line(name)),
            subject: self.message.subject().unwrap_or("AWS Notification Message").to_owned(),
            body: match to.protocol {
                Protocol::EmailJson => self.envelope(to),
                _ => format!("{}{}", self.message.text(Protocol::Email), footer(to)),
            },
        }
    }
}

/// A header has one line, whatever the topic is called.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn footer(to: &Subscription<'_>) -> String {
    format!(
        "\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\nhttps://{}/unsubscribe.html?SubscriptionArn={}&Endpoint={}\n\nPlease do not reply directly to this email. If you have any questions or comments regarding this email, please contact us at https://aws.amazon.com/support",
        host(to.arn),
        in_query(to.arn),
        in_query(to.endpoint)
    )
}
