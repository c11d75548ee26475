//! How grave each change of who can do what is.
//!
//! The severities are for success; a refused attempt is one step lower, one that failed for another reason is
//! `info`. Where a policy decides, it is the judge's verdict that counts: on AWS's own policies by their name, on
//! texts by what they say.

use trailbell_policy::{Level, Managed, Opening, Policy, Special, Verdict, Who};
use trailbell_record::{Actor, Change, Operation as O, Outcome, Record, TargetKind, Through};
use trailbell_text::Severity::{self, Critical, High, Info, Low, Medium};
use trailbell_text::Untrusted;

/// The severity of a change as it ended.
pub(crate) fn of(record: &Record, actor: &Actor, change: &Change, outcome: Outcome) -> Severity {
    match outcome {
        Outcome::Failure => Info,
        // Told only when refused: there is no success to be one step below of.
        _ if change.operation == O::AssumeRoleFederated => Low,
        Outcome::Denied => of_success(record, actor, change).lower(),
        Outcome::Success => of_success(record, actor, change),
    }
}

fn of_success(record: &Record, actor: &Actor, change: &Change) -> Severity {
    let target = &change.target;
    let by_identity_center = change.through == Some(Through::IdentityCenter);
    match change.operation {
        O::CreateAccessKeyRoot
        | O::CreateLoginProfileRoot
        | O::AttachQuarantinePolicy
        | O::AssumeRoot
        | O::ChangeExternalIdentityProvider
        | O::CompleteRootPasswordRecovery
        | O::UpdateRootPassword
        | O::UpdateRootEmail
        | O::ChangePrimaryEmail
        | O::LeaveOrganization
        | O::DetachOrganizationPolicy => Critical,

        O::CreateAccessKeyOther
        | O::CreateLoginProfile
        | O::UpdateLoginProfileOther
        | O::CreateServiceSpecificCredential
        | O::ResetServiceSpecificCredential
        | O::UploadSigningCertificate
        | O::SetDefaultPolicyVersion
        | O::DeletePermissionsBoundary
        | O::CreateOidcProvider
        | O::UpdateOidcProvider
        | O::EnableCentralRootAccess
        | O::DisableCentralRootAccess
        | O::AcceptDelegationRequest
        | O::SendDelegationToken
        | O::CreateAccountAssignment
        | O::ChangeIdentityCenter
        | O::AddMemberToDirectoryGroup
        | O::ChangeDirectorySignIn
        | O::TrustCertificateAuthority
        | O::RequestRootPasswordRecovery
        | O::ChangeContact
        | O::RemoveAccountFromOrganization
        | O::DisableOrganizationPolicyType
        | O::InviteAccountToOrganization
        | O::AcceptHandshake => High,

        O::CreateUser
        | O::CreateAccessKeySelf
        | O::ActivateAccessKey
        | O::UpdateLoginProfileSelf
        | O::UploadSshPublicKey
        | O::AddUserToGroup
        | O::PutPermissionsBoundary
        | O::AddRoleToInstanceProfile
        | O::Rename
        | O::UpdatePasswordPolicy
        | O::DeletePasswordPolicy
        | O::EnableOutboundFederation
        | O::CreateDelegationRequest
        | O::GetFederationToken
        | O::EnableRegion => Medium,

        O::DeactivateAccessKey
        | O::DeleteAccessKey
        | O::ChangePassword
        | O::DeleteLoginProfile
        | O::RevokeSessions
        | O::RemoveUserFromGroup
        | O::UpdateRole
        | O::UpdateRoleSessions
        | O::DeleteEntity
        | O::SetStsPreferences
        | O::CreateAccountAlias
        | O::DeleteAccountAlias
        | O::AssumeRoleFederated
        | O::OtherIamWrite => Low,

        O::CreateVirtualMfaDevice
        | O::DeleteVirtualMfaDevice
        | O::ResyncMfaDevice
        | O::CreateInstanceProfile
        | O::CreateServiceLinkedRole
        | O::ChangeTags
        | O::CreatePermissionSet
        | O::ProvisionPermissionSet => Info,

        O::DeactivateMfaDevice => {
            if target.is_root {
                Critical
            } else {
                High
            }
        }
        // One's own device is hardening; somebody else's, or root's, may be the intruder's phone.
        O::EnableMfaDevice => {
            if target.is_root || !target.is_actor {
                High
            } else {
                Low
            }
        }
        O::AttachPolicy => match managed(change) {
            // A block put on is a defender's act.
            Some(Managed { special: Some(Special::DenyAll), .. }) => Low,
            Some(Managed { special: Some(Special::Quarantine), .. }) => Critical,
            Some(Managed { verdict: Some(verdict), .. }) => by_attached(change, &verdict),
            Some(Managed { verdict: None, .. }) | None => Medium,
        },
        O::DetachPolicy => match managed(change) {
            Some(Managed { special: Some(_), .. }) => Critical,
            _ => Low,
        },
        // The text is not in the record; these two names are Denies, and taking one away lifts a block.
        O::DeleteInlinePolicy => match change.value("policy").as_ref().map(Untrusted::raw) {
            Some("AWSRevokeOlderSessions" | "TrailbellDenyAll") => High,
            _ => Low,
        },
        O::PutInlinePolicy => by_content(change, Medium),
        O::ChangePolicy => by_content(change, High),
        O::CreatePolicy | O::CreatePolicyVersion => {
            if by_content(change, Low) > Low {
                Medium
            } else {
                Low
            }
        }
        // The roles of Identity Center trust its own SAML provider, and nobody else may.
        O::CreateRole | O::UpdateAssumeRolePolicy if by_identity_center => Low,
        O::CreateRole => match trust(record, change) {
            Some(Door::Anyone | Door::Outside | Door::OutsideUnderCondition) => High,
            Some(Door::Federated) => Medium,
            Some(Door::Inside) | None => Low,
        },
        O::UpdateAssumeRolePolicy => match trust(record, change) {
            Some(Door::Anyone | Door::Outside) => Critical,
            _ => High,
        },
        O::CreateSamlProvider | O::UpdateSamlProvider => {
            if by_identity_center {
                Info
            } else {
                Critical
            }
        }
        O::DeleteAccountAssignment => {
            let own = change.value("principal_id").is_some_and(|id| actor.principal_id.as_ref() == Some(&id));
            if own { High } else { Low }
        }
        O::AddPolicyToPermissionSet => match managed(change) {
            Some(managed) if managed.always() == Level::FullAdministrator => Critical,
            _ => High,
        },
        O::ChangePermissionSet => match record.event_name() {
            "PutInlinePolicyToPermissionSet" if by_content(change, High) == Critical => Critical,
            // Rights only shrink.
            "DetachManagedPolicyFromPermissionSet"
            | "DetachCustomerManagedPolicyReferenceFromPermissionSet"
            | "PutPermissionsBoundaryToPermissionSet"
            | "DeletePermissionSet" => Medium,
            _ => High,
        },
        O::CreateDirectoryUser => {
            if record.service() == "identitystore-scim" {
                Info
            } else {
                Medium
            }
        }
        O::ChangeConsoleAuthorization => {
            if record.event_name().starts_with("Put") {
                Critical
            } else {
                High
            }
        }
    }
}

/// The severity of a change that succeeded and only names a policy, once somebody knows what that says; `None` for any other change.
pub(crate) fn by_named_text(change: &Change, text: &str) -> Option<Severity> {
    let verdict = || Some(Policy::parse(text).ok()?.judge());
    match change.operation {
        O::AttachPolicy => Some(by_attached(change, &verdict()?)),
        O::SetDefaultPolicyVersion => Some(by_verdict(&verdict()?, High)),
        _ => None,
    }
}

fn by_attached(change: &Change, verdict: &Verdict) -> Severity {
    let severity = by_verdict(verdict, Medium);
    let provisioned = matches!(change.through, Some(Through::CloudFormation | Through::IdentityCenter));
    let is_role = provisioned && change.target.kind == TargetKind::Role;
    if is_role { severity.min(High) } else { severity }
}

fn managed(change: &Change) -> Option<Managed> {
    Managed::of_arn(change.value("policy_arn")?.raw())
}

/// By what the policy's text allows; `otherwise` where that is less than a way to everything, or there is no text
/// (CloudTrail leaves out what is too long).
fn by_content(change: &Change, otherwise: Severity) -> Severity {
    change
        .document()
        .and_then(|text| Policy::parse(text).ok())
        .map_or(otherwise, |policy| by_verdict(&policy.judge(), otherwise))
}

/// One step lower where the most is allowed only under a condition, but never lower than what needs none.
fn by_verdict(verdict: &Verdict, otherwise: Severity) -> Severity {
    let severity = |level: Level| match level {
        Level::FullAdministrator => Critical,
        Level::CanBecomeAdministrator => High,
        Level::ChangesPermissions | Level::Writes | Level::Reads | Level::Views => otherwise,
        Level::Nothing => otherwise.lower(),
    };
    match verdict.level {
        Level::FullAdministrator | Level::CanBecomeAdministrator if verdict.conditional => {
            severity(verdict.level).lower().max(severity(verdict.always))
        }
        level => severity(level),
    }
}

/// Whom a trust policy lets in, the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Door {
    /// Also whoever has an account with a public identity provider.
    Anyone,
    Outside,
    OutsideUnderCondition,
    Federated,
    Inside,
}

fn trust(record: &Record, change: &Change) -> Option<Door> {
    let policy = Policy::parse(change.document()?).ok()?;
    let doors = policy.trusted().into_iter().map(|trusted| match trusted.who {
        _ if trusted.opening > Opening::Named => Door::Anyone,
        Who::Anyone => Door::OutsideUnderCondition,
        who if who.is_outside(record.account()) && !trusted.conditional => Door::Outside,
        who if who.is_outside(record.account()) => Door::OutsideUnderCondition,
        Who::Federated(_) => Door::Federated,
        _ => Door::Inside,
    });
    Some(doors.min().unwrap_or(Door::Inside))
}
