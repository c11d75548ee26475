//! What DynamoDB says, in the words of [`LedgerError`]: what is wrong with which table, and the next step.

use trailbell_outbox::{LedgerError, LedgerErrorKind};

use super::row::Damage;
use crate::error::{Error, quiet};

/// Where a ledger is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) table: String,
    pub(crate) region: String,
}

impl Place {
    fn shown(&self) -> String {
        format!("the ledger (DynamoDB table `{}` in {})", self.table, self.region)
    }

    /// Words an error of AWS's.
    pub(crate) fn error(&self, error: &Error) -> LedgerError {
        let shown = self.shown();
        if error.code() == Some("ItemCollectionSizeLimitExceededException") {
            let message = format!(
                "no room left in {shown}: one kind of thing has reached DynamoDB's 10 GB; nothing is lost, new events wait. \
                 Shorten ledger.keep"
            );
            return LedgerError { kind: LedgerErrorKind::Full, message };
        }
        // Credentials that cannot be had just now may come back by themselves; those AWS refuses do not.
        let may_pass = error.is_transient()
            || error.is_conflict()
            || (error.is_about_credentials() && error.code().is_none());
        if may_pass {
            return self.busy(&error.to_string());
        }
        match error.code() {
            Some("ResourceNotFoundException") => LedgerError {
                kind: LedgerErrorKind::Broken,
                message: format!(
                    "there is no DynamoDB table `{}` in {}: `trailbell deploy` makes it; are the name and the \
                     region its own?",
                    self.table, self.region
                ),
            },
            // Every table answers such a question, if it has the keys and the indexes.
            Some("ValidationException") if matches!(error.operation(), "GetItem" | "Query") => {
                self.foreign(&error.to_string())
            }
            _ => self.broken(&error.to_string()),
        }
    }

    /// It may pass by waiting.
    pub(crate) fn busy(&self, why: &str) -> LedgerError {
        LedgerError {
            kind: LedgerErrorKind::Locked,
            message: format!(
                "{} cannot be used just now: {why}; nothing is lost, and it is tried again",
                self.shown()
            ),
        }
    }

    /// Another copy was faster.
    pub(crate) fn overtaken(&self) -> LedgerError {
        LedgerError {
            kind: LedgerErrorKind::Overtaken,
            message: format!(
                "another copy of trailbell has written to {} since this one looked; nothing of this was written: look again",
                self.shown()
            ),
        }
    }

    /// It cannot be used as it is.
    pub(crate) fn broken(&self, why: &str) -> LedgerError {
        LedgerError {
            kind: LedgerErrorKind::Broken,
            message: format!("{} does not answer as it should: {why}", self.shown()),
        }
    }

    /// An item is not what was written.
    pub(crate) fn damaged(&self, damage: &Damage) -> LedgerError {
        LedgerError {
            kind: LedgerErrorKind::Broken,
            message: format!(
                "{} holds something trailbell did not write: {}; restore the table to a point in time before that, or begin \
                 a new one",
                self.shown(),
                quiet(&damage.0)
            ),
        }
    }

    /// A table that somebody made for something else.
    pub(crate) fn foreign(&self, why: &str) -> LedgerError {
        LedgerError {
            kind: LedgerErrorKind::Broken,
            message: format!(
                "the DynamoDB table `{}` in {} is not a ledger of trailbell's ({why}): name another, or let `trailbell \
                 deploy` make one (keys `pk` and `sk`, local secondary indexes `l1`, `l2` and `l3`)",
                self.table, self.region
            ),
        }
    }

    pub(crate) fn newer(&self, found: u64, known: u64) -> LedgerError {
        LedgerError {
            kind: LedgerErrorKind::Newer,
            message: format!(
                "{} has version {found} and this trailbell knows versions up to {known}: a newer trailbell wrote it. Use that \
                 one, or name another table",
                self.shown()
            ),
        }
    }
}
