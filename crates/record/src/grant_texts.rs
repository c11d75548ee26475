//! What a plain `AssumeRole` event says of a grant, as texts that nobody has read yet: there are as many of these events as of anything,
//! and of nearly all of them nobody asks again.

use std::sync::LazyLock;

use jiff::Timestamp;
use trailbell_json::{Json, StringAt, StringPaths};

use crate::actor::{HIDDEN, RESERVED_SSO};
use crate::record::service_of;
use crate::session_grant::expiration;
use crate::{Record, SessionGrant};

/// Where in an event the texts stand, in their order.
const PATHS: [&str; 22] = [
    "eventTime",
    "eventSource",
    "eventType",
    "recipientAccountId",
    "sharedEventID",
    "sessionCredentialFromConsole",
    "requestParameters.roleArn",
    "requestParameters.roleSessionName",
    "requestParameters.sourceIdentity",
    "responseElements.sourceIdentity",
    "responseElements.credentials.accessKeyId",
    "responseElements.credentials.expiration",
    "userIdentity.type",
    "userIdentity.principalId",
    "userIdentity.arn",
    "userIdentity.accountId",
    "userIdentity.accessKeyId",
    "userIdentity.userName",
    "userIdentity.sessionContext.sourceIdentity",
    "userIdentity.sessionContext.attributes.creationDate",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "userIdentity.sessionContext.sessionIssuer.arn",
];
const AT: usize = place("eventTime");
const SOURCE: usize = place("eventSource");
const EVENT_TYPE: usize = place("eventType");
const RECIPIENT: usize = place("recipientAccountId");
const SHARED: usize = place("sharedEventID");
const ROLE: usize = place("requestParameters.roleArn");
const SESSION: usize = place("requestParameters.roleSessionName");
const KEY: usize = place("responseElements.credentials.accessKeyId");
const EXPIRATION: usize = place("responseElements.credentials.expiration");
const CALLER_TYPE: usize = place("userIdentity.type");
const CALLER_ARN: usize = place("userIdentity.arn");
const CALLER_ACCOUNT: usize = place("userIdentity.accountId");
const CALLER_KEY: usize = place("userIdentity.accessKeyId");
const CALLER_NAME: usize = place("userIdentity.userName");
const CALLER_IDENTITY: usize = place("userIdentity.sessionContext.sourceIdentity");
const CALLER_ROLE: usize = place("userIdentity.sessionContext.sessionIssuer.userName");
/// What of a call that failed has a text.
const FAILURES: [&str; 2] = ["errorCode", "errorMessage"];
/// What an event that is plain has so, or not at all.
const FIXED: [(&str, Option<&str>); 5] = [
    ("eventName", Some("AssumeRole")),
    ("userIdentity.invokedBy", None),
    ("userIdentity.onBehalfOf.userId", None),
    ("userIdentity.sessionContext.sessionIssuer.type", Some("Role")),
    ("additionalEventData.UserName", None),
];
/// Texts that are longer together are no event's that AWS wrote.
const MOST_BYTES: usize = 2_048;
/// Between texts, and in place of one that is missing. No plain string of JSON has either.
const SEPARATOR: char = '\u{1f}';
const MISSING: &str = "\u{0}";

static STRINGS: LazyLock<StringPaths> = LazyLock::new(|| {
    let mut strings = StringPaths::default();
    for path in PATHS.into_iter().chain(FAILURES).chain(FIXED.map(|(path, _)| path)) {
        strings.add(path.split('.'));
    }
    strings
});

/// The texts of one grant.
#[derive(Debug, Clone)]
pub struct GrantTexts<'a> {
    whole: &'a str,
    texts: [Option<&'a str>; PATHS.len()],
    /// When credentials were handed out.
    pub at: Timestamp,
    /// Until when they hold.
    pub expires: Timestamp,
    /// The `accessKeyId` of the credentials.
    pub key: &'a str,
}

/// What a first look at an event says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked<'e> {
    /// It hands out credentials; their [`GrantTexts`], in one text.
    Texts {
        /// When.
        at: Timestamp,
        /// The access key of whoever asked.
        caller_key: Option<&'e str>,
        /// What [`GrantTexts::of`] takes.
        whole: String,
    },
    /// It hands out nothing: the call failed.
    Nothing,
    /// Only a careful reading ([`SessionGrant::of`]) can tell what it hands out, if anything.
    Unclear,
}

/// Who asked for credentials, as far as that decides whether more of the grant is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainCaller<'a> {
    /// An IAM user of the account that the record belongs to.
    User {
        /// The user's account.
        account: &'a str,
        /// The user's name.
        name: &'a str,
    },
    /// A session of a role of that account, not Identity Center's, whose record does not say who is behind it.
    Session {
        /// The access key that the session acts with.
        key: Option<&'a str>,
    },
    /// Only the whole grant tells.
    Other,
}

impl<'a> GrantTexts<'a> {
    /// The texts of an event as AWS writes it, whose own text is known to be valid.
    pub fn pick(event: &'a str) -> Picked<'a> {
        Self::picked(event).unwrap_or(Picked::Unclear)
    }

    fn picked(event: &'a str) -> Option<Picked<'a>> {
        let found = STRINGS.find(event)?;
        let (found, rest) = found.split_at_checked(PATHS.len())?;
        let (failures, fixed) = rest.split_at_checked(FAILURES.len())?;
        if failures.iter().any(|found| matches!(found, StringAt::Text(text) if !text.is_empty())) {
            return Some(Picked::Nothing);
        }
        let is_plain = FIXED.iter().zip(fixed).all(|((_, wanted), found)| match found {
            StringAt::Missing => true,
            StringAt::Text(text) => *wanted == Some(*text),
            StringAt::Other => false,
        }) && failures.iter().all(|found| *found != StringAt::Other);
        if !is_plain || fixed.first() == Some(&StringAt::Missing) {
            return None;
        }
        let mut texts = [None; PATHS.len()];
        for (text, found) in texts.iter_mut().zip(found) {
            match found {
                StringAt::Missing => {}
                StringAt::Text(found) => *text = Some(*found),
                StringAt::Other => return None,
            }
        }
        let grant = GrantTexts::new("", &texts)?;
        let (at, caller_key) = (grant.at, grant.text(CALLER_KEY));
        let whole = texts.map(|text| text.unwrap_or(MISSING)).join(SEPARATOR.encode_utf8(&mut [0; 4]));
        (whole.len() <= MOST_BYTES).then_some(Picked::Texts { at, caller_key, whole })
    }

    /// The texts that [`GrantTexts::pick`] gave; `None` for any other.
    pub fn of(whole: &'a str) -> Option<Self> {
        let mut texts = [None; PATHS.len()];
        let mut parts = whole.split(SEPARATOR);
        for text in &mut texts {
            *text = Some(parts.next()?).filter(|text| *text != MISSING);
        }
        if parts.next().is_some() { None } else { Self::new(whole, &texts) }
    }

    /// `None` where they are not plainly those of a grant.
    fn new(whole: &'a str, texts: &[Option<&'a str>; PATHS.len()]) -> Option<Self> {
        let has = |place: usize| texts[place].filter(|text| !text.is_empty() && *text != HIDDEN);
        // Without a type, AWS's own events are its own doing.
        let is_service = has(CALLER_TYPE).is_none()
            && has(EVENT_TYPE).is_some_and(|kind| kind.eq_ignore_ascii_case("AwsServiceEvent"));
        let is_plain =
            !is_service && has(ROLE).is_some() && has(SESSION).is_some() && service_of(has(SOURCE)?) == "sts";
        let key = has(KEY).filter(|_| is_plain)?;
        let (at, expires) = (has(AT)?.parse().ok()?, expiration(has(EXPIRATION)?)?);
        Some(Self { whole, texts: *texts, at, expires, key })
    }

    /// All of them in one text, to be kept.
    pub const fn whole(&self) -> &'a str {
        self.whole
    }

    /// A text that is there, and not empty.
    fn text(&self, place: usize) -> Option<&'a str> {
        self.texts[place].filter(|text| !text.is_empty())
    }

    /// `sharedEventID`: the other account's record of the same has the same.
    pub fn shared(&self) -> Option<&'a str> {
        self.text(SHARED)
    }

    /// The role's account, empty where its ARN has none, and its name; `None` where that is empty.
    pub fn role(&self) -> Option<(&'a str, &'a str)> {
        let arn = self.text(ROLE)?;
        let name = arn.rsplit('/').next().filter(|name| !name.is_empty())?;
        Some((arn.split(':').nth(4).unwrap_or_default(), name))
    }

    /// Who asked.
    pub fn caller(&self) -> PlainCaller<'a> {
        let account = self.text(CALLER_ACCOUNT);
        if account.is_none() || self.text(RECIPIENT).is_some_and(|recipient| Some(recipient) != account) {
            return PlainCaller::Other;
        }
        match (self.text(CALLER_TYPE), account, self.text(CALLER_NAME)) {
            (Some("IAMUser"), Some(account), Some(name)) if name != HIDDEN => {
                PlainCaller::User { account, name }
            }
            (Some("AssumedRole"), ..) if self.text(CALLER_IDENTITY).is_none() => {
                let texts = [self.text(CALLER_ARN), self.text(CALLER_ROLE)];
                if texts.into_iter().flatten().any(|text| text.contains(RESERVED_SSO)) {
                    return PlainCaller::Other;
                }
                PlainCaller::Session { key: self.text(CALLER_KEY) }
            }
            _ => PlainCaller::Other,
        }
    }

    /// The grant, read.
    pub fn grant(&self) -> Option<SessionGrant> {
        let mut event = Json::Object(Vec::new());
        put(&mut event, "eventName", "AssumeRole");
        for (path, text) in PATHS.into_iter().zip(self.texts) {
            if let Some(text) = text {
                put(&mut event, path, text);
            }
        }
        SessionGrant::of(&Record::new(event))
    }
}

fn put(event: &mut Json, path: &str, text: &str) {
    let mut at = event;
    for name in path.split('.') {
        let Json::Object(members) = at else { return };
        let place = members.iter().position(|(member, _)| member == name).unwrap_or_else(|| {
            members.push((name.to_owned(), Json::Object(Vec::new())));
            members.len() - 1
        });
        let Some((_, member)) = members.get_mut(place) else { return };
        at = member;
    }
    *at = Json::String(text.to_owned());
}

/// Where the path stands among [`PATHS`].
const fn place(path: &str) -> usize {
    let mut nth = 0;
    while !is_same(PATHS[nth].as_bytes(), path.as_bytes()) {
        nth += 1;
    }
    nth
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut nth = 0;
    while nth < one.len() && nth < other.len() && one[nth] == other[nth] {
        nth += 1;
    }
    nth == one.len() && nth == other.len()
}
