//! An alarm and what is behind it, as what people are told.

use jiff::Timestamp;
use trailbell_notice::{Behind as Told, Bulletin, WentOff};

use super::{Alarm, Behind, MetricFilter};

/// Log events that are none of CloudTrail's are kept so far.
const MOST_OTHERS: usize = 20;
/// Most characters kept of one.
const OTHER_CHARS: usize = 500;

impl Alarm {
    /// What people are told: `behind` is what is behind it, or why that cannot be said; `tell` words a log event, or says that
    /// it is none of CloudTrail's.
    pub fn explained(&self, behind: Result<Behind, String>, tell: impl Fn(&str) -> Option<Told>) -> Bulletin {
        let (behind, problem) = match behind {
            Ok(behind) => (behind, None),
            Err(problem) => (Behind { metrics: self.metrics.clone(), ..Behind::default() }, Some(problem)),
        };
        let (mut events, mut others) = (Vec::new(), Vec::new());
        let mut is_cut = behind.is_cut;
        for event in &behind.events {
            if let Some(told) = tell(&event.message) {
                events.push(told);
            } else if others.len() < MOST_OTHERS {
                let at = Timestamp::from_millisecond(event.at).ok().filter(|_| event.at > 0);
                others.push((at, event.message.chars().take(OTHER_CHARS).collect()));
            } else {
                is_cut = true;
            }
        }
        let is_account = self.account.len() == 12 && self.account.bytes().all(|byte| byte.is_ascii_digit());
        let filter = |filter: MetricFilter| (filter.log_group, filter.pattern);
        Bulletin::Alarm(Box::new(WentOff {
            alarm: self.name.clone(),
            account: is_account.then(|| self.account.as_str().into()),
            region: self.region.clone(),
            description: self.description.clone(),
            reason: self.reason.clone(),
            at: self.at,
            metrics: behind
                .metrics
                .iter()
                .map(|metric| format!("{}/{}", metric.namespace, metric.name))
                .collect(),
            filters: behind.filters.into_iter().map(filter).collect(),
            window: behind.window.or(self.window),
            events,
            others,
            is_cut,
            problem,
        }))
    }
}
