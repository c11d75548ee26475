//! The credentials that are alive, and the way from them back to somebody.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use trailbell_record::{
    Actor, ActorKind, Behind, Credential, GrantTexts, GrantWay, Hop, How, PlainCaller, Record, SessionGrant,
    Sure,
};
use trailbell_text::Untrusted;

use crate::machine::{is_machine, is_machine_name};

/// How long after credentials have run out what was done with them may still arrive.
const LATE: SignedDuration = SignedDuration::from_hours(3);
/// How far the beginning of a switched session may be from the record of the switch.
const SWITCH_APART: SignedDuration = SignedDuration::from_mins(2);
/// Credentials that are remembered at once; of more, those that run out first are forgotten.
const MOST: usize = 50_000;
/// Longer texts are no names.
const MOST_BYTES: usize = 2_048;
/// Roles that are followed one from another. AWS lets a chain of roles go on for ever, an hour at a time.
const LONGEST_CHAIN: usize = 10;

/// Credentials that were handed out lately. Its size has a bound.
#[derive(Debug, Default)]
pub struct Sessions {
    /// By the access key, a switched session's name, or what two accounts' records share.
    grants: HashMap<String, Kept>,
    /// How many of them are role switches, to which a session that acts with no known key may go back.
    switches: usize,
    /// Keys by what both accounts' records of one grant share.
    by_shared: HashMap<String, String>,
    /// Keys of those whose name an identity provider gave, by that name.
    by_name: HashMap<String, String>,
    by_end: BTreeSet<(Timestamp, String)>,
    changed: BTreeSet<String>,
}

/// One set of credentials, which may not have been read yet.
#[derive(Debug)]
struct Kept {
    ends: Timestamp,
    /// The texts of [`GrantTexts`].
    texts: Option<Box<str>>,
    grant: OnceCell<Option<Box<Grant>>>,
}

impl Kept {
    fn read(grant: Grant) -> Self {
        Self { ends: grant.ends, texts: None, grant: OnceCell::from(Some(Box::new(grant))) }
    }

    fn unread(texts: &GrantTexts<'_>, heard: Timestamp) -> Self {
        Self { ends: end(texts.expires, heard), texts: Some(texts.whole().into()), grant: OnceCell::new() }
    }

    fn get(&self) -> Option<&Grant> {
        let read = || {
            let grant = GrantTexts::of(self.texts.as_deref()?)?.grant()?;
            let caller = Caller::of(&grant.caller);
            Some(Box::new(Grant::of(&grant, Way::Role, caller, self.ends)))
        };
        self.grant.get_or_init(read).as_deref()
    }

    fn shared(&self) -> Option<&str> {
        match self.grant.get() {
            Some(grant) => grant.as_deref()?.shared.as_deref(),
            None => GrantTexts::of(self.texts.as_deref()?)?.shared(),
        }
    }

    /// To be changed.
    fn get_mut(&mut self) -> Option<&mut Grant> {
        self.get()?;
        self.texts = None;
        self.grant.get_mut()?.as_deref_mut()
    }

    /// The name of a session, where an identity provider gave it; of such nothing is left unread.
    fn name(&self) -> Option<String> {
        let grant = self.grant.get()?.as_deref()?;
        Some(named(grant.account.as_ref(), grant.role.as_ref(), grant.session.as_ref()?))
    }

    fn into_grant(mut self) -> Option<Grant> {
        self.get_mut()?;
        self.grant.into_inner()?.map(|grant| *grant)
    }
}

/// When credentials are forgotten. Those of which one hears long after they have run out, as past logs are caught up with, are
/// remembered from then on as long as any: what was done with them comes, too.
fn end(expires: Timestamp, heard: Timestamp) -> Timestamp {
    expires.max(heard).saturating_add(LATE).unwrap_or(expires)
}

/// One set of credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Grant {
    way: Way,
    at: Timestamp,
    ends: Timestamp,
    caller: Caller,
    role: Option<Untrusted>,
    account: Option<Untrusted>,
    source_identity: Option<Untrusted>,
    shared: Option<String>,
    /// The session's name, where an identity provider gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Untrusted>,
}

/// How they were handed out, as far as it makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Way {
    /// A role was taken.
    Role,
    /// A role was taken by somebody an identity provider vouches for.
    Federated,
    /// The same principal goes on by other credentials.
    Same,
    /// In the console.
    Switch,
}

/// Who asked for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Caller {
    kind: ActorKind,
    name: Untrusted,
    account: Option<Untrusted>,
    arn: Option<Untrusted>,
    role: Option<Untrusted>,
    key: Option<String>,
    is_machine: bool,
}

/// What was done with credentials, as far as it tells who is behind them.
struct Acted<'a> {
    actor: &'a Actor,
    at: Option<Timestamp>,
    is_sign_in: bool,
    /// When the session began.
    began: Option<Timestamp>,
    /// Of the session.
    source_identity: Option<Untrusted>,
    /// Whether it is a program's session, and whether that is certain.
    is_machine: Option<bool>,
}

impl Grant {
    fn of(grant: &SessionGrant, way: Way, caller: Caller, ends: Timestamp) -> Self {
        Self {
            way,
            at: grant.at,
            ends,
            caller,
            role: grant.role.clone(),
            account: grant.account.clone(),
            source_identity: grant.source_identity.clone(),
            shared: grant.shared.clone(),
            session: grant.session.clone().filter(|_| way == Way::Federated),
        }
    }
}

impl Caller {
    fn of(actor: &Actor) -> Self {
        Self {
            kind: actor.kind,
            name: actor.name.clone(),
            account: actor.account.clone(),
            arn: actor.arn.clone(),
            role: actor.role.clone(),
            key: actor.credential.access_key_id().map(|key| key.raw().to_owned()),
            is_machine: false,
        }
    }

    /// Whether it is a role's session, behind which there is somebody; Identity Center's are people's own.
    fn is_session(&self) -> bool {
        let has_role = self.role.as_ref().is_some_and(|role| !role.is_empty());
        has_role && matches!(self.kind, ActorKind::AssumedRole | ActorKind::OutsideAccount)
    }

    /// Of two records of one grant, the caller's own account knows who it was.
    fn tells(&self) -> bool {
        !matches!(self.kind, ActorKind::OutsideAccount | ActorKind::Unknown) || self.is_session()
    }
}

impl Sessions {
    /// Remembers credentials that were handed out.
    pub fn learn(&mut self, grant: &SessionGrant, heard: Timestamp) {
        if is_oversized(grant) {
            return;
        }
        let mut caller = Caller::of(&grant.caller);
        let way = match grant.way {
            GrantWay::Role | GrantWay::Root => Way::Role,
            GrantWay::Saml | GrantWay::WebIdentity => Way::Federated,
            GrantWay::SessionToken | GrantWay::FederationToken => Way::Same,
            GrantWay::Switch => Way::Switch,
        };
        if grant.way == GrantWay::WebIdentity {
            // Pipelines and pods say what they are; people's names are their providers'.
            caller.is_machine = is_pipeline(caller.name.raw());
        }
        if let Some(from) = &grant.switched_from {
            let text = |value: &Option<Untrusted>| value.clone().filter(|value| !value.is_empty());
            let Some(name) = text(&from.from_name) else { return };
            let arn = text(&from.from_arn);
            let of = |part: &str| arn.as_ref().is_some_and(|arn| arn.raw().contains(part));
            let kind = if of(":user/") { ActorKind::IamUser } else { ActorKind::AssumedRole };
            let role =
                arn.as_ref().filter(|_| of(":assumed-role/")).and_then(|arn| arn.raw().split('/').nth(1));
            caller = Caller {
                kind,
                name,
                account: text(&from.from_account),
                role: role.map(Untrusted::from),
                arn,
                key: None,
                is_machine: false,
            };
        }
        let known = Grant::of(grant, way, caller, end(grant.expires, heard));
        match (&grant.key, way, &grant.shared) {
            (Some(key), ..) => self.put(key.raw().to_owned(), Kept::read(known)),
            (None, Way::Switch, _) => {
                let Some(session) = &grant.session else { return };
                let key = switched(known.account.as_ref(), known.role.as_ref(), session);
                self.put(key, Kept::read(known));
            }
            // The other account's record may have the key.
            (None, _, Some(shared)) => self.put(format!("shared/{shared}"), Kept::read(known)),
            (None, ..) => {}
        }
    }

    /// Remembers credentials that were handed out, without reading more of them than their key. What is known then is what
    /// [`Sessions::learn`] would know.
    pub fn learn_texts(&mut self, grant: &GrantTexts<'_>, heard: Timestamp) {
        // Many an event is in more than one file.
        let known = self.grants.get(grant.key);
        if known.is_some_and(|known| known.texts.as_deref() == Some(grant.whole())) {
            if let Some(shared) = grant.shared() {
                self.by_shared.insert(shared.to_owned(), grant.key.to_owned());
            }
            return;
        }
        self.put(grant.key.to_owned(), Kept::unread(grant, heard));
    }

    /// Whether [`Sessions::behind_caller`] may know somebody behind whoever asked for the credentials.
    pub fn may_know_caller(&self, grant: &GrantTexts<'_>) -> bool {
        match grant.caller() {
            PlainCaller::User { .. } => false,
            PlainCaller::Session { key } => {
                self.switches > 0 || key.is_some_and(|key| self.grants.contains_key(key))
            }
            PlainCaller::Other => true,
        }
    }

    fn put(&mut self, key: String, mut grant: Kept) {
        let shared = grant.shared().map(str::to_owned);
        if let Some(shared) = shared.clone() {
            let half = format!("shared/{shared}");
            let other = self.by_shared.get(&shared).cloned();
            if key == half {
                if let Some(other) = other.filter(|other| *other != half) {
                    self.join(&other, grant);
                    return;
                }
                self.by_shared.insert(shared, key.clone());
            } else {
                if other.as_ref() == Some(&half)
                    && let Some(other) = self.take(&half)
                    && let Some(grant) = grant.get_mut()
                {
                    merge(grant, other);
                }
                self.by_shared.insert(shared, key.clone());
            }
        }
        if self.grants.contains_key(&key) {
            self.join(&key, grant);
            // A grant has one; logs can be made that have very many.
            let of_it = self.grants.get(&key).and_then(Kept::shared);
            if let Some(shared) = shared.filter(|shared| of_it != Some(shared)) {
                self.by_shared.remove(&shared);
            }
            return;
        }
        while self.grants.len() >= MOST {
            self.forget_first();
        }
        self.remember(key.clone(), grant);
        self.changed.insert(key);
    }

    fn remember(&mut self, key: String, kept: Kept) {
        if let Some(name) = kept.name() {
            self.by_name.insert(name, key.clone());
        }
        self.switches += usize::from(is_switch(&key));
        self.by_end.insert((kept.ends, key.clone()));
        self.grants.insert(key, kept);
    }

    fn join(&mut self, key: &str, other: Kept) {
        if let Some(known) = self.grants.get_mut(key)
            && let (Some(grant), Some(other)) = (known.get_mut(), other.into_grant())
        {
            merge(grant, other);
            self.changed.insert(key.to_owned());
        }
    }

    fn take(&mut self, key: &str) -> Option<Grant> {
        let kept = self.grants.remove(key)?;
        self.switches -= usize::from(is_switch(key));
        self.by_end.remove(&(kept.ends, key.to_owned()));
        self.changed.insert(key.to_owned());
        kept.into_grant()
    }

    fn forget_first(&mut self) {
        let Some((_, key)) = self.by_end.pop_first() else { return };
        if let Some(kept) = self.grants.remove(&key) {
            self.switches -= usize::from(is_switch(&key));
            if let Some(shared) = kept.shared()
                && self.by_shared.get(shared) == Some(&key)
            {
                self.by_shared.remove(shared);
            }
            if let Some(name) = kept.name()
                && self.by_name.get(&name) == Some(&key)
            {
                self.by_name.remove(&name);
            }
        }
        self.changed.insert(key);
    }

    /// Forgets what has run out.
    pub fn forget(&mut self, now: Timestamp) {
        while self.by_end.first().is_some_and(|(ends, _)| *ends < now) {
            self.forget_first();
        }
    }

    /// Who is behind what was done, where it was done in a role or with other temporary credentials of somebody's.
    pub fn behind(&self, record: &Record, actor: &Actor) -> Option<Behind> {
        let acted = Acted {
            actor,
            at: record.event_time(),
            is_sign_in: record.event_type().eq_ignore_ascii_case("AwsConsoleSignIn"),
            began: record.session_began(),
            source_identity: record.untrusted(&["userIdentity", "sessionContext", "sourceIdentity"]),
            is_machine: is_machine(record, actor),
        };
        self.find(&acted)
    }

    /// Who is behind whoever asked for credentials. A role switch says so itself. What only the caller's program tells, that it is one, is
    /// not known here; nobody is certain behind such a session either way.
    pub fn behind_caller(&self, grant: &SessionGrant) -> Option<Behind> {
        if grant.way == GrantWay::Switch {
            return None;
        }
        let acted = Acted {
            actor: &grant.caller,
            at: Some(grant.at),
            is_sign_in: false,
            began: grant.caller_began,
            source_identity: grant.caller_source_identity.clone(),
            is_machine: is_machine_name(grant.caller.name.raw()).then_some(false),
        };
        self.find(&acted)
    }

    fn get(&self, key: &str) -> Option<&Grant> {
        self.grants.get(key)?.get()
    }

    fn find(&self, acted: &Acted<'_>) -> Option<Behind> {
        let actor = acted.actor;
        if actor.kind == ActorKind::IdentityCenterUser {
            let hop = Hop { role: actor.permission_set()?, account: actor.account.clone() };
            let (name, kind) = (actor.name.clone(), ActorKind::IdentityCenterUser);
            let behind = somebody(name, kind, Some(hop), How::IdentityCenter, Sure::Certain);
            return Some(Behind { account: actor.account.clone(), ..behind });
        }
        if !matches!(
            actor.kind,
            ActorKind::AssumedRole | ActorKind::FederatedUser | ActorKind::OutsideAccount
        ) {
            return None;
        }
        let own = actor.role.as_ref().filter(|role| !role.is_empty());
        let first = own.map(|role| Hop { role: role.clone(), account: actor.account.clone() });
        let key = actor.credential.access_key_id().map(Untrusted::raw);
        if let Some(grant) = key.and_then(|key| self.get(key)) {
            return Some(self.follow(first, grant));
        }
        if actor.kind == ActorKind::OutsideAccount {
            return None;
        }
        if let Some(name) = acted.source_identity.clone() {
            let is_user = own.is_some() || actor.kind == ActorKind::FederatedUser;
            let kind = if is_user { ActorKind::Unknown } else { actor.kind };
            return Some(somebody(name, kind, first, How::SourceIdentity, Sure::Likely));
        }
        if let Some(switched) = own.and_then(|role| self.switched(acted, role)) {
            let (grant, sure) = switched;
            let mut behind = self.follow(first, grant);
            behind.sure = behind.sure.min(sure);
            return Some(behind);
        }
        if let Some(grant) = self.vouched(acted, key) {
            let mut behind = self.follow(first, grant);
            behind.sure = behind.sure.min(Sure::Likely);
            return Some(behind);
        }
        let is_service_linked = own.is_some_and(|role| role.raw().starts_with("AWSServiceRoleFor"));
        if is_service_linked {
            return Some(somebody(
                actor.name.clone(),
                ActorKind::AwsService,
                first,
                How::Machine,
                Sure::Certain,
            ));
        }
        if let Some(certain) = acted.is_machine {
            let sure = if certain { Sure::Certain } else { Sure::Likely };
            return Some(somebody(actor.name.clone(), actor.kind, first, How::Machine, sure));
        }
        // Only the taker's word.
        let is_claim = actor.kind == ActorKind::AssumedRole && !actor.name.is_empty();
        is_claim
            .then(|| somebody(actor.name.clone(), ActorKind::Unknown, first, How::SessionName, Sure::Claimed))
    }

    /// A sign-in to the console carries no key; the session is called as the identity provider called it when it vouched for somebody.
    fn vouched(&self, acted: &Acted<'_>, key: Option<&str>) -> Option<&Grant> {
        let actor = acted.actor;
        if !acted.is_sign_in || key.is_some_and(|key| !key.is_empty()) {
            return None;
        }
        let name = named(actor.account.as_ref(), actor.role.as_ref(), &actor.name);
        let grant = self.get(self.by_name.get(&name)?)?;
        let at = acted.at?;
        (grant.at <= at && at <= grant.ends).then_some(grant)
    }

    /// The switch that began the session: the last one before it, or the one at its very beginning.
    fn switched(&self, acted: &Acted<'_>, role: &Untrusted) -> Option<(&Grant, Sure)> {
        let actor = acted.actor;
        let grant = self.get(&switched(actor.account.as_ref(), Some(role), &actor.name))?;
        let apart = acted.began.map(|began| began.duration_since(grant.at).abs());
        let is_console = matches!(actor.credential, Credential::ConsoleSession(_));
        match apart {
            Some(apart) if apart <= SWITCH_APART => Some((grant, Sure::Certain)),
            _ if is_console && acted.at.is_none_or(|at| at >= grant.at) => Some((grant, Sure::Likely)),
            _ => None,
        }
    }

    /// From credentials back to whoever asked for the first of them.
    fn follow(&self, first: Option<Hop>, grant: &Grant) -> Behind {
        let (at, how) = (grant.at, grant.way.how());
        let mut chain: Vec<Hop> = first.into_iter().collect();
        let mut grant = grant;
        let mut source_identity = grant.source_identity.clone();
        for _ in 0..LONGEST_CHAIN {
            let caller = &grant.caller;
            let Some(role) = caller.role.as_ref().filter(|role| !role.is_empty()) else { break };
            if !caller.is_session() {
                break;
            }
            let before = caller.key.as_ref().and_then(|key| self.get(key));
            let hop = Hop { role: role.clone(), account: caller.account.clone() };
            // A session that a session of its own handed out is a loop nobody can follow.
            let Some(before) = before.filter(|before| before.at <= grant.at) else {
                chain.push(hop);
                return Self::end(chain, caller, source_identity, at, how);
            };
            chain.push(hop);
            grant = before;
            source_identity = source_identity.or_else(|| grant.source_identity.clone());
        }
        // The same user by other credentials.
        for _ in 0..LONGEST_CHAIN {
            let before = grant.caller.key.as_ref().and_then(|key| self.get(key));
            match before.filter(|before| before.way == Way::Same && before.at <= grant.at) {
                Some(before) => grant = before,
                None => break,
            }
        }
        let how = if grant.way == Way::Federated && chain.len() <= 1 { How::Federated } else { how };
        Self::end(chain, &grant.caller, source_identity, at, how)
    }

    fn end(
        chain: Vec<Hop>,
        caller: &Caller,
        source_identity: Option<Untrusted>,
        at: Timestamp,
        how: How,
    ) -> Behind {
        let mut behind = Behind {
            name: caller.name.clone(),
            kind: caller.kind,
            account: caller.account.clone(),
            arn: caller.arn.clone(),
            chain,
            how,
            sure: Sure::Certain,
            at: Some(at),
        };
        let is_session = caller.is_session();
        match source_identity {
            // The role's session at the end has no known taker, but says who stands behind it.
            Some(name) if is_session || !caller.tells() => {
                behind.name = name;
                behind.kind = ActorKind::Unknown;
                behind.arn = None;
                behind.how = How::SourceIdentity;
                behind.sure = Sure::Likely;
            }
            _ if caller.is_machine || (is_session && is_machine_name(caller.name.raw())) => {
                behind.how = How::Machine;
                behind.sure = if caller.is_machine { Sure::Certain } else { Sure::Likely };
            }
            _ if is_session => {
                behind.how = How::SessionName;
                behind.sure = Sure::Claimed;
            }
            _ if !caller.tells() => behind.sure = Sure::Likely,
            _ => {}
        }
        behind
    }

    /// Nobody keeps what has changed.
    pub fn drop_changes(&mut self) {
        self.changed.clear();
    }

    /// What has changed since the last call, for keeping; `None` where it is forgotten.
    pub fn take_changes(&mut self) -> Vec<(String, Option<String>)> {
        let changed = std::mem::take(&mut self.changed);
        let kept = |key: String| {
            let kept = self.get(&key).and_then(|grant| serde_json::to_string(grant).ok());
            (key, kept)
        };
        changed.into_iter().map(kept).collect()
    }

    /// Remembers what [`Sessions::take_changes`] gave. What another version wrote is not known any more.
    pub fn restore(&mut self, rows: impl IntoIterator<Item = (String, String)>) {
        let rows: BTreeMap<String, Grant> = rows
            .into_iter()
            .filter_map(|(key, kept)| Some((key, serde_json::from_str(&kept).ok()?)))
            .collect();
        for (key, grant) in rows {
            if let Some(shared) = &grant.shared {
                self.by_shared.insert(shared.clone(), key.clone());
            }
            self.remember(key, Kept::read(grant));
        }
    }

    /// How many credentials are known.
    pub fn len(&self) -> usize {
        self.grants.len()
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }
}

impl Way {
    const fn how(self) -> How {
        match self {
            Self::Role | Self::Same => How::KeyIssued,
            Self::Federated => How::Federated,
            Self::Switch => How::RoleSwitch,
        }
    }
}

/// Two accounts' records of one grant: what either does not know, the other may.
fn merge(known: &mut Grant, other: Grant) {
    if !known.caller.tells() && other.caller.tells() {
        known.caller = other.caller;
    }
    known.role = known.role.take().or(other.role);
    known.account = known.account.take().or(other.account);
    known.source_identity = known.source_identity.take().or(other.source_identity);
    known.shared = known.shared.take().or(other.shared);
}

/// Logs can be made by anybody; no name that AWS gives out is this long.
fn is_oversized(grant: &SessionGrant) -> bool {
    let SessionGrant { key, caller, role, account, session, source_identity, shared, .. } = grant;
    let texts = [
        key.as_ref(),
        Some(&caller.name),
        caller.arn.as_ref(),
        caller.role.as_ref(),
        caller.account.as_ref(),
        caller.credential.access_key_id(),
        role.as_ref(),
        account.as_ref(),
        session.as_ref(),
        source_identity.as_ref(),
    ];
    texts.into_iter().flatten().any(|text| text.raw().len() > MOST_BYTES)
        || shared.as_ref().is_some_and(|shared| shared.len() > MOST_BYTES)
}

fn switched(account: Option<&Untrusted>, role: Option<&Untrusted>, session: &Untrusted) -> String {
    format!("switch/{}", named(account, role, session))
}

fn is_switch(key: &str) -> bool {
    key.starts_with("switch/")
}

/// A session by the role's account and name and by its own.
fn named(account: Option<&Untrusted>, role: Option<&Untrusted>, session: &Untrusted) -> String {
    let text = |value: Option<&Untrusted>| value.map(|value| value.raw().to_owned()).unwrap_or_default();
    format!("{}/{}/{}", text(account), text(role), session.raw())
}

fn somebody(name: Untrusted, kind: ActorKind, first: Option<Hop>, how: How, sure: Sure) -> Behind {
    Behind { name, kind, account: None, arn: None, chain: first.into_iter().collect(), how, sure, at: None }
}

/// The subjects of pipelines' and pods' tokens: `repo:org/app:ref:refs/heads/main`, `system:serviceaccount:prod:api`, `project_path:...`.
fn is_pipeline(name: &str) -> bool {
    ["repo:", "system:serviceaccount:", "project_path:", "organization:", "project:"]
        .iter()
        .any(|start| name.starts_with(start))
}
