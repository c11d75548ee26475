//! Strings that an outsider chose: a user agent, a session name, the user name of a failed sign-in.
//!
//! Whoever can make a failed sign-in can put bytes into the owner's mail. So a value from a record is
//! [`Untrusted`], which has no `Display`; it is shown only through the escaper of a [`Channel`].

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Characters of one untrusted value that reach a person (design rule: "about 200"); a longer value is cut and marked `…`.
pub const MAX_SHOWN_CHARS: usize = 200;

/// A string an outsider can choose. Compare it, look it up, but show it only through a [`Channel`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Untrusted(String);

/// Where a text is going, which decides what could do harm there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A terminal: no escape sequences, no controls, no bidirectional overrides, one line.
    Terminal,
    /// Plain text of a mail or a message: as for a terminal, and links are defanged (`hxxp`, `[.]`).
    Plain,
    /// HTML text or a quoted attribute: as plain, with `& < > " '` as entities.
    Html,
    /// A mail header's value before RFC 2047 encoding: as plain; nothing can start a new header.
    Header,
    /// Slack's mrkdwn: as plain, with `& < >` as entities (so no `<!channel>`, no link whose text lies), and with
    /// look-alikes for the signs of bold, italic, strike and code where they could format: Slack has no escape for them.
    Slack,
    /// Discord's Markdown: as plain, with a backslash before every sign that could format, link or mention.
    Discord,
}

/// Why a value may not stand in a command line that is printed for copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAShellWord;

impl Untrusted {
    /// Wraps a value from a record, as it is.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The raw value: for comparing, hashing and looking up, **never** for showing.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value as `channel` may show it: escaped, on one line, at most [`MAX_SHOWN_CHARS`] characters.
    pub fn render(&self, channel: Channel) -> String {
        match self.0.char_indices().nth(MAX_SHOWN_CHARS) {
            None => escape_value(&self.0, channel),
            Some((cut, _)) => escape_value(&self.0[..cut], channel) + "…",
        }
    }

    /// The value as one word of a POSIX shell command, quoted where it needs to be.
    ///
    /// Only characters that AWS lets names, ids and ARNs have pass (`A-Z a-z 0-9 + = , . @ _ / : -`, and not
    /// empty, and not starting with `-`, which a command would read as an option); for anything else there is
    /// no command to print. `+=,.@_-` is IAM's own alphabet for names, `/` and `:` are those of paths and ARNs.
    pub fn shell_word(&self) -> Result<String, NotAShellWord> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_/:-".contains(&b);
        // The AWS CLI replaces a value such as `file://...` or `http://...` by what it finds there.
        let is_fetched = self.0.contains("://");
        let is_option = self.0.starts_with('-');
        if self.0.is_empty() || is_option || is_fetched || self.0.len() > 2048 || !self.0.bytes().all(allowed)
        {
            return Err(NotAShellWord);
        }
        // `=` is special to some shells at the start of a word (zsh), and `{a,b}` needs braces we never let in.
        if self.0.bytes().any(|b| b == b'=') { Ok(format!("'{}'", self.0)) } else { Ok(self.0.clone()) }
    }
}

impl From<&str> for Untrusted {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl From<String> for Untrusted {
    fn from(value: String) -> Self {
        Self(value)
    }
}

/// For test failures and logs of our own: quoted and escaped, never raw.
impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untrusted({:?})", self.0)
    }
}

/// JSON carries the value whole; the JSON writer's escapes are the escaper of that channel.
impl Serialize for Untrusted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Untrusted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// Whether a character could act rather than be read: controls (C0, DEL, C1), line separators,
/// bidirectional controls, invisible and tag characters, and the interlinear and byte order marks.
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00ad | 0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

/// A trusted text of ours for `channel`: nothing may act, but nothing is cut or defanged either.
pub(crate) fn escape(text: &str, channel: Channel) -> String {
    escape_into(text, channel)
}

fn escape_value(text: &str, channel: Channel) -> String {
    match channel {
        Channel::Terminal => escape_into(text, channel),
        Channel::Plain | Channel::Html | Channel::Header | Channel::Slack | Channel::Discord => {
            escape_into(&defang(text), channel)
        }
    }
}

fn escape_into(text: &str, channel: Channel) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_first = before.is_none();
        let is_inside_a_word = [before, chars.peek().copied()]
            .into_iter()
            .all(|neighbour| neighbour.is_some_and(char::is_alphanumeric));
        before = Some(c);
        match c {
            // A tab or a line end inside a value is a blank: a value never starts a line of its own.
            '\t' | '\n' | '\r' => out.push(' '),
            c if acts(c) => out.push('\u{fffd}'),
            '&' if matches!(channel, Channel::Html | Channel::Slack) => out.push_str("&amp;"),
            '<' if matches!(channel, Channel::Html | Channel::Slack) => out.push_str("&lt;"),
            '>' if matches!(channel, Channel::Html | Channel::Slack) => out.push_str("&gt;"),
            '"' if channel == Channel::Html => out.push_str("&quot;"),
            '\'' if channel == Channel::Html => out.push_str("&#39;"),
            // Inside a word Slack formats nothing, so `deploy_bot` stays as it is.
            '*' if channel == Channel::Slack && !is_inside_a_word => out.push('\u{2217}'),
            '_' if channel == Channel::Slack && !is_inside_a_word => out.push('\u{ff3f}'),
            '~' if channel == Channel::Slack && !is_inside_a_word => out.push('\u{223c}'),
            '`' if channel == Channel::Slack => out.push('\u{2018}'),
            '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '(' | ')' | '#' | '@'
                if channel == Channel::Discord =>
            {
                out.push('\\');
                out.push(c);
            }
            // A list, at the beginning of a line only.
            '-' | '+' if channel == Channel::Discord && is_first => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Takes the life out of links: mail programs make anything like `http://x.example` clickable.
/// `https://aws.amazon.com` too, since the text around it is not ours. Addresses and ARNs stay readable.
fn defang(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (scheme_and_before, after) = rest.split_at(at);
        let scheme_start = scheme_and_before
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-')))
            .map_or(0, |i| i + scheme_and_before[i..].chars().next().map_or(1, char::len_utf8));
        out.push_str(&scheme_and_before[..scheme_start]);
        let scheme = &scheme_and_before[scheme_start..];
        let defanged = if scheme.len() >= 3 && scheme.is_char_boundary(1) && scheme.is_char_boundary(3) {
            format!("{}xx{}", &scheme[..1], &scheme[3..])
        } else {
            scheme.to_owned()
        };
        out.push_str(&defanged);
        out.push_str("://");
        let after = &after[3..];
        let host_end = after.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(after.len());
        out.push_str(&after[..host_end].replace('.', "[.]"));
        rest = &after[host_end..];
    }
    out.push_str(rest);
    // `www.example.org` alone is made clickable too.
    let lower = out.to_ascii_lowercase();
    for (at, found) in lower.rmatch_indices("www.") {
        out.replace_range(at + found.len() - 1..at + found.len(), "[.]");
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_is_defanged_for_mail_and_left_for_a_terminal() {
        let value = Untrusted::new("see https://evil.example.org/a.b, now");
        assert_eq!(value.render(Channel::Plain), "see hxxps://evil[.]example[.]org/a.b, now");
        assert_eq!(value.render(Channel::Terminal), "see https://evil.example.org/a.b, now");
        assert_eq!(
            Untrusted::new("WWW.x.org or www.y.org").render(Channel::Plain),
            "WWW[.]x.org or www[.]y.org"
        );
    }

    #[test]
    fn a_long_value_is_cut_and_says_so() {
        let shown = Untrusted::new("x".repeat(1_000_000)).render(Channel::Plain);
        assert_eq!(shown.chars().count(), MAX_SHOWN_CHARS + 1);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn a_name_from_iams_alphabet_is_a_shell_word_and_nothing_else_is() {
        assert_eq!(Untrusted::new("alice+ops@x.org").shell_word().unwrap(), "alice+ops@x.org");
        assert_eq!(Untrusted::new("a=b").shell_word().unwrap(), "'a=b'");
        for bad in [
            "",
            "-rf",
            "a b",
            "$(id)",
            "a;b",
            "a'b",
            "a\nb",
            "あ",
            "a*",
            "~root",
            "file:///etc/passwd",
            "http://x",
        ] {
            assert_eq!(Untrusted::new(bad).shell_word(), Err(NotAShellWord), "{bad:?}");
        }
    }

    #[test]
    fn in_slack_nothing_mentions_links_or_formats_and_names_stay_readable() {
        let shown = |value: &str| Untrusted::new(value).render(Channel::Slack);
        assert_eq!(shown("<!channel> <https://a.b|c>"), "&lt;!channel&gt; &lt;hxxps://a[.]b|c&gt;");
        assert_eq!(shown("deploy_bot_2"), "deploy_bot_2");
        assert_eq!(shown("_hidden_ iam:* `x`"), "\u{ff3f}hidden\u{ff3f} iam:\u{2217} \u{2018}x\u{2018}");
    }

    #[test]
    fn in_discord_nothing_mentions_links_or_formats() {
        let shown = |value: &str| Untrusted::new(value).render(Channel::Discord);
        assert_eq!(shown("@everyone <@1> **b** [t](u)"), r"\@everyone \<\@1\> \*\*b\*\* \[t\]\(u\)");
        assert_eq!(shown("- x-y"), r"\- x-y");
        assert_eq!(shown(r"\"), r"\\");
    }

    proptest! {
        #[test]
        fn nothing_acts_in_any_channel(value in any::<String>()) {
            for channel in [Channel::Terminal, Channel::Plain, Channel::Html, Channel::Header, Channel::Slack, Channel::Discord] {
                let shown = Untrusted::new(value.clone()).render(channel);
                prop_assert!(!shown.chars().any(acts));
                prop_assert!(channel != Channel::Html || !shown.contains(['<', '>', '"', '\'']));
                prop_assert!(channel != Channel::Slack || !shown.contains(['<', '>', '`']));
            }
        }
    }
}
