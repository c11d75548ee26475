//! What became of an event: each stage's reason, each letter, each attempt.

use trailbell_outbox::{Entry, Fate, Identity, Ledger, Sighting, Why};
use trailbell_text::{Channel, Untrusted};

use super::{deliveries, show};
use crate::context::{Context, Failure};

/// The story in lines; the first says what became of the event.
pub(crate) fn lines(
    event: &Identity,
    sighting: &Sighting,
    ledger: &mut dyn Ledger,
    context: &Context,
) -> Result<Vec<String>, Failure> {
    let mut lines = vec![format!("met {}; {}", context.local(sighting.at), show::fate(&sighting.fate))];
    let Some(notice) = show::notice_of(&sighting.fate, ledger)? else { return Ok(lines) };
    if notice != *event
        && let Some(owed) = ledger.notice(&notice)?
        && let Some(id) = owed.event_id
    {
        lines.push(format!("  that notice: event {}", Untrusted::from(id).render(Channel::Terminal)));
    }
    for Entry { channel, letter, why, .. } in ledger.entries(&notice)? {
        let channel = Untrusted::from(channel).render(Channel::Terminal);
        let reasons: Vec<String> = why.iter().map(|why| reason(why, context)).collect();
        lines.push(format!("  {channel}: {}", reasons.join("; ")));
        if let Some(letter) = letter.map(|letter| ledger.letter(&letter)).transpose()?.flatten() {
            lines.push(format!("    {}", deliveries::line(&letter, ledger, context)?));
        }
    }
    Ok(lines)
}

/// The same for programs.
pub(crate) fn json(sighting: &Sighting, ledger: &mut dyn Ledger) -> Result<serde_json::Value, Failure> {
    let mut channels = Vec::new();
    if let Some(notice) = show::notice_of(&sighting.fate, ledger)? {
        for Entry { channel, letter, why, .. } in ledger.entries(&notice)? {
            let letter = match letter.map(|letter| ledger.letter(&letter)).transpose()?.flatten() {
                Some(letter) => Some(deliveries::as_json(&letter, ledger)?),
                None => None,
            };
            channels.push(serde_json::json!({"channel": channel, "why": why, "delivery": letter}));
        }
    }
    let fate: &Fate = &sighting.fate;
    Ok(serde_json::json!({"met": sighting.at, "became": fate, "channels": channels}))
}

fn reason(why: &Why, context: &Context) -> String {
    match why {
        Why::BelowMinimum { minimum } => format!("not sent: the channel is told {minimum} and graver"),
        Why::OtherAccount => "not sent: the channel is for other accounts".to_owned(),
        Why::OtherKind => "not sent: the channel is for other kinds of notices".to_owned(),
        Why::QuietHours { until } => format!("quiet hours until {}", context.local(*until)),
        Why::Budget { limit } => format!("the channel's {limit} messages a month are used up"),
        Why::Muted { mute, until } => {
            let mute = Untrusted::from(mute.as_str()).render(Channel::Terminal);
            format!("not sent: muted by {mute} until {}", context.local(*until))
        }
        Why::Learning { until } => {
            format!(
                "still learning what is usual (until {}): high and above at once, the rest in the digest",
                context.local(*until)
            )
        }
        Why::Daily => "the channel takes this severity once a day".to_owned(),
        Why::InDigest { due } => format!("in the digest of {}", context.local(*due)),
        Why::First => "at once: the first of its group".to_owned(),
        Why::Follows { due } => {
            format!("in a summary, {}: it followed another of its group", context.local(*due))
        }
        Why::NeverHeld => "at once: critical, or the root user".to_owned(),
        Why::Failures { at } => format!("failed sign-ins are told when there are {at}"),
        Why::Already => "not sent: another channel tells the same place".to_owned(),
    }
}
