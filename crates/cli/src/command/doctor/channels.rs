//! Whether it can be heard: what of each channel can be known without sending anything.

use std::error::Error as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use reqwest::redirect::Policy;
use rustix::fs::{Access, access};
use trailbell_aws::Aws;
use trailbell_channel::Http;
use trailbell_config::{AwsAccess, ChannelSettings, Target};
use trailbell_text::Secret;
use url::Url;

use super::check::{Check, PATIENCE, in_time, theirs};
use crate::context::{Failure, shown};
use crate::station;

pub(super) async fn all(channels: Vec<ChannelSettings>) -> Vec<Check> {
    if channels.is_empty() {
        let words = "none is configured: notices go to standard output, and reach whoever looks there";
        return vec![
            Check::warn("channels", words)
                .mend("`trailbell init` sets one up; docs/channels.md has them all"),
        ];
    }
    let mut checks = Vec::new();
    if channels.iter().filter(|channel| channel.operations).count() < 2 {
        let words =
            "there is one way only to tell you that something is wrong: if it fails, nobody hears of it";
        checks.push(Check::ok("channels", words));
    }
    let tasks: Vec<_> = channels.into_iter().map(|settings| tokio::spawn(one(settings))).collect();
    for task in tasks {
        match task.await {
            Ok(found) => checks.extend(found),
            Err(error) => checks.push(Check::fail("channels", format!("a check broke off: {error}"))),
        }
    }
    checks
}

async fn one(settings: ChannelSettings) -> Vec<Check> {
    let about = format!("channel {}", theirs(&settings.name));
    let try_it = format!("`trailbell send-test {}` shows whether a message arrives", theirs(&settings.name));
    let http = match Http::new() {
        Ok(http) => http,
        Err(error) => return vec![Check::fail(about, error.to_string())],
    };
    let opening = async {
        station::channel(&settings, &http).await.map_err(|failure| match failure {
            Failure::Told(problem) => problem,
            Failure::ReaderLeft => String::new(),
        })
    };
    let channel = match Box::pin(in_time(opening)).await {
        Ok(channel) => channel,
        Err(problem) => return vec![Check::fail(about, problem)],
    };
    let target = channel.target();
    if let Target::Sns { aws, topic } = &settings.target {
        return Box::pin(topic_checks(&about, aws, topic, &try_it)).await;
    }
    if let Some(probe) = channel.probe() {
        let answer = in_time(async { probe.await.map_err(|failure| failure.message) }).await;
        return vec![match answer {
            Ok(_) => Check::ok(about, format!("{target} answers and takes what it is shown; {try_it}")),
            Err(problem) => Check::fail(about, problem),
        }];
    }
    vec![match place(&settings.target) {
        Place::Web(origin) => match in_time(reach(&origin)).await {
            Ok(()) => Check::ok(about, format!("{} answers; {try_it}", theirs(&origin))),
            Err(problem) => Check::fail(about, format!("{} cannot be reached: {problem}", theirs(&origin)))
                .mend("look at the network, its name service and its proxy (HTTPS_PROXY); messages wait meanwhile"),
        },
        Place::File(path) => file(&about, &path),
        Place::Program(program) => self::program(&about, &program),
        Place::Here => Check::ok(about, "standard output: it reaches whoever looks there"),
        Place::Unknown => Check::ok(about, format!("{target}: {try_it}")),
    }]
}

enum Place {
    Web(String),
    File(PathBuf),
    Program(String),
    Here,
    Unknown,
}

/// Where the channel's other side is; of an address, the part before its path, which is no secret.
fn place(target: &Target) -> Place {
    let origin = |address: &str| {
        Url::parse(address).map_or(Place::Unknown, |url| Place::Web(url.origin().ascii_serialization()))
    };
    let hook = |address: &Secret| origin(address.expose());
    let service = |endpoint: &Option<String>, own: &str| origin(endpoint.as_deref().unwrap_or(own));
    match target {
        Target::Slack { webhook }
        | Target::Teams { webhook }
        | Target::Discord { webhook }
        | Target::GoogleChat { webhook } => hook(webhook),
        Target::Webhook { url, .. } => hook(url),
        Target::SlackBot { endpoint, .. } => service(endpoint, "https://slack.com"),
        Target::Line { endpoint, .. } => service(endpoint, "https://api.line.me"),
        Target::Telegram { endpoint, .. } => service(endpoint, "https://api.telegram.org"),
        Target::PagerDuty { endpoint, .. } => service(endpoint, "https://events.pagerduty.com"),
        Target::Ntfy { server, .. } => origin(server),
        Target::File { path } => Place::File(path.clone()),
        Target::Command { program } => Place::Program(program.first().cloned().unwrap_or_default()),
        Target::Stdout { .. } => Place::Here,
        Target::Email { .. } | Target::Sns { .. } | Target::Ses { .. } => Place::Unknown,
    }
}

/// Name service, connection and TLS: any answer will do. Nothing secret is in what is asked.
async fn reach(origin: &str) -> Result<(), String> {
    let mut builder = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE);
    let is_here = Url::parse(origin).ok().and_then(|url| url.host_str().map(is_loopback));
    if is_here == Some(true) {
        builder = builder.no_proxy();
    }
    let client = builder.build().map_err(|error| error.to_string())?;
    match client.head(origin).send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = error.without_url();
            let mut words = error.to_string();
            let mut cause = error.source();
            while let Some(inner) = cause {
                let inner_words = inner.to_string();
                if !words.contains(&inner_words) {
                    words = format!("{words}: {inner_words}");
                }
                cause = inner.source();
            }
            Err(words)
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

async fn topic_checks(about: &str, access: &AwsAccess, topic: &str, try_it: &str) -> Vec<Check> {
    let asked = Box::pin(in_time(async {
        let aws = Aws::connect(access).await.map_err(|error| error.to_string())?;
        aws.subscriptions(topic).await.map_err(|error| {
            if error.is_denied() {
                format!("who is subscribed may not be asked: {error}")
            } else {
                error.to_string()
            }
        })
    }));
    let subscriptions = match asked.await {
        Ok(subscriptions) => subscriptions,
        Err(problem) if problem.starts_with("who is subscribed") => {
            return vec![Check::warn(about, problem).mend(try_it)];
        }
        Err(problem) => return vec![Check::fail(about, problem)],
    };
    let mut checks = Vec::new();
    for pending in subscriptions.iter().filter(|subscription| subscription.is_pending).take(20) {
        let words = format!(
            "{} ({}) has not confirmed the subscription: AWS sends nothing there",
            theirs(&pending.endpoint),
            theirs(&pending.protocol)
        );
        checks.push(Check::warn(about, words).mend(
            "follow the link in AWS's mail (it is valid for two days); subscribing the same address again sends a new one",
        ));
    }
    let confirmed = subscriptions.iter().filter(|subscription| !subscription.is_pending).count();
    checks.push(match confirmed {
        0 => Check::fail(about, format!("{} has no confirmed subscription: nobody is told", theirs(topic)))
            .mend("subscribe somebody to the topic in the SNS console, and confirm"),
        1 => Check::ok(about, format!("{}: one confirmed subscription; {try_it}", theirs(topic))),
        _ => Check::ok(about, format!("{}: {confirmed} confirmed subscriptions; {try_it}", theirs(topic))),
    });
    checks
}

fn file(about: &str, path: &Path) -> Check {
    let place = shown(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let asked = if path.exists() { path } else { folder };
    match access(asked, Access::WRITE_OK) {
        Ok(()) if path.is_dir() => Check::fail(about, format!("{place} is a folder")),
        Ok(()) => Check::ok(about, format!("{place} can be written")),
        Err(error) => {
            Check::fail(about, format!("{place} cannot be written: {}", std::io::Error::from(error)))
                .mend("make its folder, or let whoever runs trailbell write there")
        }
    }
}

fn program(about: &str, program: &str) -> Check {
    let place = theirs(program);
    let found = if program.contains('/') {
        Some(PathBuf::from(program)).filter(|path| path.is_file())
    } else {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
    };
    let Some(path) = found else {
        return Check::fail(about, format!("there is no program {place}")).mend("write its whole path");
    };
    let runs = std::fs::metadata(&path).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0);
    if runs && access(&path, Access::EXEC_OK).is_ok() {
        Check::ok(about, format!("{} can be run", shown(&path)))
    } else {
        Check::fail(about, format!("{} cannot be run by who you are now", shown(&path)))
            .mend(format!("chmod +x {place}"))
    }
}
