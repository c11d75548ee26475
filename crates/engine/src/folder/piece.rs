//! The next piece of a file that is worth delivering: all of it, or some lines.
//!
//! A file that is still being written must not be told as broken. Its complete lines are good at once where it holds
//! a JSON object a line; anything else (an archive, a document over many lines) waits until it has not changed between
//! two looks.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use serde::de::IgnoredAny;
use trailbell_text::fnv1a;

use super::look::Found;
use super::memory::Tail;

/// Bytes of a file, or of a line, that are delivered in one; CloudTrail's own objects are far smaller.
pub(super) const MAX_WHOLE: u64 = 64 << 20;
/// Bytes of lines delivered at once.
const PIECE: u64 = 8 << 20;
/// Bytes in which the first line must end for a file to be one of lines (CloudTrail's events end at 1 MB).
const FIRST_LINE: u64 = 2 << 20;
/// Bytes before an offset that say whether it is still the same file.
const CHECKED: u64 = 256;

/// What is to be read.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) found: Found,
    /// How far it was read.
    pub(super) tail: Option<Tail>,
    /// Whether it has not changed since the last look.
    pub(super) is_settled: bool,
}

/// Where a piece ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// For a file of lines, how far it has been read then.
    pub(super) tail: Option<Tail>,
    /// Whether nothing is left.
    pub(super) is_last: bool,
}

/// What there is to deliver.
#[derive(Debug)]
pub(super) enum Piece {
    /// This.
    Body {
        /// The bytes.
        body: Vec<u8>,
        /// Where they end.
        end: End,
    },
    /// Nothing that had not been delivered.
    Nothing,
    /// Nothing yet: it is still being written.
    Later,
    /// It cannot be delivered, with the reason and what to do instead.
    TooLarge(&'static str),
}

/// Reads the next piece.
pub(super) fn read(wanted: &Wanted) -> io::Result<Piece> {
    let mut file = File::open(&wanted.found.path)?;
    if is_of_lines(&mut file, wanted.found.size)? {
        lines(&mut file, wanted)
    } else {
        whole(&mut file, wanted)
    }
}

fn whole(file: &mut File, wanted: &Wanted) -> io::Result<Piece> {
    if !wanted.is_settled {
        return Ok(Piece::Later);
    }
    if wanted.found.size > MAX_WHOLE {
        return Ok(Piece::TooLarge(
            "it is larger than 64 MB and not made of lines. Look at it with `trailbell scan`.",
        ));
    }
    let body = read_at(file, 0, wanted.found.size)?;
    if (body.len() as u64) < wanted.found.size {
        // It shrank since the look.
        return Ok(Piece::Later);
    }
    Ok(Piece::Body { body, end: End { tail: None, is_last: true } })
}

fn lines(file: &mut File, wanted: &Wanted) -> io::Result<Piece> {
    let size = wanted.found.size;
    let mut start = 0;
    if let Some(tail) = wanted.tail
        && tail.offset <= size
        && check(file, tail.offset)? == tail.check
    {
        start = tail.offset;
    }
    if start == size {
        return Ok(Piece::Nothing);
    }
    let mut most = PIECE;
    loop {
        let length = most.min(size - start);
        let mut body = read_at(file, start, length)?;
        if (body.len() as u64) < length {
            // It shrank since the look.
            return Ok(Piece::Later);
        }
        let is_end = start + length == size;
        if !(is_end && wanted.is_settled) {
            match memchr::memrchr(b'\n', &body) {
                Some(last) => body.truncate(last + 1),
                None if is_end => return Ok(Piece::Later),
                None if most < MAX_WHOLE => {
                    most = MAX_WHOLE;
                    continue;
                }
                None => return Ok(Piece::TooLarge("one of its lines is longer than 64 MB.")),
            }
        }
        let offset = start + body.len() as u64;
        let tail = Some(Tail { offset, check: check(file, offset)? });
        return Ok(Piece::Body { body, end: End { tail, is_last: offset == size } });
    }
}

/// Whether the first line that is not blank is a JSON object by itself, and ends with a line end.
fn is_of_lines(file: &mut File, size: u64) -> io::Result<bool> {
    // Most files are read whole anyway; a large archive or document is told by its first bytes.
    let mut looked = 64 << 10;
    loop {
        let head = read_at(file, 0, size.min(looked))?;
        let start = head.iter().position(|byte| !byte.is_ascii_whitespace());
        let Some(text) = start.map(|start| &head[start..]) else { return Ok(false) };
        if text.first() != Some(&b'{') {
            return Ok(false);
        }
        if let Some(end) = memchr::memchr(b'\n', text) {
            return Ok(serde_json::from_slice::<IgnoredAny>(&text[..end]).is_ok());
        }
        if head.len() as u64 == size || looked >= FIRST_LINE {
            return Ok(false);
        }
        looked = FIRST_LINE;
    }
}

/// As many bytes as there are, at most `length`.
fn read_at(file: &mut File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn check(file: &mut File, offset: u64) -> io::Result<u64> {
    let start = offset.saturating_sub(CHECKED);
    let bytes = read_at(file, start, offset - start)?;
    Ok(u64::try_from(fnv1a(bytes) >> 64).unwrap_or(u64::MAX))
}
