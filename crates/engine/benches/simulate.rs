//! How fast templates are run over a log: a day of records, one a minute, through a hundred metric filters with an alarm each,
//! half of them with a default value. `cargo bench -p trailbell-engine`; a year is 365 of these.

use std::fmt::Write as _;
use std::io;
use std::num::NonZeroUsize;

use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use trailbell_config::Settings;
use trailbell_detect::{RuleSet, RuleSettings};
use trailbell_engine::simulate::{Listener, Moment, Simulation, World};
use trailbell_engine::{Progress, Unreadable};
use trailbell_notice::{Lang, Reader};
use trailbell_record::Limits;
use trailbell_template::{File, Request};

const RECORDS: usize = 24 * 60;
const FILTERS: usize = 100;
/// Each event name is that of many filters, but for the last, which never comes.
const NAMES: [&str; 5] = ["CreateUser", "PutBucketPolicy", "StopLogging", "DeleteTrail", "NeverHappens"];

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 60], sample_count = 5)]
fn day_of_minutes(bencher: Bencher<'_, '_>, minutes_between_matches: usize) {
    let folder = tempfile::tempdir().unwrap_or_else(|error| unreachable!("{error}"));
    let path = folder.path().join("log.ndjson");
    std::fs::write(&path, log(minutes_between_matches)).unwrap_or_else(|error| unreachable!("{error}"));
    let request = Request {
        files: vec![File::new("t.json", template())],
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        ..Request::default()
    };
    let stacks = trailbell_template::read(&request, &|_| None)
        .unwrap_or_else(|invalid| unreachable!("{}", invalid.render()));
    let world = World::new(&stacks, &[], None).unwrap_or_else(|invalid| unreachable!("{}", invalid.render()));
    let rules = RuleSet::new(RuleSettings::default()).unwrap_or_else(|error| unreachable!("{error}"));
    let settings = Settings::default();
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| {
        let simulation = Simulation {
            world: &world,
            paths: vec![path.clone()],
            delivery_delay: SignedDuration::from_mins(5),
            rules: &rules,
            settings: &settings,
            reader: Reader::new(Lang::En),
            since: None,
            until: None,
            limits: Limits::default(),
            jobs: NonZeroUsize::MIN,
            wants_plot: false,
        };
        let mut told = Told(0);
        let report = simulation.run(&Progress::default(), &mut told);
        report.map(|report| (report.events, told.0))
    });
}

/// Counts what is told.
struct Told(u64);

impl Listener for Told {
    fn unreadable(&mut self, problem: &Unreadable) {
        unreachable!("{problem:?}");
    }

    fn words(&mut self, moment: &Moment) -> io::Result<String> {
        Ok(moment.at.to_string())
    }

    fn tell(&mut self, _: &str) -> io::Result<()> {
        self.0 += 1;
        Ok(())
    }
}

fn template() -> String {
    let mut resources = Map::new();
    for nth in 0..FILTERS {
        let name = NAMES[nth % NAMES.len()];
        let mut transformation =
            json!({ "MetricName": format!("m{nth}"), "MetricNamespace": "N", "MetricValue": "1" });
        if nth % 2 == 0 {
            transformation["DefaultValue"] = Value::from(0);
        }
        let filter = json!({ "Type": "AWS::Logs::MetricFilter", "Properties": {
            "LogGroupName": "trail", "FilterPattern": format!("{{ $.eventName = {name} && $.readOnly IS FALSE }}"),
            "MetricTransformations": [transformation] } });
        let alarm = json!({ "Type": "AWS::CloudWatch::Alarm", "Properties": {
            "AlarmName": format!("a{nth}"), "MetricName": format!("m{nth}"), "Namespace": "N", "Statistic": "Sum",
            "Period": 300, "EvaluationPeriods": 1 + nth % 3, "Threshold": 1, "TreatMissingData": "notBreaching",
            "ComparisonOperator": "GreaterThanOrEqualToThreshold" } });
        resources.insert(format!("F{nth}"), filter);
        resources.insert(format!("A{nth}"), alarm);
    }
    json!({ "Resources": resources }).to_string()
}

/// Every so many minutes a record that filters match, else one that none does.
fn log(minutes_between_matches: usize) -> String {
    let mut log = String::new();
    for minute in 0..RECORDS {
        let matched = minute % minutes_between_matches == 0;
        let name = if matched { NAMES[minute / minutes_between_matches % 4] } else { "DescribeInstances" };
        let time = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(i64::try_from(minute).unwrap_or(0));
        let record = json!({
            "eventVersion": "1.11", "eventTime": time.to_string(), "eventSource": "iam.amazonaws.com", "eventName": name,
            "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7", "eventID": format!("e-{minute}"),
            "userIdentity": { "type": "IAMUser", "userName": "u", "accountId": "123456789012" },
            "readOnly": !matched, "recipientAccountId": "123456789012",
        });
        // Writing to a String cannot fail.
        let _ = writeln!(log, "{record}");
    }
    log
}
