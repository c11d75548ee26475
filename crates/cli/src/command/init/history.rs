//! The first look back: the Event history of the last week, through the same source `run` has, into a scan.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use trailbell_config::{AwsAccess, SourceKind};
use trailbell_engine::{Condition, Door, Taken, Word};

use crate::args::{Input, Scan, Unpacking, Window};
use crate::command::scan;
use crate::context::{Context, Failure};

/// How far back.
const BACK: Duration = Duration::from_hours(7 * 24);
/// AWS answers two requests a second a region: a busy account's week can take longer than anybody waits.
const LONGEST: Duration = Duration::from_mins(15);
/// Where nothing comes after a failure for so long, nothing will.
const GRACE: Duration = Duration::from_secs(20);
/// Most bytes that are fetched.
const MAX_BYTES: usize = 1 << 30;

/// Fetches and scans; the scan's own exit status.
pub(super) fn scan(context: &Context) -> Result<u8, Failure> {
    let folder = tempfile::tempdir()?;
    // Drawn on a terminal only.
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(Duration::from_millis(200));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let fetched = runtime.block_on(fetch(folder.path().to_owned(), context, &progress));
    runtime.shutdown_background();
    progress.finish_and_clear();
    let problem = fetched?;
    let unpacking = Unpacking { max_unpacked: None };
    let scan = Scan {
        input: Input { paths: vec![folder.path().to_owned()], unpacking },
        window: Window { since: Some("7d".to_owned()), until: None },
        jobs: None,
        mail_dir: None,
    };
    let status = scan::run(&scan, context)?;
    if let Some(problem) = problem {
        writeln!(io::stderr(), "trailbell: this is not all of it: {problem}")?;
    }
    Ok(status)
}

/// Everything into files of the folder; what was not had, in words.
async fn fetch(
    folder: PathBuf,
    context: &Context,
    progress: &ProgressBar,
) -> Result<Option<String>, Failure> {
    let rules = context.rules()?;
    let found = context.settings.sources.iter().find_map(|settings| match &settings.source {
        SourceKind::EventHistory { aws, regions, .. } => Some((aws.clone(), regions.clone())),
        _ => None,
    });
    let (aws, regions) = found.unwrap_or_else(|| (AwsAccess::default(), Vec::new()));
    let kind = SourceKind::EventHistory { aws, regions, every: Duration::from_hours(1), first_look: BACK };
    let opened = trailbell_aws::open_source("event-history", &kind, &rules.questions(), None).await;
    let source = opened.map_err(|error| Failure::Told(error.to_string()))?;
    let source = source.ok_or_else(|| Failure::Told("there is no such kind of source".to_owned()))?;
    let (sender, mut words) = mpsc::channel(16);
    let listening = tokio::spawn(source.listen(None, Door::new("event-history", sender)));
    let mut end = Instant::now() + LONGEST;
    let mut problem = None;
    let (mut files, mut bytes) = (0_u64, 0);
    loop {
        let word = match timeout_at(end, words.recv()).await {
            Ok(Some(word)) => word,
            Ok(None) => break,
            Err(_) => {
                problem.get_or_insert_with(|| {
                    format!("it was not over after {} minutes", LONGEST.as_secs() / 60)
                });
                break;
            }
        };
        match word {
            Word::Arrival { arrival, answer, .. } => {
                bytes += arrival.body.len();
                files += 1;
                progress.set_message(format!("{}, {}", arrival.label, HumanBytes(bytes as u64)));
                std::fs::write(folder.join(format!("{files:08}.json")), &arrival.body)?;
                // Whether it still waits for the answer makes no difference here.
                let _ = answer.send(Taken::default());
                if !arrival.backlog {
                    break;
                }
                if bytes > MAX_BYTES {
                    problem = Some(format!("it is more than {} MB", MAX_BYTES >> 20));
                    break;
                }
            }
            Word::Condition { condition: Condition::Failing(why), .. } => {
                problem = Some(why);
                end = end.min(Instant::now() + GRACE);
            }
            Word::Condition { .. } => {}
        }
    }
    listening.abort();
    match problem {
        Some(problem) if files == 0 => {
            Err(Failure::Told(format!("the Event history cannot be read: {problem}")))
        }
        problem => Ok(problem),
    }
}
