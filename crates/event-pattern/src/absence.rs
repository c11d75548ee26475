//! Array consistency where a field may be absent: `exists: false` is asked of what is left of the event once the
//! fields whose paths sort before it have each chosen a value, and with it elements of lists.
//!
//! That is how AWS's open-source engine goes through a rule, so this does too: field by field, in the order of the
//! paths, trying every choice. What follows a choice depends only on the elements chosen of lists that are still to
//! be met, so a state that has failed once is not tried again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::consistency::Place;

/// Places that are compared before it is taken as given that there is a choice; see `consistency`.
const MAX_LOOKS: usize = 300_000;

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
    let steps: Vec<Step<'_>> = choices
        .iter()
        .map(|choice| (Places::new(&choice.met_by), choice.absent_without.as_deref().map(Places::new)))
        .collect();
    Search { steps: &steps, ahead: &ahead, failed: HashSet::new(), looks: 0 }.from(0, &Chosen::new())
}

/// Where a field can be met, and where it must not be to be absent.
type Step<'f> = (Places<'f>, Option<Places<'f>>);

/// Places, found by the elements they are in.
struct Places<'f> {
    all: Vec<&'f Place>,
    of_element: HashMap<(usize, usize), Vec<&'f Place>>,
    /// How many are in a list.
    in_list: HashMap<usize, usize>,
}

impl<'f> Places<'f> {
    fn new(places: &[&'f Place]) -> Self {
        let mut of_element: HashMap<_, Vec<_>> = HashMap::new();
        let mut in_list = HashMap::new();
        for place in places {
            for (list, element) in *place {
                of_element.entry((*list, *element)).or_default().push(*place);
                *in_list.entry(*list).or_default() += 1;
            }
        }
        Self { all: places.to_vec(), of_element, in_list }
    }

    /// As few as can be told at once, with all among them that agree with what was chosen.
    fn near(&self, chosen: &Chosen) -> &[&'f Place] {
        chosen
            .iter()
            .filter(|(list, _)| self.in_list.get(list) == Some(&self.all.len()))
            .map(|(list, element)| {
                self.of_element.get(&(*list, *element)).map(Vec::as_slice).unwrap_or_default()
            })
            .min_by_key(|places| places.len())
            .unwrap_or(&self.all)
    }
}

struct Search<'s, 'f> {
    steps: &'s [Step<'f>],
    ahead: &'s [BTreeSet<usize>],
    failed: HashSet<(usize, Chosen)>,
    looks: usize,
}

impl Search<'_, '_> {
    fn from(&mut self, index: usize, chosen: &Chosen) -> bool {
        let (steps, ahead) = (self.steps, self.ahead);
        let (Some((met_by, absent_without)), Some(ahead)) = (steps.get(index), ahead.get(index)) else {
            return true;
        };
        let mut state = (index, chosen.clone());
        state.1.retain(|list, _| ahead.contains(list));
        if self.failed.contains(&state) {
            return false;
        }
        let chosen = &state.1;
        for place in met_by.near(chosen) {
            self.looks += 1;
            if self.looks > MAX_LOOKS {
                return true;
            }
            if agrees(place, chosen) {
                let mut with = chosen.clone();
                with.extend(place.iter().copied());
                if self.from(index + 1, &with) {
                    return true;
                }
            }
        }
        if let Some(places) = absent_without {
            let near = places.near(chosen);
            self.looks += near.len();
            if !near.iter().any(|place| agrees(place, chosen)) && self.from(index + 1, chosen) {
                return true;
            }
        }
        self.failed.insert(state);
        false
    }
}

/// Whether no other element of a list was chosen than the one this place is in.
fn agrees(place: &Place, chosen: &Chosen) -> bool {
    place.iter().all(|(list, element)| chosen.get(list).is_none_or(|other| other == element))
}
