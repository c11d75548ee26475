//! What is looked for in an element before it is read, and what tells an event from anything else.
//!
//! A text is worth a closer look where a key that is asked for has a value that is. What is looked for are keys with
//! their closing quote, behind an opening one or a dot: inside a string quotes are escaped, so such a text ends a key (or
//! a value, which is no harm: it is not followed by a colon). A dot, because languages that write paths with dots take the
//! member `a.b` for the `b` of `a`. A key can also be spelled with escapes: hence no `\u` (no other escape makes a letter).

use std::sync::Arc;

/// Whether a name is one that [`Glance::keys`] may have: plain ASCII, and two characters or more, for one is found everywhere.
pub fn can_be_key(name: &str) -> bool {
    let is_plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'/');
    name.len() >= 2 && name.bytes().all(is_plain)
}

/// What to look for in an element before it is read.
///
/// Most records can be met by no rule, and that often shows in one member. An element that holds nothing worth
/// reading is passed over ([`Sink::passed`](super::Sink::passed)).
pub trait Glance {
    /// Names of members at any depth (not paths: the last name of one), such as `eventName`, `errorCode`, `type`: a
    /// member is seen whose name is that or ends in a dot and that. The same for a whole reading, at most [`MOST_KEYS`].
    /// With one that cannot be looked for ([`can_be_key`]), or too many of them, nothing is passed over.
    fn keys(&self) -> &[Box<str>];

    /// Whether an element is worth reading in which members of those names have these strings, in the order of the text, and no
    /// others: elsewhere they are missing or `null`. It is not asked about an element that is handed out for another reason.
    fn is_worth(&mut self, seen: &[Seen<'_>]) -> bool;
}

/// A member of one of the names that a [`Glance`] asks for, at any depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen<'a> {
    /// The name's place among [`Glance::keys`].
    pub key: usize,
    /// The bytes of the member's string, which has no escape. Nobody has looked whether they are UTF-8.
    pub value: &'a [u8],
}

/// What was seen in one element.
pub(crate) struct Sight<'a> {
    seen: [Seen<'a>; MOST_SEEN],
    count: usize,
}

impl<'a> Sight<'a> {
    pub(crate) const fn new() -> Self {
        Self { seen: [Seen { key: 0, value: b"" }; MOST_SEEN], count: 0 }
    }

    /// `None` where there is no room for another.
    #[inline]
    pub(crate) fn add(&mut self, seen: Seen<'a>) -> Option<()> {
        *self.seen.get_mut(self.count)? = seen;
        self.count += 1;
        Some(())
    }

    pub(crate) fn seen(&self) -> &[Seen<'a>] {
        self.seen.get(..self.count).unwrap_or(&self.seen)
    }
}

/// Keys that can be looked for at most.
pub const MOST_KEYS: usize = 16;
/// Members of such names that are taken note of at most; an element with more is read.
const MOST_SEEN: usize = 24;
/// How far before a needle's closing quote the bytes are that tell it from nearly all else. The third letter from the
/// end is left out: it tells `eventName` from no other name.
pub(crate) const OFFSETS: [usize; 4] = [1, 2, 4, 5];
/// Bytes that are in sight before each byte that is looked at.
pub(crate) const BEFORE: usize = 8;

/// The texts that are looked for: the caller's keys, and what is needed to be sure that an element is an event.
#[derive(Debug)]
pub(crate) struct Needles {
    keys: Box<[Box<str>]>,
    /// Each with those that have the same bit in [`Prints`].
    all: [Vec<Needle>; 8],
    pub(crate) prints: Prints,
}

/// The end of a quoted text, before its closing quote.
#[derive(Debug)]
pub(crate) struct Needle {
    text: Box<[u8]>,
    /// The last eight bytes of it, and which of them there are.
    word: u64,
    mask: u64,
    /// What it means to us.
    pub(crate) meaning: Meaning,
    /// The key's place among the caller's, where it is one of them.
    pub(crate) key: Option<usize>,
}

/// What a needle says about the element it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A key that only the caller asks for.
    Key,
    /// `eventName`: an event has it, as a member of its own.
    EventName,
    /// `eventSource`: S3, SQS and Kinesis give their own notifications one that begins with `aws:`.
    EventSource,
    /// The value of an `eventType` that is left out.
    OtherType,
}

/// By the lower half of a byte: the needles (a bit for one or more) that may have it, at each of [`OFFSETS`].
pub(crate) type Prints = [[u8; 16]; 4];

impl Needle {
    fn new(text: &str, meaning: Meaning, key: Option<usize>) -> Self {
        let text: Box<[u8]> = text.as_bytes().into();
        let mut word = [0; BEFORE];
        let mut mask = [0; BEFORE];
        for ((word, mask), byte) in word.iter_mut().zip(&mut mask).rev().zip(text.iter().rev()) {
            (*word, *mask) = (*byte, 0xff);
        }
        Self { text, word: u64::from_le_bytes(word), mask: u64::from_le_bytes(mask), meaning, key }
    }

    /// Whether `bytes`, of which `word` is the last eight, end with it behind a quote or a dot.
    #[inline]
    pub(crate) fn ends(&self, bytes: &[u8], word: u64) -> bool {
        word & self.mask == self.word
            && (self.text.len() <= BEFORE || bytes.ends_with(&self.text))
            && matches!(self.byte_before(bytes, 0), Some(b'"' | b'.'))
    }

    /// Whether it is the whole name of a member, if `bytes` end with it and a colon follows: behind a quote, and none
    /// that is escaped.
    pub(crate) fn is_whole(&self, bytes: &[u8]) -> bool {
        self.byte_before(bytes, 0) == Some(b'"')
            && self.byte_before(bytes, 1).is_some_and(|before| before != b'\\')
    }

    /// The byte that far before it, if `bytes` end with it.
    #[inline]
    fn byte_before(&self, bytes: &[u8], far: usize) -> Option<u8> {
        bytes.get(bytes.len().checked_sub(self.text.len() + 1 + far)?).copied()
    }
}

impl Needles {
    /// The needles for these keys; `None` where they cannot be looked for. `last` is what was looked for before.
    pub(crate) fn of(keys: &[Box<str>], last: Option<Arc<Self>>) -> Option<Arc<Self>> {
        match last {
            Some(last) if *last.keys == *keys => Some(last),
            _ => Self::new(keys).map(Arc::new),
        }
    }

    fn new(keys: &[Box<str>]) -> Option<Self> {
        if keys.len() > MOST_KEYS || !keys.iter().all(|key| can_be_key(key)) {
            return None;
        }
        let place = |name: &str| keys.iter().position(|key| **key == *name);
        let mut all = vec![
            Needle::new("eventName", Meaning::EventName, place("eventName")),
            Needle::new("eventSource", Meaning::EventSource, place("eventSource")),
        ];
        for (i, key) in keys.iter().enumerate() {
            if !matches!(&**key, "eventName" | "eventSource") {
                all.push(Needle::new(key, Meaning::Key, Some(i)));
            }
        }
        all.extend(
            ["AwsCloudTrailInsight", "AwsAggregatedEvent"]
                .map(|kind| Needle::new(kind, Meaning::OtherType, None)),
        );
        let mut prints = Prints::default();
        let mut by_print: [Vec<Needle>; 8] = Default::default();
        for (i, needle) in all.into_iter().enumerate() {
            for (print, offset) in prints.iter_mut().zip(OFFSETS) {
                // Before a name is a quote or a dot, and before that anything.
                let here = |low: u8| match (needle.text.len() + 1).checked_sub(offset) {
                    Some(0) => [b'"', b'.'].iter().any(|byte| byte & 0xf == low),
                    Some(at) => needle.text.get(at - 1).is_some_and(|byte| byte & 0xf == low),
                    None => true,
                };
                for (_, print) in (0..).zip(print).filter(|(low, _)| here(*low)) {
                    *print |= 1 << (i % 8);
                }
            }
            by_print.get_mut(i % 8)?.push(needle);
        }
        Some(Self { keys: keys.into(), all: by_print, prints })
    }

    /// Those that could end before a quote, by the last eight bytes before it.
    #[inline]
    pub(crate) fn before(&self, word: u64) -> impl Iterator<Item = &[Needle]> {
        let bytes = word.to_le_bytes();
        let print = |print: &[u8; 16], offset: usize| print[usize::from(bytes[BEFORE - offset] & 0xf)];
        let mut prints =
            self.prints.iter().zip(OFFSETS).fold(0xff_u8, |all, (of, offset)| all & print(of, offset));
        std::iter::from_fn(move || {
            let needles = self.all.get(prints.trailing_zeros() as usize)?;
            prints &= prints - 1;
            Some(&**needles)
        })
    }
}
