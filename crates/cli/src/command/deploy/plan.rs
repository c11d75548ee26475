//! What is to be done, worked out before anything is: from the flags, the files here, and what is in the account.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::json;
use trailbell_aws::{Bucket, Stack};
use trailbell_config::Settings;
use trailbell_detect::RuleSet;

use super::configuration::Configuration;
use super::package::{self, Package};
use super::parameters::Parameters;
use super::regions::Regions;
use super::talk::{self, table, theirs};
use super::templates::{self, FORWARDER, MAIN};
use super::work::Before;
use super::{SIGN, Session, ways};
use crate::args::{Deploy, Global};
use crate::context::{Context, Failure, shown};

/// Where in the bucket templates lie.
pub(super) const TEMPLATES: &str = "template/";
/// Parameters that are told in other words, or that nobody wants to see in a plan.
const UNSHOWN: [&str; 4] = ["CodeBucket", "CodeKey", "CodeVersion", "Architecture"];
/// Most characters of a value that are shown.
const MAX_SHOWN: usize = 60;

/// What is read from this machine before anything is asked of AWS.
pub(super) struct Local {
    configuration: Option<Configuration>,
    /// Where the zip is, or why there is none: a plan can be seen without.
    zip: Result<PathBuf, Failure>,
}

impl Local {
    pub(super) fn read(deploy: &Deploy, global: &Global) -> Result<Self, Failure> {
        let configuration = Configuration::local(global)?;
        let zip = package::find(deploy.function_zip.as_deref());
        if let Ok(path) = &zip {
            // That it is one is said before anybody has to log in.
            package::read(path, None)?;
        }
        match zip {
            Err(failure) if !deploy.dry_run => Err(failure),
            zip => Ok(Self { configuration, zip }),
        }
    }
}

/// What is to be done.
pub(super) struct Plan {
    pub(super) before: Before,
    pub(super) package: Package,
    pub(super) template_key: String,
    pub(super) parameters: Parameters,
    /// Addresses that the template has no room for.
    pub(super) beyond: Vec<String>,
    /// Regions with a forwarder.
    pub(super) regions: Regions,
    /// Whether the configuration names channels of its own.
    pub(super) has_channels: bool,
    configuration: Option<Configuration>,
    /// The zip's place; or why it is not here.
    zip: Result<PathBuf, String>,
    /// Why it hears as it does, where that was worked out.
    why: Option<String>,
    /// What whoever deploys may not expect.
    notes: Vec<String>,
    /// What it will not hear.
    warnings: Vec<String>,
}

impl Plan {
    pub(super) async fn make(
        deploy: &Deploy,
        global: &Global,
        session: &Session,
        local: Local,
        looking: &Context,
    ) -> Result<Self, Failure> {
        let before = session.home().look(SIGN).await?;
        let stands = match &before {
            Before::Stands(stack) => Some(stack),
            Before::Nothing | Before::Wreck(_) => None,
        };
        let was = stands.map(|stack| stack.parameters.clone());
        let mut parameters = Parameters::new(templates::parameters(MAIN), was);
        parameters.ask(&deploy.parameter)?;
        let beyond = parameters.settle_addresses(&deploy.email)?;

        let configuration = match local.configuration {
            Some(configuration) => Some(configuration),
            None => kept(session, stands).await?,
        };
        let mut notes = Vec::new();
        if parameters.has_put_addresses_back() {
            notes.push(
                "whoever stays keeps their place in EmailAddresses, and free places are filled first: an address that moved would be \
                 unsubscribed"
                    .to_owned(),
            );
        }
        let secrets = parameters.value("SecretsParameter").to_owned();
        let mut has_channels = false;
        if let Some(configuration) = &configuration {
            configuration.check(&session.aws, &secrets, global).await?;
            has_channels = configuration.names_channels();
        }
        let settings =
            configuration.as_ref().map_or_else(|| Ok(Settings::default()), Configuration::settings)?;
        let rules = trailbell_engine::rules(&settings).map_err(|error| Failure::Told(error.to_string()))?;
        // Also where the stack has one: this release's rules may meet more. Without a pattern of AWS's length that says it, everything
        // comes through.
        parameters.set("FilterPattern", rules.superset_filter().unwrap_or_default());
        if !parameters.is_new()
            && !parameters.is_asked("FilterPattern")
            && parameters.is_other("FilterPattern")
        {
            notes.push(
                "FilterPattern is made from the rules on every deploy; give one of your own each time (--parameter FilterPattern=...)"
                    .to_owned(),
            );
        }
        language(&mut parameters, global, looking, configuration.as_ref())?;

        let chosen = if parameters.is_new() {
            let trails = session.aws.trails().await;
            ways::choose(&mut parameters, trails, &session.region, &session.account)?
        } else {
            None
        };
        let in_all = deploy.all_regions || chosen.as_ref().is_some_and(|chosen| chosen.in_all_regions);
        let regions = Regions::find(in_all, session, &before, &mut parameters).await?;
        let mut warnings = Vec::new();
        match regions.unheard(&session.region, &parameters) {
            Some(words) if ways::is_eventbridge_alone(&parameters) => warnings.push(words),
            Some(words) if parameters.is_asked("WatchWithEventBridge") => notes.push(words),
            _ => {}
        }
        warnings.extend(beyond_eventbridge(&parameters, &rules));

        let along = configuration.as_ref().map(Configuration::along);
        let (package, zip) = match local.zip {
            Ok(path) => (package::read(&path, along.as_ref())?, Ok(path)),
            Err(Failure::Told(words)) => (Package::missing(), Err(words)),
            Err(failure) => return Err(failure),
        };
        parameters.set("CodeBucket", session.bucket().name());
        parameters.set("CodeKey", package.key.as_str());
        parameters.set("CodeVersion", "");
        parameters.set("Architecture", package.architecture);
        let template_key = format!("{TEMPLATES}{}.yaml", package::hash(MAIN.as_bytes()));
        Ok(Self {
            before,
            package,
            template_key,
            parameters,
            beyond,
            regions,
            has_channels,
            configuration,
            zip,
            why: chosen.map(|chosen| chosen.words),
            notes,
            warnings,
        })
    }

    /// Says it.
    pub(super) fn show(&self, session: &Session) -> Result<(), Failure> {
        let stack = match &self.before {
            Before::Nothing => "is new".to_owned(),
            Before::Stands(stack) => format!("is there ({}) and is changed", theirs(&stack.status)),
            Before::Wreck(stack) => {
                format!("is not whole ({}): it is deleted first and made again", theirs(&stack.status))
            }
        };
        let function = match &self.zip {
            Ok(path) => format!(
                "{}, for {}, {} KB",
                shown(path),
                self.package.architecture,
                self.package.bytes.len() / 1024
            ),
            Err(words) => words.clone(),
        };
        let configuration = self
            .configuration
            .as_ref()
            .map_or_else(|| "none: every default".to_owned(), Configuration::shown);
        let mut rows = vec![
            ["account".to_owned(), format!("{} as {}", theirs(&session.account), theirs(&session.arn))],
            ["region".to_owned(), session.region.clone()],
            ["stack".to_owned(), format!("{} {stack}", theirs(&session.stack))],
            ["function".to_owned(), function],
            ["configuration".to_owned(), configuration],
        ];
        let files = self.configuration.as_ref().and_then(Configuration::files_shown);
        rows.extend(files.map(|files| ["Sigma rules".to_owned(), files]));
        rows.push(["bucket".to_owned(), session.bucket().name().to_owned()]);
        let forwarders = match self.regions.others.as_slice() {
            [] => "none".to_owned(),
            some => some.join(", "),
        };
        rows.push(["forwarders".to_owned(), forwarders]);
        for (name, was, value) in self.differences() {
            let was = was.map_or(String::new(), |was| format!(" (was {})", brief(was)));
            rows.push([name.to_owned(), format!("{}{was}", brief(value))]);
        }
        for address in &self.beyond {
            rows.push(["recipient".to_owned(), format!("{}, subscribed beside the stack", theirs(address))]);
        }
        for line in table(&rows) {
            session.talk.say(&line);
        }
        if let Some(why) = &self.why {
            session.talk.say(&format!("How it hears: {why}."));
        }
        for note in &self.notes {
            session.talk.say(&format!("Note: {note}."));
        }
        for warning in &self.warnings {
            talk::warn(warning);
        }
        let parameters: serde_json::Map<String, serde_json::Value> =
            self.differences().map(|(name, _, value)| (name.to_owned(), value.into())).collect();
        session.talk.object(&json!({
            "type": "plan", "action": if self.parameters.is_new() { "create" } else { "update" }, "account": session.account,
            "region": session.region, "stack": session.stack, "bucket": session.bucket().name(), "key": self.package.key,
            "architecture": self.package.architecture, "configuration": self.configuration.as_ref().map(Configuration::shown),
            "sigma_files": self.configuration.as_ref().map_or(0, Configuration::files),
            "parameters": parameters, "forwarders": self.regions.others, "why": self.why,
            "notes": self.notes, "warnings": self.warnings,
        }))
    }

    /// The templates, for whoever wants to read them first.
    pub(super) fn print_template(&self, session: &Session) -> Result<(), Failure> {
        let mut all = vec![("main", MAIN)];
        if !self.regions.others.is_empty() {
            all.push(("forwarder", FORWARDER));
        }
        let mut out = io::stdout().lock();
        for (at, (name, body)) in all.into_iter().enumerate() {
            if session.talk.json {
                writeln!(out, "{}", json!({ "type": "template", "name": name, "body": body }))?;
            } else {
                out.write_all(if at > 0 { b"---\n" } else { b"" })?;
                out.write_all(body.as_bytes())?;
            }
        }
        Ok(out.flush()?)
    }

    fn differences(&self) -> impl Iterator<Item = (&str, Option<&str>, &str)> {
        self.parameters.differences().into_iter().filter(|(name, ..)| !UNSHOWN.contains(name))
    }
}

/// The configuration that is deployed: one that nobody names stays, also in a stack that was not made by `deploy`.
async fn kept(session: &Session, stands: Option<&Stack>) -> Result<Option<Configuration>, Failure> {
    let value = |name: &str| stands.and_then(|stack| stack.parameters.get(name)).map_or("", String::as_str);
    let (name, key) = (value("CodeBucket"), value("CodeKey"));
    if name.is_empty() {
        return Ok(None);
    }
    let ours = session.bucket();
    if name == ours.name() && package::is_configured(key) == Some(false) {
        return Ok(None);
    }
    let bucket = Bucket::new(session.aws.clone(), &session.region, &session.account, name);
    Configuration::deployed(&bucket, key, value("CodeVersion")).await
}

/// The rules that will be deaf to something, where `EventBridge`'s own rules are all that brings them anything.
fn beyond_eventbridge(parameters: &Parameters, rules: &RuleSet) -> Vec<String> {
    if !ways::is_eventbridge_alone(parameters) {
        return Vec::new();
    }
    let brought = templates::brought(MAIN);
    let words = |name: &str| {
        format!(
            "rule {}: EventBridge's rules do not bring all that it could meet; listen to the trail's log group or bucket too",
            theirs(name)
        )
    };
    rules.beyond(&brought).into_iter().map(|rule| words(rule.name().as_str())).collect()
}

/// The language and time zone of notices: what flags say; for a new stack also what the configuration or this machine has.
fn language(
    parameters: &mut Parameters,
    global: &Global,
    looking: &Context,
    configuration: Option<&Configuration>,
) -> Result<(), Failure> {
    let context = match configuration {
        Some(configuration) => Context::of(global, configuration.settings()?)?,
        None => looking.with(trailbell_config::Settings::default()),
    };
    if parameters.is_new() || global.lang.is_some() {
        parameters.set(
            "Language",
            match context.lang {
                trailbell_notice::Lang::En => "en",
                trailbell_notice::Lang::Ja => "ja",
            },
        );
    }
    if parameters.is_new() || global.timezone.is_some() {
        parameters.set("TimeZone", context.zone.iana_name().unwrap_or("UTC"));
    }
    Ok(())
}

/// A value on part of a line.
fn brief(value: &str) -> String {
    let cut: String = value.chars().take(MAX_SHOWN).collect();
    let end = if value.chars().nth(MAX_SHOWN).is_some() { "…" } else { "" };
    if value.is_empty() { "(empty)".to_owned() } else { format!("{}{end}", theirs(&cut)) }
}
