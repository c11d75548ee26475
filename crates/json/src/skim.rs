//! Going through an object whose text is known to be valid, without looking at what is passed over.
//!
//! Only plain text is gone through so: a name with an escape, or anything unexpected, is left to the careful way (`None`).

use serde_json::value::RawValue;

use crate::Json;
use crate::project::{Wanted, wants};

/// Objects in objects up to here are gone through; how deep any may be, the careful way knows.
const PLAIN_DEPTH: usize = 32;

/// A place in a text.
pub(crate) struct Skim<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Skim<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// What is wanted of the object that the text is.
    pub(crate) fn whole(mut self, wanted: &[&Wanted]) -> Option<Json> {
        self.blanks();
        let json = self.object(Some(wanted), 1)?;
        self.end()?;
        Some(json)
    }

    /// That nothing but blanks follows.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.blanks();
        (self.at == self.text.len()).then_some(())
    }

    /// What is wanted of the object that starts here; all of it where nobody says what.
    fn object(&mut self, wanted: Option<&[&Wanted]>, depth: usize) -> Option<Json> {
        if depth > PLAIN_DEPTH {
            return None;
        }
        let mut members = Vec::new();
        let mut inner = Vec::new();
        self.byte(b'{')?;
        self.blanks();
        if self.byte(b'}').is_some() {
            return Some(Json::Object(members));
        }
        loop {
            let name = self.plain_string()?;
            self.blanks();
            self.byte(b':')?;
            self.blanks();
            if wanted.is_some_and(|wanted| !wants(wanted, name, &mut inner)) {
                self.value()?;
            } else if self.peek() == Some(b'{') {
                let of_it = (!inner.is_empty()).then_some(inner.as_slice());
                members.push((name.to_owned(), self.object(of_it, depth + 1)?));
            } else {
                members.push((name.to_owned(), json(self.value()?, depth + 1)?));
            }
            self.blanks();
            if self.byte(b',').is_none() {
                self.byte(b'}')?;
                return Some(Json::Object(members));
            }
            self.blanks();
        }
    }

    /// The text of the value that starts here, which is passed.
    pub(crate) fn value(&mut self) -> Option<&'t str> {
        let start = self.at;
        match self.peek()? {
            b'"' => self.string()?,
            b'{' | b'[' => self.container()?,
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                self.at += self.rest().iter().position(ends)?;
            }
        }
        self.text.get(start..self.at)
    }

    fn container(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            let special = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
            let ahead = rest.iter().position(special)?;
            self.at += ahead;
            match rest.get(ahead)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Passes the string that starts here.
    pub(crate) fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let rest = self.rest();
            let ahead = memchr::memchr2(b'"', b'\\', rest)?;
            let is_end = rest.get(ahead) == Some(&b'"');
            self.at += ahead + if is_end { 1 } else { 2 };
            if is_end {
                return Some(());
            }
        }
    }

    /// The inside of the string that starts here, if it has no escape; it is passed.
    pub(crate) fn plain_string(&mut self) -> Option<&'t str> {
        self.byte(b'"')?;
        let ahead = self.rest().iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        let inside = self.text.get(self.at..self.at + ahead)?;
        self.at += ahead;
        self.byte(b'"')?;
        Some(inside)
    }

    pub(crate) fn byte(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    pub(crate) fn blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

/// A value from its text.
fn json(text: &str, depth: usize) -> Option<Json> {
    match text.as_bytes() {
        [b'"', inside @ .., b'"'] if !inside.contains(&b'\\') => {
            text.get(1..text.len() - 1).map(|inside| Json::String(inside.to_owned()))
        }
        b"null" => Some(Json::Null),
        b"true" => Some(Json::Bool(true)),
        b"false" => Some(Json::Bool(false)),
        _ => Json::from_raw(serde_json::from_str::<&RawValue>(text).ok()?, depth).ok(),
    }
}
