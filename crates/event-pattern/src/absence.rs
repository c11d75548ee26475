//! Array consistency where a field may be absent: `exists: false` is asked of what is left of the event once the
//! fields whose paths sort before it have each chosen a value, and with it elements of lists.
//!
//! That is how AWS's open-source engine goes through a rule, so this does too: field by field, in the order of the
//! paths, trying every choice. What follows a choice depends only on the elements chosen of lists that are still to
//! be met, so a state that has failed once is not tried again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::consistency::Place;

/// Places that are compared before it is taken as given that there is a choice; see `consistency`.
const MAX_LOOKS: usize = 20_000_000;

/// What one field of a branch can choose.
#[derive(Debug)]
pub(crate) struct Choice<'f> {
    /// Places of the values that pass.
    pub(crate) met_by: Vec<&'f Place>,
    /// Where the field may be absent: the places of all its values, each of which must be ruled out.
    pub(crate) absent_without: Option<Vec<&'f Place>>,
}

/// Lists, each with the element that was chosen.
type Chosen = BTreeMap<usize, usize>;

/// Whether each field, in this order, can choose a value or be absent.
pub(crate) fn can_choose(choices: &[Choice<'_>]) -> bool {
    // The lists that each field or a later one will still meet.
    let mut ahead: Vec<BTreeSet<usize>> = vec![BTreeSet::new()];
    for choice in choices.iter().rev() {
        let mut lists = ahead.last().cloned().unwrap_or_default();
        let places = choice.met_by.iter().chain(choice.absent_without.iter().flatten());
        lists.extend(places.flat_map(|place| place.iter().map(|(list, _)| *list)));
        ahead.push(lists);
    }
    ahead.reverse();
    Search { choices, ahead, failed: HashSet::new(), looks: 0 }.from(0, &Chosen::new())
}

struct Search<'f, 'c> {
    choices: &'c [Choice<'f>],
    ahead: Vec<BTreeSet<usize>>,
    failed: HashSet<(usize, Chosen)>,
    looks: usize,
}

impl Search<'_, '_> {
    fn from(&mut self, index: usize, chosen: &Chosen) -> bool {
        let choices = self.choices;
        let Some(choice) = choices.get(index) else { return true };
        let mut chosen = chosen.clone();
        if let Some(ahead) = self.ahead.get(index) {
            chosen.retain(|list, _| ahead.contains(list));
        }
        if self.failed.contains(&(index, chosen.clone())) {
            return false;
        }
        for place in &choice.met_by {
            self.looks += 1;
            if self.looks > MAX_LOOKS {
                return true;
            }
            if agrees(place, &chosen) {
                let mut with = chosen.clone();
                with.extend(place.iter().copied());
                if self.from(index + 1, &with) {
                    return true;
                }
            }
        }
        if let Some(places) = &choice.absent_without {
            self.looks += places.len();
            if !places.iter().any(|place| agrees(place, &chosen)) && self.from(index + 1, &chosen) {
                return true;
            }
        }
        self.failed.insert((index, chosen));
        false
    }
}

/// Whether no other element of a list was chosen than the one this place is in.
fn agrees(place: &Place, chosen: &Chosen) -> bool {
    place.iter().all(|(list, element)| chosen.get(list).is_none_or(|other| other == element))
}
