//! From the paths a user named to the files in them: lazily, folder by folder, in a fixed order.

use std::fs;
use std::io;
use std::path::PathBuf;

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A file. `named`: the user wrote this very path, so that it must be CloudTrail; a file met inside a
    /// folder may be anything (a LICENSE, say) and is then only counted.
    File {
        /// Where it is.
        path: PathBuf,
        /// Whether the user named it.
        named: bool,
    },
    /// Something in a folder that is no file: a pipe, a socket, a device. Opening one may wait for ever.
    Special,
    /// Standard input, written `-`.
    Stdin,
}

/// A path that cannot be read, and why.
#[derive(Debug)]
pub(crate) struct WalkError {
    /// The path.
    pub(crate) path: PathBuf,
    /// The system's reason.
    pub(crate) source: io::Error,
}

/// The files of the named paths in order: a folder's entries by name, its sub-folders in their place. Holds
/// one folder's names a level, however many files there are. Links to folders inside a folder are not
/// followed (they could lead in a circle).
#[derive(Debug)]
pub(crate) struct Walk {
    /// What is still to visit, the next one last.
    pending: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    named: bool,
    kind: Option<Kind>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    File,
    Folder,
    Special,
}

impl Kind {
    fn of(file_type: fs::FileType) -> Self {
        if file_type.is_dir() {
            Self::Folder
        } else if file_type.is_file() {
            Self::File
        } else {
            Self::Special
        }
    }
}

impl Walk {
    /// Starts at the paths a user named; `-` is standard input.
    pub(crate) fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut pending: Vec<Entry> =
            paths.into_iter().map(|path| Entry { path, named: true, kind: None }).collect();
        pending.reverse();
        Self { pending }
    }

    fn open_folder(&mut self, path: &PathBuf) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let file_type = entry.file_type()?;
            let kind = if file_type.is_symlink() {
                // A link that leads nowhere is told when it is opened.
                fs::metadata(entry.path()).map_or(Kind::File, |target| Kind::of(target.file_type()))
            } else {
                Kind::of(file_type)
            };
            if !(file_type.is_symlink() && matches!(kind, Kind::Folder)) {
                entries.push((entry.file_name(), kind));
            }
        }
        // Names, not whole paths, which take long to compare; reversed, since the next one is taken from the end.
        entries.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
        let entry = |(name, kind)| Entry { path: path.join(name), named: false, kind: Some(kind) };
        self.pending.extend(entries.into_iter().map(entry));
        Ok(())
    }
}

impl Iterator for Walk {
    type Item = Result<Input, WalkError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Entry { path, named, kind } = self.pending.pop()?;
            if named && path.as_os_str() == "-" {
                return Some(Ok(Input::Stdin));
            }
            let kind = match kind {
                Some(known) => known,
                None => match fs::metadata(&path) {
                    Ok(metadata) => Kind::of(metadata.file_type()),
                    Err(source) => return Some(Err(WalkError { path, source })),
                },
            };
            match kind {
                Kind::Folder => {}
                // Whoever names a pipe means to write into it.
                Kind::Special if !named => return Some(Ok(Input::Special)),
                Kind::File | Kind::Special => return Some(Ok(Input::File { path, named })),
            }
            if let Err(source) = self.open_folder(&path) {
                return Some(Err(WalkError { path, source }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_order_and_a_missing_path_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/2.json", "b/1.json", "a.json"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let missing = folder.path().join("missing");
        let found: Vec<_> = Walk::new([folder.path().to_owned(), missing.clone(), PathBuf::from("-")])
            .map(|input| match input {
                Ok(Input::File { path, named }) => {
                    assert!(!named);
                    path.strip_prefix(folder.path()).unwrap().display().to_string()
                }
                Ok(Input::Special) => "special".to_owned(),
                Ok(Input::Stdin) => "-".to_owned(),
                Err(error) => {
                    assert_eq!(error.path, missing);
                    "error".to_owned()
                }
            })
            .collect();
        assert_eq!(found, ["a.json", "b/1.json", "b/2.json", "error", "-"]);
    }
}
