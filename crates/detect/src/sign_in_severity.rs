//! How grave a sign-in is by itself; what was seen before may make it graver later.

use trailbell_record::{Actor, ActorKind, Mfa, Outcome, SignIn, Step, Way};
use trailbell_text::Severity;

/// The severity of a sign-in, or of a step left alone.
pub(crate) fn of(sign_in: &SignIn, actor: &Actor, outcome: Outcome) -> Severity {
    let root = sign_in.way == Way::Root || actor.kind == ActorKind::Root;
    if outcome != Outcome::Success {
        return if root { Severity::Medium } else { Severity::Low };
    }
    match (sign_in.way, sign_in.mfa) {
        // The password was accepted, more is not known.
        _ if !sign_in.step.completes() && sign_in.step == Step::CheckMfa => {
            if root {
                Severity::Medium
            } else {
                Severity::Low
            }
        }
        _ if root && sign_in.mfa == Mfa::No => Severity::Critical,
        _ if root => Severity::High,
        (Way::IamUser, Mfa::Yes) => Severity::Info,
        (Way::IamUser, Mfa::No) => Severity::Medium,
        // GetFederationToken turns an access key into a seat at the console.
        (Way::Federated, _)
            if actor.kind == ActorKind::FederatedUser && sign_in.step == Step::ConsoleLogin =>
        {
            Severity::Medium
        }
        (Way::IamUser | Way::AwsLogin | Way::RoleSwitch | Way::Unknown, _) => Severity::Low,
        (Way::Root | Way::Federated | Way::IdentityCenter, _) => Severity::Info,
    }
}
