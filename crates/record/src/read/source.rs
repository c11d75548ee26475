//! Where the bytes come from: a whole buffer, or a window that slides over a stream.

use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

/// A place in the (unpacked) source, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// 1-based line.
    pub line: u64,
    /// 1-based column, in characters.
    pub column: u64,
}

impl Position {
    /// The start of a source.
    pub(crate) const START: Self = Self { offset: 0, line: 1, column: 1 };

    /// The place after `bytes`, which begin here.
    pub(crate) fn after(self, bytes: &[u8]) -> Self {
        let (line, column, last_line) = match memchr::memrchr(b'\n', bytes) {
            Some(last) => {
                (self.line + memchr::memchr_iter(b'\n', bytes).count() as u64, 1, &bytes[last + 1..])
            }
            None => (self.line, self.column, bytes),
        };
        let characters = last_line.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64;
        Self { offset: self.offset + bytes.len() as u64, line, column: column + characters }
    }
}

/// Bytes to be read from front to back, some of which are in sight.
pub(crate) trait Source {
    /// The bytes in sight.
    fn window(&self) -> &[u8];

    /// Brings more bytes into sight and forgets those before `at`, which becomes their new place in the window.
    /// `false`, with nothing moved, where there are no more.
    fn more(&mut self, at: &mut usize) -> bool;

    /// The place where the window begins.
    fn start(&self) -> Position;

    /// Why the source ended before its time, told once.
    fn failure(&mut self) -> Option<String>;
}

/// A whole source in memory.
pub(crate) struct Whole<'a>(pub(crate) &'a [u8]);

impl Source for Whole<'_> {
    fn window(&self) -> &[u8] {
        self.0
    }

    fn more(&mut self, _: &mut usize) -> bool {
        false
    }

    fn start(&self) -> Position {
        Position::START
    }

    fn failure(&mut self) -> Option<String> {
        None
    }
}

/// Why a stream ended early: set by whichever layer met it first, told by the outermost.
pub(crate) type Failure = Rc<RefCell<Option<String>>>;

/// Bytes a window starts with; it grows where one element needs more.
const WINDOW: usize = 1 << 20;
/// Up to here the rest of an element is looked for after every read, so that a slow pipe is followed line by
/// line; above, only when there is twice as much, so that one long element is not looked at again and again.
const EAGER: usize = 64 << 10;

/// A window that slides over a stream.
pub(crate) struct Stream<'a> {
    input: Box<dyn Read + 'a>,
    buffer: &'a mut Vec<u8>,
    filled: usize,
    start: Position,
    failure: Failure,
}

impl<'a> Stream<'a> {
    /// `buffer` is scratch space, kept by the caller between sources.
    pub(crate) fn new(input: Box<dyn Read + 'a>, buffer: &'a mut Vec<u8>, failure: Failure) -> Self {
        if buffer.len() < WINDOW {
            buffer.resize(WINDOW, 0);
        }
        Self { input, buffer, filled: 0, start: Position::START, failure }
    }
}

impl Source for Stream<'_> {
    fn window(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    fn more(&mut self, at: &mut usize) -> bool {
        if *at > 0 {
            self.start = self.start.after(&self.buffer[..*at]);
            self.buffer.copy_within(*at..self.filled, 0);
            self.filled -= *at;
            *at = 0;
        }
        let before = self.filled;
        let wanted = if before < EAGER { before + 1 } else { before * 2 };
        while self.filled < wanted {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.filled * 2, 0);
            }
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => break,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure.borrow_mut().get_or_insert_with(|| format!("reading failed: {error}"));
                    break;
                }
            }
        }
        self.filled > before
    }

    fn start(&self) -> Position {
        self.start
    }

    fn failure(&mut self) -> Option<String> {
        self.failure.borrow_mut().take()
    }
}
