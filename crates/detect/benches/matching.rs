//! How fast rules are matched, beside libdeflate unpacking the same bytes and nothing else, in the same run.
//!
//! `cargo bench -p trailbell-detect` prints divan's table, then each ratio in a line. The logs are made from a seed.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints figures for people"
)]

#[expect(dead_code, reason = "reading has more kinds of logs than this needs")]
#[path = "../../record/benches/reading/generate.rs"]
mod generate;

use std::hint::black_box;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use generate::Corpus;
use trailbell_detect::{
    BUILTIN_RULES, BuiltinSettings, Condition, CustomRule, Matcher, RuleSet, RuleSettings,
};
use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;
use trailbell_record::{Event, Glance, Problem, Reader, Sink, Skipped};
use trailbell_text::Severity;

fn main() {
    divan::main();
    if !std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        ratios();
    }
}

/// The rules as they come, or with the fifteen CIS filters and resource sharing on.
fn rules(all: bool) -> RuleSet {
    let on = BuiltinSettings { enabled: Some(true), severity: None };
    let builtin = BUILTIN_RULES.iter().filter(|_| all).map(|name| ((*name).to_owned(), on)).collect();
    RuleSet::new(RuleSettings { builtin, ..RuleSettings::default() })
        .unwrap_or_else(|error| unreachable!("{error}"))
}

/// So many rules of the owner's in two languages: most pin a call, some a kind of error or the root user.
fn own_rules(count: usize) -> RuleSet {
    const SERVICES: [&str; 5] = ["ec2", "s3", "iam", "kms", "rds"];
    const CALLS: [&str; 6] = ["Delete", "Create", "Update", "Put", "Attach", "Stop"];
    let custom = (0..count).map(|nth| {
        let service = SERVICES[nth % SERVICES.len()];
        let call = format!("{}Thing{nth}", CALLS[nth % CALLS.len()]);
        let condition: Condition = match nth % 10 {
            0 => parsed(Pattern::parse(&format!(
                r#"{{ $.errorCode = "AccessDenied*" && $.requestParameters.name = "thing-{nth}" }}"#
            ))),
            1 => parsed(EventPattern::parse(&format!(
                r#"{{"source":["aws.{service}"],"detail":{{"eventName":[{{"prefix":"{call}"}}],"userAgent":[{{"wildcard":"*tool-{nth}*"}}]}}}}"#
            ))),
            2 => parsed(Pattern::parse(&format!(
                r#"{{ $.userIdentity.type = "Root" && $.sourceIPAddress = "203.0.113.{}" }}"#,
                nth % 256
            ))),
            3..=5 => parsed(EventPattern::parse(&format!(
                r#"{{"detail":{{"eventSource":["{service}.amazonaws.com"],"eventName":["{call}","{call}V2"]}}}}"#
            ))),
            _ => parsed(Pattern::parse(&format!(
                r#"{{ $.eventSource = "{service}.amazonaws.com" && ($.eventName = "{call}" || $.eventName = "{call}V2") && $.sourceIPAddress != "10.*" }}"#
            ))),
        };
        CustomRule { name: format!("own-{nth}"), condition, severity: Severity::Medium, description: None }
    });
    let off = BuiltinSettings { enabled: Some(false), severity: None };
    let builtin = BUILTIN_RULES.iter().map(|name| ((*name).to_owned(), off)).collect();
    RuleSet::new(RuleSettings { builtin, custom: custom.collect(), ..RuleSettings::default() })
        .unwrap_or_else(|error| unreachable!("{error}"))
}

fn parsed<P: Into<Condition>, E: std::fmt::Display>(pattern: Result<P, E>) -> Condition {
    pattern.unwrap_or_else(|error| unreachable!("{error}")).into()
}

/// What a scan does with each event before anything is kept.
struct Match<'a> {
    rules: &'a RuleSet,
    matcher: Matcher<'a>,
    screened: bool,
    met: u64,
}

impl Sink for Match<'_> {
    fn event(&mut self, event: Event<'_>) {
        if self.screened && !self.matcher.may_meet(&event) {
            return;
        }
        let met = event.record().is_ok_and(|record| self.rules.inspect(&record).is_some());
        self.met += u64::from(met);
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        if self.screened { self.matcher.glance() } else { None }
    }

    fn problem(&mut self, problem: Problem) {
        unreachable!("the corpus is intact: {problem:?}");
    }

    fn skipped(&mut self, skipped: Skipped) {
        unreachable!("the corpus holds events only: {skipped:?}");
    }
}

fn match_all(packed: &[Vec<u8>], rules: &RuleSet, screened: bool) -> u64 {
    let mut reader = Reader::default();
    let mut sink = Match { rules, matcher: rules.matcher(), screened, met: 0 };
    for source in packed {
        reader.read_bytes(source, &mut sink);
    }
    sink.met
}

/// libdeflate alone, into one buffer that is large enough.
fn unpack_all(packed: &[Vec<u8>]) -> u64 {
    let mut decompressor = libdeflater::Decompressor::new();
    let mut buffer = vec![0; 64 << 20];
    packed
        .iter()
        .fold(0, |sum, packed| sum + decompressor.gzip_decompress(packed, &mut buffer).unwrap_or(0) as u64)
}

fn with(bencher: Bencher<'_, '_>, corpus: &Corpus, run: impl Fn() -> u64 + Sync) {
    bencher.counter(BytesCount::new(corpus.bytes)).counter(ItemsCount::new(corpus.events)).bench(run);
}

#[divan::bench(sample_count = 10)]
fn rules_as_they_come(bencher: Bencher<'_, '_>) {
    let (corpus, rules) = (Corpus::small_objects(), rules(false));
    with(bencher, &corpus, || match_all(&corpus.packed, &rules, true));
}

#[divan::bench(sample_count = 10)]
fn all_twenty_rules(bencher: Bencher<'_, '_>) {
    let (corpus, rules) = (Corpus::small_objects(), rules(true));
    with(bencher, &corpus, || match_all(&corpus.packed, &rules, true));
}

#[divan::bench(sample_count = 3)]
fn all_twenty_rules_on_every_event(bencher: Bencher<'_, '_>) {
    let (corpus, rules) = (Corpus::small_objects(), rules(true));
    with(bencher, &corpus, || match_all(&corpus.packed, &rules, false));
}

#[divan::bench(sample_count = 10)]
fn libdeflate_alone(bencher: Bencher<'_, '_>) {
    let corpus = Corpus::small_objects();
    with(bencher, &corpus, || unpack_all(&corpus.packed));
}

/// One filter pattern on one event that has been read: the cost of the language itself.
#[divan::bench(args = [
    r#"{ $.eventName = "ConsoleLogin" }"#,
    r#"{ $.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*" }"#,
    r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
    r"{ $.sourceIPAddress = %^10\.[0-9]+\.% }",
])]
fn one_pattern_on_one_event(bencher: Bencher<'_, '_>, pattern: &str) {
    let event = Json::parse(
        r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"alice"},"eventTime":"2026-11-09T00:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","eventType":"AwsApiCall"}"#,
    );
    if let (Ok(pattern), Ok(event)) = (Pattern::parse(pattern), event) {
        bencher.bench(|| pattern.matches(|| "".into(), || Some(black_box(&event))));
    }
}

/// The best of several runs of each in turn, so that both meet the same weather.
fn ratios() {
    let time = |run: &dyn Fn() -> u64| {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    };
    let corpus = Corpus::small_objects();
    let limit = |runs: u32, run: &dyn Fn() -> u64| {
        (0..runs).fold((Duration::MAX, Duration::MAX), |(ours, best), _| {
            (ours.min(time(run)), best.min(time(&|| unpack_all(&corpus.packed))))
        })
    };
    let (some, all) = (rules(false), rules(true));
    let [ten, hundred, thousand] = [10, 100, 1000].map(own_rules);
    println!("\nSmall .json.gz objects: unpack, scan, match; MB are unpacked bytes; one core.");
    for (what, runs, run) in [
        ("rules as they come", 15, &(|| match_all(&corpus.packed, &some, true)) as &dyn Fn() -> u64),
        ("all twenty rules", 15, &|| match_all(&corpus.packed, &all, true)),
        ("10 rules of the owner's", 15, &|| match_all(&corpus.packed, &ten, true)),
        ("100 rules of the owner's", 15, &|| match_all(&corpus.packed, &hundred, true)),
        ("1,000 rules of the owner's", 15, &|| match_all(&corpus.packed, &thousand, true)),
        ("all twenty, every event read with care", 3, &|| match_all(&corpus.packed, &all, false)),
    ] {
        let (ours, best) = limit(runs, run);
        println!(
            "{what:<40} {:>5.0} MB/s, {:>4.2} M events/s = {:.2} of libdeflate alone",
            corpus.bytes as f64 / 1e6 / ours.as_secs_f64(),
            corpus.events as f64 / 1e6 / ours.as_secs_f64(),
            best.as_secs_f64() / ours.as_secs_f64(),
        );
    }
}
