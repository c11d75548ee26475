//! Array consistency: two fields of a branch may not be met by different elements of the same list.
//!
//! Every value has a place: the lists it is in, from the outside, and the element it is in there. Places form a tree,
//! so a choice is made list by list: one element for all that must be met inside the list. That takes one look at
//! every place. Only where equal keys give one path two lists is there more than one way to share the
//! requirements out.

use std::collections::{BTreeMap, BTreeSet};

/// The lists around a value, each with the element; both are numbers.
pub(crate) type Place = Vec<(usize, usize)>;

/// Elements that are looked at before it is taken as given that the requirements can be met. Only an event made for
/// it, with many equal keys and lists, comes that far; to say that it matches is the error on the safe side.
const MAX_LOOKS: usize = 300_000;

/// What must be met, each somewhere.
#[derive(Debug, Default)]
pub(crate) struct Requirements {
    count: usize,
    nodes: Vec<Node>,
}

/// A place in which requirements can be met.
#[derive(Debug, Default)]
struct Node {
    here: BTreeSet<usize>,
    /// Here or further in.
    within: BTreeSet<usize>,
    lists: BTreeMap<usize, List>,
}

#[derive(Debug, Default)]
struct List {
    within: BTreeSet<usize>,
    /// The node of each element.
    elements: BTreeMap<usize, usize>,
}

impl Requirements {
    /// Adds something that must be met in one of these places.
    pub(crate) fn add(&mut self, places: &[&Place]) {
        let one = self.count;
        self.count += 1;
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        for place in places {
            let mut at = 0;
            for (list, element) in *place {
                let new = self.nodes.len();
                let Some(node) = self.nodes.get_mut(at) else { return };
                node.within.insert(one);
                let list = node.lists.entry(*list).or_default();
                list.within.insert(one);
                at = *list.elements.entry(*element).or_insert(new);
                if at == new {
                    self.nodes.push(Node::default());
                }
            }
            if let Some(node) = self.nodes.get_mut(at) {
                node.within.insert(one);
                node.here.insert(one);
            }
        }
    }

    /// Whether one place can be chosen for each so that no list is asked for two of its elements.
    pub(crate) fn can_all_be_met(&self) -> bool {
        let all: Vec<usize> = (0..self.count).collect();
        self.nodes.first().is_none_or(|root| self.met(root, &all, &mut 0))
    }

    fn met(&self, node: &Node, wanted: &[usize], looks: &mut usize) -> bool {
        *looks += 1;
        let open: Vec<usize> = wanted.iter().copied().filter(|one| !node.here.contains(one)).collect();
        self.shared_out(node, &open, &mut BTreeMap::new(), looks)
    }

    /// Gives each of the open requirements to a list, in every way there is.
    fn shared_out(
        &self,
        node: &Node,
        open: &[usize],
        shares: &mut BTreeMap<usize, Vec<usize>>,
        looks: &mut usize,
    ) -> bool {
        let Some((one, rest)) = open.split_first() else {
            return shares.iter().all(|(list, share)| {
                node.lists.get(list).is_some_and(|list| self.met_by_one_element(list, share, looks))
            });
        };
        for (number, list) in &node.lists {
            if *looks > MAX_LOOKS {
                return true;
            }
            if !list.within.contains(one) {
                continue;
            }
            *looks += 1;
            shares.entry(*number).or_default().push(*one);
            let met = self.shared_out(node, rest, shares, looks);
            if let Some(share) = shares.get_mut(number) {
                share.pop();
            }
            if met {
                return true;
            }
        }
        false
    }

    fn met_by_one_element(&self, list: &List, share: &[usize], looks: &mut usize) -> bool {
        list.elements.values().filter_map(|at| self.nodes.get(*at)).any(|node| {
            *looks > MAX_LOOKS
                || share.iter().all(|one| node.within.contains(one)) && self.met(node, share, looks)
        })
    }
}
