//! The function's zip: where it is found, what it was built for, and the same with a configuration and its files of rules in it.

use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use trailbell_config::CarriedSigma;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::context::{Failure, shown};

/// What a zip for `provided.al2023` starts.
const PROGRAM: &str = "bootstrap";
/// Where the function looks for its configuration.
const CONFIGURATION: &str = "trailbell.yaml";
/// Longest configuration, in bytes: one is some kilobytes.
pub(super) const MAX_CONFIGURATION: usize = 1024 * 1024;
/// Lambda's limit for everything in a zip, unpacked.
pub(super) const MAX_BYTES: u64 = 250 * 1024 * 1024;
/// More than this is no zip of ours.
const MAX_ENTRIES: usize = 100;
/// How the key of a zip with a configuration in it ends.
const CONFIGURED: &str = "-configured.zip";

/// A zip ready for upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) bytes: Vec<u8>,
    /// Lambda's word: `arm64` or `x86_64`.
    pub(super) architecture: &'static str,
    /// Its key: the same content has the same, so that nothing changes where nothing did.
    pub(super) key: String,
}

/// What goes along with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Along {
    /// The configuration.
    pub(super) configuration: String,
    /// The Sigma files it names, as one text; `None` where it names none.
    pub(super) sigma: Option<String>,
}

impl Along {
    /// Each with its name in the zip.
    fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let sigma = self.sigma.as_deref().map(|text| (CarriedSigma::FILE_NAME, text));
        std::iter::once((CONFIGURATION, self.configuration.as_str())).chain(sigma)
    }
}

impl Package {
    /// In the place of one that is not here, for a plan that is only looked at.
    pub(super) const fn missing() -> Self {
        Self { bytes: Vec::new(), architecture: "arm64", key: String::new() }
    }
}

/// The zip that is named, else the one beside this program.
pub(super) fn find(named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let program = std::env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new("."));
    let names = ["trailbell-lambda-arm64.zip", "trailbell-lambda-x86_64.zip"];
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file()).ok_or_else(|| {
        Failure::Told(format!(
            "the function's zip is not here: {} is not beside this program in {}. A release brings it; from the source \
             `scripts/build-lambda.py` makes target/lambda/{}. Name one with --function-zip",
            names[0],
            shown(folder),
            names[0]
        ))
    })
}

/// Reads the zip and puts into it what goes along. The same two make the same bytes.
pub(super) fn read(path: &Path, along: Option<&Along>) -> Result<Package, Failure> {
    let told = |problem: String| Failure::Told(format!("{}: {problem}", shown(path)));
    let size = std::fs::metadata(path).map_err(|error| told(error.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(told(format!("it is longer than {} MB, which Lambda does not take", MAX_BYTES >> 20)));
    }
    let bytes = std::fs::read(path).map_err(|error| told(error.to_string()))?;
    build(&bytes, along).map_err(told)
}

fn build(bytes: &[u8], along: Option<&Along>) -> Result<Package, String> {
    let mut archive = open(bytes)?;
    let architecture = architecture(&mut archive)?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // No clock: a zip's earliest time.
    let time = DateTime::default();
    let mut unpacked: u64 = along.into_iter().flat_map(Along::files).map(|(_, text)| text.len() as u64).sum();
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|error| broken(&error))?;
        unpacked += entry.size();
        if unpacked > MAX_BYTES {
            return Err(format!("it holds more than {} MB, which Lambda does not take", MAX_BYTES >> 20));
        }
        let name = entry.name().map_err(|error| broken(&error))?.into_owned();
        if entry.is_dir() || [CONFIGURATION, CarriedSigma::FILE_NAME].contains(&name.as_str()) {
            continue;
        }
        if entry.enclosed_name().is_none() {
            return Err("it holds a file whose name leads out of it".to_owned());
        }
        // A program must be allowed to run, whatever the zip was made on.
        let mode = if name == PROGRAM { 0o755 } else { 0o644 };
        writer.raw_copy_file_touch(entry, time, Some(mode)).map_err(|error| broken(&error))?;
    }
    for (name, text) in along.into_iter().flat_map(Along::files) {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(time)
            .unix_permissions(0o644);
        writer.start_file(name, options).map_err(|error| broken(&error))?;
        writer.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    }
    let bytes = writer.finish().map_err(|error| broken(&error))?.into_inner();
    let hash = hash(&bytes);
    let end = if along.is_some() { CONFIGURED } else { ".zip" };
    let key = format!("{FOLDER}{architecture}-{hash}{end}");
    Ok(Package { bytes, architecture, key })
}

/// The SHA-256 of something, in hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut all, byte| {
        // A string takes everything.
        let _ = write!(all, "{byte:02x}");
        all
    })
}

/// What the keys of zips begin with.
pub(super) const FOLDER: &str = "function/";

/// Whether the zip with that key, put there by `deploy`, has a configuration in it; `None` where the key is somebody else's.
pub(super) fn is_configured(key: &str) -> Option<bool> {
    key.starts_with(FOLDER).then(|| key.ends_with(CONFIGURED))
}

/// What goes along in a zip; `None` where that has no configuration.
pub(super) fn along_in(bytes: &[u8]) -> Result<Option<Along>, String> {
    let mut archive = open(bytes)?;
    let Some(configuration) = text_in(&mut archive, CONFIGURATION, MAX_CONFIGURATION)? else {
        return Ok(None);
    };
    let sigma = text_in(&mut archive, CarriedSigma::FILE_NAME, CarriedSigma::MAX_BYTES)?;
    Ok(Some(Along { configuration, sigma }))
}

fn text_in(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
    most: usize,
) -> Result<Option<String>, String> {
    let mut text = String::new();
    match archive.by_name(name) {
        Ok(entry) => {
            let read = entry.take(most as u64 + 1).read_to_string(&mut text);
            match read.map_err(|error| error.to_string())? {
                long if long > most => Err(format!("the {name} in it is longer than {} MB", most >> 20)),
                _ => Ok(Some(text)),
            }
        }
        Err(zip::result::ZipError::FileNotFound) => Ok(None),
        Err(error) => Err(broken(&error)),
    }
}

fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, String> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err("it holds more than a hundred files: this is not the function's zip".to_owned());
    }
    Ok(archive)
}

fn broken(error: &zip::result::ZipError) -> String {
    format!("it cannot be read as a zip ({error})")
}

/// What the program was built for, by its ELF header.
fn architecture(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<&'static str, String> {
    let mut header = [0_u8; 20];
    let mut program = archive
        .by_name(PROGRAM)
        .map_err(|_| format!("there is no `{PROGRAM}` at its top: this is not the function's zip"))?;
    program.read_exact(&mut header).map_err(|_| format!("its `{PROGRAM}` is no program for Linux"))?;
    // e_ident: the magic number, 64 bits, little-endian; then e_type and e_machine.
    if header[..6] != *b"\x7fELF\x02\x01" {
        return Err(format!("its `{PROGRAM}` is no program for 64-bit Linux"));
    }
    match u16::from_le_bytes([header[18], header[19]]) {
        0xb7 => Ok("arm64"),
        0x3e => Ok("x86_64"),
        other => Err(format!("its `{PROGRAM}` is for a machine Lambda does not have (ELF machine {other})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(machine: u16) -> Vec<u8> {
        let mut program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0".to_vec();
        program.extend(machine.to_le_bytes());
        program.extend([0; 2000]);
        program
    }

    fn zip(files: &[(&str, &[u8])], year: u16) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            let time = DateTime::from_date_and_time(year, 5, 5, 5, 5, 5).unwrap();
            let options = SimpleFileOptions::default().last_modified_time(time).unix_permissions(0o600);
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn the_same_content_has_the_same_key_whenever_it_was_zipped() {
        let (arm, intel) = (elf(0xb7), elf(0x3e));
        let one = build(&zip(&[("bootstrap", &arm), ("LICENSE", b"free")], 2020), None).unwrap();
        let two = build(&zip(&[("bootstrap", &arm), ("LICENSE", b"free")], 2026), None).unwrap();
        assert_eq!(one, two);
        assert_eq!(one.architecture, "arm64");
        assert!(
            one.key.starts_with("function/arm64-") && is_configured(&one.key) == Some(false),
            "{}",
            one.key
        );
        let other = build(&zip(&[("bootstrap", &intel)], 2020), None).unwrap();
        assert_eq!(other.architecture, "x86_64");
        assert_ne!(other.key, one.key);
    }

    #[test]
    fn the_configuration_stands_beside_the_program_and_replaces_what_was_there() {
        let bytes = zip(&[("bootstrap", &elf(0xb7)), ("trailbell.yaml", b"language: en\n")], 2020);
        let mut along = Along { configuration: "language: ja\n".to_owned(), sigma: None };
        let package = build(&bytes, Some(&along)).unwrap();
        assert_eq!(is_configured(&package.key), Some(true));
        assert_eq!(is_configured("trailbell-1.zip"), None);
        assert_eq!(along_in(&package.bytes).unwrap().as_ref(), Some(&along));
        let mut archive = open(&package.bytes).unwrap();
        assert_eq!(archive.len(), 2);
        let program = archive.by_name("bootstrap").unwrap();
        assert_eq!(program.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let without = build(&bytes, None).unwrap();
        assert_eq!(along_in(&without.bytes).unwrap(), None);
        // And so do the files of rules.
        along.sigma = Some("{}".to_owned());
        let with_rules = build(&package.bytes, Some(&along)).unwrap();
        assert_eq!(along_in(&with_rules.bytes).unwrap().as_ref(), Some(&along));
        assert_ne!(with_rules.key, package.key);
        along.sigma = None;
        assert_eq!(build(&with_rules.bytes, Some(&along)).unwrap(), package);
    }

    #[test]
    fn what_is_too_long_to_have_been_put_there_is_not_read() {
        let long = Along { configuration: "#".repeat(MAX_CONFIGURATION + 1), sigma: None };
        let package = build(&zip(&[("bootstrap", &elf(0xb7))], 2020), Some(&long)).unwrap();
        let problem = along_in(&package.bytes).unwrap_err();
        assert_eq!(problem, "the trailbell.yaml in it is longer than 1 MB");
    }

    #[test]
    fn what_is_not_the_function_is_said_to_be_none() {
        let arm = elf(0xb7);
        for (bytes, words) in [
            (b"PK\x03\x04 no".to_vec(), "cannot be read as a zip"),
            (zip(&[("main.py", b"x")], 2020), "there is no `bootstrap`"),
            (zip(&[("bootstrap", b"#!/bin/sh\n")], 2020), "no program for Linux"),
            (zip(&[("bootstrap", &[0; 99])], 2020), "no program for 64-bit Linux"),
            (zip(&[("bootstrap", &elf(0x28))], 2020), "ELF machine 40"),
            (zip(&[("bootstrap", &arm), ("../../etc/x", b"")], 2020), "leads out of it"),
        ] {
            let problem = build(&bytes, None).unwrap_err();
            assert!(problem.contains(words), "{problem}");
        }
    }
}
