//! What simulations have in common when they are put into words: times, durations, names of others made harmless.

use jiff::{SignedDuration, Timestamp};
use trailbell_engine::simulate::{Publisher, Receiver};
use trailbell_notice::{Behind, Lang};
use trailbell_text::{Channel, Untrusted, acts};

use crate::context::Context;

/// Where the templates are taken to be deployed.
#[derive(Debug)]
pub(crate) struct Deployed {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) delivery_delay: SignedDuration,
}

/// How this run speaks.
#[derive(Debug)]
pub(crate) struct Words<'a> {
    pub(crate) context: &'a Context,
    pub(crate) deployed: Deployed,
}

impl Words<'_> {
    pub(crate) fn lang(&self) -> Lang {
        self.context.lang
    }

    /// A moment on the reader's clock; the zone stands in the report.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.context.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `1 h 5 min`, with seconds where it is under an hour.
    pub(crate) fn duration(&self, duration: SignedDuration) -> String {
        let seconds = duration.as_secs().max(0);
        let (days, hours, minutes, rest) =
            (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        let units = self.lang().pick(["d", "h", "min", "s"], ["日", "時間", "分", "秒"]);
        let mut parts = Vec::new();
        for (number, unit) in [days, hours, minutes, rest].into_iter().zip(units) {
            let is_fine = unit == units[3] && seconds >= 3600;
            if number > 0 && !is_fine {
                parts.push(format!("{number} {unit}"));
            }
        }
        if parts.is_empty() { format!("0 {}", units[3]) } else { parts.join(" ") }
    }

    /// Who did what.
    pub(crate) fn operation(&self, behind: &Behind) -> String {
        self.lang().of(&behind.line.headline).render(Channel::Terminal)
    }

    pub(crate) fn publisher(&self, by: &Publisher) -> String {
        let (kind, name) = match by {
            Publisher::Alarm(name) => (self.lang().pick("alarm", "アラーム"), name),
            Publisher::Function(name) => (self.lang().pick("function", "関数"), name),
            Publisher::Filter(name) => (self.lang().pick("filter", "フィルター"), name),
            Publisher::Rule(name) => (self.lang().pick("rule", "ルール"), name),
        };
        format!("{kind} {}", safe(name))
    }
}

/// `email owner@example.com`.
pub(crate) fn receiver(to: &Receiver) -> String {
    format!("{} {}", safe(&to.protocol), safe(&to.endpoint))
}

/// Text of others as a terminal may show it.
pub(crate) fn safe(text: &str) -> String {
    Untrusted::from(text).render(Channel::Terminal)
}

/// A line of a message, whole, with nothing in it that acts on a terminal.
pub(crate) fn whole(line: &str) -> String {
    line.chars().map(|c| if acts(c) && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The last part of an ARN: a topic's name.
pub(crate) fn topic_name(arn: &str) -> String {
    safe(arn.rsplit(':').next().unwrap_or(arn))
}
