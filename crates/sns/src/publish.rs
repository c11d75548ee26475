//! What `Publish` accepts.

use crate::attribute::Attribute;
use crate::error::Error;
use crate::protocol::Protocol;
use crate::structure::Texts;

/// Bytes of a message and its attributes that a topic takes.
pub const DEFAULT_MESSAGE_SIZE: usize = 256 * 1024;

/// The most to which a topic's `MaximumMessageSize` can be raised.
pub const LARGEST_MESSAGE_SIZE: usize = 1024 * 1024;

/// The most UTF-16 units of a subject.
pub const MAX_SUBJECT: usize = 100;

/// A call of `Publish`, by AWS's parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publish {
    /// `Subject`
    pub subject: Option<String>,
    /// `Message`
    pub message: String,
    /// Whether `MessageStructure` is `json`: the message is an object with a text for each protocol.
    pub structured: bool,
    /// `MessageAttributes`, in order.
    pub attributes: Vec<(String, Attribute)>,
}

/// A message that a topic has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    subject: Option<String>,
    texts: Texts,
    attributes: Vec<(String, Attribute)>,
}

impl Publish {
    /// Accepts the message or says why SNS would not; `size` is the most bytes the topic takes, by default
    /// [`DEFAULT_MESSAGE_SIZE`].
    pub fn accept(self, size: usize) -> Result<Message, Error> {
        if self.message.is_empty() {
            return Err(Error::parameter("Empty message"));
        }
        if self.subject.as_deref().is_some_and(|subject| !is_subject(subject)) {
            return Err(Error::parameter("Subject"));
        }
        for (name, attribute) in &self.attributes {
            attribute.check(name)?;
        }
        let attributes = self
            .attributes
            .iter()
            .map(|(name, attribute)| name.len() + attribute.data_type.len() + attribute.value.len());
        if self.message.len() + attributes.sum::<usize>() > size {
            return Err(Error::parameter("Message too long"));
        }
        let texts =
            if self.structured { Texts::structured(&self.message)? } else { Texts::plain(self.message) };
        Ok(Message { subject: self.subject, texts, attributes: self.attributes })
    }
}

/// 1 to 100 UTF-16 units without line breaks and other control characters. (The documentation says fewer than 100.
/// That an empty one is refused is chosen.)
fn is_subject(text: &str) -> bool {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    (1..=MAX_SUBJECT).contains(&text.encode_utf16().count()) && !text.contains(breaks)
}

impl Message {
    /// The subject.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The text for subscribers of a protocol.
    pub fn text(&self, protocol: Protocol) -> &str {
        self.texts.of(protocol.name())
    }

    /// The attributes, in order.
    pub fn attributes(&self) -> &[(String, Attribute)] {
        &self.attributes
    }
}
