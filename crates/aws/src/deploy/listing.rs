//! What lies in a bucket, page by page, and the body of a call that deletes a page of it.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

use crate::xml::Element;

/// An object of a bucket, in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lying {
    pub(super) key: String,
    pub(super) version: String,
}

/// One page of `ListObjectVersions`, asked for with `encoding-type=url`: a key may hold what XML cannot.
pub(super) struct Page {
    pub(super) lying: Vec<Lying>,
    /// From where on the next page is asked for: key and version.
    pub(super) next: Option<(String, String)>,
}

impl Page {
    pub(super) fn read(reply: &Element) -> Self {
        let is_one = |child: &&Element| child.name == "Version" || child.name == "DeleteMarker";
        let lying = reply.children.iter().filter(is_one).map(|child| Lying {
            key: decoded(&child.child_text("Key")),
            version: child.child_text("VersionId"),
        });
        let lying = lying.collect();
        let is_cut = reply.child_text("IsTruncated") == "true";
        let next = is_cut
            .then(|| (decoded(&reply.child_text("NextKeyMarker")), reply.child_text("NextVersionIdMarker")));
        Self { lying, next }
    }
}

/// S3 writes a blank as `+`.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// The body of `DeleteObjects`; `None` where a key holds what XML cannot.
pub(super) fn deletion(lying: &[Lying]) -> Option<String> {
    let mut body =
        String::from("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");
    for Lying { key, version } in lying {
        if key.chars().any(|c| c.is_control() || matches!(c, '\u{fffd}' | '\u{fffe}' | '\u{ffff}')) {
            return None;
        }
        let _ = write!(body, "<Object><Key>{}</Key>", escaped(key));
        if !version.is_empty() {
            let _ = write!(body, "<VersionId>{}</VersionId>", escaped(version));
        }
        body.push_str("</Object>");
    }
    body.push_str("</Delete>");
    Some(body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_versions_and_delete_markers_and_says_where_the_next_begins() {
        let reply = Element::parse(
            "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>b%2Bc</NextKeyMarker>\
             <NextVersionIdMarker>v9</NextVersionIdMarker><Version><Key>a+b%26%00</Key><VersionId>null</VersionId></Version>\
             <DeleteMarker><Key>gone</Key><VersionId>v1</VersionId></DeleteMarker></ListVersionsResult>",
        )
        .unwrap();
        let page = Page::read(&reply);
        assert_eq!(page.next, Some(("b+c".to_owned(), "v9".to_owned())));
        let keys: Vec<(&str, &str)> =
            page.lying.iter().map(|one| (one.key.as_str(), one.version.as_str())).collect();
        assert_eq!(keys, [("a b&\0", "null"), ("gone", "v1")]);
        assert_eq!(deletion(&page.lying), None, "XML cannot say it");
    }

    #[test]
    fn a_key_cannot_become_part_of_the_body() {
        let lying = [Lying { key: "a</Key><Key>b & c".to_owned(), version: String::new() }];
        let body = deletion(&lying).unwrap();
        let read = Element::parse(&body).unwrap();
        assert_eq!(read.list("Object").len(), 1);
        assert_eq!(read.text_of("Key"), Some("a</Key><Key>b & c"));
    }
}
