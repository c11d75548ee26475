//! The ways a subscriber can be reached.

use crate::error::Error;

/// The protocol of a subscription. Push notifications to mobile devices are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// An e-mail with the text.
    Email,
    /// An e-mail with the envelope.
    EmailJson,
    /// A POST to an `http:` address.
    Http,
    /// A POST to an `https:` address.
    Https,
    /// A text message.
    Sms,
    /// A queue.
    Sqs,
    /// A function.
    Lambda,
    /// A delivery stream of Firehose.
    Firehose,
}

impl Protocol {
    /// Its name in AWS's API, which is also its key in a message with `MessageStructure: json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::EmailJson => "email-json",
            Self::Http => "http",
            Self::Https => "https",
            Self::Sms => "sms",
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
            Self::Firehose => "firehose",
        }
    }

    /// The protocol of that name in AWS's API.
    pub fn of_name(name: &str) -> Option<Self> {
        let all = [
            Self::Email,
            Self::EmailJson,
            Self::Http,
            Self::Https,
            Self::Sms,
            Self::Sqs,
            Self::Lambda,
            Self::Firehose,
        ];
        all.into_iter().find(|protocol| protocol.name() == name)
    }

    /// Checks a web address as `Subscribe` does: the scheme is the protocol's, and a password in it needs `https`.
    /// Endpoints of other protocols are not judged.
    pub fn check_endpoint(self, endpoint: &str) -> Result<(), Error> {
        if !matches!(self, Self::Http | Self::Https) {
            return Ok(());
        }
        let Some((scheme, rest)) = endpoint.split_once("://") else {
            return Err(Error::parameter("Endpoint must match the specified protocol"));
        };
        if !scheme.eq_ignore_ascii_case(self.name()) {
            return Err(Error::parameter("Endpoint must match the specified protocol"));
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if self == Self::Http && authority.contains('@') {
            return Err(Error::parameter(
                "Endpoint Reason: Please use HTTPS for subscriptions that contain inline credentials",
            ));
        }
        Ok(())
    }
}
