//! `deliveries`: what was sent, what waits and what was given up; and trying that again.

use std::io::{self, BufWriter, Write as _};

use jiff::Timestamp;
use serde_json::json;
use trailbell_outbox::{Batch, Form, Identity, Ledger, Letter, LetterChange, LetterState};
use trailbell_text::{Channel, Untrusted};

use super::ledger;
use crate::args::{Deliveries, DeliveriesAction, DeliveryState, Retry};
use crate::context::{Context, Failure};
use crate::output;

pub(crate) fn run(deliveries: &Deliveries, context: &Context) -> Result<u8, Failure> {
    if let Some(DeliveriesAction::Retry(again)) = &deliveries.action {
        return retry(again, context);
    }
    let state = deliveries.state.map(|state| match state {
        DeliveryState::Waiting => LetterState::Waiting,
        DeliveryState::Sent => LetterState::Sent,
        DeliveryState::Dead => LetterState::Dead,
    });
    let mut ledger = ledger::open(&deliveries.ledger, context)?;
    let mut letters = ledger.letters(state, deliveries.limit)?;
    letters.reverse();
    let mut out = BufWriter::new(io::stdout().lock());
    for letter in &letters {
        if context.json {
            writeln!(out, "{}", output::harmless(&as_json(letter, &mut *ledger)?))?;
        } else {
            writeln!(out, "{}", line(letter, &mut *ledger, context)?)?;
        }
    }
    out.flush()?;
    if letters.is_empty() && !context.quiet {
        writeln!(io::stderr(), "trailbell: there are none")?;
    }
    Ok(0)
}

/// One line for a letter: what it is, where it stands, and what the other side said last.
pub(crate) fn line(letter: &Letter, ledger: &mut dyn Ledger, context: &Context) -> Result<String, Failure> {
    let stands = match letter.state {
        LetterState::Waiting if letter.attempts == 0 => {
            format!("waits until {}", context.local(letter.due))
        }
        LetterState::Waiting => {
            let times =
                if letter.attempts == 1 { "once".to_owned() } else { format!("{} times", letter.attempts) };
            format!("failed {times}, tried again {}", context.local(letter.due))
        }
        LetterState::Sent => format!("sent {}", context.local(letter.ended.unwrap_or(letter.due))),
        LetterState::Dead => format!("given up {}", context.local(letter.ended.unwrap_or(letter.due))),
    };
    let last = ledger.attempts(&letter.letter)?.pop().filter(|attempt| !attempt.taken);
    let said = last.map(|attempt| format!(": {}", Untrusted::from(attempt.detail).render(Channel::Terminal)));
    Ok(format!(
        "{}  {:<8}  {:<9}  {}  {stands}{}",
        letter.letter,
        letter.severity,
        form(letter.form),
        Untrusted::from(letter.channel.as_str()).render(Channel::Terminal),
        said.unwrap_or_default()
    ))
}

const fn form(form: Form) -> &'static str {
    match form {
        Form::Notice => "notice",
        Form::Summary => "summary",
        Form::Failures => "failures",
        Form::Digest => "digest",
        Form::Bulletin => "bulletin",
    }
}

const fn state(state: LetterState) -> &'static str {
    match state {
        LetterState::Waiting => "waiting",
        LetterState::Sent => "sent",
        LetterState::Dead => "dead",
    }
}

/// A letter as programs read it.
pub(crate) fn as_json(letter: &Letter, ledger: &mut dyn Ledger) -> Result<serde_json::Value, Failure> {
    let attempts: Vec<_> = ledger
        .attempts(&letter.letter)?
        .into_iter()
        .map(|attempt| json!({"at": attempt.at, "taken": attempt.taken, "detail": attempt.detail}))
        .collect();
    Ok(json!({
        "type": "delivery", "id": letter.letter, "channel": letter.channel, "form": form(letter.form),
        "severity": letter.severity, "state": state(letter.state), "opened": letter.opened, "due": letter.due,
        "ended": letter.ended, "attempts": attempts,
    }))
}

fn retry(retry: &Retry, context: &Context) -> Result<u8, Failure> {
    if retry.letters.is_empty() && !retry.all {
        return Err(Failure::Told(
            "try again what? Give --all, or the letters' ids (`trailbell deliveries --state dead` lists them)".into(),
        ));
    }
    let mut ledger = ledger::open(&retry.ledger, context)?;
    let now = Timestamp::now();
    let mut letters = Vec::new();
    if retry.all {
        letters = ledger.letters(Some(LetterState::Dead), usize::MAX)?;
        letters.retain(|letter| retry.channel.as_ref().is_none_or(|channel| *channel == letter.channel));
    }
    for name in &retry.letters {
        let known = Identity::parse(name).map(|letter| ledger.letter(&letter)).transpose()?.flatten();
        let shown = Untrusted::from(name.as_str()).render(Channel::Terminal);
        match known {
            Some(letter) if letter.state == LetterState::Dead => letters.push(letter),
            Some(_) => return Err(Failure::Told(format!("{shown} has not been given up"))),
            None => {
                return Err(Failure::Told(format!(
                    "there is no letter {shown}: `trailbell deliveries` lists them"
                )));
            }
        }
    }
    let change = |letter: &Letter| LetterChange {
        letter: letter.letter.clone(),
        state: LetterState::Waiting,
        due: now,
        attempt: None,
    };
    ledger.change(&Batch { changes: letters.iter().map(change).collect(), ..Batch::default() })?;
    if !context.quiet {
        let what = match letters.len() {
            0 => "nothing had been given up".to_owned(),
            count => format!("{count} will be tried again within a minute, where watch is kept"),
        };
        writeln!(io::stderr(), "trailbell: {what}")?;
    }
    Ok(0)
}
