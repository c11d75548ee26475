//! The files of Sigma rules that a configuration names, read from the disk: a file, or a folder with all below it.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use trailbell_config::SigmaFile;

use crate::context::shown;

/// Longest file, in bytes: a rule has a few thousand.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Longest of all files of one path together, in bytes.
const MAX_ALL_BYTES: usize = 64 << 20;
/// Most files of one path.
const MAX_FILES: usize = 10_000;
/// Most folders of one path.
const MAX_FOLDERS: usize = 10_000;

/// The files at `path`, which stands in the configuration at `config` and is read from there on. Of a folder: those that end in
/// `.yml` or `.yaml`, in the order of their paths; hidden ones are left out, and folders behind links are not entered.
pub(crate) fn read(config: &Path, path: &str) -> Result<Vec<SigmaFile>, String> {
    let root = config.parent().unwrap_or(Path::new("")).join(path);
    let meta = fs::metadata(&root).map_err(|error| told(&root, &error))?;
    let files = if meta.is_dir() { in_folder(&root)? } else { vec![root] };
    let mut left = MAX_ALL_BYTES;
    files
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

fn in_folder(root: &Path) -> Result<Vec<PathBuf>, String> {
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
            } else if path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml")
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
