//! Having CloudFormation do something with a stack, watching it, and saying why it did not.

use trailbell_aws::{
    Aws, ChangeSet, Ended, Error, Parameter, Proposal, Stack, StackEvent, StackState, TemplateAt,
    first_reason,
};

use super::super::doctor::check::plain;
use super::talk::{Talk, theirs};
use crate::context::Failure;

/// Why a stack is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing was changed.
    Refused(String),
    /// It may not even be looked at.
    Denied(String),
    /// CloudFormation began, and went back or stopped.
    Failed(String),
}

impl Trouble {
    pub(super) fn words(&self) -> &str {
        let (Self::Refused(words) | Self::Denied(words) | Self::Failed(words)) = self;
        words
    }
}

/// A refusal before anything was changed.
impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Told(trouble.words().to_owned())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        if error.is_denied() { Self::Denied(error.to_string()) } else { Self::Refused(error.to_string()) }
    }
}

/// A stack of one region, by name.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) aws: Aws,
    pub(super) region: String,
    pub(super) name: String,
}

/// What stands there before anything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    /// A stack of ours that can be changed.
    Stands(Stack),
    /// A stack of ours that must be deleted before it can be made.
    Wreck(Stack),
}

impl Place {
    /// What stands there, where something can be done with it and it is ours: its parameters are those of our template.
    pub(super) async fn look(&self, sign: &str) -> Result<Before, Trouble> {
        let Some(stack) = self.aws.stack(&self.region, &self.name).await? else { return Ok(Before::Nothing) };
        let whole = format!("the stack {} in {}", theirs(&self.name), self.region);
        let refused = |words: String| Err(Trouble::Refused(words));
        match stack.state() {
            StackState::Gone | StackState::Proposed => return Ok(Before::Nothing),
            _ if !stack.parameters.contains_key(sign) => {
                return refused(format!("{whole} is not trailbell's: choose another --stack-name"));
            }
            StackState::Stands => {}
            StackState::Wreck => return Ok(Before::Wreck(stack)),
            StackState::Busy => {
                return refused(format!(
                    "CloudFormation is at work on {whole} ({}): wait until it has done, then try again",
                    theirs(&stack.status)
                ));
            }
            StackState::Stuck => {
                let name = theirs(&self.name);
                return refused(format!(
                    "{whole} is stuck ({}: {}): mend what that says, then \
                     `aws cloudformation continue-update-rollback --stack-name {name} --region {}`, then try again",
                    theirs(&stack.status),
                    theirs(&stack.reason),
                    self.region
                ));
            }
        }
        Ok(Before::Stands(stack))
    }

    /// Has the change worked out.
    pub(super) async fn propose(
        &self,
        is_new: bool,
        template: TemplateAt<'_>,
        parameters: &[(String, Parameter)],
    ) -> Result<Proposal, Trouble> {
        Ok(self.aws.propose(&self.region, &self.name, is_new, template, parameters).await?)
    }

    /// Does what the change set says; the stack as it is then.
    pub(super) async fn execute(&self, change_set: &ChangeSet, talk: Option<Talk>) -> Result<Stack, Trouble> {
        let id = change_set.stack_id.as_str();
        let after = self.aws.newest_stack_event(&self.region, id).await?;
        self.aws.execute(&self.region, &self.name, change_set).await?;
        let ended = self.follow(id, after, talk).await?;
        if !matches!(ended.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE") {
            return Err(Trouble::Failed(explained(&ended, &self.region)));
        }
        let gone =
            || Trouble::Failed(format!("the stack {} in {} has gone", theirs(&self.name), self.region));
        self.aws.stack(&self.region, id).await?.ok_or_else(gone)
    }

    /// Deletes the stack; what happened.
    pub(super) async fn delete(&self, stack: &Stack, talk: Option<Talk>) -> Result<Vec<StackEvent>, Trouble> {
        let after = self.aws.newest_stack_event(&self.region, &stack.id).await?;
        self.aws.delete_stack(&self.region, &self.name).await?;
        let ended = self.follow(&stack.id, after, talk).await?;
        if ended.status == "DELETE_COMPLETE" {
            return Ok(ended.events);
        }
        Err(Trouble::Failed(format!(
            "{}. What could be deleted is gone; after mending it, run the same command again",
            explained(&ended, &self.region)
        )))
    }

    async fn follow(&self, id: &str, after: Option<String>, talk: Option<Talk>) -> Result<Ended, Trouble> {
        let tell = |event: &StackEvent| {
            if let Some(talk) = talk {
                talk.event(&self.region, event);
            }
        };
        self.aws.follow(&self.region, id, after, tell).await.map_err(|error| {
            Trouble::Failed(format!(
                "CloudFormation can no longer be watched at it, and goes on with the stack {} all the same: {error}",
                theirs(&self.name)
            ))
        })
    }
}

/// How it ended, the first thing that went wrong, and what would mend it.
fn explained(ended: &Ended, region: &str) -> String {
    let status = theirs(&ended.status);
    let Some(first) = first_reason(&ended.events) else {
        return format!("it ended as {status} in {region}, and CloudFormation does not say why");
    };
    let reason =
        if first.reason.is_empty() { "without a reason given".to_owned() } else { plain(&first.reason) };
    let what = if first.is_of_stack() {
        String::new()
    } else {
        format!(" because of {} ({})", theirs(&first.logical_id), theirs(&first.kind))
    };
    let advice = advice(&first.reason).map_or(String::new(), |advice| format!("\n  -> {advice}"));
    format!("it ended as {status} in {region}{what}: {reason}{advice}")
}

/// What would mend it, where the reason is one of those that come again and again.
fn advice(reason: &str) -> Option<&'static str> {
    let lower = reason.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["not authorized to perform", "accessdenied", "access denied", "unauthorizedoperation"]) {
        Some(
            "allow that action to whoever deploys (docs/deploy-policy.json has all of them), and look for an explicit deny or a service control policy",
        )
    } else if has(&["maximum number of trails", "trails per region"]) {
        Some(
            "an account has five trails a region: listen to one of them (--parameter TrailLogGroup=NAME) instead of making one",
        )
    } else if has(&["bucket you tried to delete is not empty", "bucketnotempty"]) {
        Some("something was written into it meanwhile: run the same command again")
    } else if has(&["limitexceeded", "limit exceeded", "quota"]) {
        Some(
            "that is one of the account's quotas: free something, or have it raised in the Service Quotas console",
        )
    } else if has(&["rate exceeded", "throttl", "toomanyrequests"]) {
        Some("AWS was asked too much at once: run the same command again")
    } else if has(&["already exists", "alreadyexists"]) {
        Some("something of that name is left from before: delete it, or choose another --stack-name")
    } else if has(&["no such bucket", "nosuchbucket", "nosuchkey", "specified key does not exist"]) {
        Some("the function's zip is not in its bucket any more: run the same command again")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_it_names_the_resource_the_reason_and_the_remedy() {
        let event = StackEvent {
            logical_id: "Key".to_owned(),
            kind: "AWS::KMS::Key".to_owned(),
            status: "CREATE_FAILED".to_owned(),
            reason: "User is not authorized to perform: kms:CreateKey\u{1b}[2J".to_owned(),
            ..StackEvent::default()
        };
        let words =
            explained(&Ended { status: "ROLLBACK_COMPLETE".to_owned(), events: vec![event] }, "eu-west-1");
        assert!(
            words.starts_with(
                "it ended as ROLLBACK_COMPLETE in eu-west-1 because of Key (AWS::KMS::Key): User is not"
            ),
            "{words}"
        );
        assert!(words.contains("\n  -> allow that action") && !words.contains('\u{1b}'), "{words}");
        let nothing =
            explained(&Ended { status: "ROLLBACK_COMPLETE".to_owned(), events: Vec::new() }, "eu-west-1");
        assert!(nothing.ends_with("does not say why"));
    }
}
