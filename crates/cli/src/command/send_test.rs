//! `send-test`: a real sample through a real channel, or exactly what would be sent.

mod sample;

use std::io::{self, Write as _};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use trailbell_channel::Http;
use trailbell_config::{ChannelSettings, Language, Target};
use trailbell_notice::Lang;
use trailbell_outbox::{Channel, FailureKind, Message};
use trailbell_text::{Channel as Escaper, Untrusted};

use crate::args::{SendTest, TestKind};
use crate::context::{Context, Failure};
use crate::{output, station};

pub(crate) fn run(send: &SendTest, context: &Context) -> Result<u8, Failure> {
    let wanted = wanted(send.channel.as_deref(), context)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        let (opened, broken) = open(&wanted, send.kind, context).await?;
        for (channel, problem) in &broken {
            fault(channel, problem, context)?;
        }
        let status = if send.dry_run {
            preview(&opened, context)?;
            0
        } else {
            post(opened, context).await?
        };
        Ok::<u8, Failure>(if broken.is_empty() { status } else { 2 })
    });
    // A lookup that hangs in the system's resolver must not keep the command from ending.
    runtime.shutdown_background();
    status
}

/// A channel that is open, and what it is to be sent.
struct Opened {
    name: String,
    channel: Arc<dyn Channel>,
    message: Message,
}

fn wanted(name: Option<&str>, context: &Context) -> Result<Vec<ChannelSettings>, Failure> {
    let channels = &context.settings.channels;
    let Some(name) = name else {
        if channels.is_empty() {
            if !context.quiet {
                let words = "no channels are configured: `trailbell run` would print to standard output, as this does; \
                             `trailbell init` sets channels up";
                writeln!(io::stderr(), "trailbell: {words}")?;
            }
            let target = Target::Stdout { json: context.json };
            return Ok(vec![ChannelSettings::new("stdout".to_owned(), target)]);
        }
        return Ok(channels.clone());
    };
    let found: Vec<ChannelSettings> =
        channels.iter().filter(|channel| channel.name == name).cloned().collect();
    if found.is_empty() {
        let known: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
        let known = match known.as_slice() {
            [] => "none are configured; `trailbell init` sets channels up".to_owned(),
            known => format!("known: {}", known.join(", ")),
        };
        return Err(Failure::Told(format!("there is no channel `{}`; {known}", shown(name))));
    }
    Ok(found)
}

/// Opens what can be opened; the rest with what is wrong with it.
async fn open(
    wanted: &[ChannelSettings],
    kind: TestKind,
    context: &Context,
) -> Result<(Vec<Opened>, Vec<(String, String)>), Failure> {
    let http = Http::new().map_err(|error| Failure::Told(error.to_string()))?;
    let (mut opened, mut broken) = (Vec::new(), Vec::new());
    for settings in wanted {
        let channel = match station::channel(settings, &http).await {
            Ok(channel) => channel,
            Err(Failure::Told(problem)) => {
                broken.push((settings.name.clone(), problem));
                continue;
            }
            Err(other) => return Err(other),
        };
        let mut reader = context.reader()?;
        reader.lang = match settings.language {
            Some(Language::En) => Lang::En,
            Some(Language::Ja) => Lang::Ja,
            None => reader.lang,
        };
        let word = channel.capabilities().word;
        let message = sample::message(kind, &settings.name, word, &reader, Timestamp::now())?;
        opened.push(Opened { name: settings.name.clone(), channel, message });
    }
    Ok((opened, broken))
}

fn fault(channel: &str, problem: &str, context: &Context) -> Result<(), Failure> {
    if context.json {
        let line = json!({"type": "test", "channel": channel, "taken": false, "detail": problem});
        writeln!(io::stdout(), "{}", output::harmless(&line))?;
    } else {
        writeln!(io::stderr(), "trailbell: {}", shown_long(problem))?;
    }
    Ok(())
}

fn preview(opened: &[Opened], context: &Context) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for (at, Opened { name, channel, message }) in opened.iter().enumerate() {
        let payload = channel.preview(message);
        if context.json {
            let line =
                json!({"type": "preview", "channel": name, "target": channel.target(), "payload": payload});
            writeln!(out, "{}", output::harmless(&line))?;
            continue;
        }
        if opened.len() > 1 {
            let gap = if at == 0 { "" } else { "\n" };
            writeln!(out, "{gap}== {}: {} ==\n", shown(name), shown_long(&channel.target()))?;
        }
        writeln!(out, "{}", payload.trim_end_matches('\n'))?;
    }
    Ok(())
}

/// One attempt each, all at once; 3 where any was not taken.
async fn post(opened: Vec<Opened>, context: &Context) -> Result<u8, Failure> {
    let mut attempts = Vec::new();
    for Opened { name, channel, message } in opened {
        let target = channel.target();
        let attempt = tokio::spawn(async move { channel.send(&message).await });
        attempts.push((name, target, attempt));
    }
    let mut status = 0;
    for (name, target, attempt) in attempts {
        let outcome = match attempt.await {
            Ok(outcome) => outcome,
            Err(error) => return Err(Failure::Told(format!("channel `{}`: {error}", shown(&name)))),
        };
        let (detail, id) = match &outcome {
            Ok(receipt) => (None, receipt.id.clone()),
            Err(failure) => (Some((failure.kind, failure.message.clone())), None),
        };
        if detail.is_some() {
            status = 3;
        }
        if context.json {
            let next = detail.as_ref().map(|(kind, _)| next_step(*kind, &name));
            let line = json!({
                "type": "test", "channel": name, "target": target, "taken": detail.is_none(), "id": id,
                "detail": detail.as_ref().map(|(_, message)| message), "fix": next,
            });
            writeln!(io::stdout(), "{}", output::harmless(&line))?;
            continue;
        }
        match detail {
            Some((kind, message)) => {
                let (name, step) = (shown(&name), next_step(kind, &name));
                writeln!(io::stderr(), "{name}: not sent: {}\n    {step}", shown_long(&message))?;
            }
            None if !context.quiet => {
                let id = id.map(|id| format!(" as {}", shown(&id))).unwrap_or_default();
                let (name, target) = (shown(&name), shown_long(&target));
                writeln!(io::stderr(), "{name}: taken by {target}{id}; look whether it has arrived")?;
            }
            None => {}
        }
    }
    Ok(status)
}

/// What to do about a failed attempt.
fn next_step(kind: FailureKind, name: &str) -> String {
    let name = shown(name);
    match kind {
        FailureKind::Temporary { after: Some(wait) } => {
            format!("This may pass by itself: try `trailbell send-test {name}` again in {} seconds.", wait.as_secs())
        }
        FailureKind::Temporary { after: None } => {
            format!("This may pass by itself: try `trailbell send-test {name}` again; `trailbell doctor` looks at the way there.")
        }
        FailureKind::Refused => {
            format!("This message will not be taken; `trailbell send-test {name} --dry-run` shows it. Do simpler ones (--kind test) arrive?")
        }
        FailureKind::Closed => {
            "Nothing will be taken until the channel's settings, or the other side's, are changed: docs/channels.md says where each is found."
                .to_owned()
        }
    }
}

fn shown(text: &str) -> String {
    Untrusted::from(text).render(Escaper::Terminal)
}

/// What channels and sources say is escaped already where it is theirs, and may be longer than a value may be.
fn shown_long(text: &str) -> String {
    text.chars().map(|c| if trailbell_text::acts(c) { '\u{fffd}' } else { c }).collect()
}
