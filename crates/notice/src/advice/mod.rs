//! What to do if it was not you.
//!
//! First whatever stops the one who acted, then what undoes the act; each with what it breaks and its way
//! back. Advice that is followed at three in the morning must not be able to hurt: no command for a value that
//! could be misread, none with a value of a record that failed, none that cannot do what the step says.

mod command;
mod contain;
mod recording;
mod undo;

use jiff::tz::TimeZone;
use trailbell_record::{ActorKind, Mfa, Operation, PolicySeen, Through};
use trailbell_text::{Outcome, Phrase, Severity, Untrusted};

use crate::facts::{Facts, Reader, What};
use crate::lang::{Both, Lang};
use crate::{template, time, words};
use command::{Command, NoCommand};
pub(crate) use contain::issuing_user;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// Steps in order, the most containing first.
    pub steps: Vec<Step>,
    /// For whom the steps are.
    pub when: When,
}

impl Advice {
    /// Whether any step has a command to copy.
    pub fn has_commands(&self) -> bool {
        self.steps.iter().any(|step| !step.commands.is_empty())
    }
}

/// For whom the steps of an [`Advice`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// For whoever does not recognise the event; for everybody else there is nothing to do.
    #[default]
    Unrecognised,
    /// The same, but there is one thing to do even for whoever did it: an MFA device for root.
    RootWithoutMfa,
    /// The same, but whoever did it has to switch the recording on again too, or to know that it is off.
    RecordingOff,
    /// For everybody, at once: a leaked key.
    Always,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do and what it breaks.
    pub text: Phrase,
    /// Command lines for it, ready to copy. Empty where the step is done elsewhere, or where no safe command
    /// can be written; then the text says so.
    pub commands: Vec<CommandLine>,
}

/// A command line, and when to run it. Lines of different purpose are never shown as one block: whoever
/// copied it would take back what the first line did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// When to run it.
    pub purpose: Purpose,
    /// The line, every value in it a word for a POSIX shell.
    pub line: String,
}

/// When a command line is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To do what the step says.
    Do,
    /// Instead, where the first one is refused because the quota of attached policies is full.
    IfQuotaFull,
    /// To take the step back later.
    WayBack,
    /// The same, where the one for a full quota was run.
    WayBackIfQuotaFull,
}

impl Purpose {
    /// The words above the line; none above the one that does what the step says.
    pub const fn label(self, lang: Lang) -> Option<&'static str> {
        match self {
            Self::Do => None,
            Self::IfQuotaFull => Some(lang.pick(
                "If that answers LimitExceeded, the same as an inline policy:",
                "LimitExceeded になる場合は、代わりに次を実行してください(インラインポリシーで同じことをします):",
            )),
            Self::WayBack => Some(
                lang.pick("The way back, when all is safe:", "安全を確認した後、元に戻すときは次を実行してください:"),
            ),
            Self::WayBackIfQuotaFull => Some(lang.pick(
                "The way back, if it was the inline policy:",
                "インラインポリシーの方を実行した場合、元に戻すときは次を実行してください:",
            )),
        }
    }
}

/// What every piece of advice needs.
pub(crate) struct Context<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) lang: Lang,
    pub(crate) time_zone: &'a TimeZone,
    pub(crate) profile: Option<&'a str>,
    /// `aws`, `aws-cn`, `aws-us-gov`, ...: the second part of every ARN.
    pub(crate) partition: &'static str,
}

impl Context<'_> {
    /// A step of words only.
    fn step(&self, text: Both) -> Step {
        Step { text: Phrase::ours(text.get(self.lang)), commands: Vec::new() }
    }

    /// A step of words about a policy as it was seen before: `{day}`, `{version}` and, in brackets, `{event}`.
    fn step_seen(&self, text: Both, seen: &PolicySeen) -> Step {
        let text = template::fill(text.get(self.lang), &|key| match key {
            "day" => Some(Phrase::ours(time::day(seen.at, self.time_zone))),
            "version" => seen.version.as_ref().and_then(words::known),
            "event" => seen.event_id.as_ref().and_then(words::known),
            _ => None,
        });
        Step { text, commands: Vec::new() }
    }

    /// A step of words with one value of the record in them, at `{name}`.
    fn step_about(&self, text: Both, name: &Untrusted) -> Step {
        let text = Phrase::fill(text.get(self.lang), |key| (key == "name").then(|| name.clone().into()));
        Step { text, commands: Vec::new() }
    }

    /// Adds command lines to a step; if one of them cannot be written, none is, and the step says why.
    fn with_commands(&self, mut step: Step, commands: Vec<(Purpose, Command)>) -> Step {
        let lines: Result<Vec<CommandLine>, NoCommand> = if self.facts.outcome == Outcome::Success {
            let line = |command: Command| command.line(self.profile);
            commands.into_iter().map(|(purpose, c)| Ok(CommandLine { purpose, line: line(c)? })).collect()
        } else {
            Err(NoCommand::NotDone)
        };
        match lines {
            Ok(lines) => step.commands = lines,
            Err(why) => {
                step.text.push(self.lang.pick(" ", ""));
                step.text.push(why.words().get(self.lang));
            }
        }
        step
    }
}

impl NoCommand {
    const fn words(self) -> Both {
        match self {
            Self::Missing => Both::new(
                "(No command is printed: the record lacks a value it needs. Do it in the console.)",
                "(必要な値が記録にないため、コマンドは表示していません。コンソールで対応してください。)",
            ),
            Self::Unfit => Both::new(
                "(No command is printed: a value in the record has a character that AWS does not allow in such names. Do it in the console.)",
                "(記録の値に、AWS の名前には使えない文字が含まれるため、コマンドは表示していません。コンソールで対応してください。)",
            ),
            Self::NotDone => Both::new(
                "(No command is printed: nothing from the record of a call that did not succeed goes into one. Do it in the console.)",
                "(成功しなかった操作の記録にある値は使わないため、コマンドは表示していません。コンソールで対応してください。)",
            ),
        }
    }
}

/// The advice for one event.
pub(crate) fn advice(facts: &Facts<'_>, reader: &Reader) -> Advice {
    let profile =
        facts.record.account().and_then(|id| reader.accounts.get(id)).and_then(|a| a.profile.as_deref());
    let region = facts.record.region().unwrap_or_default();
    let partition = match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("eusc") => "aws-eusc",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let context = Context { facts, lang: reader.lang, time_zone: &reader.time_zone, profile, partition };
    let mut steps = Vec::new();
    match facts.what {
        What::SignIn(_) if facts.outcome != Outcome::Success => {
            steps.push(contain::failed_sign_in(&context));
        }
        What::Change(change) if change.operation == Operation::AttachQuarantinePolicy => {
            steps.extend(undo::quarantine(&context, change));
        }
        What::Change(change) => {
            steps.extend(contain::actor(&context));
            let any = facts.folded.iter().any(|other| other.outcome == Outcome::Success);
            let done = facts.outcome == Outcome::Success || any;
            if change.through == Some(Through::CloudFormation) && done {
                steps.push(undo::stack(&context));
            }
            if facts.outcome == Outcome::Success {
                steps.extend(undo::change(&context, change));
            }
        }
        What::Recording { target, goes_dark } => {
            steps.extend(contain::actor(&context));
            if facts.outcome == Outcome::Success {
                steps.extend(recording::steps(&context, target, goes_dark));
            }
        }
        What::Sharing { .. } => {
            steps.extend(contain::actor(&context));
            if facts.outcome == Outcome::Success {
                steps.push(undo::sharing(&context));
            }
        }
        What::SignIn(_) | What::Other => steps.extend(contain::actor(&context)),
    }
    Advice { steps, when: when(facts) }
}

/// Some things need hands even if the owner did them.
fn when(facts: &Facts<'_>) -> When {
    if facts.outcome != Outcome::Success {
        return When::Unrecognised;
    }
    match facts.what {
        What::Change(change) if change.operation == Operation::AttachQuarantinePolicy => When::Always,
        What::Recording { goes_dark: true, .. } if facts.severity >= Severity::High => When::RecordingOff,
        What::SignIn(sign_in) if facts.actor.kind == ActorKind::Root && sign_in.mfa == Mfa::No => {
            When::RootWithoutMfa
        }
        _ => When::Unrecognised,
    }
}

/// The command that shows in which account the commands would run.
pub(crate) fn check_command(profile: Option<&str>) -> String {
    let command = Command::aws("sts get-caller-identity").ours("--query Account --output text");
    command.line(profile).unwrap_or_default()
}
