//! The function: what woke it is taken into the ledger, what is due is sent, and whoever called is told what failed, so that it
//! comes again and at last lies in the dead-letter queue: nothing is swallowed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use trailbell_aws::{Alarm, Aws, Behind, Fetched, ObjectPlace, config_item};
use trailbell_channel::Http;
use trailbell_config::{AwsAccess, CarriedSigma, ChannelSettings};
use trailbell_detect::RuleSet;
use trailbell_engine::{Arrival, GivenUp, LastResort, Presence, Taken, Teller, Visit, Watch, WatchSettings};
use trailbell_notice::{Bulletin, Reader};
use trailbell_outbox::{Capabilities, Channel, Ledger, LedgerError};
use trailbell_record::Limits;
use trailbell_text::Channel as Escaper;

use crate::log::{Level, Lines, say};
use crate::settings::{Resolved, Surroundings, resolve};
use crate::wake::{self, Piece, Wake, What};

/// What is kept of the time an invocation has beyond the longest attempt a channel may take: for being given up from outside, and for
/// writing down what became of it.
const MARGIN: Duration = Duration::from_secs(10);
/// What a message of a queue may have, to be sure: SQS takes 1 MiB today, and took 256 KiB for long.
const MOST_IN_A_QUEUE: usize = 200 << 10;
/// Bytes that are taken in one transaction, more or less.
const TAKEN_AT_ONCE: usize = 4 << 20;
/// What an archive may unpack to, as a part of the function's memory: it is held whole, and so is what is made of it.
const MEMORY_SHARE: u64 = 6;
const LEAST_UNPACKED: u64 = 16 << 20;
/// How long is waited for the log events behind an alarm, if they are not there yet.
const LOGS_ARE_LATE: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(5)];

/// Opens the ledger.
pub(crate) type Opener = dyn Fn() -> Result<Box<dyn Ledger>, LedgerError> + Send + Sync;

/// The function, ready to be called.
pub(crate) struct Function {
    aws: Aws,
    region: String,
    visit: Visit,
    /// What explains alarms.
    rules: RuleSet,
    reader: Reader,
    /// So long before the end nothing more is sent.
    margin: Duration,
}

/// Why a call failed: what whoever called has to send again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed(pub(crate) String);

impl Function {
    /// Makes it ready: reads the settings, opens the channels and the ledger.
    pub(crate) async fn new(
        surroundings: Surroundings,
        configuration: &str,
        sigma: &CarriedSigma,
        variable: &dyn Fn(&str) -> Option<String>,
        memory: u64,
    ) -> Result<Self, String> {
        let aws = Aws::connect(&AwsAccess::default()).await.map_err(|error| error.to_string())?;
        let region = aws.region_for(None).map_err(|error| error.to_string())?;
        let secrets = secrets(&aws, &surroundings).await?;
        let Resolved { settings, lang, zone, remarks } =
            resolve(configuration, sigma, &surroundings, &secrets, variable)?;
        for remark in remarks {
            say(Level::Warn, &remark);
        }
        let mut http = None;
        let mut channels: HashMap<String, Arc<dyn Channel>> = HashMap::new();
        let mut with_abilities: Vec<(ChannelSettings, Capabilities)> = Vec::new();
        for channel in &settings.channels {
            let opened = open(channel, &aws, &mut http).await?;
            with_abilities.push((channel.clone(), *opened.capabilities()));
            channels.insert(channel.name.clone(), opened);
        }
        if channels.is_empty() {
            return Err(
                "there is no channel: set TRAILBELL_TOPIC_ARN, or write `channels:` into trailbell.yaml"
                    .into(),
            );
        }
        let longest = with_abilities.iter().map(|(_, abilities)| abilities.timeout).max().unwrap_or_default();
        let margin = longest + MARGIN;
        let rules = trailbell_engine::rules(&settings).map_err(|error| error.to_string())?;
        let reader = trailbell_engine::reader(&settings, lang, zone.clone());

        let last_resort = surroundings.dead_letters_url.clone().map(|url| last_resort(aws.clone(), url));
        let open_ledger = ledger(aws.clone(), surroundings.table.clone());
        let paths = surroundings.paths;
        let unpacked = (memory / MEMORY_SHARE).max(LEAST_UNPACKED);
        let open = move |now: Timestamp| -> Result<Watch, LedgerError> {
            let rules = trailbell_engine::rules(&settings).map_err(|error| LedgerError {
                kind: trailbell_outbox::LedgerErrorKind::Broken,
                message: error.to_string(),
            })?;
            let watch = WatchSettings {
                rules,
                settings: settings.clone(),
                reader: trailbell_engine::reader(&settings, lang, zone.clone()),
                limits: Limits { max_unpacked: unpacked, ..Limits::default() },
                presence: Presence::Visits,
            };
            let mut watch = Watch::open(watch, with_abilities.clone(), open_ledger()?, now)?;
            for path in &paths {
                // What carries everything is never silent for long; what carries only what matters may be.
                let carries_everything = matches!(path.as_str(), wake::QUEUE | wake::BUCKET | wake::STREAM);
                watch.listens_to(path, carries_everything, now);
            }
            Ok(watch)
        };
        let visit = Visit::new(open, channels, last_resort, Arc::new(Lines));
        Ok(Self { aws, region, visit, rules, reader, margin })
    }

    /// Opens what the first call would have to open.
    pub(crate) async fn prepare(&mut self) -> Result<(), String> {
        self.visit.prepare().await.map_err(|error| error.message)
    }

    /// Does what it was woken for. The answer names the pieces that failed, for whoever sends pieces again.
    pub(crate) async fn call(&mut self, wake: Wake, ends: Instant) -> Result<Value, Failed> {
        let Wake { pieces, by_piece } = wake;
        let mut failed: Vec<(usize, String)> = Vec::new();
        let mut arrivals = Arrivals::default();
        let mut ledger_trouble = None;
        // A function with little time spends half of it.
        let margin = self.margin.min(ends.saturating_duration_since(Instant::now()) / 2);
        let until = ends.checked_sub(margin).unwrap_or(ends);
        for (number, piece) in pieces.iter().enumerate() {
            if let Err(why) = self.gather(number, piece, until, &mut arrivals, &mut failed).await {
                ledger_trouble = Some(why);
                break;
            }
        }
        if ledger_trouble.is_none() {
            ledger_trouble = self.take(&mut arrivals, &mut failed).await.err();
        }
        if let Some(error) = ledger_trouble {
            say(Level::Error, &error.message);
            // What was taken before is known when it comes again.
            return Err(Failed(error.message));
        }
        // What cannot be sent now is owed, and sent later: that is no reason to be called with the same thing again.
        if let Err(error) = self.visit.deliver(until).await {
            say(Level::Error, &error.message);
            return Err(Failed(error.message));
        }
        for (number, why) in &failed {
            let source = pieces.get(*number).map_or("", |piece| piece.source);
            say(Level::Error, &format!("{source}: not taken, and to be sent again: {why}"));
        }
        if by_piece {
            let numbers: BTreeSet<usize> = failed.iter().map(|(number, _)| *number).collect();
            let ids = numbers.iter().filter_map(|number| pieces[*number].id.as_deref());
            let failures: Vec<Value> = ids.map(|id| json!({ "itemIdentifier": id })).collect();
            return Ok(json!({ "batchItemFailures": failures }));
        }
        match failed.into_iter().next() {
            Some((_, why)) => Err(Failed(why)),
            None => Ok(Value::Null),
        }
    }

    /// Makes arrivals of a piece; takes what has been gathered when it is enough.
    async fn gather(
        &mut self,
        number: usize,
        piece: &Piece,
        until: Instant,
        arrivals: &mut Arrivals,
        failed: &mut Vec<(usize, String)>,
    ) -> Result<(), LedgerError> {
        match &piece.what {
            What::Nothing => {}
            What::Broken(why) => failed.push((number, why.clone())),
            What::Tick => self.visit.tick().await?,
            What::Alarm(alarm) => {
                if let Err(why) = self.explain(alarm, piece.source, until).await? {
                    failed.push((number, why));
                }
            }
            What::ConfigurationItem(item) => {
                let key = config_item::identity(item);
                let bulletin = Bulletin::ConfigurationItem(item.clone());
                self.visit.say(&key.each_ref().map(String::as_str), &bulletin).await?;
            }
            What::Records(body) => {
                let label = piece.id.clone().unwrap_or_else(|| piece.source.to_owned());
                arrivals.push(number, piece.source, label, body.clone());
                self.take_if_enough(arrivals, failed).await?;
            }
            What::Objects(objects) => {
                for place in objects {
                    match self.fetch(place).await {
                        Ok(body) => {
                            let label = format!("s3://{}/{}", place.bucket, place.key);
                            arrivals.push(number, piece.source, label, body);
                        }
                        Err(why) => failed.push((number, why)),
                    }
                    self.take_if_enough(arrivals, failed).await?;
                }
            }
        }
        Ok(())
    }

    /// Says who did what behind an alarm. The inner error: what is behind it could not be asked just now, and may be later.
    async fn explain(
        &mut self,
        alarm: &Alarm,
        source: &str,
        until: Instant,
    ) -> Result<Result<(), String>, LedgerError> {
        let behind = match self.behind(alarm, until).await {
            Err(error) if error.is_transient() => return Ok(Err(format!("alarm {}: {error}", alarm.name))),
            behind => behind,
        };
        // Every alarm of the region comes by EventBridge; those that stand on no log are not about who did what.
        if source == wake::EVENTBRIDGE && behind.as_ref().is_ok_and(|behind| behind.filters.is_empty()) {
            say(
                Level::Info,
                &format!("alarm {}: no metric filter is behind it, so it is not told", alarm.name),
            );
            return Ok(Ok(()));
        }
        let teller = Teller::new(&self.rules, &self.reader);
        let bulletin =
            alarm.explained(behind.map_err(|error| error.to_string()), |message| teller.tell(message));
        self.visit.say(&alarm.identity().each_ref().map(String::as_str), &bulletin).await.map(Ok)
    }

    /// What is behind an alarm. A log event is a little later to be found than its metric.
    async fn behind(&self, alarm: &Alarm, until: Instant) -> Result<Behind, trailbell_aws::Error> {
        let mut waits = LOGS_ARE_LATE.into_iter();
        loop {
            let patience = until.saturating_duration_since(Instant::now());
            let behind = self.aws.behind(alarm, &self.region, Some(patience)).await?;
            let is_found = !behind.events.is_empty() || behind.filters.is_empty() || behind.is_cut;
            match waits.next() {
                Some(wait) if !is_found && Instant::now() + wait < until => tokio::time::sleep(wait).await,
                _ => return Ok(behind),
            }
        }
    }

    async fn fetch(&self, place: &ObjectPlace) -> Result<Vec<u8>, String> {
        match self.aws.fetch(place, &self.region).await {
            Ok(Fetched { body, is_newest_instead }) => {
                if is_newest_instead {
                    say(Level::Warn, "allow s3:GetObjectVersion, so that overwriting a log hides nothing");
                }
                Ok(body)
            }
            Err(error) => Err(format!("s3://{}/{}: {error}", place.bucket, place.key)),
        }
    }

    async fn take_if_enough(
        &mut self,
        arrivals: &mut Arrivals,
        failed: &mut Vec<(usize, String)>,
    ) -> Result<(), LedgerError> {
        if arrivals.bytes >= TAKEN_AT_ONCE { self.take(arrivals, failed).await } else { Ok(()) }
    }

    async fn take(
        &mut self,
        arrivals: &mut Arrivals,
        failed: &mut Vec<(usize, String)>,
    ) -> Result<(), LedgerError> {
        let Arrivals { numbers, gathered, .. } = std::mem::take(arrivals);
        if gathered.is_empty() {
            return Ok(());
        }
        let taken = self.visit.take(&gathered).await?;
        for ((number, (source, arrival)), Taken { problems, is_foreign, .. }) in
            numbers.into_iter().zip(&gathered).zip(taken)
        {
            // Somebody subscribed another log group than the trail's: nothing to tell, and nothing to send again.
            let is_subscribed =
                source == wake::LOGS || (source == wake::STREAM && arrival.body.starts_with(&wake::GZIP));
            if is_foreign && is_subscribed {
                say(
                    Level::Warn,
                    &format!(
                        "{source}: events that are not CloudTrail's; is the right log group subscribed?"
                    ),
                );
                continue;
            }
            failed.extend(problems.into_iter().map(|why| (number, format!("{}: {why}", arrival.label))));
        }
        Ok(())
    }
}

/// What was gathered and not taken yet.
#[derive(Default)]
struct Arrivals {
    /// Which piece each belongs to.
    numbers: Vec<usize>,
    gathered: Vec<(String, Arrival)>,
    bytes: usize,
}

impl Arrivals {
    fn push(&mut self, number: usize, source: &str, label: String, body: Vec<u8>) {
        self.bytes += body.len();
        self.numbers.push(number);
        self.gathered.push((source.to_owned(), Arrival { body, label, position: None, backlog: false }));
    }
}

/// Opens a channel. What posts to the channels that are not AWS's is made for the first of them: most functions have none, and it reads
/// the machine's certificates.
async fn open(
    settings: &ChannelSettings,
    aws: &Aws,
    http: &mut Option<Http>,
) -> Result<Arc<dyn Channel>, String> {
    let told = |problem: String| format!("channel `{}`: {problem}", settings.name);
    let opened = trailbell_aws::open_channel_beside(settings, &AwsAccess::default(), aws).await;
    if let Some(channel) = opened.map_err(|error| told(error.to_string()))? {
        return Ok(Arc::from(channel));
    }
    let http = match http {
        Some(http) => http,
        None => http.insert(Http::new().map_err(|error| error.to_string())?),
    };
    let opened = trailbell_channel::open(settings, http).map_err(|error| told(error.to_string()))?;
    opened.map(Arc::from).ok_or_else(|| told("there is no such kind of channel".to_owned()))
}

/// What `${NAME}` stands for.
async fn secrets(aws: &Aws, surroundings: &Surroundings) -> Result<BTreeMap<String, String>, String> {
    let Some(name) = &surroundings.secrets_parameter else { return Ok(BTreeMap::new()) };
    let value = aws.parameter(name).await.map_err(|error| error.to_string())?;
    // The reader's own words would quote what it read.
    serde_json::from_str(value.expose())
        .map_err(|_| format!("the parameter {name} does not hold JSON such as {{\"NAME\": \"value\"}}"))
}

/// What no channel takes lies in the dead-letter queue, as people would have read it and as programs do.
fn last_resort(aws: Aws, url: String) -> LastResort {
    Arc::new(move |given_up: GivenUp| {
        let (aws, url) = (aws.clone(), url.clone());
        Box::pin(async move {
            let GivenUp { channel, reason, message } = given_up;
            let mut body = json!({
                "trailbell": "given-up",
                "channel": channel,
                "reason": crate::log::shown(&reason),
                "identity": message.identity.as_str(),
                "subject": message.page.one_line.render(Escaper::Plain),
                "text": trailbell_notice::render::plain(&message.page),
                "notice": message.json,
            });
            // A digest of thousands: its text says it, and the ledger has all of it.
            if body.to_string().len() > MOST_IN_A_QUEUE {
                body["notice"] = Value::Null;
            }
            if body.to_string().len() > MOST_IN_A_QUEUE {
                let text = body["text"].as_str().unwrap_or_default();
                body["text"] = text.chars().take(MOST_IN_A_QUEUE / 8).collect::<String>().into();
            }
            aws.enqueue(&url, &body.to_string()).await.map_err(|error| error.to_string())
        })
    })
}

fn ledger(aws: Aws, table: String) -> Box<Opener> {
    Box::new(move || Ok(Box::new(trailbell_aws::DynamoLedger::open(aws.clone(), &table)?)))
}
