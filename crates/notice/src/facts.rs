//! What a notice is made of: one event as it was understood, what earlier events say about it, and who reads it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use trailbell_history::{Travel, Unusual};
use trailbell_network::Networks;
use trailbell_record::{Actor, Behind, Change, PolicySeen, Record, SignIn};
use trailbell_text::{BothPhrases, Kind, Outcome, Severity, Untrusted};

use crate::correlation::Correlated;
use crate::lang::Lang;

/// One event, understood. Everything here is a plain value; where it comes from is not this crate's matter.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The event.
    pub record: &'a Record,
    /// Who acted.
    pub actor: &'a Actor,
    /// How it ended.
    pub outcome: Outcome,
    /// What happened.
    pub what: What<'a>,
    /// Which sort of notice this is.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// Every rule it met.
    pub rules: Vec<Rule>,
    /// Who is behind the role or the temporary credentials that acted, as far as that is known.
    pub behind: Option<Behind>,
    /// What earlier events say about it; `None` where nothing was compared.
    pub comparison: Option<Comparison>,
    /// Records of the same action, told inside this notice.
    pub folded: Vec<Folded>,
    /// The policy before this change, where that was seen; what differs is then said, and how to go back.
    pub earlier_policy: Option<PolicySeen>,
    /// What a policy, or a version of one, that the record only names was seen to say.
    pub named_policy: Option<PolicySeen>,
    /// When the notice is told, for the delay; `None` (looking back) shows none.
    pub told_at: Option<Timestamp>,
}

impl Facts<'_> {
    /// The policy text of the change: the record's, else the one seen of what it names.
    pub(crate) fn document<'d>(&'d self, change: &'d Change) -> Option<&'d str> {
        let named = || self.named_policy.as_ref()?.text.as_deref();
        change.document().or_else(named)
    }
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// A way into the console was used, or tried.
    SignIn(&'a SignIn),
    /// Who can do what was changed, or tried.
    Change(&'a Change),
    /// The record keeping was touched, or somebody tried to.
    Recording {
        /// The trail, detector, recorder, ...; `None` where the record does not say.
        target: Option<&'a Untrusted>,
        /// Whether less is recorded afterwards for certain.
        goes_dark: bool,
    },
    /// A resource's own policy was changed, or somebody tried to.
    Sharing {
        /// The resource; `None` where the record does not say.
        resource: Option<&'a Untrusted>,
        /// Whether anyone may use it now.
        anyone: bool,
        /// Accounts outside that may use it now.
        outside: &'a [Untrusted],
    },
    /// Anything else a rule met: the notice says the operation's name.
    Other,
}

impl<'a> What<'a> {
    /// What it was done to, and the word for what sort of thing that is.
    pub(crate) fn target(self) -> (Option<&'a Untrusted>, Option<&'static str>) {
        match self {
            Self::Change(change) => {
                (Some(&change.target.name).filter(|name| !name.is_empty()), Some(change.target.kind.word()))
            }
            Self::Recording { target, .. } => (target, Some("recording")),
            Self::Sharing { resource, .. } => (resource, Some("resource")),
            Self::SignIn(_) | Self::Other => (None, None),
        }
    }
}

/// A rule the event met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name in the configuration.
    pub name: String,
    /// Why it fires, in a few words of the reader's language: whoever rebuilds a notice looks the title up again.
    pub title: Option<String>,
    /// What a rule of Sigma says of itself, in its author's words.
    pub sigma: Option<SigmaRule>,
}

/// What a Sigma rule says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigmaRule {
    /// Its title.
    pub title: Untrusted,
    /// Its id, usually a UUID, by which it is found in collections of rules.
    pub id: Option<Untrusted>,
    /// What it counted, where it is a correlation that the event completed.
    pub correlated: Option<Correlated>,
}

/// What strictly earlier occurrences by the same principal say. A place is a key of [`crate::Network::place`].
///
/// Kept as JSON with a notice, so a field that is added later has a default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// Earlier occurrences by the same principal.
    pub earlier: u64,
    /// Those from the same place; `None` where this one's place is not known.
    pub from_here: Option<u64>,
    /// Those with the same program; `None` where this one's program is not known.
    pub with_this: Option<u64>,
    /// The place most of them came from, with their number.
    pub usual_place: Option<(String, u64)>,
    /// When the first one was: what began minutes ago is no habit, and the notice says so.
    pub first: Option<Timestamp>,
    /// When the last one was, and from where.
    pub last: Option<(Timestamp, Option<String>)>,
    /// Failed attempts as the same principal or from the same address in the hour before.
    pub failures_before: u64,
    /// In what it is unusual, in order.
    #[serde(default)]
    pub unusual: Vec<Unusual>,
    /// For how long before it anything was known at all, in seconds.
    #[serde(default)]
    pub known_for_seconds: Option<i64>,
    /// How long the principal had not been seen at all, in seconds.
    #[serde(default)]
    pub absent_seconds: Option<i64>,
    /// The sign-in before it that was too far away.
    #[serde(default)]
    pub travel: Option<Travel>,
    /// Whether the settings expect the place.
    #[serde(default)]
    pub is_expected_place: bool,
}

impl Comparison {
    /// Whether it is unusual in that.
    pub fn is(&self, unusual: Unusual) -> bool {
        self.unusual.contains(&unusual)
    }
}

/// A record told inside another one's notice. Kept as JSON with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// Its `eventID`, where it has one.
    pub event_id: Option<Untrusted>,
    /// Its `eventName`.
    pub event_name: Untrusted,
    /// Its time.
    pub event_time: Option<Timestamp>,
    /// How it ended.
    pub outcome: Outcome,
    /// How much it would matter by itself.
    pub severity: Severity,
    /// Its own sentence, where it is a deed of its own (a stack's second change) and not a step of the same one.
    pub headline: Option<BothPhrases>,
}

/// Who reads the notice: language, zone, and what the settings say about accounts.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The language.
    pub lang: Lang,
    /// The zone shown first.
    pub time_zone: TimeZone,
    /// What the owner chose to find in every message.
    pub verification_phrase: Option<String>,
    /// Accounts by their 12 digits.
    pub accounts: BTreeMap<String, Account>,
    /// What addresses are looked up in.
    pub networks: Networks,
}

impl Reader {
    /// A reader of that language in UTC who has configured nothing.
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            time_zone: TimeZone::UTC,
            verification_phrase: None,
            accounts: BTreeMap::new(),
            networks: Networks::default(),
        }
    }
}

/// What the settings say about an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// What the owner calls it.
    pub name: Option<String>,
    /// The AWS CLI profile that reaches it.
    pub profile: Option<String>,
}
