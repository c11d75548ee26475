//! Files of rules on the disk: a file, or a folder with all below it.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use trailbell_config::SigmaFile;

use crate::context::shown;

/// How the names of files with Sigma rules end.
pub(crate) const SIGMA_ENDINGS: [&str; 2] = ["yml", "yaml"];

/// Longest file, in bytes: a rule has a few thousand.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Longest of all files of one path together, in bytes.
const MAX_ALL_BYTES: usize = 64 << 20;
/// Most files of one path.
const MAX_FILES: usize = 10_000;
/// Most folders of one path.
const MAX_FOLDERS: usize = 10_000;

/// The Sigma rules at `path`, which stands in the configuration at `config` and is read from there on.
pub(crate) fn sigma(config: &Path, path: &str) -> Result<Vec<SigmaFile>, String> {
    let root = config.parent().unwrap_or(Path::new("")).join(path);
    let mut left = MAX_ALL_BYTES;
    at(&root, &SIGMA_ENDINGS)?
        .into_iter()
        .map(|file| {
            let text = text(&file)?;
            left = left.checked_sub(text.len()).ok_or_else(|| {
                format!("all files together are longer than {MAX_ALL_BYTES} bytes; name a smaller folder")
            })?;
            Ok(SigmaFile { name: file.display().to_string(), text })
        })
        .collect()
}

/// A file itself. Of a folder: the files in it and below it that end so, in the order of their paths; hidden ones are left out, and
/// folders behind links are not entered: they may lead round in a circle.
pub(crate) fn at(root: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, String> {
    let meta = fs::metadata(root).map_err(|error| told(root, &error))?;
    if !meta.is_dir() {
        return Ok(vec![root.to_owned()]);
    }
    let (mut files, mut folders, mut entered) = (Vec::new(), vec![root.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        entered += 1;
        if entered > MAX_FOLDERS {
            return Err(format!("there are more than {MAX_FOLDERS} folders in {}", shown(root)));
        }
        for entry in fs::read_dir(&folder).map_err(|error| told(&folder, &error))? {
            let entry = entry.map_err(|error| told(&folder, &error))?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| told(&path, &error))?;
            if kind.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| endings.iter().any(|other| ending == *other))
                && (kind.is_file() || fs::metadata(&path).map_err(|error| told(&path, &error))?.is_file())
            {
                files.push(path);
            }
            if files.len() > MAX_FILES {
                return Err(format!("there are more than {MAX_FILES} files in {}", shown(root)));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn text(path: &Path) -> Result<String, String> {
    // Asked before it is opened: opening a pipe waits for whoever writes into it.
    if !fs::metadata(path).map_err(|error| told(path, &error))?.is_file() {
        return Err(format!("{} is neither a file nor a folder", shown(path)));
    }
    let file = fs::File::open(path).map_err(|error| told(path, &error))?;
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(|error| told(path, &error))?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("{} is longer than {MAX_FILE_BYTES} bytes", shown(path)));
    }
    Ok(text)
}

fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", shown(path))
}
