//! Whether the account's trails record and deliver.

use jiff::Timestamp;
use trailbell_aws::Trail;
use trailbell_text::Untrusted;

use super::check::{Check, ago, theirs};

/// How many trails are told one by one.
const MANY: usize = 10;

/// What the account's trails are worth; `through_trail`: whether a source gets its events from one.
pub(in crate::command) fn recording(
    trails: Result<Vec<Trail>, String>,
    through_trail: bool,
    now: Timestamp,
) -> Vec<Check> {
    let trails = match trails {
        Ok(trails) => trails,
        Err(problem) => {
            let check = Check::warn(
                "trails",
                format!("whether the account's trails record cannot be seen: {problem}"),
            );
            return vec![check.mend("this is only for doctor: allow cloudtrail:DescribeTrails, GetTrailStatus and GetEventSelectors to see it")];
        }
    };
    let mut checks: Vec<Check> =
        trails.iter().take(MANY).map(|each| trail(each, through_trail, now)).collect();
    let records = |trail: &&Trail| {
        trail.is_multi_region
            && trail.status.as_ref().is_ok_and(|status| status.is_logging)
            && trail.management.as_ref().is_ok_and(|management| management.writes)
    };
    if trails.is_empty() {
        let words = "the account has no trail; the Event history works without, and forgets after 90 days";
        checks.push(if through_trail {
            Check::fail("trails", "the account has no trail, so nothing comes through what a trail delivers to")
                .mend("make one: `trailbell deploy --parameter CreateTrail=yes`, or in the CloudTrail console (the first copy of management events costs only its storage)")
        } else {
            Check::ok("trails", words)
        });
    } else if !trails.iter().any(|trail| records(&trail)) {
        let words = "no trail is seen to record the changes in every region";
        checks.push(Check::warn("trails", words).mend(
            "a multi-region trail with management events (read and write) keeps what the Event history forgets after 90 days",
        ));
    }
    checks
}

fn trail(trail: &Trail, through_trail: bool, now: Timestamp) -> Check {
    let about = format!("trail {}", theirs(&trail.name));
    let status = match &trail.status {
        Ok(status) => status,
        // Another account's trail does not say.
        Err(_) if trail.is_organization => {
            return Check::ok(about, "the organisation's; how it is can be seen in its own account");
        }
        Err(error) => return Check::warn(about, format!("how it is cannot be seen: {error}")),
    };
    if !status.is_logging {
        let words = "it does not record";
        let check = if through_trail { Check::fail(about, words) } else { Check::warn(about, words) };
        let name = Untrusted::from(trail.arn.as_str()).shell_word();
        let start = name.map_or_else(
            |_| "start it in the CloudTrail console".to_owned(),
            |name| {
                format!("aws cloudtrail start-logging --name {name} --region {}", theirs(&trail.home_region))
            },
        );
        return check.mend(format!(
            "who stopped it? (`trailbell timeline`, or StopLogging in the Event history) Then: {start}"
        ));
    }
    let errors = [
        (
            &status.delivery_error,
            "its files cannot be delivered to the bucket",
            "the bucket must be there and its policy let CloudTrail write; the trail's page in the console shows the policy",
        ),
        (
            &status.log_group_error,
            "its events cannot be delivered to the log group",
            "the trail's CloudWatch Logs role must be allowed logs:CreateLogStream and logs:PutLogEvents there",
        ),
        (
            &status.topic_error,
            "its word of deliveries cannot be sent to the topic",
            "the topic's policy must let cloudtrail.amazonaws.com publish",
        ),
    ];
    for (error, words, fix) in errors {
        if let Some(code) = error {
            return Check::warn(about, format!("{words}: {}", theirs(code))).mend(fix);
        }
    }
    let mut words =
        if trail.is_multi_region { "records every region" } else { "records its own region only" }.to_owned();
    if let Some(at) = status.delivered {
        words = format!("{words}, delivered {}", ago(at, now));
    }
    match &trail.management {
        Ok(management) if !management.writes => {
            Check::warn(about, format!("it {words}, but no management events that change something"))
                .mend("switch management events (read and write) on, or leave it to another trail")
        }
        Ok(management)
            if management
                .without
                .iter()
                .any(|source| source == "iam.amazonaws.com" || source == "sts.amazonaws.com") =>
        {
            Check::warn(about, format!("it {words}, but not IAM or STS"))
                .mend("take them out of the trail's excluded event sources")
        }
        _ => Check::ok(about, format!("it {words}")),
    }
}
