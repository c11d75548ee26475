//! `recipients`: who gets the mails of a trailbell that lives in an account.

use std::io::{self, Write as _};

use serde_json::json;
use trailbell_aws::{Aws, Subscription};

use super::deploy::parameters::check_address;
use super::deploy::talk::{table, theirs};
use super::deploy::{access, in_runtime, region_of};
use crate::args::{Global, OutputForm, Recipients, RecipientsAction, StackAccess};
use crate::context::Failure;
use crate::output;

pub(crate) fn run(recipients: &Recipients, global: &Global) -> Result<u8, Failure> {
    let (RecipientsAction::Add(with) | RecipientsAction::Remove(with)) = &recipients.action else {
        let RecipientsAction::List(stack) = &recipients.action else { return Ok(0) };
        return in_runtime(list(stack, global));
    };
    for address in &with.addresses {
        check_address(address)?;
    }
    match recipients.action {
        RecipientsAction::Add(_) => in_runtime(add(&with.addresses, &with.stack, global)),
        _ => in_runtime(remove(&with.addresses, &with.stack, global)),
    }
}

/// The topic of a stack.
struct Topic {
    aws: Aws,
    arn: String,
}

impl Topic {
    async fn of(stack: &StackAccess) -> Result<Self, Failure> {
        let aws = Aws::connect(&access(&stack.aws)).await?;
        let region = region_of(&aws)?;
        let found = aws.stack(&region, &stack.stack_name).await?;
        let arn = found.and_then(|found| found.outputs.get("TopicArn").cloned()).ok_or_else(|| {
            Failure::Told(format!(
                "there is no stack {} with a topic in {region}: `trailbell deploy` makes it; is it another --region, --profile or \
                 --stack-name?",
                theirs(&stack.stack_name)
            ))
        })?;
        Ok(Self { aws, arn })
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, Failure> {
        Ok(self.aws.subscriptions(&self.arn).await?)
    }
}

fn is_mail_to(subscription: &Subscription, address: &str) -> bool {
    subscription.protocol.starts_with("email") && subscription.endpoint.eq_ignore_ascii_case(address)
}

async fn list(stack: &StackAccess, global: &Global) -> Result<u8, Failure> {
    let subscriptions = Topic::of(stack).await?.subscriptions().await?;
    let mut out = io::stdout().lock();
    let state = |one: &Subscription| if one.is_pending { "pending" } else { "confirmed" };
    if global.output == OutputForm::Json {
        for one in &subscriptions {
            let line = json!({
                "type": "recipient", "protocol": one.protocol, "address": one.endpoint, "state": state(one),
            });
            writeln!(out, "{}", output::harmless(&line))?;
        }
    } else {
        let row = |one: &Subscription| [state(one).to_owned(), theirs(&one.protocol), theirs(&one.endpoint)];
        for line in table(&subscriptions.iter().map(row).collect::<Vec<_>>()) {
            writeln!(out, "{line}")?;
        }
    }
    if subscriptions.is_empty() && !global.quiet {
        writeln!(io::stderr(), "trailbell: there are none; `trailbell recipients add ADDRESS` has one told")?;
    }
    Ok(0)
}

async fn add(addresses: &[String], stack: &StackAccess, global: &Global) -> Result<u8, Failure> {
    let topic = Topic::of(stack).await?;
    let there = topic.subscriptions().await?;
    let mut status = 0;
    for address in addresses {
        let shown = theirs(address);
        let known = there.iter().find(|one| is_mail_to(one, address));
        if known.is_some_and(|one| !one.is_pending) {
            say(global, address, "confirmed", &format!("{shown} is told already"))?;
            continue;
        }
        match topic.aws.subscribe_mail(&topic.arn, address).await {
            Ok(()) => {
                let words =
                    format!("AWS has sent {shown} a mail: the link in it must be opened within two days");
                say(global, address, "pending", &words)?;
            }
            Err(error) => {
                status = 3;
                writeln!(io::stderr(), "trailbell: {shown}: {error}")?;
            }
        }
    }
    Ok(status)
}

async fn remove(addresses: &[String], stack: &StackAccess, global: &Global) -> Result<u8, Failure> {
    let topic = Topic::of(stack).await?;
    let there = topic.subscriptions().await?;
    let mut status = 0;
    for address in addresses {
        let shown = theirs(address);
        let all: Vec<&Subscription> = there.iter().filter(|one| is_mail_to(one, address)).collect();
        if all.is_empty() {
            status = status.max(1);
            writeln!(io::stderr(), "trailbell: {shown} is not among the recipients")?;
        }
        for one in all {
            // What is not confirmed has no ARN that it could be ended by.
            let Some(arn) = one.arn.as_ref().filter(|_| !one.is_pending) else {
                let words = format!(
                    "{shown} has not confirmed and is told nothing: AWS forgets it two days after its mail"
                );
                say(global, address, "pending", &words)?;
                continue;
            };
            match topic.aws.unsubscribe(arn).await {
                Ok(()) => say(global, address, "removed", &format!("{shown} is told no more"))?,
                Err(error) => {
                    status = 3;
                    writeln!(io::stderr(), "trailbell: {shown}: {error}")?;
                }
            }
        }
    }
    Ok(status)
}

fn say(global: &Global, address: &str, state: &str, words: &str) -> Result<(), Failure> {
    if global.output == OutputForm::Json {
        let line = json!({ "type": "recipient", "protocol": "email", "address": address, "state": state });
        writeln!(io::stdout(), "{}", output::harmless(&line))?;
    } else if !global.quiet {
        writeln!(io::stderr(), "trailbell: {words}")?;
    }
    Ok(())
}
