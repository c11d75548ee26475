//! Which regions `EventBridge`'s events are forwarded from, and that a stack once brought all of them.

use trailbell_aws::{Bucket, Error};

use super::Session;
use super::parameters::Parameters;
use super::talk::{self, theirs};
use super::work::Before;
use crate::context::Failure;

/// Where in the bucket stands that every region is forwarded from: what no flag says stays as it is.
const NOTE: &str = "all-regions";
/// A note is a word.
const MAX_NOTE: usize = 1024;

/// The regions that are forwarded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Regions {
    pub(super) others: Vec<String>,
    /// Whether they are all that are enabled.
    are_all: bool,
    /// Whether that stands in the bucket.
    is_noted: bool,
}

impl Regions {
    /// All others where asked, now or before; else the one in which IAM's events appear, where `EventBridge` is listened to.
    pub(super) async fn find(
        in_all: bool,
        session: &Session,
        before: &Before,
        parameters: &mut Parameters,
    ) -> Result<Self, Failure> {
        if in_all {
            parameters.set("WatchWithEventBridge", "yes");
            if !parameters.is_yes("WatchWithEventBridge") {
                return Err(Failure::Told(
                    "--all-regions forwards EventBridge's events, and WatchWithEventBridge=no lets nobody listen to them"
                        .to_owned(),
                ));
            }
        }
        let mut is_noted = false;
        if parameters.is_yes("WatchWithEventBridge") && !matches!(before, Before::Nothing) {
            let bucket = session.bucket();
            is_noted = match bucket.get(NOTE, MAX_NOTE).await {
                Ok(note) => note.is_some(),
                Err(error) => {
                    if !in_all {
                        talk::warn(&format!(
                            "whether every region was forwarded from before cannot be seen in the bucket {}: {error}; --all-regions says it again",
                            theirs(bucket.name())
                        ));
                    }
                    false
                }
            };
        }
        // Who asks for `EventBridge` without all regions has what they ask for.
        if in_all || (is_noted && !parameters.is_asked("WatchWithEventBridge")) {
            return Ok(Self { others: session.other_regions().await?, are_all: true, is_noted });
        }
        let global_home = trailbell_aws::global_region(&session.region);
        let is_needed = parameters.is_yes("WatchWithEventBridge") && session.region != global_home;
        let others = if is_needed { vec![global_home.to_owned()] } else { Vec::new() };
        Ok(Self { others, are_all: false, is_noted })
    }

    /// What of sign-ins `EventBridge` does not bring, where it is listened to.
    pub(super) fn unheard(&self, region: &str, parameters: &Parameters) -> Option<String> {
        if self.are_all || !parameters.is_yes("WatchWithEventBridge") {
            return None;
        }
        let mut heard = vec![region.to_owned()];
        heard.extend(self.others.iter().cloned());
        Some(format!(
            "this sees to EventBridge's events of {} alone, and sign-ins are recorded in other regions, too (an IAM user's, through the \
             global endpoint, in us-east-2, eu-north-1, ap-southeast-2 and others): --all-regions brings theirs",
            heard.join(" and ")
        ))
    }

    /// Writes down that they are all, or that they are no longer.
    pub(super) async fn note(&self, bucket: &Bucket) -> Result<(), Error> {
        match (self.are_all, self.is_noted) {
            (true, false) => bucket.put(NOTE, b"every enabled region".to_vec()).await,
            (false, true) => bucket.remove(NOTE).await,
            _ => Ok(()),
        }
    }
}
