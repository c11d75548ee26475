//! One human action is several records: this puts them back together.
//!
//! An event that says it may belong with others (a [`Belonging`]: keys, a window, a rank) opens a group or joins the
//! open group that has one of its keys; of a group the event of the highest rank leads and the others are folded into it.
//!
//! Looking back, events come in the order of their time, which is the only clock: a group closes when its window is
//! over, and events leave in the order of their leaders' times ([`Folder::close_until`], [`Folder::pop`]). Keeping watch,
//! events come late and in any order, and nobody can wait for a window's end: a group is told when its patience is over
//! ([`Folder::tell_until`], [`Folder::pop_any`]) and then stays a while as [`Company`] that late records of
//! the same action still join.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use trailbell_outbox::Identity;

/// Something that other things of its kind can be folded into.
pub(crate) trait Foldable {
    /// Its time in microseconds since 1970.
    fn time(&self) -> i64;
    /// Which it is.
    fn identity(&self) -> Identity;
    /// Takes another one in, which came before or after it.
    fn absorb(&mut self, other: Self);
}

/// With what an event belongs together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Belonging {
    /// Events that share any of these belong together. Never empty.
    pub(crate) keys: Vec<String>,
    /// How long after the group's first event others may still join, in microseconds.
    pub(crate) window: i64,
    /// How long keeping watch waits for company before it tells, in microseconds.
    pub(crate) patience: i64,
    /// Which event speaks for the group: the highest, of equals the first.
    pub(crate) rank: u32,
    /// A key that is told once: events of it after the window, for [`ONCE_FOR`], are the same thing again.
    pub(crate) once: Option<String>,
    /// Of events that share a key, those that differ in this are different things all the same (a second
    /// account opened from one portal).
    pub(crate) distinct: Option<String>,
    /// Whether the group waits only to be joined from *before*: this event closes it, and later ones open
    /// another (a second sign-in is a second sign-in).
    pub(crate) completes: bool,
}

/// How long what rings once stays told, in microseconds: 36 hours, the longest life AWS gives a session.
const ONCE_FOR: i64 = 36 * 3600 * 1_000_000;
/// How long after its window a told group still takes in what comes late, in microseconds: CloudTrail delivers
/// within about 15 minutes of the call, and sources look an hour back.
const LATE: i64 = 3600 * 1_000_000;
/// How many events one group takes: memory is bounded, and what comes after them is another notice.
const MAX_EVENTS: usize = 10_000;

#[derive(Debug)]
struct Group<T> {
    /// `None` once it has been told.
    leader: Option<T>,
    events: usize,
    once: Option<String>,
    company: Company,
}

/// What a group is joined by; of one that was told it is all that is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Company {
    keys: Vec<String>,
    /// The event that was told.
    told: Option<Identity>,
    rank: u32,
    distinct: Option<String>,
    /// Events from this time on may join, in microseconds.
    from: i64,
    /// Events up to this time may join.
    closes_at: i64,
    /// When it is forgotten, by the clock that closes groups.
    forgotten_at: i64,
}

/// See the [module's words](self).
#[derive(Debug)]
pub(crate) struct Folder<T> {
    groups: HashMap<u64, Group<T>>,
    group_of_key: HashMap<String, u64>,
    /// Groups by the time they close.
    closing: BTreeSet<(i64, u64)>,
    /// Keeping watch: groups by the time they are told.
    patience: BTreeSet<(i64, u64)>,
    /// What is ready, by the leader's time and order of arrival.
    ready: BTreeMap<(i64, u64), T>,
    /// Leaders' times of the open groups: nothing later than the first of them may leave.
    waiting: BTreeSet<(i64, u64)>,
    /// Keys that ring once: until when they are not told again.
    told_until: HashMap<String, i64>,
    arrivals: u64,
    swallowed: u64,
    /// Keeping watch: what has changed of its [`Memory`].
    changes: Option<Vec<Memory>>,
}

/// What must outlive a restart of what was told: by key, `None` where it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Memory {
    /// A told group that may still be joined, by the event that was told.
    Company(Identity, Option<Company>),
    /// A key that rings once: until when, in microseconds since 1970.
    Once(String, Option<i64>),
}

/// What keeping watch is told at once of an event it pushed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pushed<T> {
    /// It is ready, or waits in a group.
    Taken,
    /// It belongs to a group whose leader has been told.
    Late(Identity, T),
    /// It is the same thing again, of something that rings once.
    Again(T),
}

impl<T: Foldable> Folder<T> {
    pub(crate) fn new() -> Self {
        Self {
            groups: HashMap::new(),
            group_of_key: HashMap::new(),
            closing: BTreeSet::new(),
            patience: BTreeSet::new(),
            ready: BTreeMap::new(),
            waiting: BTreeSet::new(),
            told_until: HashMap::new(),
            arrivals: 0,
            swallowed: 0,
            changes: None,
        }
    }

    /// One that keeps watch: what it must remember is told by [`Folder::take_changes`].
    pub(crate) fn keeping_watch() -> Self {
        Self { changes: Some(Vec::new()), ..Self::new() }
    }

    /// What has changed since the last call.
    pub(crate) fn take_changes(&mut self) -> Vec<Memory> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn changed(&mut self, memory: impl FnOnce() -> Memory) {
        if let Some(changes) = &mut self.changes {
            changes.push(memory());
        }
    }

    fn company_changed(&mut self, id: u64) {
        let Some(Group { leader: None, company, .. }) = self.groups.get(&id) else { return };
        if let (Some(told), Some(changes)) = (&company.told, &mut self.changes) {
            changes.push(Memory::Company(told.clone(), Some(company.clone())));
        }
    }

    /// Events that were the same thing again, long after it was told.
    pub(crate) const fn swallowed(&self) -> u64 {
        self.swallowed
    }

    /// Looking back: takes the next event in time order.
    pub(crate) fn push(&mut self, event: T, belonging: Option<Belonging>) {
        self.close_until(event.time());
        if let Pushed::Again(_) = self.take(event, belonging, None) {
            self.swallowed += 1;
        }
    }

    /// Keeping watch: takes an event that arrived then, in microseconds since 1970. One so old that nothing can come late
    /// any more is taken as if looking back: whoever pushes calls [`Folder::close_until`] with the times of old events.
    pub(crate) fn push_arrived(&mut self, event: T, belonging: Option<Belonging>, arrived: i64) -> Pushed<T> {
        let window = belonging.as_ref().map_or(0, |belonging| belonging.window);
        let is_old = event.time().saturating_add(window).saturating_add(LATE) < arrived;
        self.take(event, belonging, (!is_old).then_some(arrived))
    }

    fn take(&mut self, event: T, belonging: Option<Belonging>, arrived: Option<i64>) -> Pushed<T> {
        let now = event.time();
        self.arrivals += 1;
        let Some(mut belonging) = belonging else {
            self.ready.insert((now, self.arrivals), event);
            return Pushed::Taken;
        };
        if let Some(id) = belonging.keys.iter().find_map(|key| self.group_of_key.get(key).copied())
            && let Some(group) = self.groups.get(&id)
        {
            if group.takes(now, &belonging) {
                return self.join(id, event, belonging, arrived.is_some());
            }
            if now < group.company.from {
                // What comes too late for its own group must not end a later one.
                belonging.keys.clear();
            } else {
                self.close(id);
            }
        }
        if belonging.once.as_ref().and_then(|key| self.told_until.get(key)).is_some_and(|until| now <= *until)
        {
            return Pushed::Again(event);
        }
        if belonging.completes {
            if let Some(arrived) = arrived {
                // Its steps may still come, though they happened before.
                self.remain(&belonging, event.identity(), now, arrived);
            }
            self.remember(belonging.once, now);
            self.ready.insert((now, self.arrivals), event);
            return Pushed::Taken;
        }
        let id = self.arrivals;
        let closes_at = now.saturating_add(belonging.window);
        let forgotten_at = match arrived {
            None => closes_at,
            Some(arrived) => closes_at.max(arrived).saturating_add(LATE),
        };
        if let Some(arrived) = arrived {
            self.patience.insert((arrived.saturating_add(belonging.patience), id));
        }
        self.waiting.insert((now, id));
        let Belonging { keys, window, rank, once, distinct, .. } = belonging;
        let from = now.saturating_sub(window);
        let company = Company { keys, told: None, rank, distinct, from, closes_at, forgotten_at };
        self.open(id, Group { leader: Some(event), events: 1, once, company });
        Pushed::Taken
    }

    fn open(&mut self, id: u64, group: Group<T>) {
        for key in &group.company.keys {
            self.group_of_key.insert(key.clone(), id);
        }
        self.closing.insert((group.company.forgotten_at, id));
        self.groups.insert(id, group);
    }

    /// A told event stays for what happened before it and comes after it.
    fn remain(&mut self, belonging: &Belonging, told: Identity, time: i64, arrived: i64) {
        let company = Company {
            keys: belonging.keys.clone(),
            told: Some(told),
            rank: belonging.rank,
            distinct: belonging.distinct.clone(),
            from: time.saturating_sub(belonging.window),
            closes_at: time,
            forgotten_at: time.max(arrived).saturating_add(LATE),
        };
        self.rejoin(company);
        self.company_changed(self.arrivals);
    }

    /// Keeping watch after a restart: a group that was told before it.
    pub(crate) fn rejoin(&mut self, company: Company) {
        self.arrivals += 1;
        let id = self.arrivals;
        self.open(id, Group { leader: None, events: 1, once: None, company });
    }

    /// Keeping watch after a restart: a key that was told until then.
    pub(crate) fn rejoin_once(&mut self, key: String, until: i64) {
        self.told_until.insert(key, until);
    }

    fn join(&mut self, id: u64, event: T, belonging: Belonging, keeps_watch: bool) -> Pushed<T> {
        let Some(group) = self.groups.get_mut(&id) else { return Pushed::Taken };
        let time = event.time();
        group.events += 1;
        let leads = belonging.rank > group.company.rank;
        let mut pushed = Pushed::Taken;
        match (group.leader.take(), leads) {
            (Some(mut leader), false) => {
                leader.absorb(event);
                group.leader = Some(leader);
            }
            (Some(leader), true) => {
                self.waiting.remove(&(leader.time(), id));
                self.waiting.insert((time, id));
                let mut event = event;
                event.absorb(leader);
                group.leader = Some(event);
            }
            // What says more than what was told is told too.
            (None, true) => {
                let before = group.company.told.replace(event.identity());
                if let (Some(before), Some(changes)) = (before, &mut self.changes) {
                    changes.push(Memory::Company(before, None));
                }
                self.ready.insert((time, self.arrivals), event);
            }
            (None, false) => {
                pushed = match group.company.told.clone() {
                    Some(told) => Pushed::Late(told, event),
                    None => Pushed::Taken,
                };
            }
        }
        group.company.rank = group.company.rank.max(belonging.rank);
        group.once = group.once.take().or(belonging.once);
        group.company.distinct = group.company.distinct.take().or(belonging.distinct);
        for key in belonging.keys {
            if !group.company.keys.contains(&key) {
                self.group_of_key.insert(key.clone(), id);
                group.company.keys.push(key);
            }
        }
        if belonging.completes {
            // The event the group was waiting for has come: later ones open another. Keeping watch, what happened
            // before may still come.
            group.company.closes_at = time;
            if keeps_watch {
                self.tell(id);
            } else {
                self.close(id);
            }
        }
        self.company_changed(id);
        pushed
    }

    /// Closes the groups whose time is over before `now`.
    pub(crate) fn close_until(&mut self, now: i64) {
        while let Some(&(closes_at, id)) = self.closing.first() {
            if closes_at >= now {
                break;
            }
            self.close(id);
        }
    }

    /// Keeping watch: tells the groups whose patience is over at `now`.
    pub(crate) fn tell_until(&mut self, now: i64) {
        while let Some(&(until, id)) = self.patience.first() {
            if until > now {
                break;
            }
            self.patience.remove(&(until, id));
            self.tell(id);
        }
    }

    /// Keeping watch: when the next group's patience is over.
    pub(crate) fn next_told(&self) -> Option<i64> {
        self.patience.first().map(|(until, _)| *until)
    }

    fn tell(&mut self, id: u64) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(leader) = group.leader.take() else { return };
        group.company.told = Some(leader.identity());
        let (time, once) = (leader.time(), group.once.take());
        self.waiting.remove(&(time, id));
        self.ready.insert((time, id), leader);
        self.company_changed(id);
        self.remember(once, time);
    }

    fn close(&mut self, id: u64) {
        self.tell(id);
        let Some(group) = self.groups.remove(&id) else { return };
        if let Some(told) = group.company.told {
            self.changed(|| Memory::Company(told, None));
        }
        self.closing.remove(&(group.company.forgotten_at, id));
        for key in &group.company.keys {
            if self.group_of_key.get(key) == Some(&id) {
                self.group_of_key.remove(key);
            }
        }
    }

    fn remember(&mut self, once: Option<String>, now: i64) {
        let Some(key) = once else { return };
        if self.told_until.len() > 10_000 {
            let changes = &mut self.changes;
            self.told_until.retain(|key, until| {
                let stays = *until >= now;
                if let (false, Some(changes)) = (stays, changes.as_mut()) {
                    changes.push(Memory::Once(key.clone(), None));
                }
                stays
            });
        }
        let until = now.saturating_add(ONCE_FOR);
        self.changed(|| Memory::Once(key.clone(), Some(until)));
        self.told_until.insert(key, until);
    }

    /// The next event that can be told: nothing that is still waiting can come to stand before it.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let (&(time, _), _) = self.ready.first_key_value()?;
        match self.waiting.first() {
            Some(&(waiting, _)) if waiting <= time => None,
            _ => self.pop_any(),
        }
    }

    /// Keeping watch: the next event that is ready, whatever waits.
    pub(crate) fn pop_any(&mut self) -> Option<T> {
        self.ready.pop_first().map(|(_, event)| event)
    }

    /// There is nothing more to come: every group closes.
    pub(crate) fn finish(&mut self) {
        self.close_until(i64::MAX);
        let left: Vec<u64> = self.groups.keys().copied().collect();
        for id in left {
            self.close(id);
        }
    }
}

impl<T> Group<T> {
    /// Whether an event of that time may join.
    fn takes(&self, time: i64, belonging: &Belonging) -> bool {
        let Company { distinct, from, closes_at, .. } = &self.company;
        let is_same = distinct.is_none() || belonging.distinct.is_none() || *distinct == belonging.distinct;
        is_same && self.events < MAX_EVENTS && (*from..=*closes_at).contains(&time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Event(i64, &'static str, Vec<&'static str>);

    impl Foldable for Event {
        fn time(&self) -> i64 {
            self.0
        }
        fn identity(&self) -> Identity {
            Identity::of(&[self.1, &self.0.to_string()])
        }
        fn absorb(&mut self, other: Self) {
            self.2.push(other.1);
            self.2.extend(other.2);
        }
    }

    fn belongs(key: &str, rank: u32, completes: bool) -> Belonging {
        Belonging {
            keys: vec![key.into()],
            window: 15,
            patience: 5,
            rank,
            once: None,
            distinct: None,
            completes,
        }
    }

    fn told(events: Vec<(Event, Option<Belonging>)>) -> Vec<Event> {
        let mut folder = Folder::new();
        let mut out = Vec::new();
        for (event, belonging) in events {
            folder.push(event, belonging);
            out.extend(std::iter::from_fn(|| folder.pop()));
        }
        folder.finish();
        out.extend(std::iter::from_fn(|| folder.pop()));
        out
    }

    fn event(at: i64, name: &'static str) -> Event {
        Event(at, name, vec![])
    }

    #[test]
    fn a_step_folds_into_the_sign_in_it_leads_to_and_order_is_kept() {
        let out = told(vec![
            (event(0, "CheckMfa"), Some(belongs("alice", 1, false))),
            (event(5, "CreateUser"), None),
            (event(10, "ConsoleLogin"), Some(belongs("alice", 2, true))),
            (event(11, "DeleteUser"), None),
            (event(12, "ConsoleLogin again"), Some(belongs("alice", 2, true))),
        ]);
        assert_eq!(
            out,
            [
                event(5, "CreateUser"),
                Event(10, "ConsoleLogin", vec!["CheckMfa"]),
                event(11, "DeleteUser"),
                event(12, "ConsoleLogin again"),
            ]
        );
    }

    #[test]
    fn a_step_that_leads_nowhere_is_told_after_its_window_in_its_place() {
        let out = told(vec![
            (event(0, "CheckMfa"), Some(belongs("alice", 1, false))),
            (event(5, "CreateUser"), None),
            (event(20, "ConsoleLogin"), Some(belongs("alice", 2, true))),
        ]);
        assert_eq!(out, [event(0, "CheckMfa"), event(5, "CreateUser"), event(20, "ConsoleLogin")]);
    }

    #[test]
    fn what_rings_once_is_not_told_again_for_a_day_and_a_half() {
        let once = || {
            let once = Some("session".to_owned());
            Some(Belonging { once, ..belongs("alice", 0, false) })
        };
        let out = told(vec![
            (event(0, "token"), once()),
            (event(100, "token"), once()),
            (event(200, "sign-in"), Some(belongs("alice", 1, true))),
            (event(ONCE_FOR + 1, "token"), once()),
        ]);
        assert_eq!(out, [event(0, "token"), event(200, "sign-in"), event(ONCE_FOR + 1, "token")]);
    }

    #[test]
    fn a_group_takes_so_many_and_the_next_begins() {
        let change = || (event(0, "change"), Some(belongs("stack", 0, false)));
        let out = told((0..=MAX_EVENTS).map(|_| change()).collect());
        assert_eq!(out.iter().map(|told| told.2.len()).collect::<Vec<_>>(), [MAX_EVENTS - 1, 0]);
    }

    #[test]
    fn two_different_things_by_one_person_stay_two() {
        let opens = |account: &str| {
            Some(Belonging { distinct: Some(account.to_owned()), ..belongs("carol", 1, false) })
        };
        let out = told(vec![
            (event(0, "portal"), Some(belongs("carol", 0, false))),
            (event(1, "blog"), opens("blog")),
            (event(2, "shop"), opens("shop")),
        ]);
        assert_eq!(out, [Event(1, "blog", vec!["portal"]), event(2, "shop")]);
    }

    const NOW: i64 = 10 * LATE;

    #[test]
    fn keeping_watch_tells_when_patience_is_over_and_takes_in_what_comes_late() {
        let mut folder = Folder::new();
        let first = folder.push_arrived(event(NOW, "step"), Some(belongs("carol", 0, false)), NOW);
        assert_eq!(first, Pushed::Taken);
        assert_eq!((folder.pop_any(), folder.next_told()), (None, Some(NOW + 5)));
        folder.tell_until(NOW + 5);
        assert_eq!(folder.pop_any(), Some(event(NOW, "step")));
        // Late company of less weight is told of inside; what says more is told.
        let late = folder.push_arrived(event(NOW + 1, "late"), Some(belongs("carol", 0, false)), NOW + 9);
        assert_eq!(late, Pushed::Late(event(NOW, "step").identity(), event(NOW + 1, "late")));
        folder.push_arrived(event(NOW + 2, "more"), Some(belongs("carol", 1, false)), NOW + 9);
        assert_eq!(folder.pop_any(), Some(event(NOW + 2, "more")));
    }

    #[test]
    fn keeping_watch_a_sign_in_is_told_at_once_and_its_step_may_come_after_it() {
        let mut folder = Folder::new();
        folder.push_arrived(event(NOW, "ConsoleLogin"), Some(belongs("alice", 2, true)), NOW + 3);
        assert_eq!(folder.pop_any(), Some(event(NOW, "ConsoleLogin")));
        let step = folder.push_arrived(event(NOW - 7, "CheckMfa"), Some(belongs("alice", 1, false)), NOW + 4);
        assert_eq!(step, Pushed::Late(event(NOW, "ConsoleLogin").identity(), event(NOW - 7, "CheckMfa")));
        // The next sign-in's step is not the last one's.
        let next = folder.push_arrived(event(NOW + 1, "CheckMfa"), Some(belongs("alice", 1, false)), NOW + 5);
        assert_eq!(next, Pushed::Taken);
        folder.push_arrived(event(NOW + 2, "again"), Some(belongs("alice", 2, true)), NOW + 6);
        assert_eq!(folder.pop_any(), Some(Event(NOW + 2, "again", vec!["CheckMfa"])));
    }

    #[test]
    fn keeping_watch_a_straggler_does_not_end_a_later_group() {
        let mut folder = Folder::new();
        folder.push_arrived(event(NOW, "CheckMfa"), Some(belongs("alice", 1, false)), NOW);
        folder.push_arrived(event(NOW - 100, "old CheckMfa"), Some(belongs("alice", 1, false)), NOW);
        assert_eq!(folder.pop_any(), None);
        folder.push_arrived(event(NOW + 1, "ConsoleLogin"), Some(belongs("alice", 2, true)), NOW + 1);
        assert_eq!(folder.pop_any(), Some(Event(NOW + 1, "ConsoleLogin", vec!["CheckMfa"])));
    }

    #[test]
    fn keeping_watch_what_is_old_is_folded_as_when_looking_back() {
        let mut folder = Folder::new();
        for (at, name, rank, completes) in
            [(0, "CheckMfa", 1, false), (5, "ConsoleLogin", 2, true), (40, "CheckMfa", 1, false)]
        {
            folder.close_until(at);
            folder.push_arrived(event(at, name), Some(belongs("alice", rank, completes)), NOW);
        }
        folder.close_until(NOW);
        assert_eq!(folder.pop_any(), Some(Event(5, "ConsoleLogin", vec!["CheckMfa"])));
        assert_eq!(folder.pop_any(), Some(event(40, "CheckMfa")));
        assert_eq!((folder.pop_any(), folder.groups.len()), (None, 0));
    }

    #[test]
    fn keeping_watch_a_told_group_is_known_after_a_restart() {
        let mut before = Folder::keeping_watch();
        before.push_arrived(event(NOW, "stack"), Some(belongs("stack", 0, false)), NOW);
        before.tell_until(NOW + 5);
        let mut after = Folder::new();
        for change in before.take_changes() {
            if let Memory::Company(_, Some(company)) = change {
                after.rejoin(company);
            }
        }
        let late = after.push_arrived(event(NOW + 6, "change"), Some(belongs("stack", 0, false)), NOW + 20);
        assert_eq!(late, Pushed::Late(event(NOW, "stack").identity(), event(NOW + 6, "change")));
    }
}
