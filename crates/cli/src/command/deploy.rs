//! `deploy`: trailbell into an AWS account by one CloudFormation stack, changed there, or taken away; nothing without asking.

mod after;
mod configuration;
mod consent;
mod forwarders;
mod package;
pub(super) mod parameters;
mod plan;
mod regions;
mod remove;
pub(super) mod talk;
pub(super) mod templates;
mod ways;
mod work;

use serde_json::json;
use trailbell_aws::{Aws, Bucket, ChangeSet, Proposal, Stack, TemplateAt};
use trailbell_config::AwsAccess;

use self::consent::Consent;
use self::forwarders::Came;
use self::plan::Plan;
use self::talk::{Talk, theirs};
use self::templates::{LONGEST_IN_A_CALL, MAIN};
use self::work::{Before, Place, Trouble};
use super::doctor::Report;
use crate::args::{Deploy, Global, OutputForm, Reach};
use crate::context::{Context, Failure};

/// What the stack is called where nobody says.
pub(crate) const DEFAULT_STACK: &str = "trailbell";

/// The parameter by which a stack is known to be ours.
const SIGN: &str = "CodeKey";

pub(crate) fn run(deploy: &Deploy, global: &Global) -> Result<u8, Failure> {
    in_runtime(Box::pin(start(deploy, global)))
}

/// Runs something that asks AWS.
pub(super) fn in_runtime<T>(what: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(what);
    // A question that hangs in the system's resolver must not keep the command from ending.
    runtime.shutdown_background();
    outcome
}

/// The way to AWS that the flags say.
pub(super) fn access(reach: &Reach) -> AwsAccess {
    AwsAccess {
        profile: reach.profile.clone(),
        role: None,
        region: reach.region.clone(),
        endpoint: reach.endpoint_url.clone(),
    }
}

/// The region that is meant. Not a guess: what is looked for in a region nobody meant is found by nobody.
pub(super) fn region_of(aws: &Aws) -> Result<String, Failure> {
    aws.region_for(None).map_err(|_| {
        Failure::Told(
            "no AWS region is known: give --region, or set AWS_REGION or the profile's region".into(),
        )
    })
}

/// Whom it is done for, where, and how it is talked about.
struct Session {
    aws: Aws,
    account: String,
    /// As whom.
    arn: String,
    region: String,
    stack: String,
    talk: Talk,
    consent: Consent,
}

impl Session {
    async fn open(deploy: &Deploy, global: &Global, consent: Consent) -> Result<Self, Failure> {
        let aws = Aws::connect(&access(&deploy.stack.aws)).await?;
        let region = region_of(&aws)?;
        let caller = aws.caller().await?;
        let is_account = caller.account.len() == 12 && caller.account.bytes().all(|b| b.is_ascii_digit());
        if !is_account {
            return Err(Failure::Told(format!(
                "AWS says an account that is none: {}",
                theirs(&caller.account)
            )));
        }
        let talk = Talk { json: global.output == OutputForm::Json, quiet: global.quiet };
        let stack = deploy.stack.stack_name.clone();
        Ok(Self { aws, account: caller.account, arn: caller.arn, region, stack, talk, consent })
    }

    fn home(&self) -> Place {
        Place { aws: self.aws.clone(), region: self.region.clone(), name: self.stack.clone() }
    }

    fn bucket(&self) -> Bucket {
        Bucket::for_uploads(self.aws.clone(), &self.region, &self.account, &self.stack)
    }

    /// The account's enabled regions but for this one.
    async fn other_regions(&self) -> Result<Vec<String>, Failure> {
        let regions = self.aws.enabled_regions().await?;
        if let Some(why) = &regions.guessed {
            talk::warn(&format!(
                "which regions are enabled cannot be seen, so those are taken that every account has: {why}"
            ));
        }
        Ok(regions.names.into_iter().filter(|region| *region != self.region).collect())
    }

    /// Says what came of a region.
    fn tell_region(&self, region: &str, outcome: Result<Came, String>) -> Result<(), ()> {
        let (result, words) = match &outcome {
            Ok(came) => (came.word(), None),
            Err(words) => ("failed", Some(words)),
        };
        // A reader that left is noticed at the end.
        let _ = self
            .talk
            .object(&json!({ "type": "region", "region": region, "result": result, "message": words }));
        match outcome {
            Ok(_) => {
                self.talk.say(&format!("  {region}: {result}"));
                Ok(())
            }
            Err(words) => {
                talk::warn(&format!("{region}: {words}"));
                Err(())
            }
        }
    }
}

async fn start(deploy: &Deploy, global: &Global) -> Result<u8, Failure> {
    let looking = Context::looking_without_config(global)?;
    let consent = Consent { yes: deploy.yes, lang: looking.lang };
    if !deploy.dry_run {
        consent.can_be_had(if deploy.delete { "deletes" } else { "deploys" })?;
    }
    if deploy.delete {
        let session = Session::open(deploy, global, consent).await?;
        return remove::run(deploy, &session).await;
    }
    let local = plan::Local::read(deploy, global)?;
    let session = Session::open(deploy, global, consent).await?;
    let plan = Plan::make(deploy, global, &session, local, &looking).await?;
    plan.show(&session)?;
    if deploy.dry_run {
        plan.print_template(&session)?;
        session.talk.say("\nNothing was changed (--dry-run).");
        return Ok(0);
    }
    carry_out(&session, plan).await
}

/// What the main stack came to.
enum Stands {
    /// As it was asked to be; whether something was changed for it.
    Yes(Stack, bool),
    /// Somebody said no.
    Declined,
    /// CloudFormation could not.
    Failed,
}

async fn carry_out(session: &Session, plan: Plan) -> Result<u8, Failure> {
    let bucket = session.bucket();
    let (stack, changed) = match main_stack(session, &plan, &bucket).await? {
        Stands::Yes(stack, changed) => (stack, changed),
        Stands::Declined => {
            session.talk.say("Nothing was changed.");
            return Ok(0);
        }
        Stands::Failed => return Ok(3),
    };
    let came = if changed { "deployed" } else { "unchanged" };
    session.talk.object(&json!({
        "type": "stack", "region": session.region, "stack": session.stack, "result": came, "status": stack.status,
        "outputs": stack.outputs,
    }))?;
    session.talk.say(&if changed {
        format!("The stack {} stands.", theirs(&session.stack))
    } else {
        format!("The stack {} is as it was asked to be: no changes.", theirs(&session.stack))
    });
    if changed {
        tidy(&bucket, &plan.package.key).await;
    } else if let Err(error) = plan.regions.note(&bucket).await {
        talk::warn(&format!(
            "which regions are forwarded from is not written down for a later deploy: {error}"
        ));
    }
    let mut status = subscribe(session, &stack, &plan.beyond).await;
    status = status.max(forward(session, &stack, &plan.regions.others).await);
    let checks = after::checks(&session.aws, &session.region, &stack, plan.has_channels).await;
    let mut report = Report::new(session.talk.json, session.talk.quiet);
    report.tell(&checks)?;
    Ok(report.end()?.max(status))
}

/// Brings the main stack to what the plan says.
async fn main_stack(session: &Session, plan: &Plan, bucket: &Bucket) -> Result<Stands, Failure> {
    let place = session.home();
    if let Before::Wreck(wreck) = &plan.before {
        let question = format!(
            "The stack {} was not finished ({}). Delete what is left of it first?",
            theirs(&wreck.name),
            theirs(&wreck.status)
        );
        if !session.consent.ask(&question, "未完成のスタックが残っています。先に削除しますか?")?
        {
            return Ok(Stands::Declined);
        }
        match place.delete(wreck, Some(session.talk)).await {
            Ok(_) => {}
            Err(Trouble::Failed(words)) => {
                talk::warn(&format!("the stack {} is not deleted: {words}", theirs(&wreck.name)));
                return Ok(Stands::Failed);
            }
            Err(trouble) => return Err(trouble.into()),
        }
    }
    let is_new = !matches!(plan.before, Before::Stands(_));
    let mut made_bucket = false;
    let url;
    let template = if MAIN.len() <= LONGEST_IN_A_CALL {
        TemplateAt::Body(MAIN)
    } else {
        made_bucket = bucket.make().await?;
        bucket.put(&plan.template_key, MAIN.as_bytes().to_vec()).await?;
        url = bucket.url(&plan.template_key);
        TemplateAt::Url(&url)
    };
    let change_set = match place.propose(is_new, template, &plan.parameters.for_stack()).await? {
        Proposal::Nothing => {
            let Before::Stands(stack) = &plan.before else {
                return Err(Failure::Told("CloudFormation says that a new stack changes nothing".to_owned()));
            };
            return Ok(Stands::Yes(stack.clone(), false));
        }
        Proposal::Changes(change_set) => change_set,
    };
    session.talk.say(&format!("\nCloudFormation would do this in {}:", session.region));
    session.talk.changes(&session.region, &change_set.changes)?;
    let question = match plan.regions.others.len() {
        0 => "Do it?".to_owned(),
        several => format!("Do it, and set up {several} forwarders?"),
    };
    if !session.consent.ask(&question, "実行しますか?")? {
        place.aws.withdraw(&place.region, &place.name, &change_set).await?;
        if made_bucket {
            bucket.empty(|_| ()).await?;
            bucket.delete().await?;
        }
        return Ok(Stands::Declined);
    }
    if let Err(failure) = upload(session, plan, bucket).await {
        // Nothing of it stays behind; why it was not done is what matters.
        let _ = place.aws.withdraw(&place.region, &place.name, &change_set).await;
        return Err(failure);
    }
    execute(session, &place, &change_set).await
}

async fn upload(session: &Session, plan: &Plan, bucket: &Bucket) -> Result<(), Failure> {
    if bucket.make().await? {
        session.talk.say(&format!("The bucket {} is made.", theirs(bucket.name())));
    }
    bucket.put(&plan.package.key, plan.package.bytes.clone()).await?;
    // Before the stack is there: whoever is interrupted goes on with the same regions.
    plan.regions.note(bucket).await?;
    session.talk.say(&format!("The function's zip is uploaded ({} KB).", plan.package.bytes.len() / 1024));
    Ok(())
}

async fn execute(session: &Session, place: &Place, change_set: &ChangeSet) -> Result<Stands, Failure> {
    session.talk.say("CloudFormation is at work (ending this program does not stop it):");
    match place.execute(change_set, Some(session.talk)).await {
        Ok(stack) => Ok(Stands::Yes(stack, true)),
        Err(Trouble::Failed(words)) => {
            session.talk.object(&json!({
                "type": "stack", "region": session.region, "stack": session.stack, "result": "failed", "message": words,
            }))?;
            talk::warn(&format!("the stack {}: {words}", theirs(&session.stack)));
            Ok(Stands::Failed)
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// Takes older zips and templates out of the bucket. What is deployed stays: a later change that fails goes back to it.
async fn tidy(bucket: &Bucket, key: &str) {
    let tidied = async {
        for old in bucket.keys(package::FOLDER).await?.into_iter().chain(bucket.keys(plan::TEMPLATES).await?)
        {
            if old != key {
                bucket.remove(&old).await?;
            }
        }
        Ok::<_, trailbell_aws::Error>(())
    };
    if let Err(error) = tidied.await {
        talk::warn(&format!("older zips stay in the bucket {}: {error}", theirs(bucket.name())));
    }
}

/// Subscribes those for whom the template had no room.
async fn subscribe(session: &Session, stack: &Stack, beyond: &[String]) -> u8 {
    let Some(topic) = stack.outputs.get("TopicArn").filter(|_| !beyond.is_empty()) else { return 0 };
    let mut status = 0;
    for address in beyond {
        if let Err(error) = session.aws.subscribe_mail(topic, address).await {
            talk::warn(&format!("{} is not subscribed: {error}", theirs(address)));
            status = 3;
        }
    }
    status
}

/// Sets the forwarders up.
async fn forward(session: &Session, stack: &Stack, regions: &[String]) -> u8 {
    if regions.is_empty() {
        return 0;
    }
    let Some(bus) = stack.outputs.get("EventBusArn") else {
        talk::warn("the stack does not say where its event bus is, so no forwarder was set up");
        return 3;
    };
    session.talk.say(&format!("Forwarders in {} regions:", regions.len()));
    let (mut done, mut failed) = (0, 0);
    forwarders::bring(&session.aws, &session.stack, regions, &session.region, bus, |region, outcome| {
        done += 1;
        failed += usize::from(session.tell_region(region, outcome).is_err());
    })
    .await;
    if failed > 0 || done < regions.len() {
        talk::warn(&format!(
            "{} of {} regions are not forwarded from; run the same command again after mending what is told above",
            failed + regions.len() - done,
            regions.len()
        ));
        return 3;
    }
    0
}
