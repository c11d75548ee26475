//! Whether what the settings describe comes to something: sources that are heard, channels that are reached,
//! and somebody who is told when trailbell is deaf.

use trailbell_text::{Kind, Severity, Span};

use crate::reader::{Fields, Reader};
use crate::settings::Settings;
use crate::watch::{ChannelSettings, SourceKind, Target};
use trailbell_yaml::{Node, Value};

/// Looks at the settings as a whole; `fields` are the sections as they are written.
pub(crate) fn check(settings: &Settings, fields: &Fields<'_>, reader: &mut Reader<'_>) {
    let written = |key: &str| fields.get(key).filter(|node| !node.is_null());
    let (sources, channels) = (written("sources"), written("channels"));
    if let (Some(node), None) = (sources, channels) {
        reader.warn(
            node.span,
            "Events are listened to, and notices only go to standard output",
            "describe under `channels` who is told and how",
        );
    }
    if let Some(node) = sources {
        same_port(settings, node, reader);
    }
    let Some(node) = channels else { return };
    for (at, channel) in settings.channels.iter().enumerate() {
        let Some(span) = key_span(node, &channel.name) else { continue };
        if let Some(same) = settings.channels[..at].iter().find(|other| tells_the_same(other, channel)) {
            reader.warn(
                span,
                format!("`{}` sends to the same place as `{}`", channel.name, same.name),
                "the same notice would come there twice; leave one of them out, or part their accounts or kinds",
            );
        }
        unreachable(settings, channel, span, reader);
    }
    let told = settings.channels.iter().any(|channel| channel.operations);
    if !told && !settings.channels.is_empty() {
        reader.warn(
            node.span,
            "Every channel has `operations: false`: nobody is told when trailbell is deaf",
            "leave it out for one channel at least",
        );
    }
}

/// The place of a key of a mapping.
fn key_span(node: &Node, key: &str) -> Option<Span> {
    let Value::Mapping(pairs) = &node.value else { return None };
    pairs
        .iter()
        .find(|(name, _)| matches!(&name.value, Value::Scalar(name) if name.text == key))
        .map(|(name, _)| name.span)
}

fn same_port(settings: &Settings, node: &Node, reader: &mut Reader<'_>) {
    for source in &settings.sources {
        if let SourceKind::Http { listen, .. } = &source.source
            && Some(listen) == settings.listen.as_ref()
            && let Some(span) = key_span(node, &source.name)
        {
            reader.problem_with_hint(
                span,
                format!("Source `{}` listens where health and metrics are served", source.name),
                "give one of them another port; `listen` at the top is that of health and metrics",
            );
        }
    }
}

fn tells_the_same(a: &ChannelSettings, b: &ChannelSettings) -> bool {
    fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
        a.is_empty() || b.is_empty() || a.iter().any(|one| b.contains(one))
    }
    let same_place = match (&a.target, &b.target) {
        (Target::Stdout { .. }, Target::Stdout { .. }) => true,
        (a, b) => a == b,
    };
    same_place && meet(&a.accounts, &b.accounts) && meet(&a.kinds, &b.kinds)
}

fn unreachable(settings: &Settings, channel: &ChannelSettings, span: Span, reader: &mut Reader<'_>) {
    let name = &channel.name;
    if !channel.kinds.is_empty() && !channel.kinds.iter().any(|kind| can_come(settings, *kind, channel)) {
        reader.warn(
            span,
            format!(
                "No notice can reach `{name}`: no rule that is on tells of its kinds as gravely as it asks"
            ),
            "look at its `kinds` and `minimum_severity`, and at `rules`",
        );
    }
    let unknown: Vec<&str> = channel
        .accounts
        .iter()
        .filter(|id| !settings.accounts.contains_key(*id))
        .map(String::as_str)
        .collect();
    if !settings.accounts.is_empty() && !unknown.is_empty() {
        reader.warn(
            span,
            format!("`{name}` is told of accounts that have no name here: {}", unknown.join(", ")),
            "correct the id, or name the account under `accounts`",
        );
    }
    if channel.digest_below.is_some_and(|below| below != Severity::Info && below <= channel.minimum_severity)
    {
        reader.warn(
            span,
            format!(
                "Nothing for `{name}` can wait for the digest: what `digest_below` means is not told there"
            ),
            "set `digest_below` above `minimum_severity`, or leave it out",
        );
    }
    if let Target::Line { to, .. } = &channel.target
        && to.starts_with(['C', 'R'])
        && channel.monthly_budget == Some(crate::channels::LINE_MONTHLY)
    {
        reader.warn(
            span,
            format!("LINE counts a message to a group once for each of its people, and `{name}` has a budget of 200 messages"),
            "set `monthly_budget` to what your plan includes, divided by the people in the group",
        );
    }
}

/// Whether some rule that is on can tell of this kind as gravely as the channel asks. What cannot be known
/// from the settings alone is taken for possible.
fn can_come(settings: &Settings, kind: Kind, channel: &ChannelSettings) -> bool {
    if kind == Kind::RuleMatch {
        let own =
            settings.own_rules.iter().any(|rule| rule.enabled && rule.severity >= channel.minimum_severity);
        // The rules of the CIS benchmark are off until they are switched on.
        let benchmark = settings.built_in_rules.iter().any(|(name, rule)| {
            name.starts_with("cis-")
                && rule.enabled != Some(false)
                && rule.severity.is_none_or(|severity| severity >= channel.minimum_severity)
        });
        return own || benchmark;
    }
    // The built-in rules are named after the kinds they tell.
    settings.built_in_rules.get(kind.word()).is_none_or(|rule| {
        rule.enabled != Some(false)
            && rule.severity.is_none_or(|severity| severity >= channel.minimum_severity)
    })
}
