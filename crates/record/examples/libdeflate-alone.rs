//! The limit that reading is measured beside: the same files, read and unpacked by libdeflate, and nothing else
//! done with them. One line is printed, `{"files":...,"raw_bytes":...}`. See `scripts/measure-scan.py`.
//!
//! A file that is not gzip is looked through for line ends, which is the least a reader of lines can do.

#![expect(clippy::print_stdout, reason = "a program's answer")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use libdeflater::{DecompressionError, Decompressor};

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    for path in env::args_os().skip(1) {
        collect(Path::new(&path), &mut files)?;
    }
    let mut decompressor = Decompressor::new();
    let mut unpacked = vec![0; 1 << 20];
    let (mut raw_bytes, mut line_ends) = (0, 0);
    for file in &files {
        let packed = fs::read(file)?;
        if packed.starts_with(&[0x1f, 0x8b]) {
            raw_bytes += unpack(&mut decompressor, &packed, &mut unpacked)?;
        } else {
            raw_bytes += packed.len();
            line_ends += memchr::memchr_iter(b'\n', &packed).count();
        }
    }
    println!("{{\"files\":{},\"raw_bytes\":{raw_bytes},\"line_ends\":{line_ends}}}", files.len());
    Ok(())
}

/// Every file under `path`.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else {
        files.push(path.to_owned());
    }
    Ok(())
}

/// Unpacks one gzip member into `unpacked`, which grows where it is too small; the bytes it came to.
fn unpack(
    decompressor: &mut Decompressor,
    packed: &[u8],
    unpacked: &mut Vec<u8>,
) -> Result<usize, Box<dyn Error>> {
    // The last four bytes tell the length modulo 2^32: a hint only.
    if let Some(trailer) = packed.last_chunk::<4>() {
        let length = u32::from_le_bytes(*trailer) as usize;
        if unpacked.len() < length {
            unpacked.resize(length, 0);
        }
    }
    loop {
        match decompressor.gzip_decompress(packed, unpacked) {
            Ok(length) => return Ok(length),
            Err(DecompressionError::InsufficientSpace) => unpacked.resize(unpacked.len() * 2, 0),
            Err(error) => return Err(Box::new(error)),
        }
    }
}
