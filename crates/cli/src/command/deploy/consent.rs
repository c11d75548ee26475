//! Asking before something changes in an account.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use trailbell_notice::Lang;

use crate::context::Failure;

/// Who is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Consent {
    /// Everything was agreed to beforehand.
    pub(super) yes: bool,
    pub(super) lang: Lang,
}

impl Consent {
    /// Whether anybody can be asked; otherwise how it is done without.
    pub(super) fn can_be_had(self, what: &str) -> Result<(), Failure> {
        if self.yes || io::stdin().is_terminal() {
            return Ok(());
        }
        Err(Failure::Told(format!(
            "standard input is no terminal, so nobody can be asked: --yes {what} without asking, --dry-run only shows what would be done"
        )))
    }

    /// Asks, and takes anything but a yes for a no.
    pub(super) fn ask(self, english: &str, japanese: &str) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        let question = match self.lang {
            Lang::En => english,
            Lang::Ja => japanese,
        };
        let mut out = io::stderr().lock();
        write!(out, "\n{question} (y/n) [n]: ")?;
        out.flush()?;
        let mut answer = String::new();
        io::stdin().lock().take(1024).read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "はい"))
    }
}
