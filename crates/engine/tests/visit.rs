//! Short visits by copies that share a ledger: nothing is lost, nothing told twice, and what nobody takes has a last resort.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

#[path = "support/channels.rs"]
mod channels;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use trailbell_config::{ChannelSettings, Lookups, Settings};
use trailbell_engine::{
    Arrival, Condition, Counts, GivenUp, LastResort, Observer, Presence, SourceState, Visit, Watch,
    WatchSettings,
};
use trailbell_notice::{Bulletin, Lang};
use trailbell_outbox::testing::memory::MemoryLedger;
use trailbell_outbox::{
    Attempt, Batch, Capabilities, Channel, Entry, Failure, FailureKind, Held, Identity, Ledger, LedgerError,
    LedgerErrorKind, Letter, LetterState, Listed, Message, Mute, Owed, Receipt, Sending, Sighting,
};
use trailbell_record::Limits;

use self::channels::CAN;

/// What copies share: a ledger, and how often it has been written to.
#[derive(Debug, Default)]
struct Kept {
    version: u64,
    /// Whether somebody else is always faster.
    is_busy: bool,
    ledger: MemoryLedger,
}

/// One copy's way to it: whoever has not seen the last write may not write.
#[derive(Debug)]
struct Shared {
    kept: Arc<Mutex<Kept>>,
    seen: u64,
}

impl Shared {
    fn open(kept: &Arc<Mutex<Kept>>) -> Self {
        Self { seen: kept.lock().unwrap().version, kept: Arc::clone(kept) }
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&mut MemoryLedger) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        question(&mut self.kept.lock().unwrap().ledger)
    }

    fn write<T>(
        &mut self,
        write: impl FnOnce(&mut MemoryLedger) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut kept = self.kept.lock().unwrap();
        if kept.version != self.seen || kept.is_busy {
            return Err(LedgerError { kind: LedgerErrorKind::Overtaken, message: "overtaken".into() });
        }
        kept.version += 1;
        self.seen = kept.version;
        write(&mut kept.ledger)
    }
}

impl Ledger for Shared {
    fn commit(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        self.write(|ledger| ledger.commit(batch))
    }
    fn forget(&mut self, before: Timestamp, limit: usize) -> Result<bool, LedgerError> {
        self.write(|ledger| ledger.forget(before, limit))
    }
    fn sightings(&mut self, events: &[Identity]) -> Result<Vec<Option<Sighting>>, LedgerError> {
        self.ask(|ledger| ledger.sightings(events))
    }
    fn held(&mut self, after: Option<(i64, &Identity)>, limit: usize) -> Result<Vec<Held>, LedgerError> {
        self.ask(|ledger| ledger.held(after, limit))
    }
    fn position(&mut self, source: &str) -> Result<Option<String>, LedgerError> {
        self.ask(|ledger| ledger.position(source))
    }
    fn state(&mut self, prefix: &str) -> Result<Vec<(String, String)>, LedgerError> {
        self.ask(|ledger| ledger.state(prefix))
    }
    fn notice(&mut self, notice: &Identity) -> Result<Option<Owed>, LedgerError> {
        self.ask(|ledger| ledger.notice(notice))
    }
    fn find(&mut self, event_id: &str) -> Result<Vec<(Identity, Sighting)>, LedgerError> {
        self.ask(|ledger| ledger.find(event_id))
    }
    fn notices(&mut self, listed: &Listed) -> Result<Vec<Owed>, LedgerError> {
        self.ask(|ledger| ledger.notices(listed))
    }
    fn due(&mut self, channel: &str, now: Timestamp, limit: usize) -> Result<Vec<Letter>, LedgerError> {
        self.ask(|ledger| ledger.due(channel, now, limit))
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, LedgerError> {
        self.ask(Ledger::next_due)
    }
    fn letter(&mut self, letter: &Identity) -> Result<Option<Letter>, LedgerError> {
        self.ask(|ledger| ledger.letter(letter))
    }
    fn letters(&mut self, state: Option<LetterState>, limit: usize) -> Result<Vec<Letter>, LedgerError> {
        self.ask(|ledger| ledger.letters(state, limit))
    }
    fn told_in(&mut self, letter: &Identity, limit: usize) -> Result<(Vec<Owed>, u64), LedgerError> {
        self.ask(|ledger| ledger.told_in(letter, limit))
    }
    fn entries(&mut self, notice: &Identity) -> Result<Vec<Entry>, LedgerError> {
        self.ask(|ledger| ledger.entries(notice))
    }
    fn attempts(&mut self, letter: &Identity) -> Result<Vec<Attempt>, LedgerError> {
        self.ask(|ledger| ledger.attempts(letter))
    }
    fn sent_since(&mut self, channel: &str, since: Timestamp) -> Result<u64, LedgerError> {
        self.ask(|ledger| ledger.sent_since(channel, since))
    }
    fn mutes(&mut self, now: Timestamp) -> Result<Vec<Mute>, LedgerError> {
        self.ask(|ledger| ledger.mutes(now))
    }
    fn counts(&mut self, since: Timestamp) -> Result<trailbell_outbox::Counts, LedgerError> {
        self.ask(|ledger| ledger.counts(since))
    }
}

/// Remembers what it was sent; refuses, while it is told to.
#[derive(Debug, Default)]
struct Desk {
    taken: Mutex<Vec<String>>,
    refuses: Mutex<Option<FailureKind>>,
    hangs: AtomicU32,
}

impl Channel for Desk {
    fn capabilities(&self) -> &Capabilities {
        &CAN
    }
    fn target(&self) -> String {
        "desk".into()
    }
    fn preview(&self, _: &Message) -> String {
        String::new()
    }
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            if self.hangs.load(Ordering::SeqCst) > 0 {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
            if let Some(kind) = *self.refuses.lock().unwrap() {
                return Err(Failure { kind, message: "no".into() });
            }
            self.taken.lock().unwrap().push(message.identity.as_str().to_owned());
            Ok(Receipt::default())
        })
    }
}

struct Nobody;

impl Observer for Nobody {
    fn round(&self, _: &[SourceState], _: &Counts) {}
    fn ledger(&self, _: Option<&LedgerError>) {}
    fn kept(&self, _: &trailbell_outbox::Counts) {}
    fn attempt(&self, _: &str, _: Result<(), &Failure>, _: Duration, _: Option<SignedDuration>) {}
    fn given_up(&self, _: &str) {}
    fn probed(&self, _: &str, _: Result<&[String], &Failure>) {}
    fn condition(&self, _: &str, _: &Condition) {}
    fn problem(&self, _: &str, _: &str, _: &str) {}
}

fn settings(rules: &str) -> Settings {
    let text =
        format!("channels: {{ desk: 'stdout:' }}\ndelivery: {{ learning: off, all_is_well: off }}\n{rules}");
    trailbell_config::parse(&text, trailbell_detect::BUILTIN_RULES, Lookups::none()).unwrap().settings
}

fn copy(kept: &Arc<Mutex<Kept>>, desk: &Arc<Desk>, last_resort: Option<LastResort>) -> Visit {
    copy_with("", kept, desk, last_resort)
}

/// A copy whose settings have these rules.
fn copy_with(
    rules: &'static str,
    kept: &Arc<Mutex<Kept>>,
    desk: &Arc<Desk>,
    last_resort: Option<LastResort>,
) -> Visit {
    let kept = Arc::clone(kept);
    let open = move |now: Timestamp| -> Result<Watch, LedgerError> {
        let settings = settings(rules);
        let channels: Vec<(ChannelSettings, Capabilities)> =
            settings.channels.iter().map(|channel| (channel.clone(), CAN)).collect();
        let watch = WatchSettings {
            rules: trailbell_engine::rules(&settings).unwrap(),
            reader: trailbell_engine::reader(&settings, Lang::En, jiff::tz::TimeZone::UTC),
            settings,
            limits: Limits::default(),
            presence: Presence::Visits,
        };
        Watch::open(watch, channels, Box::new(Shared::open(&kept)), now)
    };
    let channels: HashMap<String, Arc<dyn Channel>> =
        HashMap::from([("desk".to_owned(), Arc::clone(desk) as Arc<dyn Channel>)]);
    Visit::new(open, channels, last_resort, Arc::new(Nobody))
}

/// A user made by somebody of its own, so that nothing is gathered.
fn event(number: u32) -> (String, Arrival) {
    let now = Timestamp::now();
    let body = format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDA{number}","arn":"arn:aws:iam::123456789012:user/u{number}","accountId":"123456789012","userName":"u{number}"}},"eventTime":"{now}","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","requestParameters":{{"userName":"bob"}},"eventID":"e-{number}","readOnly":false,"recipientAccountId":"123456789012"}}"#
    );
    let arrival = Arrival { body: body.into_bytes(), label: "test".into(), position: None, backlog: false };
    ("logs".to_owned(), arrival)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// What was sent, without the welcome.
fn sent(kept: &Arc<Mutex<Kept>>, desk: &Desk) -> Vec<String> {
    let mut kept = kept.lock().unwrap();
    let letters = kept.ledger.letters(Some(LetterState::Sent), usize::MAX).unwrap();
    let notices: HashSet<String> = letters
        .iter()
        .filter(|letter| letter.form == trailbell_outbox::Form::Notice)
        .map(|letter| letter.letter.as_str().to_owned())
        .collect();
    desk.taken.lock().unwrap().iter().filter(|identity| notices.contains(*identity)).cloned().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_to_two_copies_is_told_by_one() {
    let (kept, desk) = (Arc::default(), Arc::default());
    let (mut first, mut second) = (copy(&kept, &desk, None), copy(&kept, &desk, None));
    // Both have looked before either writes.
    first.prepare().await.unwrap();
    second.prepare().await.unwrap();
    let taken = first.take(&[event(1)]).await.unwrap();
    assert_eq!((taken[0].events, taken[0].problems.len()), (1, 0));
    second.take(&[event(1)]).await.unwrap();
    first.deliver(soon()).await.unwrap();
    second.deliver(soon()).await.unwrap();
    assert_eq!(sent(&kept, &desk).len(), 1);
}

/// Four copies, each of which takes the same twenty events in an order of its own.
async fn run_four(copy: impl Fn() -> Visit) {
    let mut copies = tokio::task::JoinSet::new();
    for shift in 0..4_u32 {
        let mut copy = copy();
        copies.spawn(async move {
            for number in 0..20 {
                // Every copy is given every event, each in another order.
                let arrivals = [event((number * 7 + shift * 5) % 20)];
                while copy.take(&arrivals).await.is_err() {}
                while copy.deliver(soon()).await.is_err() {}
            }
        });
    }
    while let Some(done) = copies.join_next().await {
        done.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_copies_at_once_tell_everything_once() {
    let (kept, desk): (Arc<Mutex<Kept>>, Arc<Desk>) = Default::default();
    run_four(|| copy(&kept, &desk, None)).await;
    let sent = sent(&kept, &desk);
    let different: HashSet<&String> = sent.iter().collect();
    assert_eq!((sent.len(), different.len()), (20, 20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_copies_at_once_count_everything_once() {
    let rules = "rules:
  iam-change: { enabled: false }
  made: { sigma: { title: A user was made, logsource: { product: aws }, detection: { s: { eventName: CreateUser }, condition: s } } }
  many: { sigma: { title: Many users, correlation: { type: event_count, rules: [A user was made], timespan: 1h, condition: { eq: 20 } } } }
";
    let (kept, desk): (Arc<Mutex<Kept>>, Arc<Desk>) = Default::default();
    run_four(|| copy_with(rules, &kept, &desk, None)).await;
    assert_eq!(sent(&kept, &desk).len(), 1, "twenty, and none of them twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_on_its_way_is_nobody_else_s_until_its_time_is_over() {
    let (kept, desk): (Arc<Mutex<Kept>>, Arc<Desk>) = Default::default();
    let mut first = copy(&kept, &desk, None);
    first.take(&[event(1)]).await.unwrap();
    desk.hangs.store(1, Ordering::SeqCst);
    // The copy is killed while it sends.
    let _ = tokio::time::timeout(Duration::from_millis(200), first.deliver(soon())).await;
    drop(first);
    desk.hangs.store(0, Ordering::SeqCst);
    let mut second = copy(&kept, &desk, None);
    second.deliver(soon()).await.unwrap();
    assert_eq!(sent(&kept, &desk).len(), 0);
    let due = kept.lock().unwrap().ledger.next_due().unwrap().unwrap();
    let left = due.duration_since(Timestamp::now());
    assert!(left > SignedDuration::from_mins(1) && left < SignedDuration::from_mins(5), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_good_goes_to_the_last_resort_or_stays() {
    let (kept, desk): (Arc<Mutex<Kept>>, Arc<Desk>) = Default::default();
    let given_up: Arc<Mutex<Vec<GivenUp>>> = Arc::default();
    let is_there = Arc::new(AtomicU32::new(0));
    let last_resort: LastResort = {
        let (given_up, is_there) = (Arc::clone(&given_up), Arc::clone(&is_there));
        Arc::new(move |letter| {
            let (given_up, is_there) = (Arc::clone(&given_up), Arc::clone(&is_there));
            Box::pin(async move {
                if is_there.load(Ordering::SeqCst) == 0 {
                    return Err("the queue is gone too".to_owned());
                }
                given_up.lock().unwrap().push(letter);
                Ok(())
            })
        })
    };
    let mut copy = copy(&kept, &desk, Some(last_resort));
    copy.prepare().await.unwrap();
    copy.deliver(soon()).await.unwrap();
    *desk.refuses.lock().unwrap() = Some(FailureKind::Refused);
    copy.take(&[event(1)]).await.unwrap();
    assert_eq!(copy.deliver(soon()).await.unwrap().failed, 1);
    // Nobody took it: it is still owed.
    let dead = |kept: &Arc<Mutex<Kept>>| {
        kept.lock().unwrap().ledger.letters(Some(LetterState::Dead), 10).unwrap().len()
    };
    assert_eq!((given_up.lock().unwrap().len(), dead(&kept)), (0, 0));
    is_there.store(1, Ordering::SeqCst);
    copy.take(&[event(2)]).await.unwrap();
    copy.deliver(soon()).await.unwrap();
    let given_up = given_up.lock().unwrap();
    assert_eq!((given_up.len(), dead(&kept)), (1, 1));
    assert_eq!((given_up[0].channel.as_str(), given_up[0].reason.as_str()), ("desk", "no"));
    let said = trailbell_notice::render::plain(&given_up[0].message.page);
    assert!(said.contains("u2 created IAM user bob"), "{said}");
}

/// Two copies over one ledger, the welcome said.
async fn two_copies() -> (Arc<Desk>, Visit, Visit) {
    let (kept, desk): (Arc<Mutex<Kept>>, Arc<Desk>) = Default::default();
    let (mut first, second) = (copy(&kept, &desk, None), copy(&kept, &desk, None));
    first.prepare().await.unwrap();
    first.deliver(soon()).await.unwrap();
    (desk, first, second)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_of_its_own_is_said_once_for_a_key() {
    let (desk, mut first, mut second) = two_copies().await;
    let before = desk.taken.lock().unwrap().len();
    let bulletin = Bulletin::WellAgain { source: "logs".into(), deaf_since: None };
    for _ in 0..2 {
        first.say(&["key"], &bulletin).await.unwrap();
        second.say(&["key"], &bulletin).await.unwrap();
        first.deliver(soon()).await.unwrap();
        second.deliver(soon()).await.unwrap();
    }
    assert_eq!(desk.taken.lock().unwrap().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_is_on_its_way_is_not_sent_by_who_says_it_too() {
    let (desk, mut first, mut second) = two_copies().await;
    let before = desk.taken.lock().unwrap().len();
    let bulletin = Bulletin::WellAgain { source: "logs".into(), deaf_since: None };
    first.say(&["key"], &bulletin).await.unwrap();
    // The first copy has claimed it and hangs in the middle.
    desk.hangs.store(1, Ordering::SeqCst);
    let sending = tokio::time::timeout(Duration::from_millis(200), first.deliver(soon())).await;
    assert!(sending.is_err());
    desk.hangs.store(0, Ordering::SeqCst);
    second.say(&["key"], &bulletin).await.unwrap();
    second.deliver(soon()).await.unwrap();
    assert_eq!(desk.taken.lock().unwrap().len(), before, "it is the first one's until its claim is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_is_overtaken_all_the_time_is_an_error_and_nothing_is_taken() {
    let (kept, desk): (Arc<Mutex<Kept>>, Arc<Desk>) = Default::default();
    let mut copy = copy(&kept, &desk, None);
    copy.prepare().await.unwrap();
    kept.lock().unwrap().is_busy = true;
    let error = copy.take(&[event(1)]).await.unwrap_err();
    assert_eq!(error.kind, LedgerErrorKind::Overtaken);
    let mut kept = kept.lock().unwrap();
    let notices = kept.ledger.notices(&Listed { since: None, until: None, minimum: None, limit: 9 });
    assert_eq!(notices.unwrap(), []);
}
