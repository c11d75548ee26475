//! `show`: one notice again, whole.

use std::io::{self, Write as _};

use trailbell_detect::RuleSet;
use trailbell_engine::worded;
use trailbell_notice::render::{self, Colour};
use trailbell_outbox::{Fate, Identity, Ledger, Owed};
use trailbell_text::{Channel, Untrusted};

use super::ledger;
use crate::args::Show;
use crate::context::{Context, Failure};

pub(crate) fn run(show: &Show, context: &Context) -> Result<u8, Failure> {
    let rules = context.rules()?;
    let mut ledger = ledger::open(&show.ledger, context)?;
    // A message may also be named by the letter it was: where one letter told several, all of them are shown.
    if let Some(letter) = Identity::parse(&show.event_id)
        && ledger.letter(&letter)?.is_some()
    {
        for owed in ledger.told_in(&letter, 1_000)?.0 {
            print(&owed, &rules, context)?;
        }
        return Ok(0);
    }
    let found = ledger.find(&show.event_id)?;
    let id = Untrusted::from(show.event_id.as_str()).render(Channel::Terminal);
    if found.is_empty() {
        writeln!(
            io::stderr(),
            "trailbell: no rule has met an event with the id {id}, or it is past keeping"
        )?;
        return Ok(1);
    }
    let mut shown = 0;
    for (_, sighting) in &found {
        let Some(notice) = notice_of(&sighting.fate, &mut *ledger)? else {
            writeln!(io::stderr(), "trailbell: the event {id} has no notice: {}", fate(&sighting.fate))?;
            continue;
        };
        let Some(owed) = ledger.notice(&notice)? else { continue };
        print(&owed, &rules, context)?;
        shown += 1;
    }
    Ok(u8::from(shown == 0))
}

fn print(owed: &Owed, rules: &RuleSet, context: &Context) -> Result<(), Failure> {
    let notice =
        worded(owed, rules, &context.reader()?, None).map_err(|error| Failure::Told(error.to_string()))?;
    let mut out = io::stdout().lock();
    if context.json {
        writeln!(out, "{}", notice.json_line())?;
    } else {
        let colour = if context.color { Colour::On } else { Colour::Off };
        writeln!(out, "{}", render::terminal(&notice.page(), colour))?;
    }
    Ok(())
}

/// The notice an event is told in.
pub(crate) fn notice_of(fate: &Fate, ledger: &mut dyn Ledger) -> Result<Option<Identity>, Failure> {
    Ok(match fate {
        Fate::Told { notice } | Fate::Folded { notice } => Some(notice.clone()),
        // The same action in another account's log.
        Fate::Shared { first } => match ledger.sightings(std::slice::from_ref(first))?.pop().flatten() {
            Some(sighting) => match sighting.fate {
                Fate::Told { notice } | Fate::Folded { notice } => Some(notice),
                _ => None,
            },
            None => None,
        },
        Fate::Held | Fate::Again | Fate::Ignored | Fate::Counted | Fate::Late | Fate::Unmet => None,
    })
}

/// What became of an event, in words.
pub(crate) const fn fate(fate: &Fate) -> &'static str {
    match fate {
        Fate::Held => "it waits for records of the same action",
        Fate::Told { .. } => "it has a notice of its own",
        Fate::Folded { .. } => "it is told inside the notice of the same action",
        Fate::Again => "it is the same thing again, which rings once",
        Fate::Counted => "it counts for a correlation or for the alarm of a rule, and is not told by itself",
        Fate::Late => "it met a rule that counts for an alarm, and came too late to count",
        Fate::Unmet => "every rule it met asks for more (`when`), and that was not so",
        Fate::Ignored => "`ignore` entries of the configuration quiet every rule it met",
        Fate::Shared { .. } => "it is the same action as another event, recorded in a second account",
    }
}
