//! `trailbell.yaml`: text -> checked [`Settings`].
//!
//! The text is all there is: nothing here opens a file or reads an environment variable. Who calls passes the
//! text, the names of the built-in rules, and [`Lookups`] for `${NAME}` and `file:PATH`. The keys are those of
//! the issues that asked for them; `schema` describes each for editors.
//!
//! Secrets are [`trailbell_text::Secret`]s, no message quotes one, and a diagnostic is shown against
//! [`showable`] text: the file with everything blotted out that may be a secret.
//!
//! Every problem of a file is reported at once, with its place; an unknown key with the one that was probably
//! meant. A filter pattern's or an event pattern's own errors point into the pattern where it stands in the file.
//!
//! ```
//! let source = "timezone: Asia/Tokyo\naccounts:\n  012345678901: { name: my-blog }\n";
//! let loaded = trailbell_config::parse(source, &["iam-change"], trailbell_config::Lookups::none())?;
//! assert_eq!(loaded.settings.account("012345678901").unwrap().name.as_deref(), Some("my-blog"));
//!
//! let source = "rules:\n  iam-chang: { severity: high }\n";
//! let invalid =
//!     trailbell_config::parse(source, &["iam-change"], trailbell_config::Lookups::none()).unwrap_err();
//! assert_eq!(
//!     invalid.render("trailbell.yaml", source),
//!     "trailbell.yaml:2:3: There is no built-in rule `iam-chang`
//!   |
//! 2 |   iam-chang: { severity: high }
//!   |   ^^^^^^^^^
//!   = hint: did you mean `iam-change`? A rule of your own needs a `filter`, an `event-pattern` or `sigma`"
//! );
//! # Ok::<(), trailbell_config::Invalid>(())
//! ```

mod carried;
mod channel_url;
mod channels;
mod correlation;
mod delivery;
mod ignore;
mod keys;
mod lookups;
mod networks;
mod own_rule;
mod reach;
mod reader;
mod rule_alarm;
mod settings;
mod showable;
mod sigma;
mod sources;
mod table;
mod usual;
mod values;
mod watch;
mod watch_keys;

use trailbell_text::Diagnostic;

pub use carried::{CarriedSigma, NotCarried};
pub use ignore::{Address, Ignore, Subject, ignore_line};
pub use lookups::{Lookups, SecretFile};
pub use networks::{NetworkFile, NetworkFiles};
pub use own_rule::{ALWAYS_THERE, OwnRule, RulePattern, event_pattern_warnings};
pub use rule_alarm::RuleAlarm;
pub use settings::{Account, BuiltInRule, Language, Settings};
pub use showable::showable;
pub use sigma::{FileFindings, SigmaFile};
pub use usual::{Asks, ExpectedPlace, ExpectedSettings, HistorySettings};
pub use watch::{
    AwsAccess, ChannelSettings, DeliverySettings, LedgerSettings, SmtpSecurity, SourceKind, SourceSettings,
    Target,
};

/// Settings that hold, and what looks odd in them all the same.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// In the order of the file; each points into the source text, and is shown against its [`showable`] form.
    pub warnings: Vec<Diagnostic>,
    /// What is to be said of files of rules that the settings name; files without anything to say are left out.
    pub files: Vec<FileFindings>,
}

/// Why a text is not settings: everything that is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.problems, .files))]
pub struct Invalid {
    /// In the order of the file; each points into the source text, and is shown against its [`showable`] form. Empty only
    /// where the problems are those of `files`.
    pub problems: Vec<Diagnostic>,
    /// What is to be said of files of rules that the settings name.
    pub files: Vec<FileFindings>,
}

fn summary(problems: &[Diagnostic], files: &[FileFindings]) -> String {
    let mut all = problems.iter().chain(files.iter().flat_map(|file| &file.problems));
    let first = all.next().map(|problem| problem.message.clone()).unwrap_or_default();
    match all.count() {
        0 => first,
        more => format!("{first} (and {more} more)"),
    }
}

impl Invalid {
    /// All problems with their lines and carets, secrets blotted out, ready for a terminal.
    pub fn render(&self, source_name: &str, source: &str) -> String {
        let source = showable(source);
        let here = self.problems.iter().map(|problem| problem.render(source_name, &source));
        let there = self
            .files
            .iter()
            .flat_map(|file| file.problems.iter().map(|problem| problem.render(&file.name, &file.text)));
        here.chain(there).collect::<Vec<_>>().join("\n")
    }
}

/// Reads and checks the text of a `trailbell.yaml`. `built_in_rules` are the names of the rules there are;
/// `lookups` give what `${NAME}` and `file:PATH` stand for. An empty text is the default settings.
pub fn parse(source: &str, built_in_rules: &[&str], lookups: Lookups<'_>) -> Result<Loaded, Invalid> {
    read(source, built_in_rules, reader::Reader::new(source, lookups))
}

/// The same without `sources` and `channels`, which stay empty: for who only looks at what is kept, and has none of the secrets in
/// them.
pub fn parse_to_look(source: &str, built_in_rules: &[&str], lookups: Lookups<'_>) -> Result<Loaded, Invalid> {
    let mut reader = reader::Reader::new(source, lookups);
    reader.only_looks = true;
    read(source, built_in_rules, reader)
}

/// The same as [`parse`] for settings that are to be handed over to another machine: a secret in plain text is an error.
pub fn parse_to_hand_over(
    source: &str,
    built_in_rules: &[&str],
    lookups: Lookups<'_>,
) -> Result<Loaded, Invalid> {
    let mut reader = reader::Reader::new(source, lookups);
    reader.refuses_plain = true;
    read(source, built_in_rules, reader)
}

/// Reads settings that stand in a file of another kind: `root` is a mapping of some of the keys of a `trailbell.yaml`, from the
/// tree of `source`. Sources and channels, if there are any, are left unread; nothing is looked up.
pub fn parse_part(
    source: &str,
    root: &trailbell_yaml::Node,
    built_in_rules: &[&str],
) -> Result<Loaded, Invalid> {
    let mut reader = reader::Reader::new(source, Lookups::none());
    reader.only_looks = true;
    let settings = Settings::read(root, built_in_rules, &mut reader);
    finish(settings, reader)
}

fn read(source: &str, built_in_rules: &[&str], mut reader: reader::Reader<'_>) -> Result<Loaded, Invalid> {
    let root = trailbell_yaml::parse(source).map_err(|problems| Invalid { problems, files: Vec::new() })?;
    let settings =
        root.map_or_else(Settings::default, |root| Settings::read(&root, built_in_rules, &mut reader));
    finish(settings, reader)
}

fn finish(settings: Settings, mut reader: reader::Reader<'_>) -> Result<Loaded, Invalid> {
    let files = std::mem::take(&mut reader.files);
    let trailbell_yaml::Reader { mut problems, mut warnings, .. } = reader.into_findings();
    if problems.is_empty() && files.iter().all(|file| file.problems.is_empty()) {
        warnings.sort_by_key(|warning| warning.span.start);
        Ok(Loaded { settings, warnings, files })
    } else {
        problems.sort_by_key(|problem| problem.span.start);
        Err(Invalid { problems, files })
    }
}

/// The JSON Schema (draft 7, which editors' YAML servers read) of `trailbell.yaml`.
pub fn schema(built_in_rules: &[&str]) -> serde_json::Value {
    let mut schema = keys::mapping(
        keys::TOP,
        built_in_rules,
        serde_json::json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "trailbell.yaml",
            "description": "Settings of trailbell, the doorbell of an AWS account.",
        }),
    );
    // An empty file is valid.
    schema["type"] = serde_json::json!(["object", "null"]);
    schema
}
