//! Which change of "who can do what" an event is: one [`Operation`] for each that is told in words of its own.

use trailbell_text::Outcome;

use crate::{Record, Target};

macro_rules! operations {
    ($($(#[$meta:meta])* $variant:ident,)+) => {
        /// A change of who can do what. The variants are the things told in different words; several API
        /// operations can be one of them (`AttachUserPolicy` and `AttachRolePolicy` differ by their target).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation { $($(#[$meta])* $variant,)+ }

        impl Operation {
            /// Every operation, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
        }
    };
}

operations! {
    /// A new IAM user.
    CreateUser,
    /// An access key for the one who asked.
    CreateAccessKeySelf,
    /// An access key for another user.
    CreateAccessKeyOther,
    /// An access key for the root user.
    CreateAccessKeyRoot,
    /// `UpdateAccessKey` to `Active`.
    ActivateAccessKey,
    /// `UpdateAccessKey` to `Inactive`.
    DeactivateAccessKey,
    /// An access key is gone.
    DeleteAccessKey,
    /// A console password where there was none.
    CreateLoginProfile,
    /// The root user of a member account has a password again.
    CreateLoginProfileRoot,
    /// Another user's console password.
    UpdateLoginProfileOther,
    /// One's own console password, without knowing the old one.
    UpdateLoginProfileSelf,
    /// One's own console password, knowing the old one.
    ChangePassword,
    /// No console password any more.
    DeleteLoginProfile,
    /// An MFA device is off.
    DeactivateMfaDevice,
    /// An MFA device is on.
    EnableMfaDevice,
    /// A virtual MFA device that nobody uses yet.
    CreateVirtualMfaDevice,
    /// An unused virtual MFA device is gone.
    DeleteVirtualMfaDevice,
    /// An MFA device's clock was set.
    ResyncMfaDevice,
    /// An SSH key for `CodeCommit`.
    UploadSshPublicKey,
    /// A password or key for one service (`CodeCommit`, Keyspaces, Bedrock).
    CreateServiceSpecificCredential,
    /// The same with a new secret.
    ResetServiceSpecificCredential,
    /// An X.509 certificate that signs as the user.
    UploadSigningCertificate,
    /// A managed policy on a user, group or role.
    AttachPolicy,
    /// AWS put its own quarantine policy on a user whose key it believes leaked.
    AttachQuarantinePolicy,
    /// A managed policy off a user, group or role.
    DetachPolicy,
    /// An inline policy, new or overwritten.
    PutInlinePolicy,
    /// `PutRolePolicy` of `AWSRevokeOlderSessions`: the console's "Revoke active sessions".
    RevokeSessions,
    /// An inline policy is gone.
    DeleteInlinePolicy,
    /// A managed policy nobody has yet.
    CreatePolicy,
    /// A version that is not in force.
    CreatePolicyVersion,
    /// A version that is in force at once (`setAsDefault`).
    ChangePolicy,
    /// Another version is in force.
    SetDefaultPolicyVersion,
    /// A user in a group.
    AddUserToGroup,
    /// A user out of a group.
    RemoveUserFromGroup,
    /// A role.
    CreateRole,
    /// Who may assume a role.
    UpdateAssumeRolePolicy,
    /// How long a role's sessions last (the value `hours` is known).
    UpdateRoleSessions,
    /// A role's description.
    UpdateRole,
    /// A ceiling for a user or role.
    PutPermissionsBoundary,
    /// The ceiling is gone.
    DeletePermissionsBoundary,
    /// An empty instance profile.
    CreateInstanceProfile,
    /// EC2 instances can become a role.
    AddRoleToInstanceProfile,
    /// AWS's own role for one of its services.
    CreateServiceLinkedRole,
    /// A SAML identity provider is believed.
    CreateSamlProvider,
    /// A SAML identity provider's metadata.
    UpdateSamlProvider,
    /// An OpenID Connect provider is believed.
    CreateOidcProvider,
    /// Its audiences or thumbprints.
    UpdateOidcProvider,
    /// A user, role, group or policy is gone (the target's kind says which).
    DeleteEntity,
    /// A user or group has another name (value `new_name`).
    Rename,
    /// The account's password policy.
    UpdatePasswordPolicy,
    /// No password policy any more.
    DeletePasswordPolicy,
    /// Which tokens the global STS endpoint gives.
    SetStsPreferences,
    /// A name in the sign-in address.
    CreateAccountAlias,
    /// The name is gone.
    DeleteAccountAlias,
    /// Central root access for member accounts is on.
    EnableCentralRootAccess,
    /// Central root access is off.
    DisableCentralRootAccess,
    /// This account's principals can get tokens that others accept.
    EnableOutboundFederation,
    /// A partner asks for access.
    CreateDelegationRequest,
    /// The partner's request is accepted.
    AcceptDelegationRequest,
    /// The partner has the token.
    SendDelegationToken,
    /// Tags, which can be permissions.
    ChangeTags,
    /// Any other write in IAM.
    OtherIamWrite,
    /// A root session in a member account.
    AssumeRoot,
    /// Temporary credentials that outlive the key that made them.
    GetFederationToken,
    /// `AssumeRoleWithSAML` or `AssumeRoleWithWebIdentity`, told only where refused.
    AssumeRoleFederated,
    /// A person or group of Identity Center may enter an account.
    CreateAccountAssignment,
    /// They may not any more.
    DeleteAccountAssignment,
    /// A policy in a permission set.
    AddPolicyToPermissionSet,
    /// Anything else of a permission set's rights.
    ChangePermissionSet,
    /// A permission set without rights.
    CreatePermissionSet,
    /// A permission set's rights reach its accounts.
    ProvisionPermissionSet,
    /// Identity Center itself.
    ChangeIdentityCenter,
    /// A person in Identity Center's directory.
    CreateDirectoryUser,
    /// A person in a group of the directory.
    AddMemberToDirectoryGroup,
    /// How a person, or everybody, signs in to Identity Center.
    ChangeDirectorySignIn,
    /// Another directory is believed instead of Identity Center's own.
    ChangeExternalIdentityProvider,
    /// A certificate authority outside AWS can issue sessions.
    TrustCertificateAuthority,
    /// The 2026 sign-in policies: from where and by whom the console can be reached.
    ChangeConsoleAuthorization,
    /// Somebody asked to reset the root password.
    RequestRootPasswordRecovery,
    /// The root password was reset.
    CompleteRootPasswordRecovery,
    /// The root password was changed.
    UpdateRootPassword,
    /// The root user's e-mail address was changed.
    UpdateRootEmail,
    /// The account's e-mail address through the Account API.
    ChangePrimaryEmail,
    /// One of the account's other contacts (value `contact`).
    ChangeContact,
    /// A region is usable.
    EnableRegion,
    /// This account left its organization.
    LeaveOrganization,
    /// An account was put out of the organization.
    RemoveAccountFromOrganization,
    /// A guard rail was taken off.
    DetachOrganizationPolicy,
    /// A kind of guard rail was switched off.
    DisableOrganizationPolicyType,
    /// An account was invited.
    InviteAccountToOrganization,
    /// An invitation (or another handshake) was accepted.
    AcceptHandshake,
}

/// Every event that has a row: service (the event source's first part), event name, and what it is at first
/// sight; [`Operation::refine`] then looks at the details.
#[rustfmt::skip]
const ROWS: &[(&str, &str, Operation)] = &[
    ("iam", "CreateUser", Operation::CreateUser),
    ("iam", "CreateAccessKey", Operation::CreateAccessKeyOther),
    ("iam", "UpdateAccessKey", Operation::ActivateAccessKey),
    ("iam", "DeleteAccessKey", Operation::DeleteAccessKey),
    ("iam", "CreateLoginProfile", Operation::CreateLoginProfile),
    ("iam", "UpdateLoginProfile", Operation::UpdateLoginProfileOther),
    ("iam", "ChangePassword", Operation::ChangePassword),
    ("iam", "DeleteLoginProfile", Operation::DeleteLoginProfile),
    ("iam", "DeactivateMFADevice", Operation::DeactivateMfaDevice),
    ("iam", "EnableMFADevice", Operation::EnableMfaDevice),
    ("iam", "CreateVirtualMFADevice", Operation::CreateVirtualMfaDevice),
    ("iam", "DeleteVirtualMFADevice", Operation::DeleteVirtualMfaDevice),
    ("iam", "ResyncMFADevice", Operation::ResyncMfaDevice),
    ("iam", "UploadSSHPublicKey", Operation::UploadSshPublicKey),
    ("iam", "CreateServiceSpecificCredential", Operation::CreateServiceSpecificCredential),
    ("iam", "ResetServiceSpecificCredential", Operation::ResetServiceSpecificCredential),
    ("iam", "UploadSigningCertificate", Operation::UploadSigningCertificate),
    ("iam", "AttachUserPolicy", Operation::AttachPolicy),
    ("iam", "AttachGroupPolicy", Operation::AttachPolicy),
    ("iam", "AttachRolePolicy", Operation::AttachPolicy),
    ("iam", "DetachUserPolicy", Operation::DetachPolicy),
    ("iam", "DetachGroupPolicy", Operation::DetachPolicy),
    ("iam", "DetachRolePolicy", Operation::DetachPolicy),
    ("iam", "PutUserPolicy", Operation::PutInlinePolicy),
    ("iam", "PutGroupPolicy", Operation::PutInlinePolicy),
    ("iam", "PutRolePolicy", Operation::PutInlinePolicy),
    ("iam", "DeleteUserPolicy", Operation::DeleteInlinePolicy),
    ("iam", "DeleteGroupPolicy", Operation::DeleteInlinePolicy),
    ("iam", "DeleteRolePolicy", Operation::DeleteInlinePolicy),
    ("iam", "CreatePolicy", Operation::CreatePolicy),
    ("iam", "CreatePolicyVersion", Operation::CreatePolicyVersion),
    ("iam", "SetDefaultPolicyVersion", Operation::SetDefaultPolicyVersion),
    ("iam", "AddUserToGroup", Operation::AddUserToGroup),
    ("iam", "RemoveUserFromGroup", Operation::RemoveUserFromGroup),
    ("iam", "CreateRole", Operation::CreateRole),
    ("iam", "UpdateAssumeRolePolicy", Operation::UpdateAssumeRolePolicy),
    ("iam", "UpdateRole", Operation::UpdateRole),
    ("iam", "UpdateRoleDescription", Operation::UpdateRole),
    ("iam", "PutUserPermissionsBoundary", Operation::PutPermissionsBoundary),
    ("iam", "PutRolePermissionsBoundary", Operation::PutPermissionsBoundary),
    ("iam", "DeleteUserPermissionsBoundary", Operation::DeletePermissionsBoundary),
    ("iam", "DeleteRolePermissionsBoundary", Operation::DeletePermissionsBoundary),
    ("iam", "CreateInstanceProfile", Operation::CreateInstanceProfile),
    ("iam", "AddRoleToInstanceProfile", Operation::AddRoleToInstanceProfile),
    ("iam", "CreateServiceLinkedRole", Operation::CreateServiceLinkedRole),
    ("iam", "CreateSAMLProvider", Operation::CreateSamlProvider),
    ("iam", "UpdateSAMLProvider", Operation::UpdateSamlProvider),
    ("iam", "CreateOpenIDConnectProvider", Operation::CreateOidcProvider),
    ("iam", "AddClientIDToOpenIDConnectProvider", Operation::UpdateOidcProvider),
    ("iam", "UpdateOpenIDConnectProviderThumbprint", Operation::UpdateOidcProvider),
    ("iam", "DeleteUser", Operation::DeleteEntity),
    ("iam", "DeleteRole", Operation::DeleteEntity),
    ("iam", "DeleteGroup", Operation::DeleteEntity),
    ("iam", "DeletePolicy", Operation::DeleteEntity),
    ("iam", "UpdateUser", Operation::Rename),
    ("iam", "UpdateGroup", Operation::Rename),
    ("iam", "UpdateAccountPasswordPolicy", Operation::UpdatePasswordPolicy),
    ("iam", "DeleteAccountPasswordPolicy", Operation::DeletePasswordPolicy),
    ("iam", "SetSecurityTokenServicePreferences", Operation::SetStsPreferences),
    ("iam", "CreateAccountAlias", Operation::CreateAccountAlias),
    ("iam", "DeleteAccountAlias", Operation::DeleteAccountAlias),
    ("iam", "EnableOrganizationsRootCredentialsManagement", Operation::EnableCentralRootAccess),
    ("iam", "EnableOrganizationsRootSessions", Operation::EnableCentralRootAccess),
    ("iam", "DisableOrganizationsRootCredentialsManagement", Operation::DisableCentralRootAccess),
    ("iam", "DisableOrganizationsRootSessions", Operation::DisableCentralRootAccess),
    ("iam", "EnableOutboundWebIdentityFederation", Operation::EnableOutboundFederation),
    ("iam", "CreateDelegationRequest", Operation::CreateDelegationRequest),
    ("iam", "AcceptDelegationRequest", Operation::AcceptDelegationRequest),
    ("iam", "SendDelegationToken", Operation::SendDelegationToken),
    ("sts", "AssumeRoot", Operation::AssumeRoot),
    ("sts", "GetFederationToken", Operation::GetFederationToken),
    ("sts", "AssumeRoleWithSAML", Operation::AssumeRoleFederated),
    ("sts", "AssumeRoleWithWebIdentity", Operation::AssumeRoleFederated),
    ("sso", "CreateAccountAssignment", Operation::CreateAccountAssignment),
    ("sso", "DeleteAccountAssignment", Operation::DeleteAccountAssignment),
    ("sso", "AttachManagedPolicyToPermissionSet", Operation::AddPolicyToPermissionSet),
    ("sso", "AttachCustomerManagedPolicyReferenceToPermissionSet", Operation::AddPolicyToPermissionSet),
    ("sso", "PutInlinePolicyToPermissionSet", Operation::ChangePermissionSet),
    ("sso", "DeleteInlinePolicyFromPermissionSet", Operation::ChangePermissionSet),
    ("sso", "DeletePermissionsBoundaryFromPermissionSet", Operation::ChangePermissionSet),
    ("sso", "UpdatePermissionSet", Operation::ChangePermissionSet),
    ("sso", "DetachManagedPolicyFromPermissionSet", Operation::ChangePermissionSet),
    ("sso", "DetachCustomerManagedPolicyReferenceFromPermissionSet", Operation::ChangePermissionSet),
    ("sso", "PutPermissionsBoundaryToPermissionSet", Operation::ChangePermissionSet),
    ("sso", "DeletePermissionSet", Operation::ChangePermissionSet),
    ("sso", "CreatePermissionSet", Operation::CreatePermissionSet),
    ("sso", "ProvisionPermissionSet", Operation::ProvisionPermissionSet),
    ("sso", "CreateTrustedTokenIssuer", Operation::ChangeIdentityCenter),
    ("sso", "UpdateTrustedTokenIssuer", Operation::ChangeIdentityCenter),
    ("sso", "CreateInstance", Operation::ChangeIdentityCenter),
    ("sso", "UpdateInstance", Operation::ChangeIdentityCenter),
    ("sso", "DeleteInstance", Operation::ChangeIdentityCenter),
    ("sso-directory", "CreateUser", Operation::CreateDirectoryUser),
    ("identitystore", "CreateUser", Operation::CreateDirectoryUser),
    ("identitystore-scim", "CreateUser", Operation::CreateDirectoryUser),
    ("sso-directory", "AddMemberToGroup", Operation::AddMemberToDirectoryGroup),
    ("sso-directory", "CreateGroupMembership", Operation::AddMemberToDirectoryGroup),
    ("identitystore", "AddMemberToGroup", Operation::AddMemberToDirectoryGroup),
    ("identitystore", "CreateGroupMembership", Operation::AddMemberToDirectoryGroup),
    ("sso-directory", "UpdatePassword", Operation::ChangeDirectorySignIn),
    ("sso-directory", "DeleteMfaDeviceForUser", Operation::ChangeDirectorySignIn),
    ("sso-directory", "UpdateMfaDeviceManagementForDirectory", Operation::ChangeDirectorySignIn),
    ("sso-directory", "EnableExternalIdPConfigurationForDirectory", Operation::ChangeExternalIdentityProvider),
    ("rolesanywhere", "CreateTrustAnchor", Operation::TrustCertificateAuthority),
    ("rolesanywhere", "EnableTrustAnchor", Operation::TrustCertificateAuthority),
    ("rolesanywhere", "UpdateTrustAnchor", Operation::TrustCertificateAuthority),
    ("rolesanywhere", "CreateProfile", Operation::TrustCertificateAuthority),
    ("signin", "PutConsoleAuthorizationConfiguration", Operation::ChangeConsoleAuthorization),
    ("signin", "DeleteConsoleAuthorizationConfiguration", Operation::ChangeConsoleAuthorization),
    ("signin", "PutResourcePermissionStatement", Operation::ChangeConsoleAuthorization),
    ("signin", "DeleteResourcePermissionStatement", Operation::ChangeConsoleAuthorization),
    ("signin", "PasswordRecoveryRequested", Operation::RequestRootPasswordRecovery),
    ("signin", "PasswordRecoveryCompleted", Operation::CompleteRootPasswordRecovery),
    ("signin", "PasswordUpdated", Operation::UpdateRootPassword),
    ("signin", "EmailUpdated", Operation::UpdateRootEmail),
    ("account", "StartPrimaryEmailUpdate", Operation::ChangePrimaryEmail),
    ("account", "AcceptPrimaryEmailUpdate", Operation::ChangePrimaryEmail),
    ("account", "PutAlternateContact", Operation::ChangeContact),
    ("account", "DeleteAlternateContact", Operation::ChangeContact),
    ("account", "PutContactInformation", Operation::ChangeContact),
    ("account", "EnableRegion", Operation::EnableRegion),
    ("organizations", "LeaveOrganization", Operation::LeaveOrganization),
    ("organizations", "RemoveAccountFromOrganization", Operation::RemoveAccountFromOrganization),
    ("organizations", "DetachPolicy", Operation::DetachOrganizationPolicy),
    ("organizations", "DisablePolicyType", Operation::DisableOrganizationPolicyType),
    ("organizations", "InviteAccountToOrganization", Operation::InviteAccountToOrganization),
    ("organizations", "AcceptHandshake", Operation::AcceptHandshake),
];

impl Operation {
    /// The events that can be a change, as (service, event name); besides these only writes in IAM can.
    pub fn events() -> impl Iterator<Item = (&'static str, &'static str)> {
        ROWS.iter().map(|(service, name, _)| (*service, *name))
    }

    /// What the record is by its source and name alone.
    pub(crate) fn by_name(record: &Record, outcome: Outcome) -> Option<Self> {
        let (service, name) = (record.service(), record.event_name());
        let row = ROWS.iter().find(|(s, n, _)| *s == service && *n == name);
        match row {
            // A CI system takes its role by the hundred; only a refusal says something.
            Some((_, _, Self::AssumeRoleFederated)) => {
                (outcome == Outcome::Denied).then_some(Self::AssumeRoleFederated)
            }
            Some((_, _, operation)) => Some(*operation),
            None if service != "iam" || !is_write(record) => None,
            None if name.starts_with("Tag") || name.starts_with("Untag") => Some(Self::ChangeTags),
            None => Some(Self::OtherIamWrite),
        }
    }

    /// The finer distinction: by whom it is done to whom, and by the values.
    pub(crate) fn refine(self, record: &Record, target: &Target) -> Self {
        match self {
            Self::CreateAccessKeyOther if target.is_root => Self::CreateAccessKeyRoot,
            Self::CreateAccessKeyOther if target.is_actor => Self::CreateAccessKeySelf,
            Self::ActivateAccessKey if record.request("status") == Some("Inactive") => {
                Self::DeactivateAccessKey
            }
            Self::CreateLoginProfile if target.is_root => Self::CreateLoginProfileRoot,
            Self::UpdateLoginProfileOther if target.is_actor => Self::UpdateLoginProfileSelf,
            Self::AttachPolicy if record.request("policyArn").is_some_and(is_quarantine) => {
                Self::AttachQuarantinePolicy
            }
            Self::PutInlinePolicy
                if record.event_name() == "PutRolePolicy"
                    && record.request("policyName") == Some("AWSRevokeOlderSessions") =>
            {
                Self::RevokeSessions
            }
            Self::CreatePolicyVersion if sets_default(record) => Self::ChangePolicy,
            Self::UpdateRole if record.json().at(&["requestParameters", "maxSessionDuration"]).is_some() => {
                Self::UpdateRoleSessions
            }
            // A new path alone is no new name.
            Self::Rename if record.request("newUserName").or(record.request("newGroupName")).is_none() => {
                Self::OtherIamWrite
            }
            Self::UpdateRootPassword if !target.is_root => Self::ChangePassword,
            other => other,
        }
    }
}

/// Whether the ARN is one of AWS's `AWSCompromisedKeyQuarantine`, `...V2`, `...V3`.
fn is_quarantine(arn: &str) -> bool {
    arn.contains("::aws:policy/AWSCompromisedKeyQuarantine")
}

fn sets_default(record: &Record) -> bool {
    record
        .json()
        .at(&["requestParameters", "setAsDefault"])
        .is_some_and(|value| value.as_bool().unwrap_or(value.as_str() == Some("true")))
}

/// Old records lack `readOnly`; then the name decides, as IAM names its operations.
fn is_write(record: &Record) -> bool {
    match record.read_only() {
        Some(read_only) => !read_only,
        None => {
            !["Get", "List", "Simulate", "Generate"].iter().any(|verb| record.event_name().starts_with(verb))
        }
    }
}
