//! What AWS says: who we are there, and whether each source can be heard.

use jiff::{SignedDuration, Timestamp};
use trailbell_aws::{Aws, Caller, QueueState};
use trailbell_config::{AwsAccess, SourceKind, SourceSettings};

use super::check::{Check, ago, in_time, theirs};
use super::trails::recording;

/// An Event history, a log group in which nothing is as new as this is worth a look.
const LONG: SignedDuration = SignedDuration::from_hours(24);
/// So many messages in a queue are more than a watch that keeps up leaves there.
const MANY_WAITING: u64 = 1_000;
/// How many regions that fail are told by name.
const MANY: usize = 10;

/// Everything about every way to AWS that the sources have.
pub(super) async fn all(sources: Vec<SourceSettings>, now: Timestamp) -> Vec<Check> {
    let mut ways: Vec<(AwsAccess, Vec<SourceSettings>)> = Vec::new();
    for settings in sources {
        let Some(access) = access(&settings.source) else { continue };
        match ways.iter_mut().find(|(known, _)| known == access) {
            Some((_, sources)) => sources.push(settings),
            None => ways.push((access.clone(), vec![settings])),
        }
    }
    let tasks: Vec<_> =
        ways.into_iter().map(|(access, sources)| tokio::spawn(way(access, sources, now))).collect();
    let mut checks = Vec::new();
    for task in tasks {
        match task.await {
            Ok(found) => checks.extend(found),
            Err(error) => checks.push(Check::fail("AWS", format!("a check broke off: {error}"))),
        }
    }
    checks
}

const fn access(source: &SourceKind) -> Option<&AwsAccess> {
    match source {
        SourceKind::EventHistory { aws, .. }
        | SourceKind::Sqs { aws, .. }
        | SourceKind::CloudwatchLogs { aws, .. }
        | SourceKind::Kinesis { aws, .. } => Some(aws),
        SourceKind::Folder { .. } | SourceKind::Stdin | SourceKind::Http { .. } => None,
    }
}

async fn way(access: AwsAccess, sources: Vec<SourceSettings>, now: Timestamp) -> Vec<Check> {
    let about = match (&access.profile, &access.role) {
        (_, Some(role)) => format!("AWS as {}", theirs(role)),
        (Some(profile), None) => format!("AWS with profile {}", theirs(profile)),
        (None, None) => "AWS".to_owned(),
    };
    let names: Vec<String> = sources.iter().map(|source| theirs(&source.name)).collect();
    let connected = Box::pin(in_time(async {
        let aws = Aws::connect(&access).await.map_err(|error| error.to_string())?;
        let caller = aws.caller().await.map_err(|error| error.to_string())?;
        Ok::<_, String>((aws, caller))
    }));
    let (aws, caller) = match connected.await {
        Ok(connected) => connected,
        Err(problem) => {
            return vec![Check::fail(about, format!("{} cannot be heard: {problem}", names.join(", ")))];
        }
    };
    let Caller { account, arn } = &caller;
    let mut checks = vec![Check::ok(&about, format!("account {}, as {}", theirs(account), theirs(arn)))];
    let through_trail =
        sources.iter().any(|source| !matches!(source.source, SourceKind::EventHistory { .. }));
    let tasks: Vec<_> =
        sources.into_iter().map(|settings| tokio::spawn(source(aws.clone(), settings, now))).collect();
    let trails = in_time(aws.trails()).await;
    for task in tasks {
        match task.await {
            Ok(found) => checks.extend(found),
            Err(error) => checks.push(Check::fail(&about, format!("a check broke off: {error}"))),
        }
    }
    checks.extend(recording(trails, through_trail, now));
    checks.push(
        Check::ok("IAM Identity Center", portal(arn))
            .mend("where it is another account's, let a trailbell (or a source with that account's `role`) watch there too"),
    );
    checks
}

/// Where portal sign-ins are recorded is not visible from a member account.
fn portal(arn: &str) -> &'static str {
    if arn.contains(":assumed-role/AWSReservedSSO_") {
        "you came in through it: sign-ins to its portal are recorded only in the account it is set up in (the organisation's management account, or the delegated one)"
    } else {
        "where it is in use, sign-ins to its portal are recorded only in the account it is set up in (the organisation's management account, or the delegated one)"
    }
}

async fn source(aws: Aws, settings: SourceSettings, now: Timestamp) -> Vec<Check> {
    let about = format!("source {}", theirs(&settings.name));
    match settings.source {
        SourceKind::EventHistory { regions, .. } => event_history(&about, &aws, regions, now).await,
        SourceKind::Sqs { url, .. } => queue(&about, &aws, &url).await,
        SourceKind::CloudwatchLogs { log_group, .. } => {
            let place = theirs(&log_group);
            vec![match in_time(aws.log_group(&log_group)).await {
                Err(problem) => Check::fail(about, problem),
                Ok(state) => match state.newest {
                    None => Check::warn(about, format!("{place} is there, and nothing was ever written to it"))
                        .mend("does the trail deliver to this group? (CloudTrail console, the trail, CloudWatch Logs)"),
                    Some(at) if now.duration_since(at) > LONG => {
                        Check::warn(about, format!("{place} was last written {}", ago(at, now)))
                            .mend("does the trail still record and deliver to this group?")
                    }
                    Some(at) => Check::ok(about, format!("{place} was last written {}", ago(at, now))),
                },
            }]
        }
        SourceKind::Kinesis { stream, .. } => {
            let place = theirs(&stream);
            vec![match in_time(aws.stream(&stream)).await {
                Err(problem) => Check::fail(about, problem),
                Ok(state) if matches!(state.status.as_str(), "ACTIVE" | "UPDATING") => Check::ok(
                    about,
                    format!("{place}: {} shards, records kept for {} h", state.open_shards, state.kept_hours),
                ),
                Ok(state) => Check::fail(about, format!("{place} is {}", theirs(&state.status)))
                    .mend("wait until it is ACTIVE, or make it again"),
            }]
        }
        SourceKind::Folder { .. } | SourceKind::Stdin | SourceKind::Http { .. } => Vec::new(),
    }
}

async fn event_history(about: &str, aws: &Aws, chosen: Vec<String>, now: Timestamp) -> Vec<Check> {
    let mut checks = Vec::new();
    let is_chosen = !chosen.is_empty();
    let regions = if is_chosen {
        chosen
    } else {
        match in_time(aws.enabled_regions()).await {
            Err(problem) => return vec![Check::fail(about, problem)],
            Ok(regions) => {
                if let Some(why) = regions.guessed {
                    let words = format!(
                        "which regions are enabled is not known, so only those that every account has are watched: {why}"
                    );
                    checks.push(
                        Check::warn(about, words)
                            .mend("allow account:ListRegions, or list the regions under `regions`"),
                    );
                }
                regions.names
            }
        }
    };
    if is_chosen && let Some(home) = home(&regions) {
        let words = format!(
            "{home} is not among its regions: root sign-ins and IAM changes are recorded there, and are not told"
        );
        checks
            .push(Check::fail(about, words).mend(format!("add {home} to `regions`, or leave `regions` out")));
    }
    let tasks: Vec<_> = regions
        .into_iter()
        .map(|region| {
            let aws = aws.clone();
            tokio::spawn(async move {
                let newest = in_time(aws.newest_event(&region)).await;
                (region, newest)
            })
        })
        .collect();
    let (mut newest, mut failed, mut heard) = (None, Vec::new(), 0);
    for task in tasks {
        match task.await {
            Ok((region, Ok(at))) => {
                heard += 1;
                newest = newest.max(at.map(|at| (at, region)));
            }
            Ok((region, Err(problem))) => failed.push((region, problem)),
            Err(error) => failed.push((String::new(), error.to_string())),
        }
    }
    if let Some((_, problem)) = failed.first() {
        let mut names: Vec<String> = failed.iter().take(MANY).map(|(region, _)| theirs(region)).collect();
        if failed.len() > MANY {
            names.push(format!("and {} more", failed.len() - MANY));
        }
        checks.push(Check::fail(about, format!("it cannot be heard in {}: {problem}", names.join(", "))));
    }
    let in_regions = if heard == 1 { "one region".to_owned() } else { format!("{heard} regions") };
    if heard > 0 {
        checks.push(match newest {
            Some((at, region)) if now.duration_since(at) <= LONG => Check::ok(
                about,
                format!("the Event history answers in {in_regions}; its newest event is of {} ({region})", ago(at, now)),
            ),
            Some((at, region)) => Check::warn(
                about,
                format!("the Event history answers in {in_regions}, but its newest event is of {} ({region})", ago(at, now)),
            )
            .mend("CloudTrail always records what doctor itself asks; look again in a quarter of an hour, then at AWS's health page"),
            None => Check::warn(about, format!("the Event history answers in {in_regions}, and is empty"))
                .mend("is this the account you mean?"),
        });
    }
    checks
}

/// The region where global services record (AWS, "CloudTrail: global service events"), where it is missing.
fn home(regions: &[String]) -> Option<&'static str> {
    let first = regions.first()?;
    let home = if first.starts_with("cn-") {
        "cn-north-1"
    } else if first.starts_with("us-gov-") {
        "us-gov-west-1"
    } else if first.starts_with("us-iso") || first.starts_with("eusc-") {
        return None;
    } else {
        "us-east-1"
    };
    (!regions.iter().any(|region| region == home)).then_some(home)
}

async fn queue(about: &str, aws: &Aws, url: &str) -> Vec<Check> {
    let place = theirs(url);
    let state = match in_time(aws.queue(url)).await {
        Ok(state) => state,
        Err(problem) => return vec![Check::fail(about, problem)],
    };
    let QueueState { waiting, in_flight, kept_seconds, dead_letters } = state;
    let words = format!(
        "{place}: {waiting} waiting, {in_flight} being read, kept for {} days",
        kept_seconds / 86_400
    );
    let mut checks = vec![if waiting >= MANY_WAITING {
        Check::warn(about, words).mend("does `trailbell run` run, and does nobody else read this queue?")
    } else {
        Check::ok(about, words)
    }];
    match dead_letters {
        None => checks.push(
            Check::warn(about, "the queue has no dead-letter queue: a message nobody can read is lost")
                .mend("give it one: SQS console, the queue, Dead-letter queue, Edit"),
        ),
        Some(arn) => checks.extend(dead(about, aws, url, &arn).await),
    }
    checks
}

/// What lies in the dead-letter queue, where its address can be told from the queue's own.
async fn dead(about: &str, aws: &Aws, url: &str, arn: &str) -> Option<Check> {
    let (name, base) = (arn.rsplit(':').next()?, url.rsplit_once('/')?.0);
    let state = in_time(aws.queue(&format!("{base}/{name}"))).await.ok()?;
    (state.waiting > 0).then(|| {
        Check::warn(
            about,
            format!("{} messages lie in the dead-letter queue {}", state.waiting, theirs(name)),
        )
        .mend("look at one in the SQS console; after mending what it is about, start a redrive there")
    })
}
