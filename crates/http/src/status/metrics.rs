//! The numbers, as Prometheus reads them.

use std::sync::atomic::AtomicU64;

use jiff::{SignedDuration, Timestamp};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use trailbell_text::Severity;

type Labels = [(&'static str, String); 1];
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge>;
type Seconds = Family<Labels, Gauge<f64, AtomicU64>>;

/// Seconds from event to delivery: CloudTrail alone takes minutes.
const AFTER_EVENT: [f64; 11] = [1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
/// Seconds from arrival to delivery: what is ours.
const AFTER_ARRIVAL: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0];

/// The numbers.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    source_events: Counters,
    source_failures: Counters,
    source_failing: Gauges,
    source_silent: Gauges,
    source_last_event: Seconds,
    letters_sent: Counters,
    letters_failed: Counters,
    letters_dead: Counters,
    letters_waiting: Gauges,
    channel_refusing: Gauges,
    ledger_bytes: Gauge,
    ledger_held: Gauge,
    ledger_waiting: Gauge,
    ledger_blocked: Gauge,
    notices: Counters,
    after_event: Histogram,
    after_arrival: Histogram,
}

impl Metrics {
    pub(super) fn new(version: &str) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("trailbell"),
            source_events: Family::default(),
            source_failures: Family::default(),
            source_failing: Family::default(),
            source_silent: Family::default(),
            source_last_event: Family::default(),
            letters_sent: Family::default(),
            letters_failed: Family::default(),
            letters_dead: Family::default(),
            letters_waiting: Family::default(),
            channel_refusing: Family::default(),
            ledger_bytes: Gauge::default(),
            ledger_held: Gauge::default(),
            ledger_waiting: Gauge::default(),
            ledger_blocked: Gauge::default(),
            notices: Family::default(),
            after_event: Histogram::new(AFTER_EVENT),
            after_arrival: Histogram::new(AFTER_ARRIVAL),
        };
        metrics.register(version);
        for severity in Severity::ALL {
            drop(metrics.notices.get_or_create(&[("severity", severity.word().to_owned())]));
        }
        metrics
    }

    fn register(&mut self, version: &str) {
        let r = &mut self.registry;
        r.register("build", "The running trailbell", Info::new([("version", version.to_owned())]));
        r.register("source_events", "CloudTrail events that are safe", self.source_events.clone());
        r.register("source_failures", "Times a source could not ask", self.source_failures.clone());
        r.register("source_failing", "Whether a source cannot ask", self.source_failing.clone());
        r.register("source_silent", "Whether a source is silent for too long", self.source_silent.clone());
        r.register_with_unit(
            "source_last_event_timestamp",
            "The time of the newest event",
            Unit::Seconds,
            self.source_last_event.clone(),
        );
        r.register("letters_sent", "Letters a channel took", self.letters_sent.clone());
        r.register("letters_failed", "Attempts to send that failed", self.letters_failed.clone());
        r.register("letters_dead", "Letters given up", self.letters_dead.clone());
        r.register("letters_waiting", "Letters that wait for a channel", self.letters_waiting.clone());
        r.register("channel_refusing", "Whether a channel takes nothing", self.channel_refusing.clone());
        r.register("ledger_size", "Bytes of the ledger", self.ledger_bytes.clone());
        r.register("ledger_events_held", "Events that wait for company", self.ledger_held.clone());
        r.register("ledger_letters_waiting", "Letters that wait in the ledger", self.ledger_waiting.clone());
        r.register("ledger_blocked", "Whether the ledger cannot be written", self.ledger_blocked.clone());
        r.register("notices", "Notices by severity", self.notices.clone());
        r.register_with_unit(
            "event_to_delivery",
            "From an event to the delivery of its notice",
            Unit::Seconds,
            self.after_event.clone(),
        );
        r.register_with_unit(
            "arrival_to_delivery",
            "From an event's arrival here to the delivery of its notice",
            Unit::Seconds,
            self.after_arrival.clone(),
        );
    }

    /// All of them, in the `OpenMetrics` text format.
    pub(super) fn to_text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry).map(|()| text)
    }

    /// Shows it at nothing, so that a rate can be taken from the first word on.
    pub(super) fn source_known(&self, source: &str) {
        drop(self.source_events.get_or_create(&of_source(source)));
        drop(self.source_failures.get_or_create(&of_source(source)));
        drop(self.source_failing.get_or_create(&of_source(source)));
        drop(self.source_silent.get_or_create(&of_source(source)));
    }

    pub(super) fn source_failing(&self, source: &str, is_failing: bool) {
        self.source_failing.get_or_create(&of_source(source)).set(i64::from(is_failing));
        self.source_failures.get_or_create(&of_source(source)).inc_by(u64::from(is_failing));
    }

    pub(super) fn source_silent(&self, source: &str, is_silent: bool) {
        self.source_silent.get_or_create(&of_source(source)).set(i64::from(is_silent));
    }

    pub(super) fn source_took(&self, source: &str, events: u64, newest: Option<Timestamp>) {
        self.source_events.get_or_create(&of_source(source)).inc_by(events);
        if let Some(newest) = newest {
            let seconds = newest.as_duration().as_secs_f64();
            self.source_last_event.get_or_create(&of_source(source)).set(seconds);
        }
    }

    pub(super) fn channel_known(&self, channel: &str) {
        drop(self.letters_sent.get_or_create(&of_channel(channel)));
        drop(self.letters_failed.get_or_create(&of_channel(channel)));
        drop(self.letters_dead.get_or_create(&of_channel(channel)));
        drop(self.letters_waiting.get_or_create(&of_channel(channel)));
        drop(self.channel_refusing.get_or_create(&of_channel(channel)));
    }

    pub(super) fn letter_sent(&self, channel: &str) {
        self.letters_sent.get_or_create(&of_channel(channel)).inc();
    }

    pub(super) fn letter_failed(&self, channel: &str) {
        self.letters_failed.get_or_create(&of_channel(channel)).inc();
    }

    pub(super) fn letter_dead(&self, channel: &str) {
        self.letters_dead.get_or_create(&of_channel(channel)).inc();
    }

    pub(super) fn letters_waiting(&self, channel: &str, waiting: u64) {
        self.letters_waiting.get_or_create(&of_channel(channel)).set(signed(waiting));
    }

    pub(super) fn channel_refusing(&self, channel: &str, is_refusing: bool) {
        self.channel_refusing.get_or_create(&of_channel(channel)).set(i64::from(is_refusing));
    }

    pub(super) fn ledger_holds(&self, bytes: u64, held: u64, waiting: u64) {
        self.ledger_bytes.set(signed(bytes));
        self.ledger_held.set(signed(held));
        self.ledger_waiting.set(signed(waiting));
    }

    pub(super) fn ledger_blocked(&self, is_blocked: bool) {
        self.ledger_blocked.set(i64::from(is_blocked));
    }

    pub(super) fn notice_told(&self, severity: Severity) {
        self.notices.get_or_create(&[("severity", severity.word().to_owned())]).inc();
    }

    pub(super) fn delivered(&self, after_event: Option<SignedDuration>, after_arrival: SignedDuration) {
        // Two machines' clocks: an event may seem to have been told before it happened.
        let seconds = |duration: SignedDuration| duration.as_secs_f64().max(0.0);
        if let Some(after_event) = after_event {
            self.after_event.observe(seconds(after_event));
        }
        self.after_arrival.observe(seconds(after_arrival));
    }
}

fn of_source(name: &str) -> Labels {
    [("source", name.to_owned())]
}

fn of_channel(name: &str) -> Labels {
    [("channel", name.to_owned())]
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
