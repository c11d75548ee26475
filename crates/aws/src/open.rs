//! From settings to sources and channels.

use trailbell_config::{ChannelSettings, SourceKind};
use trailbell_detect::Question;
use trailbell_engine::Source;
use trailbell_outbox::Channel;

use crate::client::Aws;
use crate::error::Error;
use crate::event_history::EventHistory;

/// Opens a source that is AWS's; `None` for one that is not. `questions` are what the rules need of the Event history, `filter` what they need of CloudWatch
/// Logs (`None`: everything).
///
/// # Errors
/// What is wrong with the settings. Nothing is asked of AWS yet but what finding the region takes.
pub async fn open_source(
    name: &str,
    kind: &SourceKind,
    questions: &[Question],
    filter: Option<String>,
) -> Result<Option<Box<dyn Source>>, Error> {
    Ok(Some(match kind {
        SourceKind::EventHistory { aws, regions, every, first_look } => {
            let aws = Aws::connect(aws).await?;
            Box::new(EventHistory::new(name, aws, regions.clone(), *every, *first_look, questions))
        }
        _ => {
            let _ = filter;
            return Ok(None);
        }
    }))
}

/// Opens a channel that is AWS's; `None` for one that is not.
///
/// # Errors
/// What is wrong with the settings.
pub async fn open_channel(settings: &ChannelSettings) -> Result<Option<Box<dyn Channel>>, Error> {
    let _ = settings;
    Ok(None)
}
