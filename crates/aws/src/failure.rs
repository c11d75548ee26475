//! What an error of AWS means for a message that was to be sent.

use trailbell_outbox::{Failure, FailureKind};

use crate::error::Error;

/// Codes that say no message will be taken until somebody does something: about the account, the topic, the sender.
const CLOSED: [&str; 12] = [
    "AccountSuspendedException",
    "EndpointDisabled",
    "InvalidSecurity",
    "KMSDisabled",
    "KMSInvalidState",
    "KMSNotFound",
    "KMSOptInRequired",
    "MailFromDomainNotVerifiedException",
    "MailFromDomainNotVerified",
    "SendingPausedException",
    "SubscriptionRequiredException",
    "TopicArnMismatch",
];

/// The failure an error is. Credentials that cannot be had just now may come back by themselves; those AWS refuses do not.
pub(crate) fn failure(error: &Error) -> Failure {
    let code = error.code().unwrap_or_default();
    let is_unverified = code == "MessageRejected" && error.to_string().contains("not verified");
    let kind = if error.is_transient() || error.is_throttled() {
        FailureKind::Temporary { after: error.retry_after() }
    } else if error.is_denied()
        || error.is_missing()
        || is_unverified
        || CLOSED.contains(&code)
        || (error.is_about_credentials() && error.code().is_some())
    {
        FailureKind::Closed
    } else if error.code().is_some() {
        FailureKind::Refused
    } else {
        FailureKind::Temporary { after: None }
    };
    Failure { kind, message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::{Place, Said};
    use crate::service::Service;

    #[test]
    fn a_code_says_whether_another_attempt_makes_sense() {
        let place = Place { service: Service::Ses, operation: "SendEmail", region: "eu-west-1" };
        let kind = |status, code: &str, message: &str, after| {
            let said = Said { code: code.into(), message: message.into(), request_id: None };
            failure(&place.answer(status, said, after)).kind
        };
        let soon = Some(Duration::from_secs(3));
        assert_eq!(kind(429, "TooManyRequestsException", "", soon), FailureKind::Temporary { after: soon });
        assert_eq!(kind(500, "InternalFailure", "", None), FailureKind::Temporary { after: None });
        for closed in [
            "AccessDeniedException",
            "NotFound",
            "SendingPausedException",
            "InvalidClientTokenId",
            "KMSDisabled",
        ] {
            assert_eq!(kind(403, closed, "", None), FailureKind::Closed, "{closed}");
        }
        assert_eq!(kind(400, "MessageRejected", "Email address is not verified.", None), FailureKind::Closed);
        assert_eq!(kind(400, "MessageRejected", "virus", None), FailureKind::Refused);
        assert_eq!(
            kind(400, "InvalidParameter", "Invalid parameter: Message too long", None),
            FailureKind::Refused
        );
        assert_eq!(failure(&place.unreachable("x")).kind, FailureKind::Temporary { after: None });
        assert_eq!(failure(&place.credentials("x")).kind, FailureKind::Temporary { after: None });
    }
}
