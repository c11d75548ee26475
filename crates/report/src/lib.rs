//! A look back as one page: what happened on the newest day, who did how much, from where, when, and which rules
//! make noise. For a browser, a phone or paper; in light and dark, English and Japanese.
//!
//! A [`Report`] is told everything a scan tells, and [`Report::write`] makes the page of it. The page has no script,
//! fetches nothing and says so to the browser (a content security policy), so that even a string that had found a way
//! out of its place could do nothing. No string does: what is not a word of this crate's own reaches the page through
//! the one writer of HTML (`html`), which escapes it.
//!
//! Memory is bounded, however much is told: the gravest notices, of equals the newest, are kept as they will stand on the page
//! ([`MOST_IN_FULL`]), the others are counted; people, places, days and unreadable files have limits of their own, and
//! where one was reached the page says so.
//!
//! It does no I/O, and the only clock is [`About::made_at`].
//!
//! ```
//! use trailbell_engine::Summary;
//! use trailbell_notice::{Lang, Reader};
//! use trailbell_report::{About, Report};
//!
//! let report = Report::new(Reader::new(Lang::En), About { version: "0.1.0".into(), ..About::default() });
//! let mut page = Vec::new();
//! report.write(&Summary { records: 12, ..Summary::default() }, &mut page)?;
//! let page = String::from_utf8(page)?;
//! assert!(page.starts_with("<!doctype html>") && page.contains("Nothing to tell"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chart;
mod collect;
mod count;
mod days;
mod entry;
mod html;
mod kept;
mod page;
mod people;
mod places;
mod words;

pub use collect::{About, Report};
pub use kept::MOST_IN_FULL;
