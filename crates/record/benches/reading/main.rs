//! How fast CloudTrail is read, beside what the machine can do at best, in the same run.
//!
//! `cargo bench -p trailbell-record` prints divan's table, then each ratio in a line. Everything is made from a seed:
//! no files are needed. The limit of packed logs is libdeflate unpacking the same bytes and nothing else; the limit of
//! plain lines is memchr counting their ends.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints figures for people"
)]

mod generate;

use std::hint::black_box;
use std::io::Read as _;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use generate::Corpus;
use rustc_hash::FxHashSet;
use trailbell_record::{Event, Glance, Problem, Reader, Seen, Sink, Skipped};

fn main() {
    divan::main();
    // Who asks for one of divan's own, or for something of divan, wants nothing else.
    if std::env::args().skip(1).all(|argument| argument == "--bench") {
        ratios();
    }
}

/// What a rule set asks of every event first.
#[derive(Default)]
struct Prescreen {
    events: u64,
    wanted: u64,
}

impl Sink for Prescreen {
    #[inline]
    fn event(&mut self, event: Event<'_>) {
        self.events += 1;
        let wanted = match event.event_name() {
            Some(
                "ConsoleLogin" | "CheckMfa" | "SwitchRole" | "CreateUser" | "CreateRole" | "CreateAccessKey",
            ) => true,
            Some(name) => name.starts_with("Attach") && event.event_source() == Some("iam.amazonaws.com"),
            None => !event.is_exact(),
        };
        self.wanted += u64::from(
            wanted || event.identity_type() == Some("Root") || event.error_code() == Some("AccessDenied"),
        );
    }

    fn problem(&mut self, problem: Problem) {
        unreachable!("the corpus is intact: {problem:?}");
    }

    fn skipped(&mut self, skipped: Skipped) {
        unreachable!("the corpus holds events only: {skipped:?}");
    }
}

/// The same, with a glance at what the rules pin.
struct Glancing {
    prescreen: Prescreen,
    looking: Looking,
}

struct Looking {
    keys: Vec<Box<str>>,
    values: Vec<FxHashSet<&'static str>>,
}

impl Glancing {
    /// With the first `keys` of what rules pin most.
    fn new(keys: usize) -> Self {
        let names = [
            "ConsoleLogin",
            "CheckMfa",
            "SwitchRole",
            "CreateUser",
            "CreateRole",
            "CreateAccessKey",
            "AttachUserPolicy",
            "AttachRolePolicy",
            "AttachGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
        ];
        let pinned =
            [("eventName", &names[..]), ("errorCode", &["UnauthorizedOperation"]), ("type", &["Root"])];
        let (keys, values) = pinned
            .iter()
            .take(keys)
            .map(|(key, values)| ((*key).into(), values.iter().copied().collect()))
            .unzip();
        Self { prescreen: Prescreen::default(), looking: Looking { keys, values } }
    }
}

impl Glance for Looking {
    fn keys(&self) -> &[Box<str>] {
        &self.keys
    }

    fn is_worth(&mut self, seen: &[Seen<'_>]) -> bool {
        seen.iter().any(|Seen { key, value }| {
            std::str::from_utf8(value).is_ok_and(|value| self.values[*key].contains(value))
        })
    }
}

impl Sink for Glancing {
    fn event(&mut self, event: Event<'_>) {
        self.prescreen.event(event);
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        Some(&mut self.looking)
    }

    fn passed(&mut self) {
        self.prescreen.events += 1;
    }

    fn problem(&mut self, problem: Problem) {
        self.prescreen.problem(problem);
    }

    fn skipped(&mut self, skipped: Skipped) {
        self.prescreen.skipped(skipped);
    }
}

/// What a sink counted.
trait Counted: Sink {
    fn events(&self) -> u64;
}

impl Counted for Prescreen {
    fn events(&self) -> u64 {
        black_box(self.wanted);
        self.events
    }
}

impl Counted for Glancing {
    fn events(&self) -> u64 {
        self.prescreen.events()
    }
}

fn read_all_with<'a>(sources: impl IntoIterator<Item = &'a Vec<u8>>, mut sink: impl Counted) -> u64 {
    let mut reader = Reader::default();
    for source in sources {
        reader.read_bytes(source, &mut sink);
    }
    sink.events()
}

fn read_all<'a>(sources: impl IntoIterator<Item = &'a Vec<u8>>) -> u64 {
    read_all_with(sources, Prescreen::default())
}

fn read_streamed_with(source: &[u8], mut sink: impl Counted) -> u64 {
    Reader::default().read_stream(&mut &*source, &mut sink);
    sink.events()
}

fn read_streamed(source: &[u8]) -> u64 {
    read_streamed_with(source, Prescreen::default())
}

/// libdeflate alone, into one buffer that is large enough.
fn unpack_all(packed: &[Vec<u8>]) -> u64 {
    let mut decompressor = libdeflater::Decompressor::new();
    let mut buffer = vec![0; 64 << 20];
    packed
        .iter()
        .fold(0, |sum, packed| sum + decompressor.gzip_decompress(packed, &mut buffer).unwrap_or(0) as u64)
}

/// zlib-rs alone, through a window.
fn unpack_streamed(packed: &[u8]) -> u64 {
    let mut unpacked = flate2::bufread::GzDecoder::new(packed);
    let mut window = vec![0; 1 << 20];
    let mut sum = 0;
    while let Ok(read) = unpacked.read(&mut window) {
        if read == 0 {
            break;
        }
        sum += read as u64;
    }
    sum
}

fn count_lines(lines: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', lines).count() as u64
}

fn with(bencher: Bencher<'_, '_>, bytes: u64, events: u64, run: impl Fn() -> u64 + Sync) {
    bencher.counter(BytesCount::new(bytes)).counter(ItemsCount::new(events)).bench(run);
}

#[divan::bench(sample_count = 20)]
fn small_objects_gz(bencher: Bencher<'_, '_>) {
    let corpus = Corpus::small_objects();
    with(bencher, corpus.bytes, corpus.events, || read_all(&corpus.packed));
}

#[divan::bench(sample_count = 20)]
fn small_objects_gz_libdeflate_alone(bencher: Bencher<'_, '_>) {
    let corpus = Corpus::small_objects();
    with(bencher, corpus.bytes, corpus.events, || unpack_all(&corpus.packed));
}

#[divan::bench(sample_count = 20)]
fn small_objects_plain(bencher: Bencher<'_, '_>) {
    let corpus = Corpus::small_objects();
    with(bencher, corpus.bytes, corpus.events, || read_all(&corpus.plain));
}

#[divan::bench(sample_count = 20, args = [1, 3])]
fn small_objects_gz_glance(bencher: Bencher<'_, '_>, keys: usize) {
    let corpus = Corpus::small_objects();
    with(bencher, corpus.bytes, corpus.events, || read_all_with(&corpus.packed, Glancing::new(keys)));
}

#[divan::bench(sample_count = 20, args = [1, 3])]
fn small_objects_plain_glance(bencher: Bencher<'_, '_>, keys: usize) {
    let corpus = Corpus::small_objects();
    with(bencher, corpus.bytes, corpus.events, || read_all_with(&corpus.plain, Glancing::new(keys)));
}

#[divan::bench(sample_count = 20)]
fn busy_objects_gz(bencher: Bencher<'_, '_>) {
    let corpus = Corpus::busy_objects();
    with(bencher, corpus.bytes, corpus.events, || read_all(&corpus.packed));
}

#[divan::bench(sample_count = 20)]
fn busy_objects_gz_libdeflate_alone(bencher: Bencher<'_, '_>) {
    let corpus = Corpus::busy_objects();
    with(bencher, corpus.bytes, corpus.events, || unpack_all(&corpus.packed));
}

#[divan::bench(sample_count = 20)]
fn one_huge_ndjson(bencher: Bencher<'_, '_>) {
    let lines = Corpus::lines();
    with(bencher, lines.bytes, lines.events, || read_streamed(&lines.plain[0]));
}

#[divan::bench(sample_count = 20)]
fn one_huge_ndjson_lines_alone(bencher: Bencher<'_, '_>) {
    let lines = Corpus::lines();
    with(bencher, lines.bytes, lines.events, || count_lines(&lines.plain[0]));
}

#[divan::bench(sample_count = 10)]
fn one_huge_gz(bencher: Bencher<'_, '_>) {
    let lines = Corpus::lines();
    with(bencher, lines.bytes, lines.events, || read_streamed(&lines.packed[0]));
}

#[divan::bench(sample_count = 10)]
fn one_huge_gz_zlib_alone(bencher: Bencher<'_, '_>) {
    let lines = Corpus::lines();
    with(bencher, lines.bytes, lines.events, || unpack_streamed(&lines.packed[0]));
}

/// The best of several runs of each in turn, so that both meet the same weather.
fn best_of(first: impl Fn() -> u64, second: impl Fn() -> u64) -> (Duration, Duration) {
    let time = |run: &dyn Fn() -> u64| {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    };
    (0..15).fold((Duration::MAX, Duration::MAX), |(a, b), _| (a.min(time(&first)), b.min(time(&second))))
}

fn ratios() {
    let line = |what: &str, limit: &str, corpus: &Corpus, (ours, best): (Duration, Duration)| {
        let speed = |time: Duration| corpus.bytes as f64 / 1e6 / time.as_secs_f64();
        println!(
            "{what:<38} {:>5.0} MB/s, {:>4.2} M events/s = {:.2} of {limit} ({:.0} MB/s)",
            speed(ours),
            corpus.events as f64 / 1e6 / ours.as_secs_f64(),
            best.as_secs_f64() / ours.as_secs_f64(),
            speed(best),
        );
    };
    println!("\nMB are unpacked bytes; one core.");
    for (what, corpus) in
        [("small S3 objects", Corpus::small_objects()), ("busy S3 objects", Corpus::busy_objects())]
    {
        println!(
            "{what}: {} objects, {:.1} events each, {} bytes an event, packed {:.1}:1",
            corpus.plain.len(),
            corpus.events as f64 / corpus.plain.len() as f64,
            corpus.bytes / corpus.events,
            corpus.bytes as f64 / corpus.packed.iter().map(Vec::len).sum::<usize>() as f64,
        );
        let gz = best_of(|| read_all(&corpus.packed), || unpack_all(&corpus.packed));
        line("  .json.gz: unpack, scan, prescreen", "libdeflate alone", &corpus, gz);
        for keys in [1, 3] {
            let glance =
                best_of(|| read_all_with(&corpus.packed, Glancing::new(keys)), || unpack_all(&corpus.packed));
            line(&format!("  .json.gz: unpack, glance at {keys}"), "libdeflate alone", &corpus, glance);
        }
        let plain =
            best_of(|| read_all(&corpus.plain), || corpus.plain.iter().map(|file| count_lines(file)).sum());
        line("  .json: scan, prescreen", "counting line ends", &corpus, plain);
    }
    let lines = Corpus::lines();
    println!("one source of {} MB", lines.bytes / 1_000_000);
    let plain = best_of(|| read_streamed(&lines.plain[0]), || count_lines(&lines.plain[0]));
    line("  NDJSON, streamed", "counting line ends", &lines, plain);
    for keys in [1, 3] {
        let glance = best_of(
            || read_streamed_with(&lines.plain[0], Glancing::new(keys)),
            || count_lines(&lines.plain[0]),
        );
        line(&format!("  NDJSON, streamed, glance at {keys}"), "counting line ends", &lines, glance);
    }
    let gz = best_of(|| read_streamed(&lines.packed[0]), || unpack_streamed(&lines.packed[0]));
    line("  .gz, streamed", "zlib-rs alone", &lines, gz);
}
