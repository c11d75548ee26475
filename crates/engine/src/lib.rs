//! The pipeline: sources -> events -> rules -> one action at a time -> compared -> told.
//!
//! [`Scan`] looks back over files, [`Stats`] only counts; [`find`](mod@find) and [`explain`](mod@explain) are the same reading for one
//! pattern and for one event; [`simulate`](mod@simulate) runs CloudFormation templates over them. This is the crate that opens files;
//! what happens to a notice is its [`Audience`]'s matter.

mod action;
mod alarms;
mod asked;
mod behind;
mod belonging;
mod compare;
mod correlations;
pub mod explain;
pub mod find;
mod fold;
mod folder;
mod judge;
mod large;
mod learn;
mod person;
mod read;
mod replay;
mod scan;
pub mod simulate;
mod sort;
mod source;
mod stats;
mod stdin;
mod summary;
mod tell;
mod threads;
mod walk;
mod watch;
mod window;

pub use action::{facts, subject};
pub use alarms::{AlarmMemory, PastTransition, alarm_identity};
pub use behind::Teller;
pub use correlations::CountedBy;
pub use folder::FolderSource;
pub use learn::{Lesson, known_since};
pub use read::{Progress, Tally, Unreadable};
pub use replay::{Replay, records_in, replay};
pub use scan::{Audience, Scan};
pub use source::{Arrival, Closed, Condition, Door, Listening, Source, Taken, Word};
pub use stats::{Counted, Met, Stats};
pub use stdin::StdinSource;
pub use summary::{Noisiest, Summary};
pub use watch::{
    ALARM_STATE, Counts, Delivered, GivenUp, LastResort, Observer, Outbound, Outgoing, Presence, Resorting,
    Runner, SourceState, Stopped, Visit, Watch, WatchSettings, Worded, WordedError, kept_record, reader,
    rules, worded,
};
