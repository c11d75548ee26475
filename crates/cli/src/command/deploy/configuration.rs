//! Which `trailbell.yaml` goes along with the function, and whether the function could start with it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use trailbell_aws::{Aws, Bucket};
use trailbell_config::{CarriedSigma, Loaded, Lookups, Settings, SigmaFile};
use trailbell_detect::BUILTIN_RULES;

use super::package::{self, Along, MAX_BYTES, MAX_CONFIGURATION};
use super::talk::theirs;
use crate::args::Global;
use crate::context::{Failure, default_config, read_text, shown, tell_files};
use crate::rule_files;

/// A configuration's text, the files of rules that it names, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configuration {
    text: String,
    sigma: CarriedSigma,
    pub(super) origin: Origin,
}

/// Where a configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    File(PathBuf),
    /// It is in the zip that is deployed.
    Deployed,
}

impl Configuration {
    /// The one that is named, or that stands in this folder; its form is checked at once.
    pub(super) fn local(global: &Global) -> Result<Option<Self>, Failure> {
        let path = default_config(global);
        if global.config.is_none() && !path.is_file() {
            return Ok(None);
        }
        let text = read_text(&path)?;
        let read = RefCell::new(CarriedSigma::default());
        let sigma = |written: &str| {
            // What it stands for here is not what it stands for there.
            if written.contains("${") {
                return Err("the function does not know this shell's variables: write the path without `${`"
                    .to_owned());
            }
            let files = rule_files::sigma(&path, written)?;
            read.borrow_mut().carry(written, files.clone());
            Ok(files)
        };
        let mut configuration =
            Self { text, sigma: CarriedSigma::default(), origin: Origin::File(path.clone()) };
        configuration.settings_with(&sigma)?;
        configuration.sigma = read.into_inner();
        configuration.fits()?;
        Ok(Some(configuration))
    }

    /// Whether it is short enough to go along.
    fn fits(&self) -> Result<(), Failure> {
        let Along { configuration, sigma } = self.along();
        if configuration.len() > MAX_CONFIGURATION {
            return Err(Failure::Told(format!(
                "{} has {} bytes, and at most {MAX_CONFIGURATION} go along with the function: move Sigma rules into a folder beside it \
                 (`sigma: FOLDER`), which has a limit of its own",
                self.shown(),
                configuration.len()
            )));
        }
        match sigma.map_or(0, |text| text.len()) {
            0..=CarriedSigma::MAX_BYTES => Ok(()),
            long => Err(Failure::Told(format!(
                "the {} Sigma files that {} names make {long} bytes, and at most {} go along with the function: name a smaller folder, \
                 such as the one of the rules for CloudTrail alone",
                self.files(),
                self.shown(),
                CarriedSigma::MAX_BYTES
            ))),
        }
    }

    /// What goes along with the function. Files are called as they lie from the configuration's folder on: from wherever it is deployed,
    /// the same is deployed.
    pub(super) fn along(&self) -> Along {
        let folder = match &self.origin {
            Origin::File(path) => path.parent().unwrap_or(Path::new("")),
            Origin::Deployed => Path::new(""),
        };
        let from_there = |name: &str| {
            let path = Path::new(name);
            let rest = path.strip_prefix(folder).unwrap_or(path).components();
            // `./` is left at the start of a path alone.
            let rest: PathBuf = rest.filter(|part| *part != Component::CurDir).collect();
            rest.display().to_string()
        };
        let sigma = Some(&self.sigma).filter(|sigma| **sigma != CarriedSigma::default());
        Along {
            configuration: self.text.clone(),
            sigma: sigma.map(|sigma| sigma.clone().renamed(from_there).to_text()),
        }
    }

    /// How many files of rules it brings along.
    pub(super) fn files(&self) -> usize {
        self.sigma.files().count()
    }

    /// The same for people; `None` where it names none.
    pub(super) fn files_shown(&self) -> Option<String> {
        let bytes = self.along().sigma?.len();
        let files = match self.files() {
            1 => "1 file goes along".to_owned(),
            many => format!("{many} files go along"),
        };
        Some(format!("{files}, {} KB", bytes.div_ceil(1024)))
    }

    /// The one in the zip that is deployed, whoever put it there; `None` where that has none.
    ///
    /// What cannot be read is not taken for none: the function would start with every default, and say nothing of it.
    pub(super) async fn deployed(bucket: &Bucket, key: &str, version: &str) -> Result<Option<Self>, Failure> {
        let told = |problem: String| {
            Failure::Told(format!(
                "whether the function has a configuration, to go on with it, cannot be seen in {} of the bucket {}: {problem}; \
                 name one with --config, an empty file where there is to be none",
                theirs(key),
                theirs(bucket.name())
            ))
        };
        let limit = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
        let version = Some(version).filter(|version| !version.is_empty());
        let zip = bucket.get_version(key, version, limit).await.map_err(|error| told(error.to_string()))?;
        let zip = zip.ok_or_else(|| told("its zip is not there any more".to_owned()))?;
        let Some(Along { configuration, sigma }) = package::along_in(&zip).map_err(told)? else {
            return Ok(None);
        };
        let sigma = sigma.as_deref().map_or_else(|| Ok(CarriedSigma::default()), CarriedSigma::parse);
        let sigma = sigma.map_err(|error| told(format!("its {}: {error}", CarriedSigma::FILE_NAME)))?;
        Ok(Some(Self { text: configuration, sigma, origin: Origin::Deployed }))
    }

    /// Where it comes from, for people.
    pub(super) fn shown(&self) -> String {
        match &self.origin {
            Origin::File(path) => shown(path),
            Origin::Deployed => "as it is deployed".to_owned(),
        }
    }

    fn name(&self) -> String {
        match &self.origin {
            Origin::File(path) => path.display().to_string(),
            Origin::Deployed => "trailbell.yaml".to_owned(),
        }
    }

    /// What it says, but for what needs secrets.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        self.settings_with(&|path| self.sigma.at(path))
    }

    fn settings_with(
        &self,
        sigma: &dyn Fn(&str) -> Result<Vec<SigmaFile>, String>,
    ) -> Result<Settings, Failure> {
        let lookups = Lookups { environment: &|name| Some(format!("${{{name}}}")), sigma, ..Lookups::none() };
        match trailbell_config::parse_to_look(&self.text, BUILTIN_RULES, lookups) {
            Ok(loaded) => Ok(loaded.settings),
            Err(invalid) => Err(self.refused(&invalid)),
        }
    }

    /// Whether it names channels of its own, so that the topic is not the only way out.
    pub(super) fn names_channels(&self) -> bool {
        let lookups = Lookups { sigma: &|path| self.sigma.at(path), ..Lookups::none() };
        match trailbell_config::parse(&self.text, BUILTIN_RULES, lookups) {
            Ok(loaded) => !loaded.settings.channels.is_empty(),
            // What needs secrets are channels: the rest of it was read before.
            Err(_) => true,
        }
    }

    /// Whether the function could start with it. `parameter` is the parameter that its secrets will be in.
    pub(super) async fn check(&self, aws: &Aws, parameter: &str, global: &Global) -> Result<(), Failure> {
        if self.origin == Origin::Deployed {
            return Ok(());
        }
        let secrets = if parameter.is_empty() { None } else { secrets(aws, parameter).await? };
        let used = RefCell::new(BTreeSet::new());
        let missing = RefCell::new(BTreeSet::new());
        let lookup = |name: &str| {
            used.borrow_mut().insert(name.to_owned());
            let value = match &secrets {
                Some(secrets) => secrets.get(name).cloned(),
                // What the function will find cannot be seen from here: what this shell has must do for the check.
                None => std::env::var(name).ok(),
            };
            if value.is_none() {
                missing.borrow_mut().insert(name.to_owned());
            }
            value
        };
        let no_file = |_: &str| Err("the function has no such file: write '${NAME}'".to_owned());
        let sigma = |path: &str| self.sigma.at(path);
        let lookups = Lookups { environment: &lookup, file: &no_file, sigma: &sigma };
        let checked = trailbell_config::parse_to_hand_over(&self.text, BUILTIN_RULES, lookups);
        let (used, missing) = (used.into_inner(), missing.into_inner());
        if parameter.is_empty() && !used.is_empty() {
            return Err(Failure::Told(format!(
                "{} refers to {}, and the function finds what they stand for in a parameter of Systems Manager: put them there \
                 (aws ssm put-parameter --type SecureString --name /trailbell/secrets --value '{}'), then \
                 --parameter SecretsParameter=/trailbell/secrets",
                self.shown(),
                references(&used),
                example(&used)
            )));
        }
        match checked {
            Ok(Loaded { warnings, files, .. }) if !global.quiet => {
                let visible = trailbell_config::showable(&self.text);
                for warning in warnings {
                    writeln!(io::stderr(), "warning: {}", warning.render(&self.name(), &visible))?;
                }
                Ok(tell_files(&files, global.verbose)?)
            }
            Ok(_) => Ok(()),
            Err(invalid) if missing.is_empty() => Err(self.refused(&invalid)),
            Err(invalid) => {
                let Failure::Told(words) = self.refused(&invalid) else { return Ok(()) };
                let place = if secrets.is_some() {
                    format!("{} are not in the parameter {}", references(&missing), theirs(parameter))
                } else {
                    format!(
                        "the parameter {} may not be read from here, so set {} in this shell for the check (they are not sent)",
                        theirs(parameter),
                        references(&missing)
                    )
                };
                Err(Failure::Told(format!("{words}\n{place}")))
            }
        }
    }

    fn refused(&self, invalid: &trailbell_config::Invalid) -> Failure {
        let rendered = invalid.render(&self.name(), &self.text);
        Failure::Told(format!("the function could not start with this configuration\n{rendered}"))
    }
}

/// What the parameter holds; `None` where it may not be read.
async fn secrets(aws: &Aws, parameter: &str) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let told = |problem: String| Failure::Told(format!("the parameter {}: {problem}", theirs(parameter)));
    let value = match aws.parameter(parameter).await {
        Ok(value) => value,
        Err(error) if error.is_denied() => return Ok(None),
        Err(error) => return Err(told(error.to_string())),
    };
    // No message may quote what is in it.
    let secrets = serde_json::from_str(value.expose());
    secrets
        .map(Some)
        .map_err(|_| told("it must hold JSON such as {\"NAME\": \"value\"}, every value a text".to_owned()))
}

fn references(names: &BTreeSet<String>) -> String {
    names.iter().map(|name| format!("${{{name}}}")).collect::<Vec<_>>().join(", ")
}

fn example(names: &BTreeSet<String>) -> String {
    let pairs: Vec<String> = names.iter().map(|name| format!("\"{name}\": \"...\"")).collect();
    format!("{{{}}}", pairs.join(", "))
}
