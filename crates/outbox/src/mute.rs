//! Mute: what somebody asked not to hear of for a while.

use trailbell_config::{Address, Ignore, Subject};

use crate::ledger::{Mute, Owed, Why};

/// The mute that quiets the notice, where mutes quiet every rule it met; the one that expires first is named.
pub(crate) fn muted(mutes: &[Mute], notice: &Owed) -> Option<Why> {
    let subject = Subject {
        name: notice.principal.as_deref(),
        arn: notice.principal_arn.as_deref(),
        address: notice.address.as_deref(),
        event: None,
        day: None,
    };
    let by = |rule: &String| {
        mutes.iter().filter(|mute| mutes_rule(mute, &subject, rule)).max_by_key(|mute| mute.until)
    };
    let quieting: Option<Vec<&Mute>> = notice.rules.iter().map(by).collect();
    let first = quieting?.into_iter().min_by_key(|mute| mute.until)?;
    Some(Why::Muted { mute: first.id.clone(), until: first.until })
}

fn mutes_rule(mute: &Mute, subject: &Subject<'_>, rule: &str) -> bool {
    let address = match &mute.address {
        // An address that is none was refused when the mute was made; one that slipped in mutes nothing.
        Some(text) => match Address::parse(text) {
            Some(address) => Some(address),
            None => return false,
        },
        None => None,
    };
    // A mute of nothing in particular would be a doorbell taken off the wall.
    if mute.rule.is_none() && mute.principal.is_none() && address.is_none() {
        return false;
    }
    let entry =
        Ignore { principal: mute.principal.clone(), address, rule: mute.rule.clone(), ..Ignore::default() };
    entry.matches(subject, rule)
}
