//! What a stack leaves behind when it is deleted because the template says that it is to be kept: logs, and what they are read with.

use serde_json::json;

use super::bucket::Bucket;
use super::events::StackEvent;
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::service::Service;

/// Something that a stack left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftover {
    /// A bucket, with everything in it.
    Bucket(String),
    /// A log group, with everything in it.
    LogGroup(String),
    /// Something else, which is only named: its type and its name.
    Other(String, String),
}

impl Leftover {
    /// What the template has kept: CloudFormation skips it on purpose.
    pub fn among(events: &[StackEvent]) -> Vec<Self> {
        let skipped = events.iter().filter(|event| event.status == "DELETE_SKIPPED");
        skipped
            .filter(|event| !event.physical_id.is_empty())
            .map(|event| Self::of(&event.kind, &event.physical_id))
            .collect()
    }

    /// A resource of that type and name.
    pub fn of(kind: &str, physical_id: &str) -> Self {
        let name = physical_id.to_owned();
        match kind {
            "AWS::S3::Bucket" => Self::Bucket(name),
            "AWS::Logs::LogGroup" => Self::LogGroup(name),
            _ => Self::Other(kind.to_owned(), name),
        }
    }
}

impl Aws {
    /// Deletes what a stack left behind, with everything in it. `progress` hears how many objects have gone. What is of another kind is left.
    ///
    /// # Errors
    /// Where it may not be deleted. What is not there is no error.
    pub async fn delete_leftover(
        &self,
        region: &str,
        account: &str,
        leftover: &Leftover,
        progress: impl FnMut(u64),
    ) -> Result<(), Error> {
        match leftover {
            Leftover::Bucket(name) => {
                let bucket = Bucket::new(self.clone(), region, account, name);
                bucket.empty(progress).await?;
                bucket.delete().await
            }
            Leftover::LogGroup(name) => {
                let input = json!({ "logGroupName": name });
                match self.send(&Call::json(Service::Logs, region, "DeleteLogGroup", &input)).await {
                    Err(error) if error.is_missing() => Ok(()),
                    outcome => outcome.map(drop),
                }
            }
            Leftover::Other(..) => Ok(()),
        }
    }

    /// Keeps a key that is about to be deleted, and switches it on again: what was encrypted with it can be read. `false` where it is
    /// there no more.
    ///
    /// # Errors
    /// Where it may not be.
    pub async fn keep_key(&self, region: &str, key: &str) -> Result<bool, Error> {
        let input = json!({ "KeyId": key });
        match self.send(&Call::json(Service::Kms, region, "CancelKeyDeletion", &input)).await {
            Err(error) if error.is_missing() => return Ok(false),
            // It is not about to be deleted, or was kept before.
            Err(error) if error.has_code(&["KMSInvalidStateException"]) => {}
            outcome => drop(outcome?),
        }
        self.send(&Call::json(Service::Kms, region, "EnableKey", &input)).await.map(|_| true)
    }
}
