//! The one writer of HTML. Elements are closed where they are opened, names are this crate's own, and every text and
//! every attribute is escaped on its way in: there is no way to write markup that came from elsewhere.

use std::fmt::Display;

use trailbell_text::{Channel, Phrase, Untrusted};

/// Elements after which a line ends, so that the page can be read and compared as text.
const BLOCKS: &[&str] = &[
    "html", "head", "body", "title", "header", "footer", "main", "nav", "section", "div", "h1", "h2", "h3",
    "h4", "p", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "details", "summary", "pre", "svg", "symbol",
];

/// HTML in the making.
#[derive(Debug, Default, Clone)]
pub(crate) struct Html(String);

/// The attributes of an element: a name of ours, and a value that is escaped.
pub(crate) type Attributes<'a> = [(&'static str, &'a str)];

impl Html {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self(String::new())
    }

    /// An element and what is inside.
    pub(crate) fn element(
        &mut self,
        name: &'static str,
        attributes: &Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.open(name, attributes);
        self.0.push('>');
        inside(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        if BLOCKS.contains(&name) {
            self.0.push('\n');
        }
        self
    }

    /// An element of a class.
    pub(crate) fn class(
        &mut self,
        name: &'static str,
        class: &str,
        inside: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.element(name, &[("class", class)], inside)
    }

    /// An element without attributes.
    pub(crate) fn plain(&mut self, name: &'static str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.element(name, &[], inside)
    }

    /// An element with nothing in it and no end.
    pub(crate) fn void(&mut self, name: &'static str, attributes: &Attributes<'_>) -> &mut Self {
        self.open(name, attributes);
        self.0.push_str("/>");
        self
    }

    fn open(&mut self, name: &'static str, attributes: &Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.text(value);
            self.0.push('"');
        }
    }

    /// Words of ours, whenever they were put together.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&Phrase::ours(text.to_owned()).render(Channel::Html));
        self
    }

    /// A number, or something else of ours that can be shown.
    pub(crate) fn show(&mut self, value: impl Display) -> &mut Self {
        self.text(&value.to_string())
    }

    /// A sentence of ours with values of theirs in it.
    pub(crate) fn phrase(&mut self, phrase: &Phrase) -> &mut Self {
        self.0.push_str(&phrase.render(Channel::Html));
        self
    }

    /// A value of theirs.
    pub(crate) fn theirs(&mut self, value: &Untrusted) -> &mut Self {
        self.0.push_str(&value.render(Channel::Html));
        self
    }

    /// What was written elsewhere by this same writer.
    pub(crate) fn written(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// The style sheet. It is a file of ours, and the one text that is not escaped: `<style>` has no entities.
    pub(crate) fn style(&mut self, sheet: &'static str) -> &mut Self {
        self.0.push_str("<style>\n");
        self.0.push_str(sheet);
        self.0.push_str("</style>\n");
        self
    }

    /// The first line of a page.
    pub(crate) fn doctype(&mut self) -> &mut Self {
        self.0.push_str("<!doctype html>\n");
        self
    }

    /// The end of a line, in text where lines count.
    pub(crate) fn line_end(&mut self) -> &mut Self {
        self.0.push('\n');
        self
    }

    /// What has been written so far; it goes on from nothing.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_escaped_wherever_it_stands() {
        let evil = "\"><script>alert('1')</script>&\u{202e}";
        let mut html = Html::new();
        html.element("p", &[("title", evil)], |html| {
            html.text(evil).theirs(&Untrusted::new(evil)).show(evil);
        });
        let written = html.take();
        assert!(!written.contains("<script") && !written.contains('\u{202e}'), "{written}");
        assert_eq!(written.matches('"').count(), 2, "{written}");
        assert_eq!(written.matches('<').count(), 2, "{written}");
    }
}
