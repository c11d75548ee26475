//! What is kept of each thing, and how it becomes an item: the thing itself as JSON in `row`, and beside it only what an index
//! or a count needs.
//!
//! A short row is readable in DynamoDB's console. A long one is compressed; one that is still too long for an item goes on in
//! others, which stand in a partition of their own so that no question meets them. Their names hold a hash of the text: a
//! row that is replaced while somebody reads it never mixes with the new one.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use trailbell_outbox::{Attempt, Entry, Held, Identity, Letter, LetterState, Mute, Owed, Sighting};

use super::item::{Attribute, Item};
use super::key::{self, Key};

/// The attribute that holds the thing.
const ROW: &str = "row";
/// The attribute that says in how many further items it goes on, and the one that names them.
const MORE: &str = "more";
const TEXT_HASH: &str = "hash";
/// Bytes up to which a row stays readable.
const PLAIN: usize = 1_024;
/// Bytes of a row's text in one item. An item may have 400 KB, and what an index needs is at most a few.
const PIECE: usize = 350_000;
/// At most so many bytes are beside the text: two keys and three indexes of at most 1 KB, and a channel's name.
const MARKS: usize = 8_000;
/// The most any item may take.
pub(crate) const ITEM_BYTES: usize = 400_000;
/// Most bytes a row may unpack to: an arrival is bounded far below.
const UNPACKED: u64 = 256 << 20;

/// What an item should have been and is not.
#[derive(Debug)]
pub(crate) struct Damage(pub(crate) String);

/// A thing that is kept.
pub(crate) trait Kept: Serialize + DeserializeOwned {
    /// Where.
    fn key(&self) -> Key;
    /// What indexes and counts need of it.
    fn marks(&self) -> Vec<(&'static str, Attribute)> {
        Vec::new()
    }
}

/// A sighting and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) event: Identity,
    pub(crate) sighting: Sighting,
}

impl Kept for Seen {
    fn key(&self) -> Key {
        Key::of("seen", &self.event)
    }

    fn marks(&self) -> Vec<(&'static str, Attribute)> {
        let age = format!("{}/{}", key::time(self.sighting.at), self.event);
        let event_id = self.sighting.event_id.as_deref();
        let mut marks = vec![("l2", Attribute::S(age))];
        marks.extend(event_id.map(|event_id| ("l1", Attribute::S(key::hashed(event_id)))));
        marks
    }
}

impl Kept for Held {
    fn key(&self) -> Key {
        Key::of("held", &self.event)
    }

    fn marks(&self) -> Vec<(&'static str, Attribute)> {
        vec![("l1", Attribute::S(format!("{}/{}", key::micros(self.time), self.event)))]
    }
}

/// A notice and its entries, so far as forgetting asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) owed: Owed,
    /// The channels it is entered for, each with the letter it goes with.
    pub(crate) to: Vec<(String, Option<Identity>)>,
}

impl Kept for Notice {
    fn key(&self) -> Key {
        Key::of("notice", &self.owed.notice)
    }

    fn marks(&self) -> Vec<(&'static str, Attribute)> {
        let Owed { notice, told_at, time, severity, .. } = &self.owed;
        let mut marks = vec![
            ("l1", Attribute::S(key::told(*told_at, *time, notice))),
            ("rank", Attribute::number(*severity as u8)),
        ];
        marks.extend(time.map(|time| ("time", Attribute::S(key::time(time)))));
        marks
    }
}

/// A letter, and how much belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Posted {
    pub(crate) letter: Letter,
    /// How many entries go with it.
    pub(crate) entries: u64,
    /// How many of its attempts are kept.
    pub(crate) kept_attempts: u64,
}

impl Kept for Posted {
    fn key(&self) -> Key {
        Key::of("letter", &self.letter.letter)
    }

    fn marks(&self) -> Vec<(&'static str, Attribute)> {
        let Letter { letter, channel, severity, opened, due, state, ended, .. } = &self.letter;
        let waits = *state == LetterState::Waiting;
        let since = if waits { Some(*due) } else { *ended };
        let since = since.map_or_else(|| "-".to_owned(), key::time);
        let mut marks = vec![
            ("l2", Attribute::S(format!("{}{since}/{letter}", key::state(*state)))),
            ("l3", Attribute::S(format!("{}/{letter}", key::time(*opened)))),
            ("channel", Attribute::text(channel)),
        ];
        if waits {
            marks.push(("l1", Attribute::S(key::gravest(channel, *severity, *due, letter))));
        }
        marks
    }
}

impl Kept for Entry {
    fn key(&self) -> Key {
        Key::entry(&self.notice, &self.channel)
    }

    fn marks(&self) -> Vec<(&'static str, Attribute)> {
        self.letter.iter().map(|letter| ("l1", Attribute::text(letter.as_str()))).collect()
    }
}

/// An attempt, whose, and which it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(crate) letter: Identity,
    pub(crate) number: u64,
    pub(crate) attempt: Attempt,
}

impl Kept for Tried {
    fn key(&self) -> Key {
        Key::attempt(&self.letter, self.number)
    }
}

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) source: String,
    pub(crate) position: String,
}

impl Kept for Position {
    fn key(&self) -> Key {
        Key::named("position", &self.source)
    }
}

/// What else is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl Kept for State {
    fn key(&self) -> Key {
        Key::named("state", &self.key)
    }
}

impl Kept for Mute {
    fn key(&self) -> Key {
        Key::named("mute", &self.id)
    }
}

/// The text of a thing, whole, and the items it stands in beyond the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) more: Vec<Key>,
}

impl Row {
    /// At most how many bytes the first of its items takes.
    pub(crate) fn first_bytes(&self) -> usize {
        self.text.len().saturating_add(MARKS).min(ITEM_BYTES)
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Damage> {
        serde_json::from_str(&self.text).map_err(|error| Damage(error.to_string()))
    }
}

/// The items that hold a row: the one with its key first.
pub(crate) fn items(at: &Key, text: &str, marks: Vec<(&'static str, Attribute)>) -> Vec<Item> {
    let mut first = Item::at(at);
    for (name, value) in marks {
        first.set(name, value);
    }
    if text.len() <= PLAIN {
        first.set(ROW, Attribute::text(text));
        return vec![first];
    }
    let packed = pack(text.as_bytes());
    let mut pieces = packed.chunks(PIECE);
    first.set(ROW, Attribute::B(pieces.next().unwrap_or_default().to_vec()));
    let rest: Vec<&[u8]> = pieces.collect();
    if rest.is_empty() {
        return vec![first];
    }
    let hash = key::hashed(text);
    first.set(MORE, Attribute::number(rest.len() as u64));
    first.set(TEXT_HASH, Attribute::text(&hash));
    let keys = further(at, &hash, rest.len() as u64);
    let rest = keys.iter().zip(rest);
    let rest = rest.map(|(key, piece)| Item::at(key).with(ROW, Attribute::B(piece.to_vec()))).collect();
    [vec![first], rest].concat()
}

fn further(at: &Key, hash: &str, number: u64) -> Vec<Key> {
    // The name of the item is not in it: with the hash it could be too long for a key.
    let name = key::hashed(&at.name);
    let kind = format!("{}+", at.kind);
    (1..=number).map(|number| Key::new(&kind, format!("{name}/{hash}/{number:06}"))).collect()
}

/// The keys of the items in which this one goes on.
pub(crate) fn more(item: &Item) -> Vec<Key> {
    match (item.key(), item.number(MORE), item.text(TEXT_HASH)) {
        (Some(key), Some(number), Some(hash)) => further(&key, hash, number),
        _ => Vec::new(),
    }
}

/// The row an item holds, with what it goes on in, where that is all there.
pub(crate) fn row(item: &Item, rest: &BTreeMap<Key, Item>) -> Result<Row, Damage> {
    if let Some(text) = item.text(ROW) {
        return Ok(Row { text: text.to_owned(), more: Vec::new() });
    }
    let missing = || Damage(format!("it has no `{ROW}`"));
    let mut packed = item.bytes(ROW).ok_or_else(missing)?.to_vec();
    let more = more(item);
    for key in &more {
        packed.extend_from_slice(rest.get(key).and_then(|item| item.bytes(ROW)).ok_or_else(missing)?);
    }
    let text = unpack(&packed).and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| Damage(format!("its `{ROW}` cannot be unpacked")))?;
    Ok(Row { text, more })
}

/// Bytes, compressed.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// What [`pack`] was given; `None` where it is not whole.
pub(crate) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).take(UNPACKED).read_to_end(&mut bytes).ok()?;
    ((bytes.len() as u64) < UNPACKED).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(items: &[Item]) -> Result<Row, Damage> {
        let rest = items[1..].iter().map(|item| (item.key().unwrap(), item.clone())).collect();
        row(&items[0], &rest)
    }

    #[test]
    fn a_short_text_stays_readable_a_long_one_is_packed_and_one_that_is_too_long_goes_on() {
        let key = Key::new("notice", "n");
        let noise: String = (0..800_000).map(|_| fastrand::alphanumeric()).collect();
        for (text, goes_on) in [("short".to_owned(), false), ("long ".repeat(100_000), false), (noise, true)]
        {
            let items = items(&key, &text, vec![("l1", Attribute::text("x"))]);
            assert_eq!(items.len() > 1, goes_on);
            assert!(items.iter().all(|item| item.size() < 400_000));
            assert_eq!(items[0].text("l1"), Some("x"));
            let row = back(&items).unwrap();
            assert!(row.text == text);
            let others: Vec<Key> = items[1..].iter().map(|item| item.key().unwrap()).collect();
            assert_eq!(row.more, others);
            assert_eq!(more(&items[0]), others);
        }
    }

    #[test]
    fn a_row_whose_rest_is_not_there_is_not_taken_for_whole() {
        let text: String = (0..800_000).map(|_| fastrand::alphanumeric()).collect();
        let items = items(&Key::new("notice", "n"), &text, Vec::new());
        assert!(row(&items[0], &BTreeMap::new()).is_err());
    }

    /// What is in tables out there: a change that breaks this needs a step from one version to the next.
    #[test]
    fn the_form_in_which_things_are_kept_stays_the_same() {
        use trailbell_outbox::testing::things::{at, attempt, entry, held, id, letter, mute, owed, sighting};
        use trailbell_text::Severity;
        fn same<T: Kept + PartialEq + std::fmt::Debug>(thing: &T, text: &str) {
            assert_eq!(serde_json::to_string(thing).unwrap(), text);
            assert_eq!(&serde_json::from_str::<T>(text).unwrap(), thing);
        }
        let [a, group, thread, l] = [id("a"), id("a group"), id("a thread"), id("l")];
        let fate = trailbell_outbox::Fate::Told { notice: id("a") };
        same(
            &Seen { event: id("a"), sighting: sighting("x", at(0), fate) },
            &format!(
                r#"{{"event":"{a}","sighting":{{"event_id":"x","at":"2026-08-06T07:06:40Z","fate":{{"fate":"told","notice":"{a}"}}}}}}"#
            ),
        );
        same(
            &held("a", 7),
            &format!(
                r#"{{"event":"{a}","time":7,"arrived":"2026-08-06T07:06:40Z","text":"{{\"eventID\":\"a\"}}"}}"#
            ),
        );
        same(
            &Notice {
                owed: Owed { principal: None, ..owed("a", at(0), Severity::High) },
                to: vec![("mail".into(), Some(l.clone()))],
            },
            &format!(
                r#"{{"owed":{{"notice":"{a}","event_id":"a","time":"2026-08-06T07:01:40Z","told_at":"2026-08-06T07:06:40Z","severity":"high","kind":"iam-change","outcome":"denied","account":"111122223333","principal":null,"principal_arn":null,"is_root":false,"address":"203.0.113.7","rules":["iam-change","a \"quoted\" rule"],"group":"{group}","thread":"{thread}","facts":"{{}}"}},"to":[["mail","{l}"]]}}"#
            ),
        );
        same(
            &Posted { letter: letter("l", "mail", Severity::High, at(0)), entries: 1, kept_attempts: 0 },
            &format!(
                r#"{{"letter":{{"letter":"{l}","channel":"mail","form":"notice","thread":"{thread}","severity":"high","opened":"2026-08-06T07:06:40Z","due":"2026-08-06T07:06:40Z","state":"waiting","attempts":0,"first_attempt":null,"ended":null,"bulletin":null}},"entries":1,"kept_attempts":0}}"#
            ),
        );
        same(
            &entry("a", "mail", Some("l")),
            &format!(
                r#"{{"notice":"{a}","channel":"mail","letter":"{l}","why":[{{"why":"below-minimum","minimum":"high"}},{{"why":"quiet-hours","until":"2026-08-06T07:08:19Z"}}]}}"#
            ),
        );
        same(
            &Tried { letter: l.clone(), number: 1, attempt: attempt(0, true) },
            &format!(
                r#"{{"letter":"{l}","number":1,"attempt":{{"at":"2026-08-06T07:06:40Z","taken":true,"detail":"250 ok at 0"}}}}"#
            ),
        );
        same(
            &mute("m", at(0)),
            r#"{"id":"m","rule":null,"principal":"*","address":"198.51.100.0/24","created":"2026-08-06T07:06:40Z","until":"2026-08-06T07:06:40Z","author":"alice","reason":null}"#,
        );
        same(&State { key: "k".into(), value: "v".into() }, r#"{"key":"k","value":"v"}"#);
        same(&Position { source: "s".into(), position: "p".into() }, r#"{"source":"s","position":"p"}"#);
    }
}
