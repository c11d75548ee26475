//! The edits of policies that were seen, by policy and in the order of their time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use trailbell_record::{Edit, PolicyEdit, PolicySeen};
use trailbell_text::Untrusted;

/// Edits that are remembered of one policy: AWS keeps five versions of a managed one, and which was in force when is an edit, too.
const MOST_EDITS: usize = 8;
/// Bytes of all policies together; of more, those that were left alone longest are forgotten.
const MOST_BYTES: usize = 8 << 20;
/// A longer text is not remembered, only that there was one: AWS allows 10,240 characters, which percent-encoding may treble.
const LONGEST_TEXT: usize = 32 << 10;
/// Longer texts are no names.
const LONGEST_NAME: usize = 2_048;
/// About what an edit takes beside its texts.
const EDIT_BYTES: usize = 160;

/// What policies said lately. Its size has a bound.
#[derive(Debug)]
pub struct PolicyVersions {
    policies: HashMap<String, Policy>,
    by_last: BTreeSet<(Timestamp, String)>,
    bytes: usize,
    most_bytes: usize,
    forget: SignedDuration,
    changed: BTreeSet<String>,
}

/// Its edits in the order of their time; never empty.
#[derive(Debug, Default)]
struct Policy(Vec<Known>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    at: Timestamp,
    event: String,
    event_id: Option<Untrusted>,
    edit: Edit,
}

impl Default for PolicyVersions {
    /// Forgets nothing for its age.
    fn default() -> Self {
        Self::new(SignedDuration::MAX)
    }
}

impl PolicyVersions {
    /// Forgets policies that nobody has touched for so long.
    pub fn new(forget: SignedDuration) -> Self {
        Self {
            policies: HashMap::new(),
            by_last: BTreeSet::new(),
            bytes: 0,
            most_bytes: MOST_BYTES,
            forget,
            changed: BTreeSet::new(),
        }
    }

    /// Remembers an edit. The same one again teaches nothing.
    pub fn learn(&mut self, edit: &PolicyEdit) {
        let PolicyEdit { policy, at, event, event_id, edit } = edit;
        let names =
            [Some(policy.as_str()), Some(event), event_id.as_ref().map(Untrusted::raw), version(edit)];
        if names.into_iter().flatten().any(|name| name.len() > LONGEST_NAME) {
            return;
        }
        let mut known =
            Known { at: *at, event: event.clone(), event_id: event_id.clone(), edit: edit.clone() };
        if let Some(text) = text_mut(&mut known.edit) {
            text.take_if(|text| text.len() > LONGEST_TEXT);
        }
        self.join(policy, known);
    }

    fn join(&mut self, policy: &str, known: Known) {
        let mut edits = self.take(policy).0;
        if edits.iter().all(|one| one.event != known.event) {
            // Of two in one second the one that came first was first.
            let place = edits.partition_point(|one| one.at <= known.at);
            edits.insert(place, known);
            if edits.len() > MOST_EDITS {
                edits.remove(0);
            }
            self.changed.insert(policy.to_owned());
        }
        self.put(policy.to_owned(), Policy(edits));
    }

    fn take(&mut self, policy: &str) -> Policy {
        let Some(known) = self.policies.remove(policy) else { return Policy::default() };
        self.by_last.remove(&(known.last(), policy.to_owned()));
        self.bytes -= known.bytes(policy);
        known
    }

    fn put(&mut self, policy: String, known: Policy) {
        self.by_last.insert((known.last(), policy.clone()));
        self.bytes += known.bytes(&policy);
        self.policies.insert(policy, known);
        while self.bytes > self.most_bytes && self.forget_first() {}
    }

    fn forget_first(&mut self) -> bool {
        let Some((_, policy)) = self.by_last.first().cloned() else { return false };
        self.take(&policy);
        self.changed.insert(policy);
        true
    }

    /// Forgets what nobody has touched for long.
    pub fn forget(&mut self, now: Timestamp) {
        let Ok(before) = now.checked_sub(self.forget) else { return };
        while self.by_last.first().is_some_and(|(last, _)| *last < before) {
            self.forget_first();
        }
    }

    /// What was in force before an edit; `None` where nothing was, or nothing is known. Of a version that was only named, there may be no text.
    pub fn before(&self, edit: &PolicyEdit) -> Option<PolicySeen> {
        if matches!(edit.edit, Edit::Made { .. }) {
            return None;
        }
        let edits = &self.policies.get(&edit.policy)?.0;
        in_force(edits.get(..place(edits, edit))?)
    }

    /// What a managed policy, which a record of that time only names, said then.
    pub fn named(&self, policy: &str, at: Timestamp) -> Option<PolicySeen> {
        let edits = &self.policies.get(policy)?.0;
        in_force(&edits[..edits.partition_point(|one| one.at <= at)])
    }

    /// What an edit that only names a version puts in force.
    pub fn put_in_force(&self, edit: &PolicyEdit) -> Option<PolicySeen> {
        let Edit::InForce { version } = &edit.edit else { return None };
        let edits = &self.policies.get(&edit.policy)?.0;
        of_version(edits.get(..place(edits, edit))?, version.as_ref()?)
    }

    /// Nobody keeps what has changed.
    pub fn drop_changes(&mut self) {
        self.changed.clear();
    }

    /// What has changed since the last call, for keeping; `None` where it is forgotten.
    pub fn take_changes(&mut self) -> Vec<(String, Option<String>)> {
        let changed = std::mem::take(&mut self.changed);
        let kept = |policy: String| {
            let kept = self.policies.get(&policy).and_then(|known| serde_json::to_string(&known.0).ok());
            (policy, kept)
        };
        changed.into_iter().map(kept).collect()
    }

    /// Remembers what [`PolicyVersions::take_changes`] gave. What another version wrote is not known any more.
    pub fn restore(&mut self, rows: impl IntoIterator<Item = (String, String)>) {
        let rows: BTreeMap<String, Vec<Known>> = rows
            .into_iter()
            .filter_map(|(policy, kept)| Some((policy, serde_json::from_str(&kept).ok()?)))
            .collect();
        for (policy, edits) in rows {
            if !edits.is_empty() {
                self.take(&policy);
                self.put(policy, Policy(edits));
            }
        }
    }

    /// Adds what another memory gave by [`PolicyVersions::take_changes`] of a policy.
    pub fn add(&mut self, policy: &str, kept: &str) {
        for known in serde_json::from_str::<Vec<Known>>(kept).into_iter().flatten() {
            self.join(policy, known);
        }
    }

    /// How many policies are known.
    pub fn len(&self) -> usize {
        self.policies.len()
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }
}

impl Policy {
    fn last(&self) -> Timestamp {
        self.0.last().map_or(Timestamp::MIN, |known| known.at)
    }

    fn bytes(&self, name: &str) -> usize {
        let texts = self.0.iter().map(|known| {
            let event_id = known.event_id.as_ref().map_or(0, |id| id.raw().len());
            let text = text(&known.edit).map_or(0, str::len);
            EDIT_BYTES + known.event.len() + event_id + text + version(&known.edit).map_or(0, str::len)
        });
        name.len() * 2 + texts.sum::<usize>()
    }
}

/// Where the edit stands among those that are known, or would.
fn place(edits: &[Known], edit: &PolicyEdit) -> usize {
    let own = edits.iter().position(|one| one.event == edit.event);
    // It was forgotten, or never learned: of one second, nobody knows what came first.
    own.unwrap_or_else(|| edits.partition_point(|one| one.at < edit.at))
}

/// What is in force after these.
fn in_force(edits: &[Known]) -> Option<PolicySeen> {
    let changes_nothing = |edit: &Edit| matches!(edit, Edit::Version { in_force: false, .. });
    let (index, last) = edits.iter().enumerate().rev().find(|(_, one)| !changes_nothing(&one.edit))?;
    match &last.edit {
        Edit::Gone => None,
        Edit::InForce { version } => {
            let named = version.as_ref().and_then(|version| of_version(&edits[..index], version));
            Some(named.unwrap_or_else(|| seen(last)))
        }
        _ => Some(seen(last)),
    }
}

/// The version, of the policy as it was made last.
fn of_version(edits: &[Known], wanted: &Untrusted) -> Option<PolicySeen> {
    for one in edits.iter().rev() {
        let has_text = matches!(one.edit, Edit::Made { .. } | Edit::Version { .. });
        if has_text && version(&one.edit) == Some(wanted.raw()) {
            return Some(seen(one));
        }
        // A policy that was made again counts its versions anew.
        if matches!(one.edit, Edit::Made { .. } | Edit::Gone) {
            return None;
        }
    }
    None
}

fn seen(known: &Known) -> PolicySeen {
    PolicySeen {
        text: text(&known.edit).map(str::to_owned),
        version: version(&known.edit).map(Untrusted::from),
        event_id: known.event_id.clone(),
        at: known.at,
    }
}

fn text(edit: &Edit) -> Option<&str> {
    match edit {
        Edit::Made { text, .. } | Edit::Put { text } | Edit::Version { text, .. } => text.as_deref(),
        Edit::InForce { .. } | Edit::Gone => None,
    }
}

const fn text_mut(edit: &mut Edit) -> Option<&mut Option<String>> {
    match edit {
        Edit::Made { text, .. } | Edit::Put { text } | Edit::Version { text, .. } => Some(text),
        Edit::InForce { .. } | Edit::Gone => None,
    }
}

fn version(edit: &Edit) -> Option<&str> {
    match edit {
        Edit::Made { version, .. } | Edit::Version { version, .. } | Edit::InForce { version } => {
            version.as_ref().map(Untrusted::raw)
        }
        Edit::Put { .. } | Edit::Gone => None,
    }
}
