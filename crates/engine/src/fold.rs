//! One human action is several records: this puts them back together.
//!
//! Events come in time order. One that says it may belong with others (a [`Belonging`]: keys, a window, a rank)
//! opens a group or joins the open group that has one of its keys; of a group the event of the highest rank
//! leads and the others are folded into it. Events leave in the order of their leaders' times, so one that
//! waits for company holds back those after it, at most for its window.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Something that other things of its kind can be folded into.
pub(crate) trait Foldable {
    /// Its time in microseconds since 1970.
    fn time(&self) -> i64;
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

/// How many events one group takes: memory is bounded, and what comes after them is another notice.
const MAX_EVENTS: usize = 10_000;

#[derive(Debug)]
struct Group<T> {
    leader: T,
    events: usize,
    rank: u32,
    keys: Vec<String>,
    closes_at: i64,
    once: Option<String>,
    distinct: Option<String>,
}

/// See the [module's words](self).
#[derive(Debug)]
pub(crate) struct Folder<T> {
    groups: HashMap<u64, Group<T>>,
    group_of_key: HashMap<String, u64>,
    /// Groups by the time they close.
    closing: BTreeSet<(i64, u64)>,
    /// What is ready, by the leader's time and order of arrival.
    ready: BTreeMap<(i64, u64), T>,
    /// Leaders' times of the open groups: nothing later than the first of them may leave.
    waiting: BTreeSet<(i64, u64)>,
    /// Keys that ring once: until when they are not told again.
    told_until: HashMap<String, i64>,
    arrivals: u64,
    swallowed: u64,
}

impl<T: Foldable> Folder<T> {
    pub(crate) fn new() -> Self {
        Self {
            groups: HashMap::new(),
            group_of_key: HashMap::new(),
            closing: BTreeSet::new(),
            ready: BTreeMap::new(),
            waiting: BTreeSet::new(),
            told_until: HashMap::new(),
            arrivals: 0,
            swallowed: 0,
        }
    }

    /// Events that were the same thing again, long after it was told.
    pub(crate) const fn swallowed(&self) -> u64 {
        self.swallowed
    }

    /// Takes the next event in time order.
    pub(crate) fn push(&mut self, event: T, belonging: Option<Belonging>) {
        let now = event.time();
        self.close_until(now);
        self.arrivals += 1;
        let Some(belonging) = belonging else {
            self.ready.insert((now, self.arrivals), event);
            return;
        };
        if let Some(id) = belonging.keys.iter().find_map(|key| self.group_of_key.get(key).copied()) {
            let group = self.groups.get(&id);
            let is_full = group.is_some_and(|group| group.events >= MAX_EVENTS);
            let other = group.and_then(|group| group.distinct.as_ref());
            let is_same =
                other.is_none() || belonging.distinct.is_none() || other == belonging.distinct.as_ref();
            if is_same && !is_full {
                self.join(id, event, belonging);
                return;
            }
            self.close(id);
        }
        if belonging.once.as_ref().and_then(|key| self.told_until.get(key)).is_some_and(|until| now <= *until)
        {
            self.swallowed += 1;
            return;
        }
        if belonging.completes {
            self.remember(belonging.once, now);
            self.ready.insert((now, self.arrivals), event);
            return;
        }
        let id = self.arrivals;
        for key in &belonging.keys {
            self.group_of_key.insert(key.clone(), id);
        }
        let closes_at = now.saturating_add(belonging.window);
        self.closing.insert((closes_at, id));
        self.waiting.insert((now, id));
        let Belonging { keys, rank, once, distinct, .. } = belonging;
        self.groups.insert(id, Group { leader: event, events: 1, rank, keys, closes_at, once, distinct });
    }

    fn join(&mut self, id: u64, event: T, belonging: Belonging) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.events += 1;
        let before = group.leader.time();
        if belonging.rank > group.rank {
            let earlier = std::mem::replace(&mut group.leader, event);
            group.leader.absorb(earlier);
            group.rank = belonging.rank;
        } else {
            group.leader.absorb(event);
        }
        group.once = group.once.take().or(belonging.once);
        group.distinct = group.distinct.take().or(belonging.distinct);
        let after = group.leader.time();
        for key in belonging.keys {
            if !group.keys.contains(&key) {
                self.group_of_key.insert(key.clone(), id);
                group.keys.push(key);
            }
        }
        self.waiting.remove(&(before, id));
        self.waiting.insert((after, id));
        if belonging.completes {
            self.close(id);
        }
    }

    fn close_until(&mut self, now: i64) {
        while let Some(&(closes_at, id)) = self.closing.first() {
            if closes_at >= now {
                break;
            }
            self.close(id);
        }
    }

    fn close(&mut self, id: u64) {
        let Some(group) = self.groups.remove(&id) else { return };
        self.closing.remove(&(group.closes_at, id));
        for key in &group.keys {
            self.group_of_key.remove(key);
        }
        let time = group.leader.time();
        self.waiting.remove(&(time, id));
        self.remember(group.once, time);
        self.ready.insert((time, id), group.leader);
    }

    fn remember(&mut self, once: Option<String>, now: i64) {
        let Some(key) = once else { return };
        if self.told_until.len() > 10_000 {
            self.told_until.retain(|_, until| *until >= now);
        }
        self.told_until.insert(key, now.saturating_add(ONCE_FOR));
    }

    /// The next event that can be told: nothing that is still waiting can come to stand before it.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let (&(time, _), _) = self.ready.first_key_value()?;
        match self.waiting.first() {
            Some(&(waiting, _)) if waiting <= time => None,
            _ => self.ready.pop_first().map(|(_, event)| event),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Event(i64, &'static str, Vec<&'static str>);

    impl Foldable for Event {
        fn time(&self) -> i64 {
            self.0
        }
        fn absorb(&mut self, other: Self) {
            self.2.push(other.1);
            self.2.extend(other.2);
        }
    }

    fn belongs(key: &str, rank: u32, completes: bool) -> Belonging {
        Belonging { keys: vec![key.into()], window: 15, rank, once: None, distinct: None, completes }
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
}
