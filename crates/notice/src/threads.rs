//! What a notice belongs with: the group it may be gathered into, and the thread its mails are shown in.
//!
//! Both are lists of parts to be hashed ([`trailbell_text::stable_hash`]); the hash of a thread is what a mail's
//! `References` names.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trailbell_record::{Actor, Credential, EventIdentity, Record};
use trailbell_text::{Kind, Outcome, stable_hash};

use crate::notice::Notice;
use crate::time;

/// The group and the thread of an event, as [`Notice::group`] and [`Notice::thread`] give them.
pub fn gathered(record: &Record, actor: &Actor, kind: Kind, outcome: Outcome) -> (Vec<String>, Vec<String>) {
    let account = record.account().unwrap_or_default();
    let start = session_start(record, kind, outcome);
    (group(account, actor, kind), thread(account, actor, kind, start, record.event_time()))
}

/// When the session began that the event opened or is of: AWS writes the sign-in's own time into all that is done in a console session.
/// `None` for what is of no session: a call with a long-lived key, a sign-in that failed.
pub fn session_start(record: &Record, kind: Kind, outcome: Outcome) -> Option<Timestamp> {
    let created = record.text(&["userIdentity", "sessionContext", "attributes", "creationDate"]);
    match (kind, created) {
        (Kind::ConsoleSignIn, _) if outcome != Outcome::Success || record.event_name() == "CheckMfa" => None,
        (Kind::ConsoleSignIn, None) => record.event_time(),
        (_, created) => created?.parse().ok(),
    }
}

/// The parts of the name of what comes in one go: account, principal and kind.
fn group(account: &str, actor: &Actor, kind: Kind) -> Vec<String> {
    [account, &actor.key().unwrap_or_default(), kind.word()].map(str::to_owned).to_vec()
}

/// The parts of a thread's name: the principal's and when the session began, so that what was done in a session stands under the sign-in that
/// opened it; of what is of no session the group's, with the UTC day.
fn thread(
    account: &str,
    actor: &Actor,
    kind: Kind,
    start: Option<Timestamp>,
    at: Option<Timestamp>,
) -> Vec<String> {
    if let Some(start) = start {
        let who = actor.key().unwrap_or_default();
        return ["session", account, &who, &start.as_second().to_string()].map(str::to_owned).to_vec();
    }
    let kind = match actor.credential {
        Credential::ConsoleSession(_) => Kind::ConsoleSignIn,
        _ => kind,
    };
    let day = at.map(|at| time::day(at, &TimeZone::UTC)).unwrap_or_default();
    let mut parts = vec!["group".to_owned()];
    parts.extend(group(account, actor, kind));
    parts.push(day);
    parts
}

impl Notice {
    /// The parts of the name of the group it may be gathered into: account, principal and kind.
    pub fn group(&self) -> Vec<String> {
        group(self.account(), &self.data.actor, self.kind)
    }

    /// The parts of the name of the thread its mails are shown in.
    pub fn thread(&self) -> Vec<String> {
        thread(self.account(), &self.data.actor, self.kind, self.data.session_start, self.time)
    }

    /// [`Notice::thread`] as 32 hex digits, for [`crate::render::Envelope`].
    pub fn thread_id(&self) -> String {
        let parts = self.thread();
        hex(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// 32 hex digits for [`crate::render::Envelope`]: the same event is the same message, whenever and however often it is told.
    pub fn message_id(&self) -> String {
        match &self.identity {
            EventIdentity::Event(account, event) => hex(&["event", account, event]),
            EventIdentity::Content(content) => format!("{content:032x}"),
        }
    }

    fn account(&self) -> &str {
        self.data.account.as_ref().map_or("", |account| account.raw())
    }
}

/// Nothing but hex digits, whatever the parts hold.
fn hex(parts: &[&str]) -> String {
    format!("{:032x}", stable_hash(parts))
}
