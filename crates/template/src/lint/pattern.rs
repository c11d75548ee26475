//! Filter patterns that AWS refuses, or that mean something else than they seem to.

use trailbell_filter_pattern::Pattern;
use trailbell_text::Diagnostic;

use super::{Findings, Level};
use crate::model::Origin;
use crate::{Stacks, Text, is_placeholder};

pub(super) fn check(stacks: &Stacks, always_present: &[&str], findings: &mut Findings) {
    for (origin, text) in all(stacks) {
        let placed = |mut diagnostic: Diagnostic| {
            diagnostic.span = text.place(origin.file.text(), diagnostic.span.start..diagnostic.span.end);
            diagnostic
        };
        match Pattern::parse(&text.value) {
            Ok(pattern) => {
                for warning in pattern.warnings(always_present) {
                    findings.add("pattern", Level::Warning, origin, placed(warning));
                }
                sign_ins(&pattern, origin, text, findings);
            }
            Err(error) => findings.add("pattern", Level::Error, origin, placed(error.into_diagnostic())),
        }
    }
}

/// The patterns of all filters, but those that are not known.
pub(super) fn all(stacks: &Stacks) -> impl Iterator<Item = (&Origin, &Text)> {
    let metric = stacks.metric_filters.iter().map(|filter| (&filter.origin, &filter.pattern));
    let subscription = stacks.subscription_filters.iter().map(|filter| (&filter.origin, &filter.pattern));
    metric.chain(subscription).filter(|(_, text)| !is_placeholder(&text.value))
}

/// A pattern that asks for the event type of console sign-ins, and for nothing else.
fn sign_ins(pattern: &Pattern, origin: &Origin, text: &Text, findings: &mut Findings) {
    let is_alone = match pattern {
        Pattern::Json(json) => json.condition.conditions().len() == 1,
        _ => false,
    };
    let types = pattern.required_values(&["eventType"]);
    if is_alone && types.is_some_and(|types| types.into_iter().eq(["AwsConsoleSignIn"])) {
        findings.note(
            "sign-in-pattern",
            origin,
            text.span,
            "this event type alone misses sign-ins through IAM Identity Center (AwsServiceEvent) and by `aws login` \
             (AwsApiCall), and a sign-in with MFA comes twice, as CheckMfa has it too",
            "name what is meant: { $.eventName = ConsoleLogin || $.eventName = SwitchRole || \
             $.eventName = UserAuthentication || $.eventName = CreateOAuth2Token }",
        );
    }
}
