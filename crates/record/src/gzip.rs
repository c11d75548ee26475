//! Unpacking gzip: whole buffers fast, streams bounded, several members, a cap.

use std::io::{self, BufRead, BufReader, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use libdeflater::Decompressor;
use memchr::memmem::Finder;

use crate::read::source::Failure;

/// Packed bytes up to which a whole buffer is unpacked in one go.
const MAX_PACKED: usize = 4 << 20;
/// Unpacked bytes up to which a whole buffer is unpacked in one go; together with the caller's copy of the packed
/// bytes this is what one reader holds.
const MAX_WHOLE: usize = 32 << 20;
/// No deflate stream unpacks to more than this many times its size, so a length above it is not believed.
const MAX_RATIO: usize = 1032;

/// The three bytes every gzip member that is in use begins with: magic, magic, deflate.
pub(crate) const MAGIC: &[u8] = &[0x1f, 0x8b, 0x08];

/// Whether this is gzip.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Unpacks a payload of at most `most` bytes: what could be unpacked, and why it is not all.
pub(crate) fn unpack_payload(packed: &[u8], most: usize) -> (Vec<u8>, Option<String>) {
    let failure = Failure::default();
    let mut unpacked = Vec::new();
    let mut members = Members::new(Box::new(packed), most as u64, Failure::clone(&failure));
    // `Members` tells what goes wrong through `failure`, never as an error.
    let _ = members.read_to_end(&mut unpacked);
    unpacked.truncate(most);
    let failure = failure.borrow_mut().take();
    (unpacked, failure)
}

/// Unpacks one-member gzip of moderate size at libdeflate's speed, into memory it keeps.
pub(crate) struct Unpacker {
    decompressor: Decompressor,
    buffer: Vec<u8>,
    magic: Finder<'static>,
}

impl Unpacker {
    pub(crate) fn new() -> Self {
        Self { decompressor: Decompressor::new(), buffer: Vec::new(), magic: Finder::new(MAGIC) }
    }

    /// The unpacked bytes; `None` where this is not exactly one intact member of moderate size, which
    /// [`Members`] reads however it is.
    pub(crate) fn unpack(&mut self, packed: &[u8]) -> Option<&[u8]> {
        // The last four bytes are the length, were this one member. They are only a hint: too small and unpacking
        // fails, too large and memory stays unused.
        let [a, b, c, d, length @ ..] = *packed.last_chunk::<8>()?;
        let hint = u32::from_le_bytes(length) as usize;
        if packed.len() > MAX_PACKED || hint > MAX_WHOLE || hint / MAX_RATIO > packed.len() {
            return None;
        }
        // libdeflate stops after the first member without saying where. Were there a second, its magic would be
        // somewhere in here; were there anything else, it would not end with our checksum and length.
        if self.magic.find(&packed[MAGIC.len()..]).is_some() {
            return None;
        }
        if self.buffer.len() < hint {
            self.buffer.resize(hint, 0);
        }
        // The body alone, so that the checksum is worked out once.
        let body = packed.get(header_length(packed)?..packed.len() - 8)?;
        let unpacked = self.decompressor.deflate_decompress(body, &mut self.buffer[..hint]).ok()?;
        let unpacked = self.buffer.get(..unpacked)?;
        let is_all =
            unpacked.len() == hint && libdeflater::crc32(unpacked) == u32::from_le_bytes([a, b, c, d]);
        is_all.then_some(unpacked)
    }
}

/// How long a member's header is; `None` where it has parts that those of S3 never have.
fn header_length(packed: &[u8]) -> Option<usize> {
    const NAME: u8 = 8;
    match packed.get(3)? {
        0 => Some(10),
        &NAME => Some(10 + memchr::memchr(0, packed.get(10..)?)? + 1),
        _ => None,
    }
}

/// The content of all gzip members of a stream, one after another. Whatever is wrong ends the content early and is
/// told through `failure`, never as an error: what came before is still good.
///
/// The members' frames (RFC 1952) are read here rather than by flate2's own reader, which keeps back what it has
/// unpacked before the bytes it stumbles over.
pub(crate) struct Members<'a> {
    packed: BufReader<Box<dyn Read + 'a>>,
    inflate: Decompress,
    state: State,
    crc: Crc,
    failure: Failure,
    member: u64,
    unpacked: u64,
    most: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    Body,
    Trailer,
    Over,
}

/// Why a member cannot be read on.
enum Stop {
    Io(io::Error),
    Cut,
    Damaged(&'static str),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Cut } else { Self::Io(error) }
    }
}

impl<'a> Members<'a> {
    /// `most` is how many bytes it may unpack to.
    pub(crate) fn new(packed: Box<dyn Read + 'a>, most: u64, failure: Failure) -> Self {
        Self {
            packed: BufReader::with_capacity(64 << 10, packed),
            inflate: Decompress::new(false),
            state: State::Header,
            crc: Crc::new(),
            failure,
            member: 0,
            unpacked: 0,
            most,
        }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.packed.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Past zero padding to the next member; `false` at the end.
    fn header(&mut self) -> Result<bool, Stop> {
        loop {
            let zeros = match self.packed.fill_buf()? {
                [] => return Ok(false),
                bytes => bytes.iter().take_while(|byte| **byte == 0).count(),
            };
            if zeros == 0 || self.member == 0 {
                break;
            }
            self.packed.consume(zeros);
        }
        if self.packed.buffer().first() != MAGIC.first() {
            return Err(Stop::Damaged("what follows is not gzip"));
        }
        self.member += 1;
        let [a, b, c, flags, ..] = self.bytes::<10>()?;
        if [a, b, c] != MAGIC {
            return Err(Stop::Damaged("its header is not gzip's"));
        }
        if flags & 4 != 0 {
            let extra = u64::from(u16::from_le_bytes(self.bytes()?));
            io::copy(&mut self.packed.by_ref().take(extra), &mut io::sink())?;
        }
        // The file's name, then a comment: both end with a zero byte.
        for _ in 0..(flags & 8).count_ones() + (flags & 16).count_ones() {
            while self.bytes()? != [0] {}
        }
        if flags & 2 != 0 {
            self.bytes::<2>()?;
        }
        self.inflate.reset(false);
        self.crc.reset();
        Ok(true)
    }

    /// Fills `out` from the member's body; the number of bytes, and what stopped it.
    fn body(&mut self, out: &mut [u8]) -> (usize, Option<Stop>) {
        let packed = match self.packed.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) => return (0, Some(error.into())),
        };
        let (taken, made) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(packed, out, FlushDecompress::None);
        // Neither can exceed the slices' lengths. Inflate may still hold output when the input has ended.
        let ended = packed.is_empty();
        let taken = usize::try_from(self.inflate.total_in() - taken).unwrap_or(packed.len());
        let made = usize::try_from(self.inflate.total_out() - made).unwrap_or(out.len());
        self.packed.consume(taken);
        self.crc.update(&out[..made]);
        match status {
            Ok(Status::StreamEnd) => self.state = State::Trailer,
            Ok(_) if ended && made == 0 => return (0, Some(Stop::Cut)),
            Ok(Status::Ok | Status::BufError) => {}
            Err(_) => return (made, Some(Stop::Damaged("its packed bytes make no sense"))),
        }
        (made, None)
    }

    fn trailer(&mut self) -> Result<(), Stop> {
        let crc = u32::from_le_bytes(self.bytes()?);
        let length = u32::from_le_bytes(self.bytes()?);
        if crc == self.crc.sum() && length == self.crc.amount() {
            Ok(())
        } else {
            Err(Stop::Damaged("its checksum does not match its content"))
        }
    }

    fn stop(&mut self, stop: Stop) {
        if matches!(&stop, Stop::Io(error) if error.kind() == io::ErrorKind::Interrupted) {
            return;
        }
        self.state = State::Over;
        let member = self.member;
        let why = match stop {
            Stop::Io(error) => format!("reading failed: {error}"),
            Stop::Cut => format!("gzip member {member} ends too early"),
            Stop::Damaged(why) => format!("gzip member {member} is damaged: {why}"),
        };
        self.failure.borrow_mut().get_or_insert(why);
    }
}

impl Read for Members<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                State::Over => return Ok(0),
                State::Header => match self.header() {
                    Ok(another) => self.state = if another { State::Body } else { State::Over },
                    Err(stop) => self.stop(stop),
                },
                State::Body => {
                    let left = usize::try_from(self.most - self.unpacked).unwrap_or(usize::MAX);
                    let room = out.len().min(left.saturating_add(1));
                    let (made, stop) = self.body(&mut out[..room]);
                    let is_more = made > left;
                    let made = made.min(left);
                    self.unpacked += made as u64;
                    if let Some(stop) = stop {
                        self.stop(stop);
                    } else if is_more {
                        self.state = State::Over;
                        let why = format!("the archive unpacks to more than {} bytes", self.most);
                        self.failure.borrow_mut().get_or_insert(why);
                    }
                    if made > 0 {
                        return Ok(made);
                    }
                }
                State::Trailer => match self.trailer() {
                    Ok(()) => self.state = State::Header,
                    Err(stop) => self.stop(stop),
                },
            }
        }
    }
}
