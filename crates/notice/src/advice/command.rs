//! A command line to copy, or the reason why there is none.
//!
//! A printed command is a channel like any other: every value of a record passes through
//! [`Untrusted::shell_word`], and one value that cannot leaves no command at all.

use trailbell_text::Untrusted;

/// Why a command is not printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoCommand {
    /// The record lacks a value the command needs.
    Missing,
    /// A value has a character that AWS's names cannot have.
    Unfit,
    /// The record is of a call that was refused or failed, and no value of one goes into a command.
    NotDone,
}

/// Options whose value is a name of IAM's: letters, digits and `+=,.@_-`.
const NAMES: &[&str] = &[
    "--user-name",
    "--new-user-name",
    "--group-name",
    "--new-group-name",
    "--role-name",
    "--policy-name",
    "--instance-profile-name",
    "--account-alias",
];

/// An `aws` command line being put together.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    line: Result<String, NoCommand>,
}

impl Command {
    /// `aws SERVICE OPERATION`; both are ours.
    pub(crate) fn aws(service_and_operation: &'static str) -> Self {
        Self { line: Ok(format!("aws {service_and_operation}")) }
    }

    /// Adds an option with a value of a record.
    pub(crate) fn value(mut self, option: &str, value: Option<Untrusted>) -> Self {
        // A name of IAM's has neither, and what has is not what the step is about.
        let is_name = NAMES.contains(&option);
        let word = match value {
            Some(value) if is_name && value.raw().contains(['/', ':']) => Err(NoCommand::Unfit),
            Some(value) => value.shell_word().map_err(|_| NoCommand::Unfit),
            None => Err(NoCommand::Missing),
        };
        self.line = self.line.and_then(|line| Ok(format!("{line} {option} {}", word?)));
        self
    }

    /// Adds words of ours, already as the shell needs them.
    pub(crate) fn ours(mut self, words: &str) -> Self {
        self.line = self.line.map(|line| format!("{line} {words}"));
        self
    }

    /// Adds `--profile`, where the account has one configured, and ends the line.
    pub(crate) fn line(self, profile: Option<&str>) -> Result<String, NoCommand> {
        let line = self.line?;
        Ok(profile.map_or(line.clone(), |profile| format!("{line} --profile {}", quoted(profile))))
    }
}

/// One shell word out of the owner's own settings, where blanks and the like are allowed.
fn quoted(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    let kept: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", kept.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unfit_value_leaves_no_command() {
        let with = |name: &str| {
            Command::aws("iam delete-user")
                .value("--user-name", Some(name.into()))
                .ours("--output json")
                .line(Some("my profile"))
        };
        assert_eq!(
            with("a=b").unwrap(),
            "aws iam delete-user --user-name 'a=b' --output json --profile 'my profile'"
        );
        assert_eq!(with("x; rm -rf /"), Err(NoCommand::Unfit));
        assert_eq!(with("team/bob"), Err(NoCommand::Unfit));
        let missing = Command::aws("iam delete-user").value("--user-name", None).line(None);
        assert_eq!(missing, Err(NoCommand::Missing));
    }
}
