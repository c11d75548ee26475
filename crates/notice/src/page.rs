//! What one message shows, in one language, before any channel's escaping: every renderer draws a [`Page`].
//!
//! A [`Notice`](crate::Notice) makes one, and so does every other thing trailbell has to say (a digest, a summary of a group, "I
//! cannot hear"), so that a channel knows one shape and each kind of message looks alike everywhere.

use trailbell_text::{Phrase, Severity, Untrusted};

use crate::advice::Step;
use crate::lang::Lang;
use crate::{template, words};

/// What one message shows. Empty parts are left out by every renderer, never shown blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The language of every text in it.
    pub lang: Lang,
    /// How much it matters: the badge and the colour.
    pub severity: Severity,
    /// The one sentence.
    pub headline: Phrase,
    /// The same for a push title, a mail's subject or an SNS subject: begins with the severity's word.
    pub one_line: Phrase,
    /// Labelled facts in a fixed order.
    pub facts: Vec<Row>,
    /// The things a digest or a summary is about, one line each, in order.
    pub items: Vec<Item>,
    /// Whether there is anything to do for whoever recognises it.
    pub calm: Option<Phrase>,
    /// Whether `calm` is to be seen before anything else (do it now, whoever did it).
    pub calm_is_urgent: bool,
    /// What introduces the steps, where they are for some readers only ("If not:").
    pub steps_for: Option<Phrase>,
    /// What stands above the steps: where to run commands, and what to check first.
    pub preamble: Vec<Phrase>,
    /// The command that shows in which account commands would run.
    pub check_first: Option<String>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// A command of ours that shows more.
    pub details: Option<String>,
    /// The record's page in the AWS console: the one link of a message that has room for one.
    pub link: Option<String>,
    /// The page of what was changed in the console of IAM, where there is room for a second link.
    pub target_link: Option<String>,
    /// The account that the links are of: they open in whatever account the browser is in.
    pub links_account: Option<Untrusted>,
    /// Quiet lines at the end.
    pub footer: Vec<Phrase>,
    /// The owner's own phrase and what it is worth.
    pub verification: Option<Phrase>,
}

/// A labelled fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is ("Who", "操作した人").
    pub label: Phrase,
    /// What is known.
    pub text: Phrase,
}

/// One thing of a digest or a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// How much it mattered.
    pub severity: Severity,
    /// One sentence, its time in front.
    pub text: Phrase,
}

impl Page {
    /// The links of a message that has room for both: what each shows and of which account, and its address.
    pub(crate) fn links(&self) -> impl Iterator<Item = (Phrase, &str)> {
        let links = [("CloudTrail", &self.link), ("IAM", &self.target_link)];
        links.into_iter().filter_map(|(name, link)| {
            let label = template::fill(
                self.lang.pick("{name}[ (account {account})]", "{name}[(アカウント {account})]"),
                &|key| match key {
                    "name" => Some(Phrase::ours(name)),
                    _ => self.links_account.as_ref().and_then(words::known),
                },
            );
            Some((label, link.as_deref()?))
        })
    }
}
