//! Text that was right until something happened to it: what readers of hostile input are tried on.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One thing that happens to a text. Places are of the text as it is by then.
#[derive(Debug, Clone)]
enum Damage {
    Overwrite(Index, u8),
    Insert(Index, &'static str),
    Replace(Index, Index, &'static str),
    Remove(Index, Index),
    /// A part comes a second time, somewhere.
    Repeat(Index, Index, Index),
    Cut(Index),
}

/// `text` after up to five accidents: bytes overwritten, parts removed, repeated, replaced by one of `pieces` (what
/// means something in the language at hand), the end cut off. No longer UTF-8 where that is what happened.
pub fn damaged(
    text: impl Strategy<Value = String>,
    pieces: &'static [&'static str],
) -> impl Strategy<Value = Vec<u8>> {
    let at = any::<Index>;
    let damage = prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Overwrite(at, byte)),
        4 => (at(), select(pieces)).prop_map(|(at, piece)| Damage::Insert(at, piece)),
        3 => (at(), at(), select(pieces)).prop_map(|(at, length, piece)| Damage::Replace(at, length, piece)),
        3 => (at(), at()).prop_map(|(at, length)| Damage::Remove(at, length)),
        2 => (at(), at(), at()).prop_map(|(at, length, to)| Damage::Repeat(at, length, to)),
        1 => at().prop_map(Damage::Cut),
    ];
    (text, vec(damage, 0..6)).prop_map(|(text, damages)| {
        damages.iter().fold(text.into_bytes(), |mut bytes, damage| {
            damage.happen(&mut bytes);
            bytes
        })
    })
}

/// The same as text, with U+FFFD for what is none.
pub fn damaged_text(
    text: impl Strategy<Value = String>,
    pieces: &'static [&'static str],
) -> impl Strategy<Value = String> {
    damaged(text, pieces).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

impl Damage {
    fn happen(&self, bytes: &mut Vec<u8>) {
        // A place may be the end; a part is short, as what means something is, or any.
        let place = |index: &Index| index.index(bytes.len() + 1);
        let part = |at: &Index, length: &Index| {
            let start = place(at);
            let longest = bytes.len() - start;
            let length = if length.index(2) == 0 {
                length.index(longest.min(8) + 1)
            } else {
                length.index(longest + 1)
            };
            start..start + length
        };
        match self {
            Self::Overwrite(at, byte) => {
                let at = place(at);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Self::Insert(at, piece) => {
                let at = place(at);
                bytes.splice(at..at, piece.bytes());
            }
            Self::Replace(at, length, piece) => {
                let part = part(at, length);
                bytes.splice(part, piece.bytes());
            }
            Self::Remove(at, length) => {
                let part = part(at, length);
                bytes.drain(part);
            }
            Self::Repeat(at, length, to) => {
                let (again, to) = (bytes[part(at, length)].to_vec(), place(to));
                bytes.splice(to..to, again);
            }
            Self::Cut(at) => {
                let at = place(at);
                bytes.truncate(at);
            }
        }
    }
}
