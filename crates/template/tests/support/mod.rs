//! What the tests share: requests, and where files are.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses a part, and may stop at the first thing that is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};

use trailbell_template::{Assignment, File, Invalid, Request, Stacks, read};

pub(crate) fn request(files: Vec<File>, parameters: &[&str]) -> Request {
    Request {
        files,
        account: "012345678901".into(),
        region: "ap-northeast-1".into(),
        assignments: parameters.iter().map(|said| Assignment::parse("--parameter", said).unwrap()).collect(),
        ..Request::default()
    }
}

/// Reads texts, none of which is on a disk.
pub(crate) fn read_texts(files: &[(&str, &str)], parameters: &[&str]) -> Result<Stacks, Invalid> {
    let files: Vec<File> = files.iter().map(|(name, text)| File::new(*name, *text)).collect();
    read(&request(files, parameters), &|_| None)
}

/// What is said of one wrong template.
pub(crate) fn problems_of(text: &str, parameters: &[&str]) -> String {
    read_texts(&[("t.yaml", text)], parameters)
        .map_or_else(|invalid| invalid.render(), |_| "nothing is wrong".to_owned())
}

pub(crate) fn folder(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// Reads files of a folder, nested templates from there, too.
pub(crate) fn read_folder(folder: &Path, names: &[&str], parameters: &[&str]) -> Result<Stacks, Invalid> {
    let load = |name: &str| Some(File::new(name, fs::read_to_string(folder.join(name)).ok()?));
    let files = names.iter().map(|name| load(name).unwrap()).collect();
    read(&request(files, parameters), &load)
}

pub(crate) fn sample(names: &[&str], parameters: &[&str]) -> Result<Stacks, Invalid> {
    read_folder(&folder("tests/samples"), names, parameters)
}
