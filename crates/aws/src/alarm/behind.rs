//! What is behind an alarm: the metric filters that feed its metrics, and what they let through meanwhile.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::window::longest_period;
use super::{Alarm, Metric};
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::region::{is_region, of_arn};
use crate::service::Service;

/// Log events that are taken; further ones are not asked for.
const MOST_EVENTS: usize = 200;
/// Metric filters that are asked about. A metric is fed by one or a few.
const MOST_FILTERS: usize = 20;
/// Pages of one answer. Most of `FilterLogEvents`' pages are empty where a group is large.
const MOST_PAGES: usize = 200;
/// What may be spent on asking for events where nobody says how long there is.
const PATIENCE: Duration = Duration::from_mins(5);
/// How far back is looked where nothing says which datapoints decided: so many of the longest period, and at least so long.
const PERIODS_BACK: i64 = 5;
const LEAST_BACK: SignedDuration = SignedDuration::from_mins(10);
/// Alarms a composite one stands on that are looked at.
const MOST_CHILDREN: usize = 10;

/// What is behind an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Behind {
    /// The metric filters that feed what it looks at.
    pub filters: Vec<MetricFilter>,
    /// What they let through, in order of time; at most 200.
    pub events: Vec<LogEvent>,
    /// Whether there are more than were taken.
    pub is_cut: bool,
    /// The time that was looked at.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The metrics, those of the alarms a composite one stands on among them.
    pub metrics: Vec<Metric>,
}

/// A metric filter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricFilter {
    /// Its name.
    pub name: String,
    /// The log group it is of.
    pub log_group: String,
    /// Its pattern.
    pub pattern: String,
}

/// A log event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogEvent {
    /// Its time in milliseconds since 1970: for CloudTrail's, that of delivery.
    pub at: i64,
    /// Its id.
    pub id: String,
    /// What was logged.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filters {
    #[serde(default)]
    metric_filters: Vec<FilterReply>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilterReply {
    #[serde(default)]
    filter_name: String,
    #[serde(default)]
    filter_pattern: String,
    #[serde(default)]
    log_group_name: String,
    #[serde(default)]
    metric_transformations: Vec<Transformation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transformation {
    #[serde(default)]
    metric_name: String,
    #[serde(default)]
    metric_namespace: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    #[serde(default)]
    events: Vec<EventReply>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventReply {
    #[serde(default)]
    timestamp: i64,
    #[serde(default)]
    event_id: String,
    #[serde(default)]
    message: String,
}

impl Aws {
    /// What set the alarm off, as far as CloudWatch Logs knows: the metric filters behind its metrics, and the events of its window.
    /// `region` is where it is if its own word does not say. Looking for events ends after `patience`, with what was found; that there
    /// may be more is said.
    ///
    /// # Errors
    /// What CloudWatch or CloudWatch Logs says.
    pub async fn behind(
        &self,
        alarm: &Alarm,
        region: &str,
        patience: Option<Duration>,
    ) -> Result<Behind, Error> {
        // A topic may let anybody send: what does not look like a region shall not become a host.
        let region = Some(alarm.region.as_str()).filter(|region| is_region(region)).unwrap_or(region);
        let mut sources = vec![(alarm.metrics.clone(), window(alarm))];
        for child in alarm.children.iter().take(MOST_CHILDREN) {
            let region = of_arn(child).unwrap_or(region);
            let name = child.split_once(":alarm:").map_or(child.as_str(), |(_, name)| name);
            if let Some(child) = self.alarm(region, name).await? {
                sources.push((child.metrics.clone(), window(&child)));
            }
        }
        let mut behind = Behind::default();
        let until = Instant::now() + patience.unwrap_or(PATIENCE);
        for (metrics, span) in sources {
            let mut filters = Vec::new();
            for metric in &metrics {
                filters.extend(self.metric_filters(region, metric).await?);
                behind.metrics.push(metric.clone());
            }
            filters.sort();
            filters.dedup();
            filters.truncate(MOST_FILTERS);
            for filter in filters {
                if let Some(span) = span {
                    self.events(region, &filter, span, until, &mut behind).await?;
                }
                behind.filters.push(filter);
            }
            behind.window = match (behind.window, span) {
                (Some((from, to)), Some(span)) => Some((from.min(span.0), to.max(span.1))),
                (known, span) => known.or(span),
            };
        }
        behind.metrics.sort();
        behind.metrics.dedup();
        behind.filters.sort();
        behind.filters.dedup();
        // Two filters may let the same event through.
        let mut seen = BTreeSet::new();
        behind.events.retain(|event| event.id.is_empty() || seen.insert(event.id.clone()));
        behind.events.sort();
        Ok(behind)
    }

    /// The metric filters that feed a metric.
    async fn metric_filters(&self, region: &str, metric: &Metric) -> Result<Vec<MetricFilter>, Error> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut input = json!({ "metricName": metric.name, "metricNamespace": metric.namespace });
            if let Some(token) = &token {
                input["nextToken"] = json!(token);
            }
            let call = Call::json(Service::Logs, region, "DescribeMetricFilters", &input);
            let reply: Filters = call.read(&self.send(&call).await?)?;
            for filter in reply.metric_filters {
                let feeds = |to: &Transformation| {
                    to.metric_name == metric.name && to.metric_namespace == metric.namespace
                };
                if filter.metric_transformations.iter().any(feeds) {
                    found.push(MetricFilter {
                        name: filter.filter_name,
                        log_group: filter.log_group_name,
                        pattern: filter.filter_pattern,
                    });
                }
            }
            token = reply.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn events(
        &self,
        region: &str,
        filter: &MetricFilter,
        (from, to): (Timestamp, Timestamp),
        until: Instant,
        behind: &mut Behind,
    ) -> Result<(), Error> {
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            if behind.events.len() >= MOST_EVENTS || Instant::now() >= until {
                behind.is_cut = true;
                return Ok(());
            }
            // The end is exclusive for a metric's period, and inclusive here.
            let mut input = json!({
                "logGroupName": filter.log_group, "filterPattern": filter.pattern,
                "startTime": from.as_millisecond(), "endTime": to.as_millisecond() - 1,
                "limit": MOST_EVENTS,
            });
            if let Some(token) = &token {
                input["nextToken"] = json!(token);
            }
            let call = Call::json(Service::Logs, region, "FilterLogEvents", &input);
            let reply: Events = call.read(&self.send(&call).await?)?;
            let room = MOST_EVENTS.saturating_sub(behind.events.len());
            behind.is_cut |= reply.events.len() > room;
            behind.events.extend(reply.events.into_iter().take(room).map(|event| LogEvent {
                at: event.timestamp,
                id: event.event_id,
                message: event.message,
            }));
            token = reply.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(());
            }
        }
        behind.is_cut = true;
        Ok(())
    }
}

/// The time to look at: what the alarm says, else some periods before it; `None` where it says no time at all.
fn window(alarm: &Alarm) -> Option<(Timestamp, Timestamp)> {
    if alarm.window.is_some() {
        return alarm.window;
    }
    let end = alarm.at?;
    let period = i64::from(longest_period(&alarm.metrics));
    let back = SignedDuration::from_secs(period * PERIODS_BACK).max(LEAST_BACK);
    Some((end.saturating_sub(back).unwrap_or(end), end))
}
