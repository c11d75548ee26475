//! Two resources of one name, of which AWS creates only the first.

use std::collections::BTreeMap;

use super::Findings;
use crate::model::Origin;
use crate::{Stacks, is_placeholder};

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    let mut seen: BTreeMap<String, &Origin> = BTreeMap::new();
    let topics = stacks.topics.iter().map(|one| (one.arn.clone(), &one.origin, one.name.as_str()));
    let alarms = stacks
        .alarms
        .iter()
        .chain(&stacks.composite_alarms)
        .map(|one| (one.arn.clone(), &one.origin, one.name.as_str()));
    let functions = stacks.functions.iter().map(|one| (one.arn.clone(), &one.origin, one.name.as_str()));
    let rules = stacks.event_rules.iter().map(|one| (one.arn.clone(), &one.origin, one.name.as_str()));
    let groups = stacks.log_groups.iter().map(|one| (one.arn.clone(), &one.origin, one.name.as_str()));
    let roles = stacks
        .resources
        .iter()
        .filter(|one| one.origin.type_name == "AWS::IAM::Role")
        .filter_map(|one| Some((one.arn.clone()?, &one.origin, one.reference.as_str())));
    let metric_filters = stacks.metric_filters.iter().map(|one| {
        (format!("metric filter {} of {}", one.name, one.log_group.value), &one.origin, one.name.as_str())
    });
    let subscription_filters = stacks.subscription_filters.iter().map(|one| {
        (
            format!("subscription filter {} of {}", one.name, one.log_group.value),
            &one.origin,
            one.name.as_str(),
        )
    });
    let all = topics.chain(alarms).chain(functions).chain(rules).chain(groups).chain(roles);
    for (identity, origin, name) in all.chain(metric_filters).chain(subscription_filters) {
        if identity.is_empty() || is_placeholder(&identity) {
            continue;
        }
        match seen.get(&identity) {
            Some(first) => findings.warn(
                "duplicate-name",
                origin,
                origin.span,
                format!(
                    "{} has the name {name} already: AWS creates or keeps only one of them",
                    stacks.id_of(first)
                ),
                "give each its own name, or none, and CloudFormation makes one up",
            ),
            None => {
                seen.insert(identity, origin);
            }
        }
    }
}
