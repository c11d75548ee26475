//! How grave each change of who can do what is.
//!
//! The severities are for success; a refused attempt is one step lower, one that failed for another reason is
//! `info`. Where a policy decides, AWS's own policies count by name, texts by their plain meaning.

use trailbell_policy::{Allows, Managed, Policy, Who};
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
        O::AttachPolicy => {
            let provisioned =
                matches!(change.through, Some(Through::CloudFormation | Through::IdentityCenter));
            match managed(change) {
                Some(Managed::AdministratorAccess) if provisioned && target.kind == TargetKind::Role => High,
                Some(Managed::AdministratorAccess | Managed::Quarantine) => Critical,
                Some(Managed::IamFullAccess | Managed::PowerUserAccess) => High,
                // A block put on is a defender's act.
                Some(Managed::DenyAll) => Low,
                None => Medium,
            }
        }
        O::DetachPolicy => match managed(change) {
            Some(Managed::DenyAll | Managed::Quarantine) => Critical,
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
            Some(Opening::Anyone | Opening::Outside | Opening::OutsideUnderCondition) => High,
            Some(Opening::Federated) => Medium,
            Some(Opening::Inside) | None => Low,
        },
        O::UpdateAssumeRolePolicy => match trust(record, change) {
            Some(Opening::Anyone | Opening::Outside) => Critical,
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
            Some(Managed::AdministratorAccess) => Critical,
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

fn managed(change: &Change) -> Option<Managed> {
    Managed::of_arn(change.value("policy_arn")?.raw())
}

/// By what the policy's text plainly allows; `otherwise` where that is not one of the plain cases, or there is
/// no text (CloudTrail leaves out what is too long).
fn by_content(change: &Change, otherwise: Severity) -> Severity {
    let Some(policy) = change.document().and_then(|text| Policy::parse(text).ok()) else { return otherwise };
    let grant = policy.grant();
    let severity = match grant.allows {
        Allows::Everything => Critical,
        Allows::AllOfIam | Allows::AlmostEverything => High,
        Allows::Something => return otherwise,
        Allows::Nothing => return otherwise.lower(),
    };
    if grant.conditional { severity.lower() } else { severity }
}

/// Whom a trust policy lets in, the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Opening {
    Anyone,
    Outside,
    OutsideUnderCondition,
    Federated,
    Inside,
}

fn trust(record: &Record, change: &Change) -> Option<Opening> {
    let policy = Policy::parse(change.document()?).ok()?;
    let openings = policy.trusted().into_iter().map(|trusted| match trusted.who {
        Who::Anyone if !trusted.conditional => Opening::Anyone,
        Who::Anyone => Opening::OutsideUnderCondition,
        who if who.is_outside(record.account()) && !trusted.conditional => Opening::Outside,
        who if who.is_outside(record.account()) => Opening::OutsideUnderCondition,
        Who::Federated(_) => Opening::Federated,
        _ => Opening::Inside,
    });
    Some(openings.min().unwrap_or(Opening::Inside))
}
