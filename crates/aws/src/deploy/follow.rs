//! Watching CloudFormation at work on a stack until it has done.

use std::time::Duration;

use super::events::StackEvent;
use super::stack::{StackState, state_of};
use crate::client::Aws;
use crate::error::Error;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(3);
/// How many looks in a row may fail for what passes by itself: with the waits between, some minutes.
const FAILURES: u32 = 12;
/// After so many looks at a stack that stands and of which nothing new is told, it has done: an emulator may tell of no event.
const STILL: u32 = 4;

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// CloudFormation's last word: `CREATE_COMPLETE`, `ROLLBACK_COMPLETE`, `DELETE_FAILED`, ...
    pub status: String,
    /// Everything that was told meanwhile, oldest first.
    pub events: Vec<StackEvent>,
}

impl Aws {
    /// Watches the stack with that ARN until CloudFormation has done with it, and hands over what happens after the event
    /// `after`. What passes by itself is waited for.
    ///
    /// # Errors
    /// Where the stack can no longer be looked at. CloudFormation goes on all the same.
    pub async fn follow(
        &self,
        region: &str,
        stack: &str,
        after: Option<String>,
        mut tell: impl FnMut(&StackEvent),
    ) -> Result<Ended, Error> {
        let (mut last, mut events) = (after, Vec::<StackEvent>::new());
        let (mut failures, mut still) = (0, 0);
        loop {
            let look = async {
                // Asked before the events, so that none of them is younger than what is taken for the end.
                let found = self.stack(region, stack).await?;
                Ok::<_, Error>((found, self.stack_events(region, stack, last.as_deref()).await?))
            };
            match look.await {
                Ok((found, new)) => {
                    failures = 0;
                    still = if new.is_empty() { still + 1 } else { 0 };
                    new.iter().for_each(&mut tell);
                    if let Some(newest) = new.last() {
                        last = Some(newest.id.clone());
                    }
                    events.extend(new);
                    let Some(found) = found else {
                        return Ok(Ended { status: "DELETE_COMPLETE".to_owned(), events });
                    };
                    // What is said of a stack can be older than what was just begun: its own last event is the truth.
                    let told = events.iter().rev().find(|event| event.is_of_stack());
                    let has_ended =
                        told.is_some_and(|event| is_end(&event.status) && event.status == found.status);
                    if has_ended || (still >= STILL && is_end(&found.status)) {
                        return Ok(Ended { status: found.status, events });
                    }
                }
                // A deleted stack's events are kept by its ARN; where they are not, it is gone all the same.
                Err(error) if super::stack::is_no_such_stack(&error) => {
                    return Ok(Ended { status: "DELETE_COMPLETE".to_owned(), events });
                }
                Err(error) if error.is_transient() && failures < FAILURES => failures += 1,
                Err(error) => return Err(error),
            }
            tokio::time::sleep(self.patience(EVERY * (1 + failures))).await;
        }
    }
}

fn is_end(status: &str) -> bool {
    !matches!(state_of(status), StackState::Busy | StackState::Proposed)
}
