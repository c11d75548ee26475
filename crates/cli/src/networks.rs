//! The user's files of networks on the disk, opened whole: a map of them into memory would trust that nobody changes them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trailbell_config::NetworkFiles;
use trailbell_network::{Database, MAX_DATABASE_BYTES, Networks, Part};
use trailbell_text::Span;

use crate::context::shown;

/// A file that cannot be used.
#[derive(Debug)]
pub(crate) struct Unusable {
    /// Where the configuration names it.
    pub(crate) place: Span,
    /// Which file it is, what is wrong with it, and what to do.
    pub(crate) problem: String,
}

/// Opens the files that the configuration in `folder` names. One that is named for several things is read once.
pub(crate) fn open(files: &NetworkFiles, folder: &Path) -> Result<Networks, Unusable> {
    let named = Part::ALL.into_iter().zip([&files.country, &files.asn, &files.city]);
    let mut networks = Networks::default();
    let mut opened: Vec<(PathBuf, Arc<Database>)> = Vec::new();
    for (part, file) in named {
        let Some(file) = file else { continue };
        let path = folder.join(&file.path);
        let unusable = |problem: &dyn std::fmt::Display| Unusable {
            place: file.place,
            problem: format!(
                "The file of networks for `{}` cannot be used: {}: {problem}",
                part.word(),
                shown(&path)
            ),
        };
        let known = opened.iter().find(|(known, _)| *known == path);
        let database = if let Some((_, database)) = known {
            Arc::clone(database)
        } else {
            let bytes = read(&path).map_err(|problem| unusable(&problem))?;
            Arc::new(Database::new(bytes).map_err(|error| unusable(&error))?)
        };
        networks = networks.with(part, Arc::clone(&database)).map_err(|error| unusable(&error))?;
        opened.push((path, database));
    }
    Ok(networks)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "there is no such file: download it, or take it out of `networks`".to_owned()
        }
        _ => error.to_string(),
    };
    // Asked before it is opened: opening a pipe waits for whoever writes into it.
    let meta = std::fs::metadata(path).map_err(told)?;
    if !meta.is_file() {
        return Err("it is not a file: name the .mmdb in it".to_owned());
    }
    let too_long =
        || format!("it is longer than {MAX_DATABASE_BYTES} bytes, and is kept in memory: name a smaller one");
    if meta.len() > MAX_DATABASE_BYTES {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0) + 1);
    let file = File::open(path).map_err(told)?;
    let read = file.take(MAX_DATABASE_BYTES + 1).read_to_end(&mut bytes).map_err(told)?;
    if read as u64 > MAX_DATABASE_BYTES {
        return Err(too_long());
    }
    Ok(bytes)
}
