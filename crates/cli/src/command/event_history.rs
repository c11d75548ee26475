//! The Event history as files: everything of some time back, through the same source `run` has.

use std::path::Path;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use trailbell_config::{AwsAccess, SourceKind};
use trailbell_engine::{Condition, Door, Taken, Word};

use crate::context::{Context, Failure};

/// Where nothing comes after a failure for so long, nothing will.
const GRACE: Duration = Duration::from_secs(20);

/// How much is fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fetch {
    /// How far back; AWS keeps 90 days.
    pub(super) back: Duration,
    /// AWS answers two requests a second a region: a busy account's history can take longer than anybody waits.
    pub(super) longest: Duration,
    /// Most bytes.
    pub(super) most: usize,
}

impl Fetch {
    /// Everything into files of the folder; what was not had, in words.
    pub(super) fn run(self, folder: &Path, context: &Context) -> Result<Option<String>, Failure> {
        // Drawn on a terminal only.
        let progress = if context.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        progress.enable_steady_tick(Duration::from_millis(200));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let fetched = runtime.block_on(self.fetch(folder, context, &progress));
        runtime.shutdown_background();
        progress.finish_and_clear();
        fetched
    }

    async fn fetch(
        self,
        folder: &Path,
        context: &Context,
        progress: &ProgressBar,
    ) -> Result<Option<String>, Failure> {
        let rules = context.rules()?;
        let found = context.settings.sources.iter().find_map(|settings| match &settings.source {
            SourceKind::EventHistory { aws, regions, .. } => Some((aws.clone(), regions.clone())),
            _ => None,
        });
        let (aws, regions) = found.unwrap_or_else(|| (AwsAccess::default(), Vec::new()));
        let kind =
            SourceKind::EventHistory { aws, regions, every: Duration::from_hours(1), first_look: self.back };
        let opened = trailbell_aws::open_source("event-history", &kind, &rules.questions(), None).await;
        let source = opened.map_err(|error| Failure::Told(error.to_string()))?;
        let source = source.ok_or_else(|| Failure::Told("there is no such kind of source".to_owned()))?;
        let (sender, mut words) = mpsc::channel(16);
        let listening = tokio::spawn(source.listen(None, Door::new("event-history", sender)));
        let mut end = Instant::now() + self.longest;
        let mut problem = None;
        let (mut files, mut bytes) = (0_u64, 0);
        loop {
            let word = match timeout_at(end, words.recv()).await {
                Ok(Some(word)) => word,
                Ok(None) => break,
                Err(_) => {
                    problem.get_or_insert_with(|| {
                        format!("it was not over after {} minutes", self.longest.as_secs() / 60)
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
                    if bytes > self.most {
                        problem = Some(format!("it is more than {} MB", self.most >> 20));
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
}
