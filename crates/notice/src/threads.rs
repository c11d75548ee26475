//! What a notice belongs with: the group it may be gathered into, and the thread its mails are shown in.
//!
//! Both are lists of parts to be hashed ([`trailbell_text::stable_hash`]); the hash of a thread is what a mail's
//! `References` names.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trailbell_record::{Actor, Credential, EventIdentity, Record};
use trailbell_text::{Kind, stable_hash};

use crate::notice::Notice;
use crate::time;

/// The group and the thread of an event, as [`Notice::group`] and [`Notice::thread`] give them.
pub fn gathered(record: &Record, actor: &Actor, kind: Kind) -> (Vec<String>, Vec<String>) {
    let account = record.account().unwrap_or_default();
    (group(account, actor, kind), thread(account, actor, kind, record.event_time()))
}

/// The parts of the name of what comes in one go: account, principal and kind.
fn group(account: &str, actor: &Actor, kind: Kind) -> Vec<String> {
    [account, &actor.key().unwrap_or_default(), kind.word()].map(str::to_owned).to_vec()
}

/// The parts of a thread's name: the group's, with the UTC day. What was done in a console session stands under the
/// day's sign-ins of the same principal.
fn thread(account: &str, actor: &Actor, kind: Kind, at: Option<Timestamp>) -> Vec<String> {
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
        thread(self.account(), &self.data.actor, self.kind, self.time)
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
