//! A change set: what CloudFormation would do, before it does it.

use std::time::Duration;

use super::MAX_PAGES;
use super::stack::is_no_such_stack;
use crate::call::Call;
use crate::client::Aws;
use crate::error::{Error, quiet, settings};
use crate::service::Service;
use crate::xml::Element;

/// How often CloudFormation is asked whether it has worked a change set out, and how long it may take.
const EVERY: Duration = Duration::from_secs(2);
const PATIENCE: u32 = 450;

/// Where CloudFormation finds the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateAt<'a> {
    /// In the call itself: at most 51,200 bytes.
    Body(&'a str),
    /// At a URL of S3's.
    Url(&'a str),
}

/// What a parameter is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// This.
    Is(String),
    /// What the stack has now.
    AsItWas,
}

/// A change set that CloudFormation has worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    /// The ARN of the stack it is for; a stack that is not made yet has one too.
    pub stack_id: String,
    /// Whether it is for a stack that is not there yet.
    pub is_new: bool,
    /// What would be done, in CloudFormation's order.
    pub changes: Vec<Change>,
}

/// One resource that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `Add`, `Modify`, `Remove`, `Import`, `Dynamic`.
    pub action: String,
    /// Its name in the template.
    pub logical_id: String,
    /// Its own name or ARN, where it has one.
    pub physical_id: String,
    /// `AWS::SNS::Topic`.
    pub kind: String,
    /// Whether it would be made anew and the old one taken away: `True`, `False`, `Conditional`, or empty.
    pub replacement: String,
}

/// What came of asking for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// Something would change.
    Changes(ChangeSet),
    /// The stack is as it was asked to be.
    Nothing,
}

impl Aws {
    /// Has CloudFormation work out what making the stack (`is_new`) or changing it would do, and waits for the answer. Nothing is
    /// made yet but the change set, and for a new stack its name.
    ///
    /// # Errors
    /// What CloudFormation does not take, and why.
    pub async fn propose(
        &self,
        region: &str,
        stack: &str,
        is_new: bool,
        template: TemplateAt<'_>,
        parameters: &[(String, Parameter)],
    ) -> Result<Proposal, Error> {
        let name = format!("trailbell-{:016x}", fastrand::u64(..));
        let call = creation(region, stack, is_new, template, parameters, &name);
        let reply = call.read_xml(&self.send(&call).await?)?;
        let text = |name: &str| {
            let missing = || call.place().unreadable(format!("it has no {name}"));
            reply.text_of(name).map(str::to_owned).ok_or_else(missing)
        };
        // An emulator may leave the stack's own ARN out.
        let (id, stack_id) = (text("Id")?, text("StackId").unwrap_or_else(|_| stack.to_owned()));
        for _ in 0..PATIENCE {
            let reply = self.change_set(region, stack, &id, "").await?;
            let reason = reply.text_of("StatusReason").unwrap_or_default();
            match reply.text_of("Status").unwrap_or_default() {
                "CREATE_COMPLETE" => {
                    let changes = self.changes(region, stack, &id, reply).await?;
                    return Ok(Proposal::Changes(ChangeSet { id, stack_id, is_new, changes }));
                }
                "FAILED" => {
                    let outcome = if is_no_change(reason) {
                        Ok(Proposal::Nothing)
                    } else {
                        let reason = if reason.is_empty() { "it does not say why" } else { reason };
                        Err(settings(format!(
                            "CloudFormation in {region} does not take it: {}",
                            quiet(reason)
                        )))
                    };
                    let (changes, stack_id) = (Vec::new(), stack_id.clone());
                    self.withdraw(region, stack, &ChangeSet { id, stack_id, is_new, changes }).await?;
                    return outcome;
                }
                _ => tokio::time::sleep(self.patience(EVERY)).await,
            }
        }
        Err(settings(format!(
            "CloudFormation in {region} has not worked out the change in a quarter of an hour"
        )))
    }

    /// Has CloudFormation do what the change set says.
    ///
    /// # Errors
    /// Where it may not, or the stack has changed since.
    pub async fn execute(&self, region: &str, stack: &str, change_set: &ChangeSet) -> Result<(), Error> {
        let token = format!("trailbell-{:016x}", fastrand::u64(..));
        let parameters = [
            ("StackName", stack),
            ("ChangeSetName", change_set.id.as_str()),
            ("ClientRequestToken", token.as_str()),
        ];
        self.send(&Call::query(Service::CloudFormation, region, "ExecuteChangeSet", &parameters))
            .await
            .map(drop)
    }

    /// Takes a change set back, and the name of a stack that was only proposed.
    ///
    /// # Errors
    /// Where it may not be deleted.
    pub async fn withdraw(&self, region: &str, stack: &str, change_set: &ChangeSet) -> Result<(), Error> {
        let parameters = [("StackName", stack), ("ChangeSetName", change_set.id.as_str())];
        match self.send(&Call::query(Service::CloudFormation, region, "DeleteChangeSet", &parameters)).await {
            Err(error) if is_no_such_stack(&error) || error.has_code(&["ChangeSetNotFound"]) => {}
            outcome => drop(outcome?),
        }
        if change_set.is_new {
            self.delete_stack(region, stack).await?;
        }
        Ok(())
    }

    async fn change_set(&self, region: &str, stack: &str, id: &str, token: &str) -> Result<Element, Error> {
        let mut parameters = vec![("StackName", stack), ("ChangeSetName", id)];
        if !token.is_empty() {
            parameters.push(("NextToken", token));
        }
        let call = Call::query(Service::CloudFormation, region, "DescribeChangeSet", &parameters);
        call.read_xml(&self.send(&call).await?)
    }

    async fn changes(
        &self,
        region: &str,
        stack: &str,
        id: &str,
        first: Element,
    ) -> Result<Vec<Change>, Error> {
        let (mut page, mut changes) = (first, Vec::new());
        for _ in 0..MAX_PAGES {
            changes.extend(page.list("Changes").iter().filter_map(|member| {
                let change = member.child("ResourceChange")?;
                Some(Change {
                    action: change.child_text("Action"),
                    logical_id: change.child_text("LogicalResourceId"),
                    physical_id: change.child_text("PhysicalResourceId"),
                    kind: change.child_text("ResourceType"),
                    replacement: change.child_text("Replacement"),
                })
            }));
            let Some(token) = page.text_of("NextToken").map(str::to_owned) else { break };
            page = self.change_set(region, stack, id, &token).await?;
        }
        Ok(changes)
    }
}

fn creation(
    region: &str,
    stack: &str,
    is_new: bool,
    template: TemplateAt<'_>,
    parameters: &[(String, Parameter)],
    name: &str,
) -> Call {
    let mut form: Vec<(String, String)> = vec![
        ("StackName".into(), stack.into()),
        ("ChangeSetName".into(), name.into()),
        // The same call again, because no answer came, is not another change set.
        ("ClientToken".into(), name.into()),
        ("ChangeSetType".into(), if is_new { "CREATE" } else { "UPDATE" }.into()),
        ("Capabilities.member.1".into(), "CAPABILITY_IAM".into()),
        match template {
            TemplateAt::Body(text) => ("TemplateBody".into(), text.into()),
            TemplateAt::Url(url) => ("TemplateURL".into(), url.into()),
        },
    ];
    for (at, (key, value)) in parameters.iter().enumerate() {
        let member = format!("Parameters.member.{}", at + 1);
        form.push((format!("{member}.ParameterKey"), key.clone()));
        form.push(match value {
            Parameter::Is(value) => (format!("{member}.ParameterValue"), value.clone()),
            Parameter::AsItWas => (format!("{member}.UsePreviousValue"), "true".to_owned()),
        });
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    Call::query(Service::CloudFormation, region, "CreateChangeSet", &form)
}

/// CloudFormation has no code of its own for "nothing would change", and two wordings.
fn is_no_change(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}
