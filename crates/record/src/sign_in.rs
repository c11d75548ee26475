//! Ways into the console, and what the record says about MFA.
//!
//! One human sign-in is several records: AWS writes a `CheckMfa` before the `ConsoleLogin`, Identity Center up to
//! six events. [`SignIn::fold_keys`] says which belong together and [`Step::rank`] which of them speaks.

use serde::{Deserialize, Serialize};
use trailbell_text::{Outcome, Untrusted};

use crate::{Actor, ActorKind, Record};

/// A sign-in, or a step of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Which door.
    pub way: Way,
    /// Which step through it.
    pub step: Step,
    /// What the record says about MFA.
    pub mfa: Mfa,
    /// For a role switch: where from and to which role.
    pub switch: Option<RoleSwitch>,
    /// For Identity Center: the account and permission set that were opened.
    pub opened: Option<Opened>,
    /// `AuthWorkflowID`: the same in all steps of one Identity Center sign-in.
    pub workflow: Option<Untrusted>,
    /// `signInSessionArn`: the same in all token refreshes of one sign-in (2026).
    pub session: Option<Untrusted>,
}

/// The doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// The root user's e-mail address and password.
    Root,
    /// An IAM user's name and password.
    IamUser,
    /// An identity provider, or a link made with temporary credentials.
    Federated,
    /// From one role or account to another, inside the console.
    RoleSwitch,
    /// IAM Identity Center's portal, or an account opened from it.
    IdentityCenter,
    /// `aws login`: the command line lets itself in by the browser.
    AwsLogin,
    /// The record does not say whose door it was.
    Unknown,
}

/// Steps, the ones that say least first: the last of a sign-in speaks for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Identity Center asks for a credential.
    CredentialChallenge,
    /// The credential was right, or wrong.
    CredentialVerification,
    /// The password was accepted; the MFA code is asked for.
    CheckMfa,
    /// A link into the console was made from temporary credentials.
    GetSigninToken,
    /// The portal knows who it is.
    Authenticate,
    /// A token for the command line, new or refreshed.
    CreateOAuth2Token,
    /// The browser let the command line (or the console) in.
    AuthorizeOAuth2Access,
    /// Signed in to Identity Center's portal.
    UserAuthentication,
    /// An account was opened from the portal.
    Federate,
    /// In the console.
    ConsoleLogin,
    /// In the console as somebody else.
    SwitchRole,
}

impl Step {
    /// Which step speaks for the steps it is folded with: the highest.
    pub const fn rank(self) -> u32 {
        self as u32
    }

    /// Whether somebody is in after it; `false` is a step that, left alone, says the sign-in was not finished.
    pub const fn completes(self) -> bool {
        matches!(
            self,
            Self::UserAuthentication
                | Self::Federate
                | Self::ConsoleLogin
                | Self::SwitchRole
                | Self::AuthorizeOAuth2Access
                | Self::CreateOAuth2Token
        )
    }
}

/// Whether a second factor was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mfa {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The record cannot know: an identity provider decided.
    Unknown,
}

impl Mfa {
    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// From whom to which role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSwitch {
    /// `SwitchFrom`: the ARN of who switched.
    pub from_arn: Option<Untrusted>,
    /// The account of who switched.
    pub from_account: Option<Untrusted>,
    /// The user's or session's name of who switched.
    pub from_name: Option<Untrusted>,
    /// The role switched to.
    pub role: Option<Untrusted>,
}

/// What somebody opened from Identity Center's portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The account's id.
    pub account: Option<Untrusted>,
    /// The permission set.
    pub permission_set: Option<Untrusted>,
}

/// Sign-in events: name, and the services that write it.
const EVENTS: &[(&str, &[&str], Step)] = &[
    ("ConsoleLogin", &["signin"], Step::ConsoleLogin),
    ("CheckMfa", &["signin"], Step::CheckMfa),
    ("SwitchRole", &["signin"], Step::SwitchRole),
    ("GetSigninToken", &["signin"], Step::GetSigninToken),
    ("UserAuthentication", &["signin", "sso"], Step::UserAuthentication),
    ("ExternalIdPDirectoryLogin", &["signin", "sso", "sso-directory"], Step::UserAuthentication),
    ("CredentialChallenge", &["signin", "sso"], Step::CredentialChallenge),
    ("CredentialVerification", &["signin", "sso"], Step::CredentialVerification),
    ("Authenticate", &["sso"], Step::Authenticate),
    ("Federate", &["sso"], Step::Federate),
    ("AuthorizeOAuth2Access", &["signin"], Step::AuthorizeOAuth2Access),
    ("CreateOAuth2Token", &["signin"], Step::CreateOAuth2Token),
];

impl SignIn {
    /// The names of every event that can be a step of a sign-in.
    pub fn event_names() -> impl Iterator<Item = &'static str> {
        EVENTS.iter().map(|(name, ..)| *name)
    }

    /// Service and name of every event that can be a step of a sign-in.
    pub fn events() -> impl Iterator<Item = (&'static str, &'static str)> {
        EVENTS.iter().flat_map(|(name, services, _)| services.iter().map(move |service| (*service, *name)))
    }

    /// The sign-in the record tells of. Not sign-ins are `RenewRole` and `ExitRole`, and what else the sign-in
    /// service writes: password resets and the 2026 sign-in policies, which are changes.
    pub fn of(record: &Record, actor: &Actor) -> Option<Self> {
        let name = record.event_name();
        let (_, services, step) = EVENTS.iter().find(|(event, ..)| *event == name)?;
        // AWS's own examples print the event type in three ways, and some have none.
        let says_so = record.event_type().eq_ignore_ascii_case("AwsConsoleSignIn");
        if !services.contains(&record.service()) && !says_so {
            return None;
        }
        let step = *step;
        let extra = |key: &str| record.untrusted(&["additionalEventData", key]);
        let details = |key: &str| record.untrusted(&["serviceEventDetails", key]);
        Some(Self {
            way: way(step, actor),
            step,
            mfa: Mfa::of(record, actor),
            switch: (step == Step::SwitchRole).then(|| RoleSwitch::of(record, actor)),
            opened: (step == Step::Federate)
                .then(|| Opened { account: details("account_id"), permission_set: details("role_name") }),
            workflow: extra("AuthWorkflowID"),
            session: record
                .untrusted(&["userIdentity", "sessionContext", "signInSessionArn"])
                .or_else(|| extra("signInSessionArn")),
        })
    }

    /// What records of the same sign-in have in common: any equal key is enough. Never empty where the record
    /// has a source address or names a principal.
    pub fn fold_keys(&self, record: &Record, actor: &Actor) -> Vec<String> {
        let mut keys = Vec::new();
        keys.extend(self.workflow.as_ref().map(|id| format!("workflow/{}", id.raw())));
        keys.extend(self.session.as_ref().map(|arn| format!("session/{}", arn.raw())));
        let address = record.source_address().unwrap_or_default();
        // Switching roles is another deed than signing in, though the same person does it.
        let deed = if self.step == Step::SwitchRole { "switch" } else { "sign-in" };
        match (self.way, actor.key()) {
            // The portal's records have a person's id and only one of them the name, which is the session's
            // name in the account that was opened.
            (Way::IdentityCenter, _) => {
                let id = actor.principal_id.as_ref().filter(|_| actor.role.is_none());
                let names = [Some(&actor.name), id].into_iter().flatten().filter(|name| !name.is_empty());
                keys.extend(names.map(|name| format!("person/{}/{address}", name.raw().to_lowercase())));
                keys.dedup();
                // The portal's record of an account being opened has an id where the account's own has a name,
                // but both say which account, with which permission set, from where.
                let (account, set) = match &self.opened {
                    Some(opened) => (opened.account.clone(), opened.permission_set.clone()),
                    None => (record.account().map(Untrusted::from), actor.permission_set()),
                };
                if let (Some(account), Some(set)) = (account, set) {
                    keys.push(format!("opened/{}/{}/{address}", account.raw(), set.raw()));
                }
            }
            // A broker makes the link from an address of its own.
            (Way::Federated, Some(key)) => keys.push(format!("{deed}/{key}")),
            (_, Some(key)) => keys.push(format!("{deed}/{key}/{address}")),
            (_, None) => {}
        }
        keys
    }
}

fn way(step: Step, actor: &Actor) -> Way {
    match (step, actor.kind) {
        (Step::SwitchRole, _) => Way::RoleSwitch,
        (Step::AuthorizeOAuth2Access | Step::CreateOAuth2Token, _) => Way::AwsLogin,
        (
            Step::UserAuthentication
            | Step::CredentialChallenge
            | Step::CredentialVerification
            | Step::Authenticate
            | Step::Federate,
            _,
        )
        | (_, ActorKind::IdentityCenterUser) => Way::IdentityCenter,
        (_, ActorKind::Root) => Way::Root,
        (Step::GetSigninToken, _) | (_, ActorKind::AssumedRole | ActorKind::FederatedUser) => Way::Federated,
        (_, ActorKind::IamUser) => Way::IamUser,
        (_, ActorKind::AwsService | ActorKind::OutsideAccount | ActorKind::Unknown) => Way::Unknown,
    }
}

impl RoleSwitch {
    fn of(record: &Record, actor: &Actor) -> Self {
        // The record in the account that is left has no `SwitchFrom`: its own user is who switched.
        let from_arn = record
            .untrusted(&["additionalEventData", "SwitchFrom"])
            .or_else(|| actor.arn.clone().filter(|_| actor.role.is_none()));
        let part = |index: usize| {
            let part = from_arn.as_ref()?.raw().splitn(6, ':').nth(index)?;
            Some(Untrusted::from(part.rsplit('/').next().unwrap_or(part))).filter(|part| !part.is_empty())
        };
        let role = record
            .untrusted(&["additionalEventData", "SwitchTo"])
            .or_else(|| record.untrusted(&["requestParameters", "roleName"]));
        let role = role.map(|role| Untrusted::from(role.raw().rsplit('/').next().unwrap_or_default()));
        Self {
            from_account: part(4),
            from_name: part(5),
            role: role.or_else(|| actor.role.clone()),
            from_arn,
        }
    }
}

impl Mfa {
    /// What the record says about MFA. "No" only where AWS itself asked for the password: what an identity
    /// provider outside did is not in CloudTrail, and `MFAUsed: "No"` of a federated sign-in says nothing.
    pub fn of(record: &Record, actor: &Actor) -> Self {
        let says =
            |path: &[&str], word: &str| record.text(path).is_some_and(|text| text.eq_ignore_ascii_case(word));
        let used = ["additionalEventData", "MFAUsed"];
        let authenticated = ["userIdentity", "sessionContext", "attributes", "mfaAuthenticated"];
        let asked_by_aws = matches!(actor.kind, ActorKind::Root | ActorKind::IamUser);
        if asked_by_aws && says(&used, "Yes") || says(&authenticated, "true") {
            return Self::Yes;
        }
        if let Some(credential) = record.text(&["additionalEventData", "CredentialType"]) {
            return Self::of_identity_center(record, credential);
        }
        // An access key by itself has no second factor that could have been left out.
        let in_session = !matches!(actor.credential, crate::Credential::AccessKey(_));
        if asked_by_aws && (says(&used, "No") || in_session && says(&authenticated, "false")) {
            return Self::No;
        }
        Self::Unknown
    }

    /// Identity Center's own directory names the credentials used; `EXTERNAL_IDP` is somebody else's affair. A
    /// credential that is asked for is not given yet. A password alone is "no" only in the event that ends the
    /// sign-in: others are single steps of one.
    fn of_identity_center(record: &Record, credential: &str) -> Self {
        if record.event_name() == "CredentialChallenge" || record.outcome() != Outcome::Success {
            return Self::Unknown;
        }
        let mut used = credential.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        if used.any(|word| matches!(word, "TOTP" | "RESYNC_TOTP" | "WEBAUTHN")) {
            Self::Yes
        } else if record.event_name() == "UserAuthentication" && credential == "PASSWORD" {
            Self::No
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use trailbell_json::Json;

    use super::*;

    fn record(fields: &str) -> Record {
        Record::new(Json::parse(&format!("{{{fields}}}")).unwrap())
    }

    fn sign_in(fields: &str) -> Option<SignIn> {
        let record = record(fields);
        SignIn::of(&record, &Actor::of(&record))
    }

    const ALICE: &str = r#""userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","accountId":"123456789012","userName":"alice"}"#;
    const ROOT: &str = r#""userIdentity":{"type":"Root","accountId":"123456789012"}"#;
    const ROLE: &str = r#""userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/Okta/bob@example.com"}"#;
    const PERSON: &str = r#""userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/carol@example.com"}"#;
    const PORTAL: &str = r#""userIdentity":{"type":"IdentityCenterUser","accountId":"123456789012","onBehalfOf":{"userId":"544894e8"}}"#;

    fn of(source: &str, event: &str, who: &str, more: &str) -> Option<SignIn> {
        sign_in(&format!(r#""eventSource":"{source}.amazonaws.com","eventName":"{event}",{who}{more}"#))
    }

    #[test]
    fn every_door_is_known_with_what_it_says_about_mfa() {
        let used = |word: &str| format!(r#","additionalEventData":{{"MFAUsed":"{word}"}}"#);
        let credential = |word: &str| format!(r#","additionalEventData":{{"CredentialType":"{word}"}}"#);
        let cases = [
            (of("signin", "ConsoleLogin", ALICE, &used("Yes")), Way::IamUser, Mfa::Yes),
            (of("signin", "ConsoleLogin", ALICE, &used("YES")), Way::IamUser, Mfa::Yes),
            (of("signin", "ConsoleLogin", ALICE, &used("No")), Way::IamUser, Mfa::No),
            (of("signin", "ConsoleLogin", ALICE, ""), Way::IamUser, Mfa::Unknown),
            (of("signin", "CheckMfa", ALICE, ""), Way::IamUser, Mfa::Unknown),
            (of("signin", "ConsoleLogin", ROOT, &used("No")), Way::Root, Mfa::No),
            (of("signin", "ConsoleLogin", ROLE, &used("No")), Way::Federated, Mfa::Unknown),
            (of("signin", "ConsoleLogin", ROLE, &used("Yes")), Way::Federated, Mfa::Unknown),
            (of("signin", "ConsoleLogin", PERSON, &used("No")), Way::IdentityCenter, Mfa::Unknown),
            (of("signin", "GetSigninToken", ROLE, ""), Way::Federated, Mfa::Unknown),
            (of("signin", "GetSigninToken", PERSON, ""), Way::IdentityCenter, Mfa::Unknown),
            (of("signin", "SwitchRole", ROLE, ""), Way::RoleSwitch, Mfa::Unknown),
            (
                of("signin", "UserAuthentication", PORTAL, &credential("PASSWORD")),
                Way::IdentityCenter,
                Mfa::No,
            ),
            (
                of("signin", "UserAuthentication", PORTAL, &credential("PASSWORD,TOTP")),
                Way::IdentityCenter,
                Mfa::Yes,
            ),
            (
                of("signin", "UserAuthentication", PORTAL, &credential("EXTERNAL_IDP")),
                Way::IdentityCenter,
                Mfa::Unknown,
            ),
            (
                of("signin", "CredentialVerification", PORTAL, &credential("PASSWORD")),
                Way::IdentityCenter,
                Mfa::Unknown,
            ),
            (
                of("signin", "CredentialChallenge", PORTAL, &credential("TOTP")),
                Way::IdentityCenter,
                Mfa::Unknown,
            ),
            (
                of("signin", "CredentialVerification", PORTAL, &credential("WEBAUTHN")),
                Way::IdentityCenter,
                Mfa::Yes,
            ),
            (of("sso", "Federate", PORTAL, ""), Way::IdentityCenter, Mfa::Unknown),
            (of("signin", "AuthorizeOAuth2Access", ALICE, ""), Way::AwsLogin, Mfa::Unknown),
        ];
        for (index, (found, way, mfa)) in cases.into_iter().enumerate() {
            assert_eq!(found.map(|s| (s.way, s.mfa)), Some((way, mfa)), "case {index}");
        }
    }

    #[test]
    fn a_session_with_mfa_is_a_yes_for_anybody_and_a_no_only_for_those_aws_asked() {
        let session = |who: &str, value: &str| {
            let record = record(&format!(
                r#""userIdentity":{{"type":"{who}","accessKeyId":"ASIAEXAMPLE","sessionContext":{{"attributes":{{"mfaAuthenticated":"{value}"}}}}}}"#
            ));
            Mfa::of(&record, &Actor::of(&record))
        };
        assert_eq!(session("AssumedRole", "true"), Mfa::Yes);
        assert_eq!(session("AssumedRole", "false"), Mfa::Unknown);
        assert_eq!(session("IAMUser", "false"), Mfa::No);
    }

    #[test]
    fn other_events_of_the_sign_in_service_are_no_sign_ins() {
        for event in [
            "RenewRole",
            "ExitRole",
            "PutConsoleAuthorizationConfiguration",
            "PasswordUpdated",
            "PasswordRecoveryRequested",
            "Logout",
        ] {
            assert_eq!(of("signin", event, ALICE, r#","eventType":"AwsConsoleSignIn""#), None, "{event}");
        }
        for event in ["ListApplications", "CreateToken", "GetRoleCredentials", "Logout"] {
            assert_eq!(of("sso", event, PORTAL, ""), None, "{event}");
        }
        assert_eq!(of("cognito-idp", "ConsoleLogin", ALICE, ""), None);
        assert!(of("example", "ConsoleLogin", ALICE, r#","eventType":"AwsConsoleSignin""#).is_some());
    }

    #[test]
    fn a_role_switch_says_from_where_to_where() {
        let switch = of(
            "signin",
            "SwitchRole",
            r#""userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/Admin/alice"}"#,
            r#","additionalEventData":{"SwitchFrom":"arn:aws:iam::210987654321:user/dev/alice"}"#,
        );
        let switch = switch.unwrap().switch.unwrap();
        assert_eq!(switch.from_account.unwrap().raw(), "210987654321");
        assert_eq!(switch.from_name.unwrap().raw(), "alice");
        assert_eq!(switch.role.unwrap().raw(), "Admin");
    }

    #[test]
    fn the_records_of_one_sign_in_share_a_key() {
        let keys = |fields: String| {
            let record = record(&fields);
            let actor = Actor::of(&record);
            SignIn::of(&record, &actor).unwrap().fold_keys(&record, &actor)
        };
        let from = |event: &str, address: &str| {
            keys(format!(
                r#""eventSource":"signin.amazonaws.com","eventName":"{event}","sourceIPAddress":"{address}",{ALICE}"#
            ))
        };
        assert_eq!(from("CheckMfa", "198.51.100.7"), from("ConsoleLogin", "198.51.100.7"));
        assert_ne!(from("CheckMfa", "198.51.100.7"), from("ConsoleLogin", "198.51.100.8"));
        assert_ne!(from("SwitchRole", "198.51.100.7"), from("ConsoleLogin", "198.51.100.7"));
        let federated = |event: &str, address: &str| {
            let role = ROLE.replacen('{', r#"{"principalId":"AROAEXAMPLE:bob@example.com","#, 1);
            keys(format!(
                r#""eventSource":"signin.amazonaws.com","eventName":"{event}","sourceIPAddress":"{address}",{role}"#
            ))
        };
        assert_eq!(federated("GetSigninToken", "198.51.100.7"), federated("ConsoleLogin", "203.0.113.9"));
        let step = |event: &str, who: &str| {
            keys(format!(
                r#""eventSource":"signin.amazonaws.com","eventName":"{event}",{who},"additionalEventData":{{"AuthWorkflowID":"w-1"}}"#
            ))
        };
        assert!(step("CredentialChallenge", PORTAL).contains(&"workflow/w-1".to_owned()));
        assert!(step("UserAuthentication", PORTAL).contains(&"workflow/w-1".to_owned()));
        // One step names the person, by whom the opened account knows the session.
        let named = PORTAL.to_owned() + r#","additionalEventData":{"UserName":"Carol@example.com"}"#;
        let named = keys(format!(
            r#""eventSource":"signin.amazonaws.com","eventName":"CredentialChallenge",{named}"#
        ));
        assert_eq!(named, ["person/carol@example.com/", "person/544894e8/"]);
        // The account's own record of an Identity Center session and its link meet by the person.
        assert_eq!(step("GetSigninToken", PERSON), step("ConsoleLogin", PERSON));
    }
}
