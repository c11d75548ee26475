//! What AWS refused or did not answer, and what would mend it.

use std::fmt::Write as _;
use std::time::Duration;

use trailbell_text::acts;

use crate::service::Service;

/// Most characters of AWS's own message that are shown: enough for a denial with two ARNs and its reason.
const MAX_MESSAGE: usize = 500;
/// What DynamoDB answers where it did nothing of a transaction.
const CANCELLED: &str = "TransactionCanceledException";

/// Why a call to AWS did not succeed: which call, what AWS said, and the next step. It never holds a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct Error(Box<Refusal>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    service: Option<Service>,
    operation: String,
    region: String,
    what: What,
    /// Where asking again is no use before that time has passed.
    retry_after: Option<Duration>,
    /// The region S3 says the bucket is in.
    elsewhere: Option<String>,
    /// Why DynamoDB cancelled a transaction: one code an item, `None` for one that was not at fault.
    reasons: Vec<String>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// AWS answered with an error.
    Answer { status: u16, code: String, message: String, request_id: Option<String> },
    /// Nobody answered, or not in time.
    Unreachable(String),
    /// What came back cannot be read.
    Unreadable(String),
    /// There are no credentials to sign with, or they could not be had.
    Credentials(String),
    /// Something in the settings does not fit; the text has the next step.
    Settings(String),
}

/// A problem of the settings: no call was made.
pub(crate) fn settings(problem: impl Into<String>) -> Error {
    Error::new(None, "", "", What::Settings(problem.into()))
}

/// Which call something is said about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) service: Service,
    pub(crate) operation: &'a str,
    pub(crate) region: &'a str,
}

impl Place<'_> {
    fn error(&self, what: What) -> Error {
        Error::new(Some(self.service), self.operation, self.region, what)
    }

    pub(crate) fn unreachable(&self, why: impl Into<String>) -> Error {
        self.error(What::Unreachable(why.into()))
    }

    pub(crate) fn unreadable(&self, why: impl Into<String>) -> Error {
        self.error(What::Unreadable(why.into()))
    }

    pub(crate) fn credentials(&self, why: &str) -> Error {
        self.error(What::Credentials(quiet(why)))
    }

    pub(crate) fn answer(&self, status: u16, said: Said, retry_after: Option<Duration>) -> Error {
        let Said { code, message, request_id } = said;
        let what = What::Answer { status, code: quiet(&code), message: quiet(&message), request_id };
        let mut error = self.error(what);
        error.0.retry_after = retry_after;
        error
    }
}

/// What an error reply says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Said {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
}

impl Error {
    fn new(service: Option<Service>, operation: &str, region: &str, what: What) -> Self {
        Self(Box::new(Refusal {
            service,
            operation: operation.to_owned(),
            region: region.to_owned(),
            what,
            retry_after: None,
            elsewhere: None,
            reasons: Vec::new(),
        }))
    }

    /// AWS's code (`ThrottlingException`), where it answered with one. Theirs: hostile where an endpoint is not AWS's.
    pub fn code(&self) -> Option<&str> {
        match &self.0.what {
            What::Answer { code, .. } => Some(code),
            _ => None,
        }
    }

    /// What AWS said about it, on one line.
    pub(crate) fn message(&self) -> &str {
        match &self.0.what {
            What::Answer { message, .. } => message,
            _ => "",
        }
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match &self.0.what {
            What::Answer { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The request's id, which AWS's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        match &self.0.what {
            What::Answer { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// The operation that was called (`LookupEvents`); empty where the settings were at fault before any call.
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// How long AWS asked to be left alone, where it said.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    pub(crate) fn found_elsewhere(mut self, region: Option<String>) -> Self {
        self.0.elsewhere = region;
        self
    }

    pub(crate) fn elsewhere(&self) -> Option<&str> {
        self.0.elsewhere.as_deref()
    }

    pub(crate) fn cancelled_for(mut self, reasons: Vec<String>) -> Self {
        self.0.reasons = reasons;
        self
    }

    /// Whether a transaction was cancelled for these reasons and no other, one of them at least.
    fn is_cancelled_only_for(&self, reasons: &[&str]) -> bool {
        let given: Vec<&str> =
            self.0.reasons.iter().map(String::as_str).filter(|reason| *reason != "None").collect();
        self.has_code(&[CANCELLED]) && !given.is_empty() && given.iter().all(|given| reasons.contains(given))
    }

    /// A condition of a write to DynamoDB did not hold: nothing was written.
    pub(crate) fn is_failed_condition(&self) -> bool {
        self.has_code(&["ConditionalCheckFailedException"])
            || (self.has_code(&[CANCELLED])
                && self.0.reasons.iter().any(|reason| reason == "ConditionalCheckFailed"))
    }

    /// Another transaction of DynamoDB's was at one of the items just then: nothing was written, and a moment later it may be.
    pub(crate) fn is_conflict(&self) -> bool {
        self.has_code(&["TransactionConflictException"])
            || self.is_cancelled_only_for(&["TransactionConflict"])
    }

    pub(crate) fn has_code(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|code| codes.contains(&code))
    }

    /// Too many requests, whoever made them: slower.
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429)
            || self.has_code(&[
                "EC2ThrottledException",
                "KMSThrottlingException",
                "KmsThrottled",
                "LimitExceededException",
                "OverLimit",
                "PriorRequestNotComplete",
                "ProvisionedThroughputExceededException",
                "RequestLimitExceeded",
                "RequestThrottled",
                "RequestThrottledException",
                "SlowDown",
                "Throttled",
                "ThrottledException",
                "Throttling",
                "ThrottlingException",
                "TooManyRequestsException",
            ])
            || (self.is_cancelled_only_for(&[
                "ProvisionedThroughputExceeded",
                "ThrottlingError",
                "TransactionConflict",
            ]) && !self.is_conflict())
    }

    /// The credentials are good, but may not do this.
    pub fn is_denied(&self) -> bool {
        self.has_code(&[
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "AuthorizationErrorException",
            "KMSAccessDeniedException",
            "UnauthorizedOperation",
        ]) || (self.status() == Some(403) && !self.is_about_credentials())
    }

    /// What was asked for does not exist.
    pub fn is_missing(&self) -> bool {
        self.status() == Some(404)
            || self.has_code(&[
                "AWS.SimpleQueueService.NonExistentQueue",
                "NoSuchBucket",
                "NoSuchKey",
                "NoSuchVersion",
                "NotFound",
                "NotFoundException",
                "QueueDoesNotExist",
                "ResourceNotFoundException",
                "TrailNotFoundException",
            ])
    }

    /// The credentials themselves were refused, or there are none.
    pub fn is_about_credentials(&self) -> bool {
        matches!(self.0.what, What::Credentials(_))
            || self.is_expired()
            || self.has_code(&[
                "AuthFailure",
                "IncompleteSignature",
                "InvalidAccessKeyId",
                "InvalidClientTokenId",
                "InvalidSignatureException",
                "MissingAuthenticationToken",
                "MissingAuthenticationTokenException",
                "OptInRequired",
                "RequestExpired",
                "RequestTimeTooSkewed",
                "SignatureDoesNotMatch",
                "UnrecognizedClientException",
            ])
    }

    /// The session has run out: new credentials may help at once.
    pub(crate) fn is_expired(&self) -> bool {
        self.has_code(&["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"])
    }

    /// Whether the same call may succeed a moment later with nobody doing anything.
    pub fn is_transient(&self) -> bool {
        match &self.0.what {
            What::Unreachable(_) => true,
            What::Answer { status, .. } => {
                *status >= 500
                    || self.is_throttled()
                    || self.has_code(&[
                        "RequestTimeout",
                        "RequestTimeoutException",
                        "InternalFailure",
                        "InternalError",
                        // The same transaction, asked for before, is still being done.
                        "TransactionInProgressException",
                    ])
            }
            What::Unreadable(_) | What::Credentials(_) | What::Settings(_) => false,
        }
    }

    /// Whether AWS did not answer at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(self.0.what, What::Unreachable(_))
    }

    fn words(&self) -> String {
        let refusal = &self.0;
        let mut words = String::new();
        if let Some(service) = refusal.service {
            let _ = write!(words, "{} {}", service.title(), refusal.operation);
            if !refusal.region.is_empty() {
                let _ = write!(words, " in {}", refusal.region);
            }
            words.push_str(": ");
        }
        match &refusal.what {
            What::Answer { status, code, message, request_id } => {
                let code = if code.is_empty() { format!("HTTP status {status}") } else { code.clone() };
                words.push_str(&code);
                if !message.is_empty() {
                    let _ = write!(words, ": {message}");
                }
                if let Some(id) = request_id {
                    let _ = write!(words, " (request {})", quiet(id));
                }
            }
            What::Unreachable(why) => {
                let _ = write!(words, "not reached: {why}");
            }
            What::Unreadable(why) => {
                let _ = write!(words, "the answer cannot be read: {why}");
            }
            What::Credentials(why) => {
                let _ = write!(words, "no AWS credentials: {why}");
            }
            What::Settings(why) => words.push_str(why),
        }
        if let Some(step) = self.next_step() {
            let _ = write!(words, "; {step}");
        }
        words
    }

    /// What somebody can do about it; `None` where waiting is all there is, or where the message says it.
    fn next_step(&self) -> Option<String> {
        let refusal = &self.0;
        match &refusal.what {
            What::Credentials(_) => Some(
                "log in with `aws sso login` or `aws configure`, set AWS_PROFILE, or give the machine a role".to_owned(),
            ),
            What::Unreachable(_) => Some("check the network, the proxy (HTTPS_PROXY) and the region".to_owned()),
            What::Answer { .. } if self.is_throttled() => None,
            What::Answer { .. } if self.is_expired() => {
                Some("the session has ended: log in again (`aws sso login`), or renew the credentials".to_owned())
            }
            What::Answer { .. } if self.has_code(&["RequestTimeTooSkewed", "RequestExpired", "SignatureDoesNotMatch", "InvalidSignatureException"]) => {
                Some("check this machine's clock, then the secret access key".to_owned())
            }
            What::Answer { .. } if self.has_code(&["UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure", "OptInRequired"]) => Some(
                "the access key is unknown there: it was deleted, belongs to another partition, or the region is not enabled for the account".to_owned(),
            ),
            What::Answer { .. } if self.is_denied() => {
                let service = refusal.service?;
                let action = service.action(&refusal.operation);
                Some(format!("allow {action} to the identity trailbell runs as (and look for an explicit deny)"))
            }
            What::Settings(_) | What::Unreadable(_) | What::Answer { .. } => None,
        }
    }
}

/// A text of the other side's on one line, of bounded length, in which nothing acts.
pub(crate) fn quiet(theirs: &str) -> String {
    let one_line = theirs.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out: String =
        one_line.chars().take(MAX_MESSAGE).map(|c| if acts(c) { '\u{fffd}' } else { c }).collect();
    if one_line.chars().nth(MAX_MESSAGE).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOKUP: Place<'static> =
        Place { service: Service::CloudTrail, operation: "LookupEvents", region: "eu-west-1" };

    fn refused(status: u16, code: &str, message: &str) -> Error {
        let said = Said { code: code.into(), message: message.into(), request_id: Some("r-1".into()) };
        LOOKUP.answer(status, said, None)
    }

    #[test]
    fn a_denial_names_the_action_to_allow() {
        let error =
            refused(400, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/a is not authorized");
        assert!(error.is_denied() && !error.is_transient());
        assert_eq!(
            error.to_string(),
            "CloudTrail LookupEvents in eu-west-1: AccessDeniedException: User: arn:aws:iam::123456789012:user/a \
             is not authorized (request r-1); allow cloudtrail:LookupEvents to the identity trailbell runs as (and \
             look for an explicit deny)"
        );
    }

    #[test]
    fn an_ended_session_says_log_in_again_and_is_no_denial() {
        let error = refused(403, "ExpiredToken", "The security token included in the request is expired");
        assert!(error.is_about_credentials() && !error.is_denied());
        assert!(
            error.to_string().ends_with("log in again (`aws sso login`), or renew the credentials"),
            "{error}"
        );
    }

    #[test]
    fn throttling_and_server_faults_pass_by_themselves() {
        assert!(refused(400, "ThrottlingException", "Rate exceeded").is_throttled());
        assert!(refused(429, "", "").is_transient());
        assert!(refused(503, "ServiceUnavailable", "").is_transient());
        assert!(LOOKUP.unreachable("no answer in time").is_transient());
        assert!(!refused(400, "ValidationException", "").is_transient());
    }

    #[test]
    fn a_cancelled_transaction_is_overtaken_in_the_way_or_throttled() {
        let cancelled = |reasons: &[&str]| {
            let reasons = reasons.iter().map(|&reason| reason.to_owned()).collect();
            refused(400, "TransactionCanceledException", "").cancelled_for(reasons)
        };
        let overtaken = cancelled(&["ConditionalCheckFailed", "None", "TransactionConflict"]);
        assert!(overtaken.is_failed_condition() && !overtaken.is_conflict() && !overtaken.is_transient());
        let in_the_way = cancelled(&["None", "TransactionConflict"]);
        assert!(in_the_way.is_conflict() && !in_the_way.is_failed_condition() && !in_the_way.is_transient());
        for throttled in [&["ThrottlingError"][..], &["TransactionConflict", "ProvisionedThroughputExceeded"]]
        {
            let throttled = cancelled(throttled);
            assert!(throttled.is_throttled() && throttled.is_transient() && !throttled.is_conflict());
        }
        let refused_for_good = cancelled(&["ThrottlingError", "ValidationError"]);
        assert!(!refused_for_good.is_transient() && !refused_for_good.is_conflict());
        assert!(!cancelled(&[]).is_transient());
    }

    #[test]
    fn what_dynamodb_says_passes_by_itself_does() {
        for code in [
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "ThrottlingException",
            "TransactionInProgressException",
        ] {
            assert!(refused(400, code, "").is_transient(), "{code}");
        }
        assert!(refused(500, "InternalServerError", "").is_transient());
        assert!(refused(400, "TransactionConflictException", "").is_conflict());
        assert!(refused(400, "ConditionalCheckFailedException", "").is_failed_condition());
    }

    #[test]
    fn what_the_other_side_says_stays_on_one_line_and_short() {
        let error = refused(500, "Bad\nCode", &format!("\u{1b}[2J{}", "x".repeat(9000)));
        let text = error.to_string();
        assert!(text.contains("Bad Code: \u{fffd}[2J"), "{text}");
        assert!(text.chars().count() < 800 && !text.contains('\u{1b}'));
    }
}
