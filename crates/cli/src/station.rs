//! What keeping watch is made of: the configuration's sources, channels and ledger, opened.

mod observe;

use std::collections::HashMap;
use std::sync::Arc;

use trailbell_channel::Http;
use trailbell_config::{ChannelSettings, Settings, SourceKind, SourceSettings, Target};
use trailbell_detect::RuleSet;
use trailbell_engine::{FolderSource, Source, StdinSource};
use trailbell_http::HttpSource;
use trailbell_outbox::{Capabilities, Channel};

pub(crate) use observe::Watcher;

use crate::context::{Context, Failure};

/// The channels by name, and their settings with what each can do.
pub(crate) struct Channels {
    pub(crate) by_name: HashMap<String, Arc<dyn Channel>>,
    pub(crate) settings: Vec<(ChannelSettings, Capabilities)>,
}

/// Opens the configuration's channels; without any, standard output.
pub(crate) async fn channels(context: &Context) -> Result<Channels, Failure> {
    let mut wanted = context.settings.channels.clone();
    if wanted.is_empty() {
        wanted.push(ChannelSettings::new("stdout".to_owned(), Target::Stdout { json: context.json }));
    }
    let http = Http::new().map_err(|error| Failure::Told(error.to_string()))?;
    let mut channels = Channels { by_name: HashMap::new(), settings: Vec::new() };
    for settings in wanted {
        let channel = channel(&settings, &http).await?;
        channels.settings.push((settings.clone(), *channel.capabilities()));
        channels.by_name.insert(settings.name, channel);
    }
    Ok(channels)
}

/// Opens one channel.
pub(crate) async fn channel(settings: &ChannelSettings, http: &Http) -> Result<Arc<dyn Channel>, Failure> {
    let told = |problem: String| Failure::Told(format!("channel `{}`: {problem}", settings.name));
    if let Some(channel) = trailbell_channel::open(settings, http).map_err(|error| told(error.to_string()))? {
        return Ok(Arc::from(channel));
    }
    let opened = trailbell_aws::open_channel(settings).await.map_err(|error| told(error.to_string()))?;
    opened.map(Arc::from).ok_or_else(|| told("there is no such kind of channel".to_owned()))
}

/// The sources that are watched: those of the settings; without any, the Event history.
pub(crate) fn watched(settings: &Settings) -> Vec<SourceSettings> {
    if settings.sources.is_empty() {
        let source = SourceKind::event_history();
        return vec![SourceSettings { name: "event-history".to_owned(), source }];
    }
    settings.sources.clone()
}

/// Opens the configuration's sources; without any, the Event history.
pub(crate) async fn sources(context: &Context, rules: &RuleSet) -> Result<Vec<Box<dyn Source>>, Failure> {
    let wanted = watched(&context.settings);
    let mut sources = Vec::with_capacity(wanted.len());
    for SourceSettings { name, source } in wanted {
        let told = |problem: String| Failure::Told(format!("source `{name}`: {problem}"));
        let opened: Box<dyn Source> = match &source {
            SourceKind::Folder { path, every } => Box::new(FolderSource::new(name.as_str(), path, *every)),
            SourceKind::Stdin => Box::new(StdinSource::new(name.as_str())),
            SourceKind::Http { .. } => {
                Box::new(HttpSource::new(name.as_str(), &source).map_err(|error| told(error.to_string()))?)
            }
            _ => trailbell_aws::open_source(&name, &source, &rules.questions(), rules.superset_filter())
                .await
                .map_err(|error| told(error.to_string()))?
                .ok_or_else(|| told("there is no such kind of source".to_owned()))?,
        };
        sources.push(opened);
    }
    Ok(sources)
}
