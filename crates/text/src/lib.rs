//! The ground floor: how an error shows the place in what somebody wrote, how a string that an outsider
//! chose is shown without harm, and the few words every other crate shares.
//!
//! - [`Diagnostic`] points at a [`Span`] of a source text: `file:line:col`, the line, a caret, a hint.
//! - [`Untrusted`] is the type of every string from a log. It has no `Display`: it reaches a person only
//!   through the escaper of a [`Channel`], or as one shell word through [`Untrusted::shell_word`].
//! - [`Phrase`] is a sentence of ours with untrusted values in it; it is escaped as a whole.
//! - [`stable_hash`] names things for good: the same on every machine, in every version.
//! - [`locate`] finds a character of a value in the YAML or JSON that writes it.
//! - [`Severity`], [`Kind`] and [`Outcome`] are the words that rules, notices and settings have in common.
//!
//! ```
//! use trailbell_text::{Channel, Phrase, Untrusted};
//!
//! let name = Untrusted::new("bob\u{1b}[31m <b>");
//! let phrase = Phrase::fill("{actor} created {target}.", |key| match key {
//!     "actor" => Some(Untrusted::new("alice").into()),
//!     "target" => Some(name.clone().into()),
//!     _ => None,
//! });
//! assert_eq!(phrase.render(Channel::Html), "alice created bob\u{fffd}[31m &lt;b&gt;.");
//! ```

mod diagnostic;
mod percent;
mod phrase;
mod secret;
mod stable_hash;
mod untrusted;
mod vocabulary;
mod written;

pub use diagnostic::{Diagnostic, LineColumn, Span};
pub use percent::percent_encode;
pub use phrase::{BothPhrases, Phrase, Piece};
pub use secret::Secret;
pub use stable_hash::{fnv1a, stable_hash};
pub use untrusted::{Channel, MAX_SHOWN_CHARS, NotAShellWord, Untrusted, acts};
pub use vocabulary::{Kind, Outcome, Severity, UnknownWord};
pub use written::{Quoting, locate};
