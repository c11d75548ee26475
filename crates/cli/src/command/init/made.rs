//! What `init` leaves behind: the configuration, the files of its secrets, and word of what is still to do.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use trailbell_config::Settings;
use trailbell_text::Secret;

use super::ask::Asker;
use super::draft::{Channel, Draft, Kept};
use crate::args::{Global, SecretsIn};
use crate::context::{Failure, parse_with, shown};

/// What was written.
pub(super) struct Made {
    path: PathBuf,
    text: String,
    /// What the variables are to hold, as far as it is known.
    values: HashMap<String, Secret>,
    /// Variables that the owner sets.
    variables: Vec<String>,
    /// Files with a secret.
    files: Vec<PathBuf>,
}

impl Made {
    pub(super) fn write(path: &Path, draft: &Draft, place: SecretsIn, force: bool) -> Result<Self, Failure> {
        let told =
            |path: &Path, error: &dyn std::fmt::Display| Failure::Told(format!("{}: {error}", shown(path)));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let whole = folder.canonicalize().map_err(|error| told(folder, &error))?;
        let secrets = whole.join("trailbell-secrets");
        let file_of = |variable: &str| secrets.join(variable.to_lowercase().replace('_', "-"));
        let file = |variable: &str| file_of(variable).display().to_string();
        let text = draft.yaml(&Kept { place, file: &file });
        let (mut values, mut variables, mut files) = (HashMap::new(), Vec::new(), Vec::new());
        for (variable, value) in draft.channels.iter().flat_map(Channel::secrets) {
            match (place, value) {
                (SecretsIn::File, Some(value)) => {
                    let file = file_of(variable);
                    make_private(&secrets).map_err(|error| told(&secrets, &error))?;
                    put(&file, value.expose(), force).map_err(|error| told(&file, &error))?;
                    files.push(file);
                }
                (SecretsIn::Plain, Some(_)) => {}
                _ => variables.push(variable.to_owned()),
            }
            if let Some(value) = value {
                values.insert(variable.to_owned(), value.clone());
            }
        }
        variables.extend(draft.channels.iter().flat_map(Channel::references));
        put(path, &text, force).map_err(|error| told(path, &error))?;
        Ok(Self { path: path.to_owned(), text, values, variables, files })
    }

    /// Reads it back as every other command will, the variables as they will be; says what it finds.
    pub(super) fn check(&self, asker: &mut Asker<'_>) -> Result<Option<Settings>, Failure> {
        let environment = |name: &str| {
            let value = self.values.get(name).map(|value| value.expose().to_owned());
            let value = value.or_else(|| std::env::var(name).ok());
            // What is not set yet is the owner's to set, and is said below.
            value.or_else(|| {
                self.variables.iter().any(|variable| variable == name).then(|| "placeholder".to_owned())
            })
        };
        let name = self.path.display().to_string();
        match parse_with(&self.text, &self.path, &environment) {
            Ok(loaded) => {
                let showable = trailbell_config::showable(&self.text);
                for warning in loaded.warnings {
                    asker.say(&format!("warning: {}", warning.render(&name, &showable)))?;
                }
                let is_known =
                    |name: &String| self.values.contains_key(name) || std::env::var_os(name).is_some();
                Ok(self.variables.iter().all(is_known).then_some(loaded.settings))
            }
            Err(invalid) => {
                asker.say(&invalid.render(&name, &self.text))?;
                Ok(None)
            }
        }
    }

    pub(super) fn next_steps(
        &self,
        draft: &Draft,
        global: &Global,
        asker: &mut Asker<'_>,
    ) -> Result<(), Failure> {
        if global.quiet {
            return Ok(());
        }
        let wrote = asker.pick("Written", "作成しました");
        asker.say(&format!("\n{wrote}: {}", shown(&self.path)))?;
        for file in &self.files {
            asker.say(&format!("         {}", shown(file)))?;
        }
        let unset: Vec<&String> =
            self.variables.iter().filter(|name| std::env::var_os(name.as_str()).is_none()).collect();
        if !unset.is_empty() {
            asker.say(asker.pick(
                "\nSet these environment variables where trailbell runs (in a service, with EnvironmentFile=):",
                "\ntrailbell を実行する環境で、次の環境変数を設定してください(サービスの場合は EnvironmentFile=):",
            ))?;
            for name in unset {
                let given = asker.pick("  (what you gave for it)", "  (入力された値)");
                let given = if self.values.contains_key(name) { given } else { "" };
                asker.say(&format!("  {name}{given}"))?;
            }
        }
        if !draft.phrase.is_empty() {
            let words = asker.pick("\nYour verification phrase", "\n確認フレーズ");
            asker.say(&format!("{words}: {}", draft.phrase))?;
        }
        let config = match &global.config {
            Some(path) => format!(" -c {}", shown(path)),
            None => String::new(),
        };
        asker.say(asker.pick("\nNext:", "\n次に実行するコマンド:"))?;
        for (command, english, japanese) in [
            ("send-test", "ring every channel once", "すべての通知先にテストを送信"),
            ("doctor", "can it hear, can it be heard?", "受信と送信の自己診断"),
            ("run", "keep watch", "監視を開始"),
        ] {
            let command = format!("trailbell {command}{config}");
            asker.say(&format!("  {command:<28} {}", asker.pick(english, japanese)))?;
        }
        Ok(())
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file that only its owner can read, whole or not at all.
fn put(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let put = if force { file.persist(path) } else { file.persist_noclobber(path) };
    put.map(drop).map_err(|error| error.error)
}
