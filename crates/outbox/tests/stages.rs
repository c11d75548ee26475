//! The delivery stages, each by its promise, on a real ledger and with time passed in.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::HashSet;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use trailbell_config::{ChannelSettings, DeliverySettings, Target};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_outbox::{
    Announcement, Batch, Capabilities, Failure, FailureKind, Follows, Form, Identity, Ledger, Letter,
    LetterState, Mute, News, Outbox, Owed, Receipt, Why,
};
use trailbell_text::{Kind, Outcome, Severity};

const NOON: &str = "2026-11-24T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn channel(name: &str) -> ChannelSettings {
    ChannelSettings {
        name: name.to_owned(),
        // Channels lead to different places unless a test says otherwise.
        target: Target::File { path: name.into() },
        language: None,
        minimum_severity: Severity::Info,
        accounts: Vec::new(),
        kinds: Vec::new(),
        quiet_hours: None,
        monthly_budget: None,
        digest_below: None,
        operations: true,
    }
}

const CAN: Capabilities = Capabilities {
    word: "stdout",
    burst: 100,
    interval: Duration::ZERO,
    max_bytes: 1 << 20,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(1),
};

/// A world: an outbox on a ledger in a folder of its own, past its first week.
struct World {
    _folder: tempfile::TempDir,
    ledger: SqliteLedger,
    outbox: Outbox,
    now: Timestamp,
    notices: u32,
}

impl World {
    fn new(channels: Vec<ChannelSettings>) -> Self {
        Self::with(channels, DeliverySettings { learning: Duration::ZERO, ..DeliverySettings::default() })
    }

    fn with(channels: Vec<ChannelSettings>, delivery: DeliverySettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger =
            SqliteLedger::open(&folder.path().join("trailbell.db"), &Options::default()).unwrap();
        let now = at(NOON);
        let channels = channels.into_iter().map(|channel| (channel, CAN)).collect();
        let outbox = Outbox::open(channels, delivery, TimeZone::UTC, &mut ledger, now).unwrap();
        Self { _folder: folder, ledger, outbox, now, notices: 0 }
    }

    fn pass(&mut self, time: SignedDuration) -> &mut Self {
        self.now += time;
        self
    }

    /// Something is told by alice; what each channel's stages say about it.
    fn told(&mut self, change: impl FnOnce(&mut Owed)) -> Vec<Vec<Why>> {
        self.notices += 1;
        let mut owed = Owed {
            notice: Identity::of(&["test", &self.notices.to_string()]),
            event_id: Some(format!("e-{}", self.notices)),
            time: Some(self.now),
            told_at: self.now,
            severity: Severity::Medium,
            kind: Kind::IamChange,
            outcome: Outcome::Success,
            account: Some("123456789012".to_owned()),
            principal: Some("alice".to_owned()),
            principal_arn: Some("arn:aws:iam::123456789012:user/alice".to_owned()),
            is_root: false,
            address: Some("198.51.100.7".to_owned()),
            rules: vec!["iam-change".to_owned()],
            group: Identity::of(&["123456789012", "alice", "iam-change"]),
            thread: Identity::of(&["123456789012", "alice", "iam-change", "2026-11-24"]),
            facts: "{}".to_owned(),
            stands_alone: false,
        };
        change(&mut owed);
        let mut batch = Batch::default();
        self.outbox.plan(&owed, self.now, &mut self.ledger, &mut batch).unwrap();
        let why = batch.entries.iter().map(|entry| entry.why.clone()).collect();
        batch.notices.push(owed);
        self.ledger.commit(&batch).unwrap();
        why
    }

    /// The letters due now, taken by their channels: form and how many notices each holds.
    fn delivered(&mut self) -> Vec<(Form, u64)> {
        let letters = self.due();
        letters.iter().map(|letter| (letter.form, self.settle(letter, &Ok(Receipt::default())).0)).collect()
    }

    fn due(&mut self) -> Vec<Letter> {
        self.outbox.due(self.now, &mut self.ledger, &HashSet::new()).unwrap().letters
    }

    fn settle(&mut self, letter: &Letter, outcome: &Result<Receipt, Failure>) -> (u64, Option<News>) {
        let mut batch = Batch::default();
        let news = self.outbox.settle(letter, outcome, self.now, 0.5, &mut batch);
        self.ledger.commit(&batch).unwrap();
        (self.ledger.told_in(&letter.letter, 10).unwrap().1, news)
    }
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn the_first_of_a_group_goes_at_once_and_what_follows_goes_together() {
    let mut world = World::new(vec![channel("desk")]);
    assert_eq!(world.told(|_| {}), [[Why::First]]);
    assert_eq!(world.delivered(), [(Form::Notice, 1)]);
    let due = at("2026-11-24T12:05:00Z");
    for _ in 0..7 {
        assert_eq!(world.pass(MINUTE / 2).told(|_| {}), [[Why::Follows { due }]]);
    }
    assert_eq!(world.delivered(), []);
    assert_eq!(world.pass(MINUTE * 2).delivered(), [(Form::Summary, 7)]);
    // The go continues: the next minutes are gathered too, without another first.
    let due = at("2026-11-24T12:11:00Z");
    assert_eq!(world.pass(MINUTE / 2).told(|_| {}), [[Why::Follows { due }]]);
    // After a pause it is news again.
    assert_eq!(world.pass(MINUTE * 20).delivered(), [(Form::Summary, 1)]);
    assert_eq!(world.told(|_| {}), [[Why::First]]);
}

#[test]
fn root_and_critical_are_never_held_and_other_people_are_other_groups() {
    let mut world = World::new(vec![channel("desk")]);
    world.told(|_| {});
    assert_eq!(world.told(|owed| owed.is_root = true), [[Why::NeverHeld]]);
    assert_eq!(world.told(|owed| owed.severity = Severity::Critical), [[Why::NeverHeld]]);
    assert_eq!(world.told(|owed| owed.group = Identity::of(&["bob"])), [[Why::First]]);
    assert_eq!(world.delivered().len(), 4);
}

#[test]
fn a_channel_is_told_what_it_asked_for() {
    let grave = ChannelSettings { minimum_severity: Severity::High, ..channel("grave") };
    let other = ChannelSettings { accounts: vec!["210987654321".to_owned()], ..channel("other") };
    let doors = ChannelSettings { kinds: vec![Kind::ConsoleSignIn], ..channel("doors") };
    let mut world = World::new(vec![grave, other, doors]);
    let why = world.told(|_| {});
    assert_eq!(
        why,
        [vec![Why::BelowMinimum { minimum: Severity::High }], vec![Why::OtherAccount], vec![Why::OtherKind]]
    );
    assert_eq!(world.delivered(), []);
}

#[test]
fn quiet_hours_end_with_one_message_and_let_the_critical_through() {
    let night = Some((Time::constant(11, 0, 0, 0), Time::constant(14, 0, 0, 0)));
    let mut world = World::new(vec![ChannelSettings { quiet_hours: night, ..channel("desk") }]);
    let until = at("2026-11-24T14:00:00Z");
    for _ in 0..3 {
        assert_eq!(world.told(|_| {}), [[Why::QuietHours { until }, Why::InDigest { due: until }]]);
    }
    assert_eq!(world.told(|owed| owed.severity = Severity::Critical), [[Why::NeverHeld]]);
    assert_eq!(world.delivered(), [(Form::Notice, 1)]);
    assert_eq!(world.pass(MINUTE * 120).delivered(), [(Form::Digest, 3)]);
}

#[test]
fn the_first_week_learns_high_and_above_at_once_the_rest_once_a_day() {
    let mut world = World::with(vec![channel("desk")], DeliverySettings::default());
    let until = at("2026-12-01T12:00:00Z");
    let due = at("2026-11-25T09:00:00Z");
    assert_eq!(world.told(|_| {}), [[Why::Learning { until }, Why::InDigest { due }]]);
    assert_eq!(world.told(|owed| owed.severity = Severity::High), [[Why::First]]);
    assert_eq!(world.delivered(), [(Form::Notice, 1)]);
    assert_eq!(world.pass(MINUTE * 60 * 21).delivered(), [(Form::Digest, 1)]);
    assert_eq!(world.pass(SignedDuration::from_hours(24 * 7)).told(|_| {}), [[Why::First]]);
}

#[test]
fn a_budget_keeps_enough_for_the_days_that_are_left() {
    let mut world = World::new(vec![ChannelSettings { monthly_budget: Some(9), ..channel("line") }]);
    // Seven days of November are left: two of nine may be spent at once.
    for _ in 0..2 {
        assert_eq!(world.pass(MINUTE * 20).told(|_| {}), [[Why::First]]);
        world.delivered();
    }
    let due = at("2026-11-25T09:00:00Z");
    assert_eq!(world.pass(MINUTE * 20).told(|_| {}), [[Why::Budget { limit: 9 }, Why::InDigest { due }]]);
    assert_eq!(world.told(|owed| owed.severity = Severity::Critical), [[Why::NeverHeld]]);
}

#[test]
fn a_mute_quiets_what_it_names_until_it_expires() {
    let mut world = World::new(vec![channel("desk")]);
    let until = world.now + MINUTE * 60;
    let mute = Mute {
        id: "m1".to_owned(),
        rule: None,
        principal: Some("al*".to_owned()),
        address: Some("198.51.100.0/24".to_owned()),
        created: world.now,
        until,
        author: None,
        reason: None,
    };
    world.ledger.commit(&Batch { mutes: vec![mute], ..Batch::default() }).unwrap();
    world.outbox.refresh(&mut world.ledger, world.now).unwrap();
    assert_eq!(world.told(|_| {}), [[Why::Muted { mute: "m1".to_owned(), until }]]);
    assert_eq!(world.told(|owed| owed.address = Some("203.0.113.9".to_owned())), [[Why::First]]);
    world.pass(MINUTE * 60);
    world.outbox.refresh(&mut world.ledger, world.now).unwrap();
    assert_eq!(world.told(|owed| owed.group = Identity::of(&["later"])), [[Why::First]]);
}

#[test]
fn failed_sign_ins_ring_at_three_at_each_tenfold_and_when_they_stop() {
    let mut world = World::new(vec![channel("desk")]);
    let failed = |owed: &mut Owed| {
        owed.kind = Kind::ConsoleSignIn;
        owed.outcome = Outcome::Failure;
        owed.severity = Severity::Info;
        owed.group = Identity::of(&["failed", "alice"]);
    };
    let mut rang = Vec::new();
    for nth in 1..=40 {
        world.pass(SignedDuration::from_secs(5)).told(failed);
        rang.extend(world.delivered().into_iter().map(|(form, _)| (nth, form)));
    }
    assert_eq!(rang, [(3, Form::Failures), (30, Form::Failures)]);
    // They stop: one last word, after five minutes.
    assert_eq!(world.pass(MINUTE * 4).delivered(), []);
    assert_eq!(world.pass(MINUTE * 2).delivered().len(), 1);
    // One mistyped password does not ring; it is in the digest.
    let due = at("2026-11-25T09:00:00Z");
    assert_eq!(world.pass(MINUTE * 30).told(failed), [[Why::Failures { at: 3 }, Why::InDigest { due }]]);
    // One that says more does.
    let more = world.told(|owed| {
        failed(owed);
        owed.severity = Severity::Medium;
        owed.stands_alone = true;
        owed.group = Identity::of(&["failed", "often"]);
    });
    assert_eq!((more, world.delivered()), (vec![vec![Why::First]], vec![(Form::Notice, 1)]));
    // Somebody at root's door does.
    let why = world.told(|owed| {
        failed(owed);
        owed.is_root = true;
        owed.group = Identity::of(&["failed", "root"]);
    });
    assert_eq!(why, [[Why::Failures { at: 1 }]]);
    assert_eq!(world.delivered(), [(Form::Failures, 1)]);
}

#[test]
fn what_is_not_taken_is_tried_for_a_day_and_then_given_up() {
    let mut world = World::new(vec![channel("desk")]);
    world.told(|_| {});
    let busy = Err(Failure { kind: FailureKind::Temporary { after: None }, message: "451".to_owned() });
    let mut attempts = 0;
    let mut news = Vec::new();
    let begin = world.now;
    let letter = loop {
        for letter in world.due() {
            attempts += 1;
            news.extend(world.settle(&letter, &busy).1);
        }
        let letter = world.ledger.letters(None, 1).unwrap().remove(0);
        if letter.state == LetterState::Dead {
            break letter;
        }
        world.pass(MINUTE);
        assert!(world.now < begin + SignedDuration::from_hours(30), "it is tried for ever");
    };
    assert_eq!(letter.attempts, attempts);
    assert!((10..40).contains(&attempts), "{attempts} attempts in a day");
    assert!(world.now > begin + SignedDuration::from_hours(20));
    // That the channel refuses is news once, after ten minutes.
    assert!(matches!(news.as_slice(), [News::Refusing { .. }]), "{news:?}");
    // Well again is news too.
    world.told(|owed| owed.group = Identity::of(&["later"]));
    world.pass(MINUTE * 10);
    let letter = world.due().remove(0);
    assert!(matches!(world.settle(&letter, &Ok(Receipt::default())).1, Some(News::Well { .. })));
}

#[test]
fn retry_after_is_honoured_and_a_refused_letter_is_not_tried_again() {
    let mut world = World::new(vec![channel("desk")]);
    world.told(|owed| owed.severity = Severity::Critical);
    world.told(|owed| owed.severity = Severity::Critical);
    let [first, second] = world.due().try_into().unwrap();
    let after = Some(Duration::from_mins(30));
    world.settle(&first, &Err(Failure { kind: FailureKind::Temporary { after }, message: "429".to_owned() }));
    world.settle(&second, &Err(Failure { kind: FailureKind::Refused, message: "too large".to_owned() }));
    assert_eq!(world.pass(MINUTE * 29).due(), []);
    assert_eq!(world.pass(MINUTE * 2).delivered().len(), 1);
    let dead = world.ledger.letters(Some(LetterState::Dead), 10).unwrap();
    assert_eq!(dead.iter().map(|letter| &letter.letter).collect::<Vec<_>>(), [&second.letter]);
}

#[test]
fn a_letter_given_up_can_be_revived_and_has_its_day_again() {
    let mut world = World::new(vec![channel("desk")]);
    world.told(|_| {});
    let letter = world.due().remove(0);
    world.settle(&letter, &Err(Failure { kind: FailureKind::Refused, message: "550".to_owned() }));
    world.pass(SignedDuration::from_hours(48));
    let change = trailbell_outbox::LetterChange {
        letter: letter.letter.clone(),
        state: LetterState::Waiting,
        due: world.now,
        attempt: None,
    };
    world.ledger.commit(&Batch { changes: vec![change], ..Batch::default() }).unwrap();
    let again = world.due().remove(0);
    assert_eq!((again.letter.clone(), again.first_attempt), (letter.letter, None));
    let busy = Err(Failure { kind: FailureKind::Temporary { after: None }, message: "451".to_owned() });
    world.settle(&again, &busy);
    assert_eq!(world.ledger.letters(Some(LetterState::Waiting), 10).unwrap().len(), 1);
}

#[test]
fn everything_goes_on_after_a_restart() {
    let mut world = World::new(vec![channel("desk")]);
    world.told(|_| {});
    let delivery = DeliverySettings { learning: Duration::ZERO, ..DeliverySettings::default() };
    world.outbox =
        Outbox::open(vec![(channel("desk"), CAN)], delivery, TimeZone::UTC, &mut world.ledger, world.now)
            .unwrap();
    // The group is still gathering, and the letter that was on its way is due again, by the same name.
    assert!(matches!(world.told(|_| {})[0][0], Why::Follows { .. }));
    assert_eq!(world.delivered(), [(Form::Notice, 1)]);
}

#[test]
fn a_channel_that_is_down_hides_nothing_that_another_could_send() {
    let mut world = World::new(vec![channel("down"), channel("up")]);
    let busy = Err(Failure { kind: FailureKind::Temporary { after: None }, message: "451".to_owned() });
    for _ in 0..50 {
        world.told(|owed| owed.is_root = true);
    }
    for _ in 0..20 {
        for letter in world.due() {
            let outcome = if letter.channel == "up" { Ok(Receipt::default()) } else { busy.clone() };
            world.settle(&letter, &outcome);
        }
    }
    let waiting = world.ledger.letters(Some(LetterState::Waiting), 100).unwrap();
    assert_eq!(waiting.len(), 50);
    assert!(waiting.iter().all(|letter| letter.channel == "down"));
    assert_eq!(world.ledger.letters(Some(LetterState::Sent), 100).unwrap().len(), 50);
}

#[test]
fn a_letter_that_is_put_off_for_long_does_not_hold_up_the_next() {
    let mut world = World::new(vec![channel("desk")]);
    world.told(|owed| owed.is_root = true);
    let first = world.due().remove(0);
    let after = Some(Duration::from_hours(5));
    world.settle(&first, &Err(Failure { kind: FailureKind::Temporary { after }, message: "429".to_owned() }));
    world.told(|owed| owed.severity = Severity::Critical);
    assert_eq!(world.pass(MINUTE * 6).delivered(), [(Form::Notice, 1)]);
    assert_eq!(world.pass(MINUTE * 60 * 4).delivered(), []);
    assert_eq!(world.pass(MINUTE * 61).delivered(), [(Form::Notice, 1)]);
}

#[test]
fn a_budget_counts_what_is_about_to_be_sent() {
    let mut world = World::new(vec![ChannelSettings { monthly_budget: Some(9), ..channel("line") }]);
    let mut at_once = 0;
    for number in 0..10 {
        let why = world.told(|owed| owed.group = Identity::of(&["somebody", &number.to_string()]));
        at_once += usize::from(why == [[Why::First]]);
    }
    // Seven days of November are left: two of nine.
    assert_eq!(at_once, 2);
}

#[test]
fn mistyped_passwords_hours_apart_are_no_burst_however_they_arrive() {
    let mut world = World::new(vec![channel("desk")]);
    for hours in [21, 14, 7] {
        let time = world.now - SignedDuration::from_hours(hours);
        let why = world.told(|owed| {
            owed.kind = Kind::ConsoleSignIn;
            owed.outcome = Outcome::Failure;
            owed.severity = Severity::Info;
            owed.time = Some(time);
        });
        assert_eq!(why[0][0], Why::Failures { at: 3 });
    }
    assert_eq!(world.delivered(), []);
}

#[test]
fn two_channels_to_one_place_tell_it_once() {
    let target = channel("desk").target;
    let grave = ChannelSettings { minimum_severity: Severity::High, target, ..channel("grave") };
    let mut world = World::new(vec![channel("desk"), grave, channel("elsewhere")]);
    let why = world.told(|owed| owed.severity = Severity::Critical);
    assert_eq!(why, [[Why::NeverHeld], [Why::Already], [Why::NeverHeld]]);
    assert_eq!(world.delivered().len(), 2);
}

#[test]
fn the_end_of_something_never_overtakes_its_beginning() {
    let mut world = World::new(vec![channel("pager"), channel("desk")]);
    let channels = [(channel("pager"), Capabilities { resolves: true, ..CAN }), (channel("desk"), CAN)];
    let delivery = DeliverySettings { learning: Duration::ZERO, ..DeliverySettings::default() };
    world.outbox =
        Outbox::open(channels.into(), delivery, TimeZone::UTC, &mut world.ledger, world.now).unwrap();
    let thread = Identity::of(&["alarm", "refused"]);
    world.told(|owed| owed.thread = thread.clone());
    let over = Announcement {
        key: &["alarm-over", "refused"],
        severity: Severity::Info,
        bulletin: "{}",
        is_of_the_account: true,
        except: None,
        resolves: Some(&thread),
        follows: None,
    };
    let mut batch = Batch::default();
    world.outbox.announce(&over, world.now, &mut batch);
    world.ledger.commit(&batch).unwrap();
    // Only who can close something hears that it is over; and not before it has opened it.
    let first = world.due();
    let named: Vec<(&str, Form)> =
        first.iter().map(|letter| (letter.channel.as_str(), letter.form)).collect();
    assert_eq!(named, [("pager", Form::Notice), ("desk", Form::Notice)]);
    let later = Failure { kind: FailureKind::Temporary { after: None }, message: "busy".to_owned() };
    world.settle(&first[0], &Err(later));
    world.settle(&first[1], &Ok(Receipt::default()));
    assert!(world.due().is_empty(), "what opens it is tried again first");
    world.pass(SignedDuration::from_mins(10));
    let again = world.due();
    assert_eq!(again.iter().map(|letter| letter.form).collect::<Vec<_>>(), [Form::Notice]);
    world.settle(&again[0], &Ok(Receipt::default()));
    let end = world.due();
    assert_eq!(
        end.iter().map(|letter| (letter.form, &letter.thread)).collect::<Vec<_>>(),
        [(Form::Bulletin, &thread)]
    );
}

#[test]
fn what_sums_up_a_thread_is_for_those_who_were_told_of_it_and_show_it_together() {
    let mut world = World::new(Vec::new());
    let threads = Capabilities { threads: true, ..CAN };
    let channels = [("mail", threads), ("phone", Capabilities { threads: false, ..CAN }), ("other", threads)];
    let channels = channels.map(|(name, can)| (channel(name), can));
    let delivery = DeliverySettings { learning: Duration::ZERO, ..DeliverySettings::default() };
    world.outbox =
        Outbox::open(channels.into(), delivery, TimeZone::UTC, &mut world.ledger, world.now).unwrap();
    let thread = Identity::of(&["session", "alice"]);
    let told = ["mail", "phone"].map(str::to_owned).into();
    let sum = Announcement {
        key: &["session", "alice"],
        severity: Severity::Low,
        bulletin: "{}",
        is_of_the_account: true,
        except: None,
        resolves: None,
        follows: Some(Follows { thread: &thread, channels: &told }),
    };
    let mut batch = Batch::default();
    world.outbox.announce(&sum, world.now, &mut batch);
    let letters: Vec<(&str, &Identity)> =
        batch.letters.iter().map(|letter| (letter.channel.as_str(), &letter.thread)).collect();
    assert_eq!(letters, [("mail", &thread)]);
}

#[test]
fn what_is_of_no_one_account_concerns_everybody() {
    let only = |account: &str| ChannelSettings { accounts: vec![account.to_owned()], ..channel(account) };
    let mut world = World::new(vec![only("123456789012"), only("210987654321")]);
    let why = world.told(|_| {});
    assert_eq!(why, [vec![Why::First], vec![Why::OtherAccount]]);
    let why = world.told(|owed| {
        owed.account = None;
        owed.group = Identity::of(&["alarm"]);
    });
    assert_eq!(why, [vec![Why::First], vec![Why::First]]);
}
