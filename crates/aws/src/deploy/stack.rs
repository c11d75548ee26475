//! A stack: whether it is there, how it stands, what it was made with and what it says of itself; and its end.

use std::collections::BTreeMap;

use super::MAX_PAGES;
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::service::Service;
use crate::xml::Element;

/// A stack. All its texts are the account's: hostile where somebody else made it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stack {
    /// Its ARN, which also finds it when it is deleted.
    pub id: String,
    /// Its name.
    pub name: String,
    /// CloudFormation's word for how it stands.
    pub status: String,
    /// Why it stands so, where CloudFormation says.
    pub reason: String,
    /// What it was made with.
    pub parameters: BTreeMap<String, String>,
    /// What it says of itself.
    pub outputs: BTreeMap<String, String>,
}

/// What can be done with a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackState {
    /// It stands, and can be changed.
    Stands,
    /// A change set proposed it, and nobody made it.
    Proposed,
    /// It was not made, or not wholly deleted: it must be deleted before one of that name can be made.
    Wreck,
    /// Going back failed: somebody has to help it on.
    Stuck,
    /// CloudFormation is at work on it.
    Busy,
    /// It is deleted.
    Gone,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its own name or ARN; empty before it has one.
    pub physical_id: String,
    /// `AWS::SNS::Topic`.
    pub kind: String,
    /// CloudFormation's word for how it stands.
    pub status: String,
}

impl Stack {
    /// What can be done with it.
    pub fn state(&self) -> StackState {
        state_of(&self.status)
    }
}

/// From CloudFormation's list of stack status codes.
pub(super) fn state_of(status: &str) -> StackState {
    match status {
        "CREATE_COMPLETE"
        | "UPDATE_COMPLETE"
        | "UPDATE_ROLLBACK_COMPLETE"
        | "IMPORT_COMPLETE"
        | "IMPORT_ROLLBACK_COMPLETE" => StackState::Stands,
        "REVIEW_IN_PROGRESS" => StackState::Proposed,
        "CREATE_FAILED" | "DELETE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" => StackState::Wreck,
        "DELETE_COMPLETE" => StackState::Gone,
        "UPDATE_FAILED" | "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" => StackState::Stuck,
        _ => StackState::Busy,
    }
}

impl Aws {
    /// The stack of that name or ARN; `None` where there is none.
    ///
    /// # Errors
    /// Where it may not be looked at.
    pub async fn stack(&self, region: &str, name: &str) -> Result<Option<Stack>, Error> {
        let call = Call::query(Service::CloudFormation, region, "DescribeStacks", &[("StackName", name)]);
        let reply = match self.send(&call).await {
            Err(error) if is_no_such_stack(&error) => return Ok(None),
            outcome => call.read_xml(&outcome?)?,
        };
        Ok(reply.list("Stacks").first().map(read))
    }

    /// Begins to delete the stack of that name.
    ///
    /// # Errors
    /// Where it may not be deleted, or is protected against it.
    pub async fn delete_stack(&self, region: &str, name: &str) -> Result<(), Error> {
        let token = format!("trailbell-{:016x}", fastrand::u64(..));
        let parameters = [("StackName", name), ("ClientRequestToken", token.as_str())];
        self.send(&Call::query(Service::CloudFormation, region, "DeleteStack", &parameters)).await.map(drop)
    }

    /// The resources of the stack of that name or ARN.
    ///
    /// # Errors
    /// Where they may not be listed.
    pub async fn stack_resources(&self, region: &str, id: &str) -> Result<Vec<StackResource>, Error> {
        let mut resources = Vec::new();
        let mut token = String::new();
        for _ in 0..MAX_PAGES {
            let mut parameters = vec![("StackName", id)];
            if !token.is_empty() {
                parameters.push(("NextToken", &token));
            }
            let call = Call::query(Service::CloudFormation, region, "ListStackResources", &parameters);
            let reply = call.read_xml(&self.send(&call).await?)?;
            resources.extend(reply.list("StackResourceSummaries").iter().map(|member| StackResource {
                logical_id: member.child_text("LogicalResourceId"),
                physical_id: member.child_text("PhysicalResourceId"),
                kind: member.child_text("ResourceType"),
                status: member.child_text("ResourceStatus"),
            }));
            let next = reply.text_of("NextToken").unwrap_or_default().to_owned();
            token = next;
            if token.is_empty() {
                break;
            }
        }
        Ok(resources)
    }
}

/// CloudFormation has no code of its own for a stack that is not there.
pub(super) fn is_no_such_stack(error: &Error) -> bool {
    error.has_code(&["ValidationError"]) && error.message().contains("does not exist")
}

fn read(member: &Element) -> Stack {
    let pairs = |list: &str, key: &str, value: &str| {
        let members = member.child(list).map(|list| list.children.as_slice()).unwrap_or_default();
        members.iter().map(|member| (member.child_text(key), member.child_text(value))).collect()
    };
    Stack {
        id: member.child_text("StackId"),
        name: member.child_text("StackName"),
        status: member.child_text("StackStatus"),
        reason: member.child_text("StackStatusReason"),
        parameters: pairs("Parameters", "ParameterKey", "ParameterValue"),
        outputs: pairs("Outputs", "OutputKey", "OutputValue"),
    }
}
