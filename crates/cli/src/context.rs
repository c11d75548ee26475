//! What the global flags, the environment and the configuration come to.

use std::io::{self, Read as _, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anstream::{AutoStream, ColorChoice};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use trailbell_config::{FileFindings, Language, Loaded, Lookups, SecretFile, Settings};
use trailbell_detect::{BUILTIN_RULES, RuleSet};
use trailbell_ledger_sqlite::Options;
use trailbell_notice::{Lang, Networks, Reader};
use trailbell_outbox::LedgerError;
use trailbell_record::Limits;
use trailbell_text::{Channel, Untrusted};

use crate::args::{self, Global, LedgerFile, OutputForm, Unpacking, When};
use crate::{networks, rule_files, when};

/// The configuration that is read where none is named.
const DEFAULT_CONFIG: &str = "trailbell.yaml";

/// Longest file that a secret is read from, in bytes.
const MAX_SECRET_FILE_BYTES: u64 = 64 * 1024;

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Whoever read our output went away, which is no error.
    ReaderLeft,
    /// Wrong usage, unreadable input or configuration: exit status 2 with these words.
    Told(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ReaderLeft
        } else {
            Self::Told(error.to_string())
        }
    }
}

impl From<trailbell_aws::Error> for Failure {
    fn from(error: trailbell_aws::Error) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Told(error.to_string())
    }
}

/// Resolved settings of one run.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of the command line")]
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) lang: Lang,
    pub(crate) zone: TimeZone,
    pub(crate) json: bool,
    pub(crate) color: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    /// The configuration's folder: from there on its paths are read.
    folder: PathBuf,
    /// What addresses are looked up in, once something is put into words.
    networks: OnceLock<Networks>,
}

impl Context {
    pub(crate) fn new(global: &Global) -> Result<Self, Failure> {
        Self::of(global, load(global, &parse)?)
    }

    /// For a command that sends nothing and listens to nothing: sources and channels are left unread, so that none of their secrets need
    /// be there.
    pub(crate) fn looking(global: &Global) -> Result<Self, Failure> {
        let parse = |text: &str, config: &Path| {
            let lookups = Lookups {
                environment: &|name| std::env::var(name).ok(),
                file: &|_| Err(String::new()),
                sigma: &|path| rule_files::sigma(config, path),
            };
            trailbell_config::parse_to_look(text, BUILTIN_RULES, lookups)
        };
        Self::of(global, load(global, &parse)?)
    }

    /// For a command that is about another machine: what the flags and this machine say, whatever the configuration does.
    pub(crate) fn looking_without_config(global: &Global) -> Result<Self, Failure> {
        Self::of(global, Settings::default())
    }

    /// The same with settings that were read already.
    pub(crate) fn of(global: &Global, settings: Settings) -> Result<Self, Failure> {
        let zone = match (&global.timezone, &settings.timezone) {
            (Some(name), _) => TimeZoneDatabase::bundled().get(name).map_err(|_| {
                let shown = Untrusted::from(name.as_str()).render(Channel::Terminal);
                Failure::Told(format!(
                    "there is no time zone `{shown}`: write an IANA name such as Asia/Tokyo or UTC"
                ))
            })?,
            (None, Some(zone)) => zone.clone(),
            (None, None) => TimeZone::system(),
        };
        let lang = match (global.lang, settings.language) {
            (Some(args::Lang::En), _) | (None, Some(Language::En)) => Lang::En,
            (Some(args::Lang::Ja), _) | (None, Some(Language::Ja)) => Lang::Ja,
            (None, None) => locale_language(),
        };
        let color = match global.color {
            When::Always => true,
            When::Never => false,
            When::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        };
        Ok(Self {
            settings,
            lang,
            zone,
            json: global.output == OutputForm::Json,
            color,
            quiet: global.quiet,
            verbose: global.verbose,
            folder: default_config(global).parent().unwrap_or(Path::new("")).to_path_buf(),
            networks: OnceLock::new(),
        })
    }

    /// The same with other settings.
    pub(crate) fn with(&self, settings: Settings) -> Self {
        Self {
            settings,
            zone: self.zone.clone(),
            folder: self.folder.clone(),
            networks: self.networks.clone(),
            ..*self
        }
    }

    /// The rules the settings ask for.
    pub(crate) fn rules(&self) -> Result<RuleSet, Failure> {
        trailbell_engine::rules(&self.settings).map_err(|error| Failure::Told(error.to_string()))
    }

    /// Who reads the notices. The files of networks that the settings name are opened for the first one.
    pub(crate) fn reader(&self) -> Result<Reader, Failure> {
        let networks = if let Some(networks) = self.networks.get() {
            networks.clone()
        } else {
            let opened = networks::open(&self.settings.networks, &self.folder);
            let opened = opened.map_err(|unusable| Failure::Told(unusable.problem))?;
            self.networks.get_or_init(|| opened).clone()
        };
        let reader = trailbell_engine::reader(&self.settings, self.lang, self.zone.clone());
        Ok(Reader { networks, ..reader })
    }

    /// Where what was told is remembered: the flag's file, the configuration's, or the place the system has for it.
    pub(crate) fn ledger_path(&self, flag: &LedgerFile) -> Result<PathBuf, Failure> {
        if let Some(path) = flag.ledger.as_ref().or(self.settings.ledger.path.as_ref()) {
            return Ok(path.clone());
        }
        let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // systemd names the folder it made; else the XDG base directory specification.
        let place = folder("STATE_DIRECTORY")
            .or_else(|| folder("XDG_STATE_HOME").map(|state| state.join("trailbell")))
            .or_else(|| folder("HOME").map(|home| home.join(".local/state/trailbell")));
        place.map(|place| place.join("trailbell.db")).ok_or_else(|| {
            Failure::Told(
                "there is no place for the ledger: name one with --ledger, or `ledger: { path: ... }`".into(),
            )
        })
    }

    /// How ledgers are opened.
    pub(crate) fn ledger_options(&self) -> Options {
        Options { max_size: self.settings.ledger.max_size, ..Options::default() }
    }

    /// A time as the reader's clock shows it.
    pub(crate) fn local(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// The time behind `--since` or `--until`.
    pub(crate) fn time(&self, flag: &str, text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
        text.map(|text| when::parse(text, &self.zone, Timestamp::now()))
            .transpose()
            .map_err(|problem| Failure::Told(format!("{flag}: {problem}")))
    }
}

/// How much is read at most.
pub(crate) fn limits(unpacking: &Unpacking) -> Limits {
    let default = Limits::default();
    Limits { max_unpacked: unpacking.max_unpacked.unwrap_or(default.max_unpacked), ..default }
}

/// The text of a configuration file and what it says, its warnings told on standard error unless that is to be quiet.
fn load(
    global: &Global,
    parse: &dyn Fn(&str, &Path) -> Result<Loaded, trailbell_config::Invalid>,
) -> Result<Settings, Failure> {
    let here = Path::new(DEFAULT_CONFIG);
    let Some(path) = global.config.as_deref().or_else(|| here.is_file().then_some(here)) else {
        return Ok(Settings::default());
    };
    let text = read_text(path)?;
    let name = path.display().to_string();
    match parse(&text, path) {
        Ok(Loaded { settings, warnings, files }) => {
            let shown = trailbell_config::showable(&text);
            // `check` says them whenever it is asked.
            for warning in warnings.iter().filter(|_| !global.quiet) {
                writeln!(io::stderr(), "warning: {}", warning.render(&name, &shown))?;
            }
            if !global.quiet {
                tell_files(&files, global.verbose)?;
            }
            Ok(settings)
        }
        Err(invalid) => {
            Err(Failure::Told(format!("the configuration cannot be used\n{}", invalid.render(&name, &text))))
        }
    }
}

/// Says what there is to say of files of rules: warnings, and which rules are left out or only how many.
pub(crate) fn tell_files(files: &[FileFindings], each: bool) -> io::Result<()> {
    let mut out = io::stderr().lock();
    for file in files {
        for warning in &file.warnings {
            writeln!(out, "warning: {}", warning.render(&file.name, &file.text))?;
        }
        for left_out in file.left_out.iter().filter(|_| each) {
            writeln!(out, "note: {}", left_out.render(&file.name, &file.text))?;
        }
    }
    let left_out: usize = files.iter().map(|file| file.left_out.len()).sum();
    match left_out {
        0 => Ok(()),
        _ if each => Ok(()),
        1 => writeln!(out, "note: 1 Sigma rule for other logs is left out (-v names it)"),
        many => writeln!(out, "note: {many} Sigma rules for other logs are left out (-v names them)"),
    }
}

/// Reads a configuration's text with the environment and the files of this process.
pub(crate) fn parse(text: &str, config: &Path) -> Result<Loaded, trailbell_config::Invalid> {
    parse_with(text, config, &|name| std::env::var(name).ok())
}

/// The same with another environment.
pub(crate) fn parse_with(
    text: &str,
    config: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Loaded, trailbell_config::Invalid> {
    let lookups = Lookups {
        environment,
        file: &|path| secret_file(Path::new(path)),
        sigma: &|path| rule_files::sigma(config, path),
    };
    trailbell_config::parse(text, BUILTIN_RULES, lookups)
}

/// A file that the settings keep a secret in.
fn secret_file(path: &Path) -> Result<SecretFile, String> {
    let told = |error: io::Error| format!("{}: {error}", shown(path));
    // Asked before it is opened: opening a pipe waits for whoever writes into it.
    let meta = std::fs::metadata(path).map_err(told)?;
    if !meta.is_file() {
        return Err(format!("{} is not a file", shown(path)));
    }
    let file = std::fs::File::open(path).map_err(told)?;
    let mut text = String::new();
    let read = file.take(MAX_SECRET_FILE_BYTES + 1).read_to_string(&mut text).map_err(told)?;
    if read as u64 > MAX_SECRET_FILE_BYTES {
        return Err(format!("{} is longer than {MAX_SECRET_FILE_BYTES} bytes", shown(path)));
    }
    #[cfg(unix)]
    let open_to_others = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o004 != 0;
    #[cfg(not(unix))]
    let open_to_others = false;
    Ok(SecretFile { text, open_to_others })
}

/// The text of a file a user named.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::Told(format!("{}: {error}", shown(path))))
}

/// How many threads read: as many as there are processors, where nobody says.
pub(crate) fn jobs(said: Option<NonZeroUsize>) -> NonZeroUsize {
    said.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// An event pattern as it is given to a flag, which may name a file by `@`: no JSON begins so. Its text, and what to call it in
/// messages.
pub(crate) fn event_pattern(flag: &str) -> Result<(String, String), Failure> {
    match flag.strip_prefix('@') {
        Some(path) => Ok((read_text(Path::new(path))?, path.to_owned())),
        None => Ok((flag.to_owned(), "--event-pattern".to_owned())),
    }
}

/// The configuration file that is used where none is named on the command line.
pub(crate) fn default_config(global: &Global) -> PathBuf {
    global.config.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_CONFIG))
}

/// A path as a terminal may show it: a file's name is chosen by whoever made it.
pub(crate) fn shown(path: &Path) -> String {
    Untrusted::from(path.to_string_lossy().into_owned()).render(Channel::Terminal)
}

/// The language the locale asks for, in POSIX's order.
pub(crate) fn locale_language() -> Lang {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if locale.is_some_and(|locale| locale == "ja" || locale.starts_with("ja_")) { Lang::Ja } else { Lang::En }
}
