//! Filter policies: which messages a subscriber wants.
//!
//! A policy is made of the same tests as an EventBridge pattern and is refused in the same words, so reading and
//! matching are `trailbell_event_pattern`'s. SNS adds the scope and its own limits. (It documents that numbers are compared
//! within a thousand million and five decimals; how it refuses others is not known, so here they are compared too.)

use trailbell_event_pattern::{Branch, EventPattern};
use trailbell_json::Json;

use crate::error::Error;
use crate::protocol::Protocol;
use crate::publish::Message;

/// The most names at the top of a policy; only they are counted.
pub const MAX_KEYS: usize = 5;

/// The most combinations of a policy's values.
pub const MAX_COMBINATIONS: usize = 150;

/// What a policy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// The message's attributes; the policy is flat.
    #[default]
    MessageAttributes,
    /// The message's text, which must be a JSON object.
    MessageBody,
}

/// A subscriber's policy.
#[derive(Debug, Clone)]
pub struct FilterPolicy {
    /// `None` is the policy `{}`, which accepts everything.
    pattern: Option<EventPattern>,
    scope: Scope,
}

impl FilterPolicy {
    /// Reads a policy as `Subscribe` does. (`SetSubscriptionAttributes` says the same without `Attributes Reason: `.)
    pub fn parse(text: &str, scope: Scope) -> Result<Self, Error> {
        let policy = Json::parse(text).unwrap_or_default();
        if policy.as_object().is_some_and(<[_]>::is_empty) {
            return Ok(Self { pattern: None, scope });
        }
        let pattern = EventPattern::parse(text).map_err(|error| {
            let syntax = if error.is_syntax() { "failed to parse JSON. " } else { "" };
            Error::policy(&format!("FilterPolicy: {syntax}{error}"), Some(error.into_diagnostic()))
        })?;
        if scope == Scope::MessageAttributes && is_nested(&policy) {
            return Err(Error::policy(
                "Filter policy scope MessageAttributes does not support nested filter policy",
                None,
            ));
        }
        if policy.as_object().is_some_and(|members| members.len() > MAX_KEYS) {
            let reason = format!("FilterPolicy: Filter policy can not have more than {MAX_KEYS} keys");
            return Err(Error::policy(&reason, None));
        }
        let combinations = pattern
            .branches()
            .iter()
            .map(|branch| combinations(branch, scope))
            .fold(0_usize, usize::saturating_add);
        if combinations > MAX_COMBINATIONS {
            return Err(Error::policy("FilterPolicy: Filter policy is too complex", None));
        }
        Ok(Self { pattern: Some(pattern), scope })
    }

    /// Whether a message goes to the subscriber. A body that is no JSON object does not, and of a message with a text
    /// for each protocol it is the subscriber's own that counts (chosen). Binary attributes are not seen.
    pub fn accepts(&self, message: &Message, protocol: Protocol) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        match self.scope {
            Scope::MessageBody => pattern.matches_text(message.text(protocol)).unwrap_or(false),
            Scope::MessageAttributes => {
                let seen = message
                    .attributes()
                    .iter()
                    .filter_map(|(name, attribute)| Some((name.clone(), attribute.filtered()?)));
                pattern.matches(&Json::Object(seen.collect()))
            }
        }
    }
}

/// Whether a field of the policy, also of one inside `$or`, has fields of its own.
fn is_nested(policy: &Json) -> bool {
    let Json::Object(members) = policy else { return false };
    members.iter().any(|(name, value)| match value {
        Json::Object(_) => true,
        Json::Array(alternatives) if name == "$or" => alternatives.iter().any(is_nested),
        _ => false,
    })
}

/// The number of values of each field, multiplied; in a body also by each field's depth. Alternatives of `$or` are
/// added up (chosen; how AWS counts them is not known).
fn combinations(branch: &Branch, scope: Scope) -> usize {
    branch
        .fields()
        .map(|field| {
            let depth = if scope == Scope::MessageBody { field.path.split('.').count() } else { 1 };
            field.tests.len().saturating_mul(depth)
        })
        .fold(1, usize::saturating_mul)
}
