//! Whether it succeeded, failed or was refused.

use trailbell_json::Json;
use trailbell_text::Outcome;

use crate::Record;

impl Record {
    /// How it ended: refused for want of permission, failed for another reason, or done.
    pub fn outcome(&self) -> Outcome {
        let message = self.error_message().unwrap_or_default();
        match self.error_code() {
            Some(code) if is_refusal(code) || message.contains("not authorized to perform") => {
                Outcome::Denied
            }
            Some(_) => Outcome::Failure,
            None if self.says_failure() || !message.is_empty() => Outcome::Failure,
            None => Outcome::Success,
        }
    }

    /// Sign-in events have no error code; the result stands under the event's own name, in `responseElements`
    /// (console) or in `serviceEventDetails` (Identity Center), or as `success` (`aws login`).
    fn says_failure(&self) -> bool {
        let name = self.event_name();
        let failure =
            |path: &[&str]| self.text(path).is_some_and(|result| result.eq_ignore_ascii_case("Failure"));
        let success = self.json().at(&["additionalEventData", "success"]);
        failure(&["responseElements", name])
            || failure(&["serviceEventDetails", name])
            || success.is_some_and(|value| *value == Json::Bool(false) || value.as_str() == Some("false"))
    }
}

/// Error codes for want of permission. Services have their own: `AccessDenied`, `AccessDeniedException`,
/// `KMS.AccessDeniedException`, `Client.UnauthorizedOperation`, `AuthorizationError`,
/// `AuthorizationErrorException`, `NotAuthorizedException`, `ForbiddenException`.
fn is_refusal(code: &str) -> bool {
    ["AccessDenied", "Unauthorized", "AuthorizationError", "NotAuthorized", "Forbidden"]
        .iter()
        .any(|word| code.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_failure_and_success_are_told_apart() {
        let cases = [
            (r#"{"errorCode":null}"#, Outcome::Success),
            (
                r#"{"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Success"}}"#,
                Outcome::Success,
            ),
            (
                r#"{"eventName":"UserAuthentication","serviceEventDetails":{"UserAuthentication":"Success"}}"#,
                Outcome::Success,
            ),
            (
                r#"{"eventName":"AuthorizeOAuth2Access","additionalEventData":{"success":"true"}}"#,
                Outcome::Success,
            ),
            (r#"{"errorCode":"AccessDenied"}"#, Outcome::Denied),
            (r#"{"errorCode":"Client.UnauthorizedOperation"}"#, Outcome::Denied),
            (r#"{"errorCode":"KMS.AccessDeniedException"}"#, Outcome::Denied),
            (r#"{"errorCode":"AuthorizationError"}"#, Outcome::Denied),
            (
                r#"{"errorCode":"ValidationError","errorMessage":"User: x is not authorized to perform: y"}"#,
                Outcome::Denied,
            ),
            (
                r#"{"eventName":"ConsoleLogin","errorCode":"AccessDenied","responseElements":{"ConsoleLogin":"Failure"}}"#,
                Outcome::Denied,
            ),
            (r#"{"errorCode":"NoSuchEntityException"}"#, Outcome::Failure),
            (r#"{"errorCode":"Client.InvalidPermission.NotFound"}"#, Outcome::Failure),
            (r#"{"eventName":"ConsoleLogin","errorMessage":"Failed authentication"}"#, Outcome::Failure),
            (r#"{"eventName":"CheckMfa","responseElements":{"CheckMfa":"Failure"}}"#, Outcome::Failure),
            (r#"{"eventName":"SwitchRole","responseElements":{"SwitchRole":"Failure"}}"#, Outcome::Failure),
            (
                r#"{"eventName":"CredentialVerification","serviceEventDetails":{"CredentialVerification":"Failure"}}"#,
                Outcome::Failure,
            ),
            (
                r#"{"eventName":"CreateOAuth2Token","additionalEventData":{"success":false}}"#,
                Outcome::Failure,
            ),
        ];
        for (record, outcome) in cases {
            assert_eq!(Record::new(Json::parse(record).unwrap()).outcome(), outcome, "{record}");
        }
    }
}
