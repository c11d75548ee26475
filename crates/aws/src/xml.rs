//! The XML that the query protocol and S3 answer with, as a small tree.
//!
//! No DTD is followed, no entity but XML's own five is known, and depth and size are bounded: a reply is as hostile as
//! anything else that comes over a network.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;

/// Deeper than any of AWS's replies.
const MAX_DEPTH: usize = 32;

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    /// Its local name.
    pub(crate) name: String,
    /// The text in it, not that of its children.
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

impl Element {
    /// Reads a document; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            let event = reader.read_event().map_err(|error| format!("no XML ({error})"))?;
            let here = open.last_mut().ok_or("no XML (an end without a start)")?;
            match event {
                Event::Start(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    if open.len() > MAX_DEPTH {
                        return Err(format!("XML nested deeper than {MAX_DEPTH} elements"));
                    }
                    open.push(Self { name, ..Self::default() });
                }
                Event::Empty(empty) => {
                    let name = empty.local_name().as_ref().to_owned();
                    here.children.push(Self { name, ..Self::default() });
                }
                Event::End(_) => {
                    let done = open.pop().unwrap_or_default();
                    open.last_mut().ok_or("no XML (an end without a start)")?.children.push(done);
                }
                Event::Text(text) => here.text.push_str(&text.xml10_content()),
                Event::CData(text) => here.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(c)) => here.text.push(c),
                    Ok(None) => here.text.push_str(
                        resolve_xml_entity(&reference).ok_or("XML with an entity that is not XML's own")?,
                    ),
                    Err(error) => return Err(format!("no XML ({error})")),
                },
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
            }
        }
        let [root] = open.as_mut_slice() else { return Err("XML that ends too early".to_owned()) };
        root.children.pop().ok_or_else(|| "no XML element".to_owned())
    }

    /// The first element of that name anywhere in it, itself included.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name { Some(self) } else { self.children.iter().find_map(|child| child.find(name)) }
    }

    /// The child of that name, and no deeper one.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the child of that name; empty where there is none.
    pub(crate) fn child_text(&self, name: &str) -> String {
        self.child(name).map(|child| child.text.trim().to_owned()).unwrap_or_default()
    }

    /// The members of the first list of that name anywhere in it.
    pub(crate) fn list(&self, name: &str) -> &[Self] {
        self.find(name).map(|list| list.children.as_slice()).unwrap_or_default()
    }

    /// The text of the first element of that name anywhere in it, where it has some.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.find(name).map(|element| element.text.trim()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_name_with_entities_resolved() {
        let reply = "<?xml version=\"1.0\"?>\n<R xmlns=\"https://sns.amazonaws.com/\"><A><B>a&amp;b&#x21;</B><C/></A>\
                     <D><![CDATA[<x>]]></D></R>";
        let root = Element::parse(reply).unwrap();
        assert_eq!(root.name, "R");
        assert_eq!(root.text_of("B"), Some("a&b!"));
        assert_eq!(root.text_of("D"), Some("<x>"));
        assert_eq!(root.text_of("C"), None);
        assert_eq!(root.find("A").unwrap().children.len(), 2);
    }

    #[test]
    fn what_is_no_xml_is_said_and_not_guessed() {
        for wrong in ["", "{}", "<a>", "<a></b>", "<a>&lol;</a>"] {
            assert!(Element::parse(wrong).is_err(), "{wrong}");
        }
        let deep = "<a>".repeat(5000);
        assert!(Element::parse(&deep).unwrap_err().contains("deeper"));
    }
}
