//! Temporary credentials handed out: to whom, for which role, until when. What is done with them later carries their key.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use trailbell_json::{Json, Wanted};
use trailbell_text::Untrusted;

use crate::change::found;
use crate::{Actor, ActorKind, Record, RoleSwitch, SignIn};

/// The longest life of a role's session; of what says nothing else.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// A record of temporary credentials that were handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionGrant {
    /// How.
    pub way: GrantWay,
    /// When.
    pub at: Timestamp,
    /// Until when they hold.
    pub expires: Timestamp,
    /// The `accessKeyId` of the credentials; `None` where the record has none (a role switch, another account's copy).
    pub key: Option<Untrusted>,
    /// Who asked, as far as this record says.
    pub caller: Actor,
    /// The `sourceIdentity` of the caller's own session.
    pub caller_source_identity: Option<Untrusted>,
    /// When the caller's own session began.
    pub caller_began: Option<Timestamp>,
    /// For a role switch: who switched, by their ARN.
    pub switched_from: Option<RoleSwitch>,
    /// The role's name.
    pub role: Option<Untrusted>,
    /// The role's account.
    pub account: Option<Untrusted>,
    /// The session's name, which whoever asked chose.
    pub session: Option<Untrusted>,
    /// `sourceIdentity`, which stays with every session that comes of this one.
    pub source_identity: Option<Untrusted>,
    /// `sharedEventID`: the other account's record of the same has the same.
    pub shared: Option<String>,
}

/// How credentials are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GrantWay {
    /// `AssumeRole`.
    Role,
    /// `AssumeRoleWithSAML`: a person of an outside identity provider.
    Saml,
    /// `AssumeRoleWithWebIdentity`: a person, or a program (a pipeline, a pod).
    WebIdentity,
    /// `GetSessionToken`: the same user, with MFA perhaps.
    SessionToken,
    /// `GetFederationToken`.
    FederationToken,
    /// `AssumeRoot`: a member account's root, for the organization's administrators.
    Root,
    /// `SwitchRole` in the console.
    Switch,
}

/// As STS prints them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The calls, and how each hands out.
const EVENTS: &[(&str, &str, GrantWay)] = &[
    ("sts", "AssumeRole", GrantWay::Role),
    ("sts", "AssumeRoleWithSAML", GrantWay::Saml),
    ("sts", "AssumeRoleWithWebIdentity", GrantWay::WebIdentity),
    ("sts", "GetSessionToken", GrantWay::SessionToken),
    ("sts", "GetFederationToken", GrantWay::FederationToken),
    ("sts", "AssumeRoot", GrantWay::Root),
    ("signin", "SwitchRole", GrantWay::Switch),
];

/// What of a record a grant is made of, and what asks who is behind its caller.
static WANTED: LazyLock<Wanted> = LazyLock::new(|| {
    let mut wanted = Wanted::default();
    for path in [
        "eventSource",
        "eventName",
        "eventTime",
        "eventType",
        "errorCode",
        "errorMessage",
        "userIdentity",
        "recipientAccountId",
        "sharedEventID",
        "sessionCredentialFromConsole",
        "requestParameters.roleArn",
        "requestParameters.roleSessionName",
        "requestParameters.durationSeconds",
        "requestParameters.sourceIdentity",
        "responseElements.credentials.accessKeyId",
        "responseElements.credentials.expiration",
        "responseElements.assumedRoleUser",
        "responseElements.sourceIdentity",
    ] {
        wanted.add(path.split('.'));
    }
    wanted
});

impl SessionGrant {
    /// Reads of an event no more than it takes: of one as AWS writes it, [`SessionGrant::of`] says of the record what it says of the whole. The session's token, most of such an event, is passed over.
    pub fn part(text: &str) -> Result<Record, trailbell_json::Error> {
        let part = Json::project(text, &[&WANTED])?;
        let has_its_key = part.at(&["responseElements", "credentials", "accessKeyId"]).is_some()
            && part.at(&["requestParameters", "roleArn"]).is_some();
        // A name in other capitals counts as well; only the calls that are made all day are worth not looking.
        let is_plain = has_its_key && part.get("eventName").and_then(Json::as_str) == Some("AssumeRole");
        if is_plain { Ok(Record::new(part)) } else { Json::parse(text).map(Record::new) }
    }

    /// The names of the events that hand out credentials.
    pub fn event_names() -> impl Iterator<Item = &'static str> {
        EVENTS.iter().map(|(_, name, _)| *name)
    }

    /// The credentials the record says were handed out; `None` where it is no such record, where it failed, and where an AWS service took
    /// a role for itself: that is no person's, and there are very many.
    pub fn of(record: &Record) -> Option<Self> {
        let (_, _, way) = EVENTS
            .iter()
            .find(|(service, name, _)| *name == record.event_name() && *service == record.service())?;
        let actor = Actor::of(record);
        if record.error_code().is_some()
            || record.error_message().is_some()
            || actor.kind == ActorKind::AwsService
        {
            return None;
        }
        let at = record.event_time()?;
        let credentials = |key: &str| found(record, &format!("responseElements.credentials.{key}"));
        let seconds = record
            .json()
            .at(&["requestParameters", "durationSeconds"])
            .and_then(|seconds| seconds.to_string().trim_matches('"').parse::<i64>().ok())
            .filter(|seconds| (0..=LONGEST.as_secs() * 3).contains(seconds));
        let expires = credentials("expiration").as_deref().and_then(expiration).or_else(|| {
            let life = seconds.map_or(LONGEST, SignedDuration::from_secs);
            at.checked_add(life).ok()
        })?;
        let switched_from = match way {
            GrantWay::Switch => SignIn::of(record, &actor)?.switch,
            _ => None,
        };
        let arn = found(record, "requestParameters.roleArn");
        let session_arn = found(record, "responseElements.assumedRoleUser.arn");
        let session = found(record, "requestParameters.roleSessionName")
            .or_else(|| session_arn.as_deref().and_then(|arn| Some(arn.rsplit_once('/')?.1.to_owned())));
        // The console's own record stands in the account that was switched to.
        let (role, account) = if let Some(switch) = &switched_from {
            (switch.role.clone().or_else(|| actor.role.clone()), record.account().map(Untrusted::from))
        } else {
            let part = |nth: usize| arn.as_deref().and_then(|arn| arn.split(':').nth(nth));
            let role = arn.as_deref().and_then(|arn| arn.rsplit('/').next());
            (role.map(Untrusted::from), part(4).filter(|id| !id.is_empty()).map(Untrusted::from))
        };
        let session = match way {
            GrantWay::Switch => Some(actor.name.clone()).filter(|name| !name.is_empty()),
            _ => session.map(Untrusted::new),
        };
        let caller_source_identity =
            found(record, "userIdentity.sessionContext.sourceIdentity").map(Untrusted::new);
        Some(Self {
            way: *way,
            at,
            expires,
            key: credentials("accessKeyId").map(Untrusted::new),
            switched_from,
            role,
            account,
            session,
            source_identity: found(record, "requestParameters.sourceIdentity")
                .or_else(|| found(record, "responseElements.sourceIdentity"))
                .map(Untrusted::new)
                .or_else(|| caller_source_identity.clone()),
            caller_source_identity,
            caller_began: record.session_began(),
            shared: record.shared_event_id().map(str::to_owned),
            caller: actor,
        })
    }
}

/// `Jul 10, 2023, 12:21:41 PM`, or without the second comma, as STS prints times; the blank before AM and PM may be a narrow one.
pub(crate) fn expiration(text: &str) -> Option<Timestamp> {
    let mut words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    let month = words.next()?;
    let Some(month) = MONTHS.iter().position(|name| month.eq_ignore_ascii_case(name)) else {
        return text.parse().ok();
    };
    let [day, year, time, half] = [words.next()?, words.next()?, words.next()?, words.next()?];
    let mut clock = time.split(':').map(|number| number.parse::<i8>().ok());
    let [hour, minute, second] = [clock.next()??, clock.next()??, clock.next()??];
    let is_afternoon = half.eq_ignore_ascii_case("PM");
    let is_over = words.next().is_none() && clock.next().is_none();
    if !is_over || !(1..=12).contains(&hour) || !is_afternoon && !half.eq_ignore_ascii_case("AM") {
        return None;
    }
    let hour = hour % 12 + if is_afternoon { 12 } else { 0 };
    let month = i8::try_from(month).ok()? + 1;
    let time = DateTime::new(year.parse().ok()?, month, day.parse().ok()?, hour, minute, second, 0).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{GrantTexts, Picked, PlainCaller};

    fn record(fields: &str) -> Record {
        Record::new(Json::parse(&format!("{{{fields}}}")).unwrap())
    }

    const ALICE: &str = r#""userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"}"#;

    #[test]
    fn a_role_that_was_taken_says_by_whom_and_with_which_key() {
        let grant = SessionGrant::of(&record(&format!(
            r#"{ALICE},"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","eventTime":"2026-11-23T12:00:00Z","sharedEventID":"s-1","requestParameters":{{"roleArn":"arn:aws:iam::210987654321:role/ops/Admin","roleSessionName":"work","durationSeconds":900}},"responseElements":{{"credentials":{{"accessKeyId":"ASIAEXAMPLE","expiration":"Nov 23, 2026, 12:15:00 PM"}}}}"#
        )))
        .unwrap();
        assert_eq!((grant.way, grant.caller.name.raw()), (GrantWay::Role, "alice"));
        assert_eq!(grant.key.unwrap().raw(), "ASIAEXAMPLE");
        assert_eq!(grant.expires, "2026-11-23T12:15:00Z".parse().unwrap());
        assert_eq!(
            [grant.role, grant.account, grant.session].map(|value| value.unwrap().raw().to_owned()),
            ["Admin", "210987654321", "work"]
        );
        assert_eq!(grant.shared.as_deref(), Some("s-1"));
    }

    #[test]
    fn what_failed_or_a_service_did_hands_out_nothing() {
        let call = r#""eventSource":"sts.amazonaws.com","eventName":"AssumeRole","eventTime":"2026-11-23T12:00:00Z""#;
        assert!(SessionGrant::of(&record(&format!("{ALICE},{call}"))).is_some());
        assert!(
            SessionGrant::of(&record(&format!(r#"{ALICE},{call},"errorCode":"AccessDenied""#))).is_none()
        );
        let service = r#""userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#;
        assert!(SessionGrant::of(&record(&format!("{service},{call}"))).is_none());
        let other = call.replace("sts", "s3");
        assert!(SessionGrant::of(&record(&format!("{ALICE},{other}"))).is_none());
    }

    fn any_member(name: &'static str, values: &'static [&'static str]) -> impl Strategy<Value = String> {
        let capitals = prop_oneof![8 => Just(name.to_owned()), 1 => Just(name.to_uppercase()), 1 => Just("x".to_owned())];
        (capitals, prop::sample::select(values)).prop_map(|(name, value)| format!("\"{name}\":{value}"))
    }

    /// A member as AWS writes it, where it is there at all.
    fn as_written(name: &'static str, values: &'static [&'static str]) -> impl Strategy<Value = String> {
        let name = prop_oneof![8 => Just(name), 1 => Just("x")];
        (name, prop::sample::select(values)).prop_map(|(name, value)| format!("\"{name}\":{value}"))
    }

    fn any_object(members: Vec<BoxedStrategy<String>>) -> impl Strategy<Value = String> {
        members.prop_map(|members| format!("{{{}}}", members.join(",")))
    }

    const TEXTS: &[&str] =
        &["null", "\"HIDDEN_DUE_TO_SECURITY_REASONS\"", "\"\"", "\"a\"", "\"\\u0061b\"", "7", "{\"a\":1}"];

    const CALLERS: &[&str] = &[
        r#"{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice","accessKeyId":"AKIAEXAMPLE"}"#,
        r#"{"type":"AssumedRole","principalId":"AROAEXAMPLE:work","arn":"arn:aws:sts::123456789012:assumed-role/Jump/work","accountId":"123456789012","accessKeyId":"ASIAEXAMPLE1","sessionContext":{"sessionIssuer":{"type":"Role","userName":"Jump"},"attributes":{"creationDate":"2026-11-23T11:00:00Z","mfaAuthenticated":"false"},"sourceIdentity":"bob"}}"#,
        r#"{"type":"AssumedRole","principalId":"AROAEXAMPLE:alice","arn":"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admins_0123456789abcdef/alice","accountId":"123456789012","invokedBy":"signin.amazonaws.com"}"#,
        r#"{"type":"FederatedUser","principalId":"123456789012:carol","accountId":"123456789012","sessionContext":{"sessionIssuer":{"type":"IAMUser","userName":"carol","arn":"arn:aws:iam::123456789012:user/carol"}}}"#,
        r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#,
        r#"{"type":"AWSAccount","principalId":"AIDAEXAMPLE","accountId":"210987654321"}"#,
        r#"{"type":"IdentityCenterUser","onBehalfOf":{"userId":"u-1"}}"#,
        r#""nobody""#,
        "null",
    ];

    fn any_grant() -> impl Strategy<Value = String> {
        let request = any_object(vec![
            any_member(
                "roleArn",
                &[
                    "\"HIDDEN_DUE_TO_SECURITY_REASONS\"",
                    "\"arn:aws:iam::210987654321:role/ops/Admin\"",
                    "null",
                    "\"x\"",
                ],
            )
            .boxed(),
            as_written("roleSessionName", TEXTS).boxed(),
            as_written("durationSeconds", &["900", "\"900\"", "null"]).boxed(),
            as_written("sourceIdentity", TEXTS).boxed(),
            any_member("policy", TEXTS).boxed(),
        ]);
        let credentials = any_object(vec![
            any_member(
                "accessKeyId",
                &["\"HIDDEN_DUE_TO_SECURITY_REASONS\"", "\"ASIAEXAMPLE\"", "null", "7"],
            )
            .boxed(),
            any_member("sessionToken", TEXTS).boxed(),
            as_written("expiration", &["\"Nov 23, 2026, 12:15:00 PM\"", "\"soon\"", "null"]).boxed(),
        ]);
        let response = (
            credentials,
            as_written("assumedRoleUser", &["{\"arn\":\"arn:aws:sts::1:assumed-role/Admin/work\"}", "null"]),
            as_written("sourceIdentity", TEXTS),
        )
            .prop_map(|(credentials, user, identity)| {
                format!("{{\"credentials\":{credentials},{user},{identity}}}")
            });
        let name =
            prop_oneof![6 => Just("AssumeRole"), 1 => Just("AssumeRoleWithSAML"), 1 => Just("SwitchRole")];
        let more = any_object(vec![
            any_member("userAgent", TEXTS).boxed(),
            as_written("sharedEventID", TEXTS).boxed(),
            as_written("eventType", &["\"AwsApiCall\"", "\"AwsServiceEvent\""]).boxed(),
            as_written("errorMessage", TEXTS).boxed(),
            as_written("sessionCredentialFromConsole", &["\"true\"", "null"]).boxed(),
            as_written("recipientAccountId", TEXTS).boxed(),
        ]);
        let caller = prop::sample::select(CALLERS);
        (name, caller, request, response, more).prop_map(|(name, caller, request, response, more)| {
            let more = &more[1..];
            format!(r#"{{"eventSource":"sts.amazonaws.com","eventName":"{name}","eventTime":"2026-11-23T12:00:00Z","userIdentity":{caller},"requestParameters":{request},"responseElements":{response},{more}"#)
        })
    }

    proptest! {
        #[test]
        fn a_part_says_what_the_whole_says(text in any_grant()) {
            let whole = Record::new(Json::parse(&text).unwrap());
            prop_assert_eq!(SessionGrant::of(&SessionGrant::part(&text).unwrap()), SessionGrant::of(&whole), "{}", text);
        }
    }

    proptest! {
        #[test]
        fn texts_say_what_the_whole_says(text in any_grant()) {
            let whole = SessionGrant::of(&Record::new(Json::parse(&text).unwrap()));
            match GrantTexts::pick(&text) {
                Picked::Texts { whole: picked, .. } => {
                    prop_assert_eq!(GrantTexts::of(&picked).unwrap().grant(), whole, "{}", text);
                }
                Picked::Nothing => prop_assert_eq!(whole, None),
                Picked::Unclear => {}
            }
        }

        #[test]
        fn no_text_is_more_than_it_is(text in ".{0,80}", parts in prop::collection::vec("[a-c:/ ]{0,3}", 20..25)) {
            prop_assert!(GrantTexts::of(&text).is_none());
            let joined = parts.join("\u{1f}");
            prop_assert!(GrantTexts::of(&joined).is_none());
            let _ = GrantTexts::pick(&text);
        }
    }

    #[test]
    fn what_is_plain_is_kept_as_texts() {
        let event = |caller: &str| {
            format!(
                r#"{{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","eventTime":"2026-11-23T12:00:00Z","userIdentity":{caller},"recipientAccountId":"123456789012","sharedEventID":"s-1","requestParameters":{{"roleArn":"arn:aws:iam::210987654321:role/ops/Admin","roleSessionName":"work"}},"responseElements":{{"credentials":{{"accessKeyId":"ASIAEXAMPLE","sessionToken":"x\"y","expiration":"Nov 23, 2026, 12:15:00 PM"}}}}}}"#
            )
        };
        let picked = |event: &str| match GrantTexts::pick(event) {
            Picked::Texts { whole, .. } => whole,
            other => panic!("{other:?}"),
        };
        let whole = picked(&event(CALLERS[0]));
        let texts = GrantTexts::of(&whole).unwrap();
        assert_eq!((texts.key, texts.shared()), ("ASIAEXAMPLE", Some("s-1")));
        assert_eq!(texts.role(), Some(("210987654321", "Admin")));
        assert_eq!(texts.caller(), PlainCaller::User { account: "123456789012", name: "alice" });
        let session = CALLERS[1].replace(r#","sourceIdentity":"bob""#, "");
        let is_of = |caller: &str, expected| {
            assert_eq!(GrantTexts::of(&picked(&event(caller))).unwrap().caller(), expected, "{caller}");
        };
        is_of(&session, PlainCaller::Session { key: Some("ASIAEXAMPLE1") });
        is_of(CALLERS[1], PlainCaller::Other);
        is_of(&session.replace("Jump", "AWSReservedSSO_Admins_0123456789abcdef"), PlainCaller::Other);
        is_of(CALLERS[5], PlainCaller::Other);
        // What a careful reading may read otherwise is left to it.
        let plain = event(CALLERS[0]);
        for (from, to) in [
            ("\"work\"", "\"w\\u006frk\""),
            ("\"AssumeRole\"", "\"AssumeRoot\""),
            ("Nov 23", "soon"),
            ("\"ASIAEXAMPLE\"", "7"),
            ("sts.", "s3."),
            ("\"work\"", &format!("\"{}\"", "w".repeat(2_048))),
        ] {
            assert!(plain.contains(from), "{from}");
            assert_eq!(GrantTexts::pick(&plain.replacen(from, to, 1)), Picked::Unclear, "{from}");
        }
        let failed = plain.replace("\"sharedEventID\"", "\"errorCode\"");
        assert_eq!(GrantTexts::pick(&failed), Picked::Nothing);
    }

    #[test]
    fn an_expiration_is_read_as_sts_has_printed_it() {
        let at = |text: &str| expiration(text).map(|at| at.to_string());
        let noon = Some("2023-07-10T12:21:41Z".to_owned());
        assert_eq!(at("Jul 10, 2023, 12:21:41 PM"), noon);
        assert_eq!(at("Jul 10, 2023, 12:21:41\u{202f}PM"), noon);
        assert_eq!(at("Nov 18, 2017 1:21:51 AM"), Some("2017-11-18T01:21:51Z".to_owned()));
        assert_eq!(at("2023-07-10T12:21:41Z"), noon);
        assert_eq!(at("jul 10,\t2023, 12:21:41 pm"), noon);
        assert_eq!(at("Jul 9, 2023, 12:00:00 AM"), Some("2023-07-09T00:00:00Z".to_owned()));
        assert_eq!(at("Jul 9, 2023, 1:02:03 PM"), Some("2023-07-09T13:02:03Z".to_owned()));
        for bad in [
            "",
            "soon",
            "Jul 40, 2023, 12:21:41 PM",
            "Jul 10, 2023, 13:21:41 PM",
            "Jul 10, 2023, 12:21 PM",
            "Jul 10, 2023, 12:21:41 XM",
            "Jul 10, 2023, 12:21:41 PM x",
            "1 2 3 4 5",
        ] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }
}
