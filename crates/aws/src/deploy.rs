//! What putting trailbell into an account asks of AWS: stacks by change set, the bucket its code passes through, who is subscribed, and
//! what a stack leaves behind.
//!
//! Thin calls and what their answers mean. What is asked in which order, and who is asked before it, is the command's affair.

mod bucket;
mod change_set;
mod events;
mod follow;
mod function;
mod leftover;
mod listing;
mod recipients;
mod stack;
#[cfg(test)]
mod tests;

pub use self::bucket::Bucket;
pub use self::change_set::{Change, ChangeSet, Parameter, Proposal, TemplateAt};
pub use self::events::{StackEvent, first_reason};
pub use self::follow::Ended;
pub use self::function::FunctionState;
pub use self::leftover::Leftover;
pub use self::stack::{Stack, StackResource, StackState};

/// Most pages of a list that are read: a stack has at most 500 resources, a change set as many changes.
const MAX_PAGES: usize = 100;
