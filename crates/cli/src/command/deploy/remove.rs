//! `--delete`: the forwarders, the stack, what it keeps on purpose, and the bucket, until nothing is left.

use serde_json::json;
use trailbell_aws::{Bucket, Leftover, Stack, StackResource};

use super::forwarders;
use super::talk::{self, leftover, table, theirs};
use super::templates::{MAIN, kept_resources};
use super::work::{Before, Place, Trouble};
use super::{SIGN, Session};
use crate::args::Deploy;
use crate::context::Failure;

/// Where in the bucket stands what the stack leaves behind and the key to it, until that is seen to: who is interrupted can go on.
const NOTE: &str = "left-behind.json";
/// The type of the key.
const KEY: &str = "AWS::KMS::Key";
/// A note is a few names.
const MAX_NOTE: usize = 64 * 1024;

/// Everything there is to be taken away.
struct Found {
    forwarders: Vec<(String, Stack)>,
    unseen: Vec<(String, Trouble)>,
    stack: Option<Stack>,
    resources: Vec<StackResource>,
    leftovers: Vec<Leftover>,
    /// The keys that the leftovers are encrypted with: the stack's, and that of one that went before it.
    keys: Vec<String>,
    has_bucket: bool,
}

impl Found {
    /// The exit status before anything is done. In a region that is closed to whoever deploys, no forwarder was made either.
    fn begin(&self) -> u8 {
        if self.unseen.iter().all(|(_, trouble)| matches!(trouble, Trouble::Denied(_))) { 0 } else { 3 }
    }
}

/// Takes everything away; the exit status.
pub(super) async fn run(deploy: &Deploy, session: &Session) -> Result<u8, Failure> {
    let place = session.home();
    let bucket = session.bucket();
    let found = look(session, &place, &bucket).await?;
    for (region, trouble) in &found.unseen {
        let words = trouble.words();
        talk::warn(&format!("whether there is a forwarder in {region} cannot be seen: {words}"));
    }
    if found.stack.is_none() && found.forwarders.is_empty() && !found.has_bucket && found.leftovers.is_empty()
    {
        session.talk.say(&format!(
            "There is nothing of the stack {} in the account {}.",
            theirs(&place.name),
            theirs(&session.account)
        ));
        return Ok(found.begin());
    }
    show(deploy, session, &place, &bucket, &found)?;
    if deploy.dry_run {
        session.talk.say("\nNothing was changed (--dry-run).");
        return Ok(0);
    }
    if !session.consent.ask("Delete all this?", "以上をすべて削除しますか?")? {
        session.talk.say("Nothing was changed.");
        return Ok(0);
    }
    delete(deploy, session, &place, &bucket, found).await
}

async fn look(session: &Session, place: &Place, bucket: &Bucket) -> Result<Found, Failure> {
    let stack = match place.look(SIGN).await? {
        Before::Nothing => None,
        Before::Stands(stack) | Before::Wreck(stack) => Some(stack),
    };
    let regions = session.other_regions().await?;
    let (forwarders, unseen) = forwarders::find(&session.aws, &place.name, &regions).await;
    let resources = match &stack {
        Some(stack) => {
            let listed = session.aws.stack_resources(&place.region, &stack.id).await;
            listed?
        }
        None => Vec::new(),
    };
    let has_bucket = bucket.is_there().await?;
    let kept = kept_resources(MAIN);
    let is_there = |resource: &&StackResource| {
        !resource.physical_id.is_empty()
            && resource.status != "DELETE_COMPLETE"
            && kept.contains(&resource.logical_id)
    };
    let mut leftovers: Vec<Leftover> = resources
        .iter()
        .filter(is_there)
        .map(|resource| Leftover::of(&resource.kind, &resource.physical_id))
        .collect();
    let is_key = |resource: &&StackResource| resource.kind == KEY && !resource.physical_id.is_empty();
    let mut keys: Vec<String> =
        resources.iter().filter(is_key).map(|resource| resource.physical_id.clone()).collect();
    if has_bucket {
        let noted = noted(bucket, &place.name).await?;
        for more in noted.leftovers {
            if !leftovers.contains(&more) {
                leftovers.push(more);
            }
        }
        for more in noted.keys {
            if !keys.contains(&more) {
                keys.push(more);
            }
        }
    }
    Ok(Found { forwarders, unseen, stack, resources, leftovers, keys, has_bucket })
}

fn show(
    deploy: &Deploy,
    session: &Session,
    place: &Place,
    bucket: &Bucket,
    found: &Found,
) -> Result<(), Failure> {
    let talk = session.talk;
    let kept = kept_resources(MAIN);
    talk.say(&format!("To be deleted from the account {}:", theirs(&session.account)));
    for (region, stack) in &found.forwarders {
        talk.say(&format!("  the stack {} in {region}", theirs(&stack.name)));
    }
    if found.stack.is_some() {
        talk.say(&format!("  the stack {} in {}, with", theirs(&place.name), place.region));
        let is_there = |resource: &&StackResource| {
            resource.status != "DELETE_COMPLETE" && !kept.contains(&resource.logical_id)
        };
        let rows: Vec<[String; 2]> = found
            .resources
            .iter()
            .filter(is_there)
            .map(|resource| [theirs(&resource.logical_id), theirs(&resource.kind)])
            .collect();
        for line in table(&rows) {
            talk.say(&format!("    {line}"));
        }
    }
    for one in &found.leftovers {
        if deploy.keep_logs {
            talk.say(&format!("  but not the {}, which is kept (--keep-logs)", leftover(one)));
        } else {
            talk.say(&format!("  the {} and ALL LOGS in it (--keep-logs keeps it)", leftover(one)));
        }
    }
    for key in found.keys.iter().filter(|_| deploy.keep_logs) {
        talk.say(&format!("  but not the key {}, which the logs are read with", theirs(key)));
    }
    if found.has_bucket {
        talk.say(&format!("  the bucket {}, which the function's code came through", theirs(bucket.name())));
    }
    talk.object(&json!({
        "type": "plan", "action": "delete", "account": session.account, "region": place.region,
        "stack": found.stack.as_ref().map(|stack| stack.name.as_str()),
        "forwarders": found.forwarders.iter().map(|(region, _)| region).collect::<Vec<_>>(),
        "left": found.leftovers.iter().map(leftover).collect::<Vec<_>>(), "keep_logs": deploy.keep_logs,
        "bucket": found.has_bucket.then(|| bucket.name()),
    }))
}

async fn delete(
    deploy: &Deploy,
    session: &Session,
    place: &Place,
    bucket: &Bucket,
    found: Found,
) -> Result<u8, Failure> {
    let talk = session.talk;
    let mut status = found.begin();
    let mut is_left = false;
    let mut failed = 0;
    let wanted = found.forwarders.len();
    let mut done = 0;
    forwarders::delete(&session.aws, &place.name, found.forwarders, |region, outcome| {
        done += 1;
        failed += usize::from(session.tell_region(region, outcome).is_err());
    })
    .await;
    if failed > 0 || done < wanted {
        status = 3;
    }
    let mut has_bucket = found.has_bucket;
    let mut leftovers = found.leftovers;
    if let Some(stack) = &found.stack {
        if !leftovers.is_empty() || (deploy.keep_logs && !found.keys.is_empty()) {
            // A stack that was made by hand has none.
            if !has_bucket {
                bucket.make().await?;
                has_bucket = true;
            }
            note(bucket, &leftovers, &found.keys).await?;
        }
        match place.delete(stack, Some(talk)).await {
            Ok(events) => {
                talk.say(&format!("The stack {} is deleted.", theirs(&place.name)));
                for more in Leftover::among(&events) {
                    if !leftovers.contains(&more) {
                        leftovers.push(more);
                    }
                }
            }
            Err(Trouble::Refused(words) | Trouble::Denied(words)) => return Err(Failure::Told(words)),
            Err(Trouble::Failed(words)) => {
                talk::warn(&format!("the stack {} is not deleted: {words}", theirs(&place.name)));
                return Ok(3);
            }
        }
    }
    if deploy.keep_logs {
        leftovers.clear();
        // Also where an earlier run had deleted the stack: that had scheduled them for deletion.
        for key in &found.keys {
            if !keep_key(session, place, key).await {
                is_left = true;
                status = 3;
            }
        }
    }
    for one in &leftovers {
        let progress = |gone: u64| talk.say(&format!("  {gone} objects of the {} deleted", leftover(one)));
        match session.aws.delete_leftover(&place.region, &session.account, one, progress).await {
            Ok(()) if matches!(one, Leftover::Other(..)) => {
                talk::warn(&format!("left behind, to be looked at: {}", leftover(one)));
            }
            Ok(()) => talk.say(&format!("The {} is deleted.", leftover(one))),
            Err(error) => {
                talk::warn(&format!("the {} is not deleted: {error}", leftover(one)));
                is_left = true;
                status = 3;
            }
        }
    }
    // While something is left, the bucket is where the note about it stands.
    if !is_left && has_bucket {
        let gone = async {
            bucket.empty(|_| ()).await?;
            bucket.delete().await
        };
        match gone.await {
            Ok(()) => talk.say(&format!("The bucket {} is deleted.", theirs(bucket.name()))),
            Err(error) => {
                talk::warn(&format!("the bucket {} is not deleted: {error}", theirs(bucket.name())));
                status = 3;
            }
        }
    }
    match status {
        0 if deploy.keep_logs => talk.say("Nothing else is left."),
        0 => talk.say("Nothing is left."),
        _ => talk::warn(
            "not everything is deleted; after mending what is told above, run the same command again",
        ),
    }
    talk.object(
        &json!({ "type": "deleted", "stack": place.name, "region": place.region, "complete": status == 0 }),
    )?;
    Ok(status)
}

/// Logs that are kept can only be read with their key, which the stack had scheduled for deletion. Whether nothing of it is left to do.
async fn keep_key(session: &Session, place: &Place, key: &str) -> bool {
    match session.aws.keep_key(&place.region, key).await {
        Ok(true) => {
            session.talk.say(&format!(
                "The key {} is kept: the logs are encrypted with it. It costs as any key does until you schedule its deletion.",
                theirs(key)
            ));
            true
        }
        Ok(false) => {
            talk::warn(&format!(
                "the key {} is there no more: what is encrypted with it cannot be read",
                theirs(key)
            ));
            true
        }
        Err(error) => {
            talk::warn(&format!(
                "the key {} is still to be deleted in seven days, and the logs cannot be read then: {error}; cancel that in the KMS console",
                theirs(key)
            ));
            false
        }
    }
}

/// What an earlier run noted.
#[derive(Debug, Default)]
struct Noted {
    leftovers: Vec<Leftover>,
    keys: Vec<String>,
}

async fn note(bucket: &Bucket, leftovers: &[Leftover], keys: &[String]) -> Result<(), Failure> {
    let left = leftovers.iter().map(|one| match one {
        Leftover::Bucket(name) => json!(["AWS::S3::Bucket", name]),
        Leftover::LogGroup(name) => json!(["AWS::Logs::LogGroup", name]),
        Leftover::Other(kind, name) => json!([kind, name]),
    });
    let lines: Vec<_> = left.chain(keys.iter().map(|key| json!([KEY, key]))).collect();
    let body = json!(lines).to_string().into_bytes();
    bucket.put(NOTE, body).await.map_err(|error| Failure::Told(error.to_string()))
}

/// Reads the note. It is not believed about anything but what CloudFormation named after this stack, and keys of this account, which are
/// only ever kept.
async fn noted(bucket: &Bucket, stack: &str) -> Result<Noted, Failure> {
    let note = bucket.get(NOTE, MAX_NOTE).await?;
    let lines: Vec<(String, String)> =
        note.and_then(|note| serde_json::from_slice(&note).ok()).unwrap_or_default();
    let begin = format!("{}-newtrail", stack.to_lowercase());
    // An id, not an ARN, which could be another account's.
    let is_key =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let mut noted = Noted::default();
    for (kind, name) in lines {
        if kind == KEY {
            noted.keys.extend(Some(name).filter(|name| is_key(name)));
        } else if name.to_lowercase().starts_with(&begin) {
            noted.leftovers.push(Leftover::of(&kind, &name));
        }
    }
    Ok(noted)
}
