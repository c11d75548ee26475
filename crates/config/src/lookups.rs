//! What settings refer to outside their text: variables, files with secrets, files of rules, looked up by whoever calls.

use std::fmt;

use crate::sigma::SigmaFile;

/// The look-ups behind `${NAME}` and `file:PATH`. Nothing here opens a file or reads the environment itself.
#[derive(Clone, Copy)]
pub struct Lookups<'a> {
    /// The value of an environment variable; `None` where it is not set.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// The file that a secret is kept in, by its path as written; the error says in words why there is none.
    pub file: &'a dyn Fn(&str) -> Result<SecretFile, String>,
    /// The Sigma files at a path as written, which is a file or a folder, in the order their rules are to have; the error says
    /// in words why there are none.
    pub sigma: &'a dyn Fn(&str) -> Result<Vec<SigmaFile>, String>,
}

impl Lookups<'static> {
    /// No variable is set and no file is there: for a text that stands alone.
    pub fn none() -> Self {
        Self {
            environment: &|_| None,
            file: &|_| Err("no files are read here".to_owned()),
            sigma: &|_| Err("no files are read here".to_owned()),
        }
    }
}

impl fmt::Debug for Lookups<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookups")
    }
}

/// A file that holds one secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// What it holds. One line end at its end is not part of the secret.
    pub text: String,
    /// Whether other users of this machine may read it.
    pub open_to_others: bool,
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretFile").field("open_to_others", &self.open_to_others).finish_non_exhaustive()
    }
}
