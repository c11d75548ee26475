//! Who: the principals of the notices, how much each did, from where, with what, and when first and last.

use std::collections::HashMap;

use jiff::Timestamp;
use trailbell_notice::{Lang, Notice};
use trailbell_record::{Actor, ActorKind};
use trailbell_text::{Untrusted, stable_hash};

use crate::count::{Counts, Few, clipped_value};

/// People that are counted one by one: whoever fails to sign in under made-up names can be as many as they like.
const MOST_PEOPLE: usize = 5_000;

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: Untrusted,
    pub(crate) kind: ActorKind,
    pub(crate) role: Option<Untrusted>,
    pub(crate) account: Option<Untrusted>,
    pub(crate) counts: Counts,
    pub(crate) from: Few<8>,
    pub(crate) with: Few<8>,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct People {
    /// By a hash of what tells them apart, which may be long.
    known: HashMap<u128, Person>,
    /// Notices of those who came when there were too many.
    others: u64,
}

impl People {
    pub(crate) fn add(&mut self, notice: &Notice, lang: Lang) {
        let actor = notice.actor();
        let key = stable_hash(&[&actor.key().unwrap_or_default()]);
        let is_room = self.known.len() < MOST_PEOPLE;
        if !is_room && !self.known.contains_key(&key) {
            self.others += 1;
            return;
        }
        let person = self.known.entry(key).or_insert_with(|| Person::new(actor));
        person.counts.add(notice.severity);
        person.from.add(&notice.place_name());
        person.with.add(&notice.client().label(lang));
        if let Some(at) = notice.time {
            person.first = Some(person.first.map_or(at, |first| first.min(at)));
            person.last = person.last.max(Some(at));
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there were more than are kept apart.
    pub(crate) const fn others(&self) -> u64 {
        self.others
    }

    /// Those of the gravest notices first, then those of the most.
    pub(crate) fn gravest_first(&self) -> Vec<&Person> {
        let mut people: Vec<&Person> = self.known.values().collect();
        people.sort_by(|one, other| {
            let worth = |person: &Person| (person.counts.gravest(), person.counts.total());
            worth(other).cmp(&worth(one)).then_with(|| one.name.cmp(&other.name)).then_with(|| {
                (one.first, &one.role, &one.account).cmp(&(other.first, &other.role, &other.account))
            })
        });
        people
    }
}

impl Person {
    fn new(actor: &Actor) -> Self {
        Self {
            name: clipped_value(&actor.name),
            kind: actor.kind,
            role: actor.permission_set().as_ref().or(actor.role.as_ref()).map(clipped_value),
            account: actor.account.as_ref().map(clipped_value),
            counts: Counts::default(),
            from: Few::default(),
            with: Few::default(),
            first: None,
            last: None,
        }
    }
}
