//! What happens to a stack, resource by resource, and which of it was the first to go wrong.

use super::MAX_PAGES;
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::service::Service;

/// What happened to a resource, or to the stack itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StackEvent {
    /// Its id.
    pub id: String,
    /// When, as CloudFormation writes it.
    pub at: String,
    /// The resource's name in the template, or the stack's.
    pub logical_id: String,
    /// The resource's own name or ARN; empty before it has one.
    pub physical_id: String,
    /// `AWS::SNS::Topic`.
    pub kind: String,
    /// `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `CREATE_FAILED`, ...
    pub status: String,
    /// Why, where CloudFormation says.
    pub reason: String,
}

impl StackEvent {
    /// Whether it is about the stack and not about one of its resources.
    pub fn is_of_stack(&self) -> bool {
        self.kind == "AWS::CloudFormation::Stack"
    }
}

impl Aws {
    /// What happened to the stack with that ARN after the event `after` (everything, where there is none such), oldest first.
    ///
    /// # Errors
    /// Where it may not be looked at.
    pub async fn stack_events(
        &self,
        region: &str,
        stack: &str,
        after: Option<&str>,
    ) -> Result<Vec<StackEvent>, Error> {
        let mut events = Vec::new();
        let mut token = String::new();
        'pages: for _ in 0..MAX_PAGES {
            let mut parameters = vec![("StackName", stack)];
            if !token.is_empty() {
                parameters.push(("NextToken", &token));
            }
            let call = Call::query(Service::CloudFormation, region, "DescribeStackEvents", &parameters);
            let reply = call.read_xml(&self.send(&call).await?)?;
            // Newest first.
            for member in reply.list("StackEvents") {
                let event = StackEvent {
                    id: member.child_text("EventId"),
                    at: member.child_text("Timestamp"),
                    logical_id: member.child_text("LogicalResourceId"),
                    physical_id: member.child_text("PhysicalResourceId"),
                    kind: member.child_text("ResourceType"),
                    status: member.child_text("ResourceStatus"),
                    reason: member.child_text("ResourceStatusReason"),
                };
                if after == Some(event.id.as_str()) {
                    break 'pages;
                }
                events.push(event);
            }
            let next = reply.text_of("NextToken").unwrap_or_default().to_owned();
            token = next;
            if token.is_empty() {
                break;
            }
        }
        events.reverse();
        Ok(events)
    }

    /// The id of the newest event of the stack with that ARN, from which on somebody wants to look.
    ///
    /// # Errors
    /// Where it may not be looked at.
    pub async fn newest_stack_event(&self, region: &str, stack: &str) -> Result<Option<String>, Error> {
        let call =
            Call::query(Service::CloudFormation, region, "DescribeStackEvents", &[("StackName", stack)]);
        let reply = call.read_xml(&self.send(&call).await?)?;
        let newest = reply.list("StackEvents").first().map(|member| member.child_text("EventId"));
        Ok(newest.filter(|id| !id.is_empty()))
    }
}

/// The event that made the rest go wrong: the first failure that is not merely the end of what others began. Where no resource
/// says, what the stack says.
pub fn first_reason(events: &[StackEvent]) -> Option<&StackEvent> {
    let failed = |event: &&StackEvent| event.status.ends_with("_FAILED");
    // "Resource creation cancelled", "Resource update cancelled": another one failed first.
    let is_consequence = |event: &StackEvent| event.reason.to_lowercase().contains("cancelled");
    let of_resources = || events.iter().filter(|event| !event.is_of_stack()).filter(failed);
    of_resources()
        .find(|event| !is_consequence(event) && !event.reason.is_empty())
        .or_else(|| of_resources().find(|event| !is_consequence(event)))
        .or_else(|| {
            let of_stack = events.iter().filter(|event| event.is_of_stack() && !event.reason.is_empty());
            of_stack
                .clone()
                .find(failed)
                .or_else(|| of_stack.clone().find(|event| event.status.contains("ROLLBACK")))
        })
        .or_else(|| of_resources().next())
}
