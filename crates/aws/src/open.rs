//! From settings to sources and channels.

use trailbell_config::{AwsAccess, ChannelSettings, SourceKind, Target};
use trailbell_detect::Question;
use trailbell_engine::Source;
use trailbell_outbox::Channel;

use crate::client::Aws;
use crate::cloudwatch_logs::CloudwatchLogs;
use crate::error::Error;
use crate::event_history::EventHistory;
use crate::kinesis::Kinesis;
use crate::ses::Ses;
use crate::sns::Sns;
use crate::sqs::Sqs;

/// Opens a source that is AWS's; `None` for one that is not. `questions` are what the rules need of the Event history,
/// `filter` what they need of CloudWatch Logs (`None`: everything).
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
        SourceKind::Sqs { aws, url } => Box::new(Sqs::new(name, Aws::connect(aws).await?, url)),
        SourceKind::CloudwatchLogs { aws, log_group, every, first_look } => {
            let aws = Aws::connect(aws).await?;
            Box::new(CloudwatchLogs::new(name, aws, log_group, *every, *first_look, filter))
        }
        SourceKind::Kinesis { aws, stream, from_oldest } => {
            Box::new(Kinesis::new(name, Aws::connect(aws).await?, stream, *from_oldest))
        }
        SourceKind::Folder { .. } | SourceKind::Stdin | SourceKind::Http { .. } => return Ok(None),
    }))
}

/// Opens a channel that is AWS's; `None` for one that is not.
///
/// # Errors
/// What is wrong with the settings.
pub async fn open_channel(settings: &ChannelSettings) -> Result<Option<Box<dyn Channel>>, Error> {
    open(settings, async |access| Aws::connect(access).await).await
}

/// As [`open_channel`], by the way that is known to somebody with the settings `access`, where the channel has the same: a way is
/// found, and its certificates are read, once.
///
/// # Errors
/// As [`open_channel`].
pub async fn open_channel_beside(
    settings: &ChannelSettings,
    access: &AwsAccess,
    aws: &Aws,
) -> Result<Option<Box<dyn Channel>>, Error> {
    let way = async |own: &AwsAccess| if own == access { Ok(aws.clone()) } else { Aws::connect(own).await };
    open(settings, way).await
}

async fn open(
    settings: &ChannelSettings,
    way: impl AsyncFn(&AwsAccess) -> Result<Aws, Error>,
) -> Result<Option<Box<dyn Channel>>, Error> {
    Ok(match &settings.target {
        Target::Sns { aws, topic } => Some(Box::new(Sns::new(way(aws).await?, topic)?)),
        Target::Ses { aws, to, from } => Some(Box::new(Ses::new(way(aws).await?, to, from)?)),
        _ => None,
    })
}
