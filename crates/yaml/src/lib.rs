//! YAML that a user wrote: text -> a tree of nodes that know where they stand, and the typed reading of it that collects
//! every problem instead of stopping at the first.
//!
//! Settings ([`parse`]), files of tests ([`parse_with_aliases`]) and files of Sigma rules ([`parse_documents`]) are read
//! by it.
//!
//! ```
//! use trailbell_yaml::{Reader, parse};
//!
//! let source = "nmae: Taro\n";
//! let root = parse(source).map_err(|problems| problems[0].render("t.yaml", source))?.ok_or("empty")?;
//! let mut reader = Reader::new(source);
//! reader.fields(&root, &["name", "age"], "a person");
//! assert_eq!(reader.problems[0].hint.as_deref(), Some("did you mean `name`?"));
//! # Ok::<(), String>(())
//! ```

mod json;
mod parse;
mod reader;

pub use json::JsonText;
pub use parse::{Node, Plain, Scalar, Value, is_mapping, locate, parse, parse_documents, parse_with_aliases};
pub use reader::{Fields, Reader, is_plain_key, shown_key, suggestion};
