//! The command line as it is written: what each flag is called and what its help says. No decisions here.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// The doorbell of an AWS account: who signed in, who touched IAM, from where, is that usual, what to do.
#[derive(Debug, Parser)]
#[command(name = "trailbell", version, about, max_term_width = 110, propagate_version = true)]
#[command(after_help = "Start with:  trailbell scan FOLDER_OF_CLOUDTRAIL_LOGS")]
#[command(after_long_help = "\
Start with:  trailbell scan FOLDER_OF_CLOUDTRAIL_LOGS

Exit status: 0 done; 1 nothing matched (match), no such event (explain), or a check or a test failed (check, doctor, deploy, test);
2 wrong usage, or input or configuration that cannot be read (2 outranks 1);
3 something could not be delivered (send-test) or deployed (deploy). A broken pipe is no error.

Data goes to standard output, talk to standard error. trailbell speaks to nobody but what the configuration names:
its sources, its channels, and AWS for the sources that are AWS's and for deploy and recipients. scan, match, simulate, check and test need no network.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file [default: trailbell.yaml, where there is one]
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        env = "TRAILBELL_CONFIG",
        help_heading = "Everywhere"
    )]
    pub(crate) config: Option<PathBuf>,
    /// text for people, json for programs (one object a line, nothing else on standard output)
    #[arg(long, global = true, value_name = "FORM", default_value = "text", help_heading = "Everywhere")]
    pub(crate) output: OutputForm,
    /// Language of notices [default: the configuration's, else en, or ja where the locale says so]
    #[arg(long, global = true, value_name = "LANG", help_heading = "Everywhere")]
    pub(crate) lang: Option<Lang>,
    /// Time zone of notices, such as Asia/Tokyo [default: the configuration's, else this machine's]
    #[arg(long, global = true, value_name = "TZ", help_heading = "Everywhere")]
    pub(crate) timezone: Option<String>,
    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Everywhere")]
    pub(crate) color: When,
    /// Less talk: no progress, no summary
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// More detail: unfold what was folded
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputForm {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    En,
    Ja,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read CloudTrail logs and print the notices you would have been sent, then a summary
    Scan(Scan),
    /// Print the records that meet a CloudWatch Logs filter pattern or an EventBridge event pattern
    Match(Match),
    /// Say why each rule did or did not meet an event, field by field, and what became of its notice
    Explain(Explain),
    /// The rules there are, one of them whole, or how many events of your logs each meets
    Rules(Rules),
    /// Run CloudFormation templates over past logs: what their alarms and topics would have said, beside what happened
    Simulate(Simulate),
    /// Keep watch: tell the configuration's channels of what its sources bring, until stopped
    Run(Run),
    /// Teach it what is usual, from past logs or the Event history, so that day one does not call everything new
    Learn(Learn),
    /// What has been told lately, newest last
    Timeline(Timeline),
    /// One notice again, whole: what was told, and what to do
    Show(Show),
    /// What was sent, what waits and what was given up
    Deliveries(Deliveries),
    /// The alarms of rules: where they stand, and what they went through
    Alarms(Alarms),
    /// Be quiet about something for a while
    Mute(Mute),
    /// Send a real sample through a real channel, or show exactly what would be sent
    SendTest(SendTest),
    /// Start a configuration: asks what to watch and whom to tell, and tries it
    Init(Init),
    /// Check live: can it hear, can it be heard, and how to mend what cannot
    Doctor(Doctor),
    /// Put trailbell into an AWS account, change it there, or take it away
    Deploy(Deploy),
    /// Print a CloudFormation template that deploy uses
    Template(Template),
    /// Who gets a deployed trailbell's mails
    Recipients(Recipients),
    /// Say who did what behind a CloudWatch alarm
    ExplainAlarm(ExplainAlarm),
    /// Check configuration files, CloudFormation templates and patterns before they matter
    Check(Check),
    /// Run tests of rules, alarms, patterns and messages, written in YAML
    Test(Test),
    /// Print the completion script for a shell
    Completions(Completions),
    /// Print the JSON Schema of trailbell.yaml, for editors
    Schema,
}

/// What is read.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Files, folders (recursively) or - for standard input; every form CloudTrail comes in, plain or gzip
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) unpacking: Unpacking,
}

/// How much is unpacked.
#[derive(Debug, Args)]
pub(crate) struct Unpacking {
    /// Stop unpacking an archive at this size (bytes, or with K, M, G) [default: 16G]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_unpacked: Option<u64>,
}

/// From when to when.
#[derive(Debug, Args)]
pub(crate) struct Window {
    /// Only events from this time on: 2026-11-09, 2026-11-09T12:00, 2026-11-09T12:00:00Z, or 36h, 7d (ago)
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only events before this time (same forms)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  trailbell scan ~/Downloads/event_history.json        the console's Event history download
  trailbell scan s3-copy/AWSLogs --since 7d            a trail's bucket, copied with `aws s3 sync`
  aws cloudtrail lookup-events | trailbell scan -      straight from the API (JSON output)
  trailbell scan logs/ --output json | jq .headline
  trailbell scan logs/ --quiet --report report.html    a page to read, send or print: who, where, when, what to do")]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) window: Window,
    /// Threads that read [default: one a processor]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Also write each notice as a mail (.eml) into this folder, which is made where it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) mail_dir: Option<PathBuf>,
    /// Also write a report: one HTML page without script or anything fetched, for a browser, a phone or paper
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  trailbell match --filter '{ $.eventName = \"ConsoleLogin\" }' logs/
  trailbell match --filter '{ $.errorCode = \"AccessDenied*\" }' --count logs/
  trailbell match --lines --filter '[ip, ..., status=4*, bytes]' access.log
  trailbell match --event-pattern '{ \"source\": [\"aws.iam\"], \"detail\": { \"eventName\": [{ \"prefix\": \"Delete\" }] } }' logs/
  trailbell match --lines --event-pattern @pattern.json events.ndjson
  trailbell match --sigma sigma/rules/cloud/aws/ --count logs/

Each of the four may be given several times; a record is printed that meets any of them.

An event pattern is asked about the event EventBridge makes of a record: source, detail-type, account, region, time, and the record
in detail. With --lines, each line is the whole event.")]
#[command(group = clap::ArgGroup::new("pattern").required(true).multiple(true).args(["filter", "event_pattern", "sigma", "rules"]))]
pub(crate) struct Match {
    /// The filter pattern, exactly as CloudWatch Logs takes it
    #[arg(short, long, value_name = "PATTERN", allow_hyphen_values = true)]
    pub(crate) filter: Vec<String>,
    /// The event pattern, exactly as EventBridge takes it; @FILE: the one in that file
    #[arg(short, long, value_name = "PATTERN")]
    pub(crate) event_pattern: Vec<String>,
    /// A file of Sigma rules, or a folder of such files (*.yml, *.yaml); correlations are left out
    #[arg(short, long, value_name = "PATH")]
    pub(crate) sigma: Vec<PathBuf>,
    /// A folder of rules in any language: *.filter (filter patterns), *.json (event patterns), *.yml (Sigma); or one such file
    #[arg(short, long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// Take each input line as one raw log event of any kind, not only CloudTrail
    #[arg(long)]
    pub(crate) lines: bool,
    /// Print only how many match
    #[arg(long)]
    pub(crate) count: bool,
    /// Threads that read, with --count [default: one a processor]; what is printed is read in one, in its order
    #[arg(short, long, value_name = "N", requires = "count")]
    pub(crate) jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) window: Window,
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    #[command(subcommand)]
    pub(crate) action: Option<RulesAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesAction {
    /// Every rule, built in or the configuration's: on or off, its language, severity and title
    List,
    /// One rule whole: its pattern, or what it looks at, and which events it can meet at all
    Show(RulesShow),
    /// How many events of your logs each rule meets, the noisiest first
    Stats(RulesStats),
}

#[derive(Debug, Args)]
pub(crate) struct RulesShow {
    /// The rule's name, as `rules list` has it
    #[arg(value_name = "NAME")]
    pub(crate) rule: String,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Each event counts once for each rule it meets, however often the logs have it, and whether or not `ignore` or a mute would keep it
quiet. The share is of all events read.

Examples:
  trailbell rules stats s3-copy/AWSLogs --since 30d
  trailbell rules stats --all logs/                    the rules that are off, too: what they would tell")]
pub(crate) struct RulesStats {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) window: Window,
    /// Count for the rules that are off, too
    #[arg(long)]
    pub(crate) all: bool,
    /// Threads that read [default: one a processor]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
A template may also be what `aws logs describe-metric-filters` or `aws cloudwatch describe-alarms` printed. A nested stack's template is
looked for beside its parent by path, or by its URL's file name, and among the templates given.

A record is a log event of the trail's log group at its time plus --delivery-delay, and comes by EventBridge to rules of its own
region within seconds. A function whose environment names a topic is taken to publish each log event there. What is taken for granted
and what is not run stands at the end of the report.

Exit status: 0 done; 2 a template, a parameter or a log cannot be read.

Examples:
  trailbell simulate --template alarms.yaml --parameter Address=me@example.com logs/
  trailbell simulate --template console-login.yaml lower-stack.yaml --parameters values.json \\
      --filter-destination '{ $.eventType = \"AwsConsoleSignIn\" }=AWSLambdaFunction' logs/
  aws cloudwatch describe-alarms > alarms.json; aws logs describe-metric-filters > filters.json
  trailbell simulate --template alarms.json filters.json --plot alarms.svg logs/")]
pub(crate) struct Simulate {
    /// CloudFormation templates (YAML or JSON), or what describe-metric-filters and describe-alarms printed
    #[arg(long, required = true, value_name = "FILE", num_args = 1..)]
    pub(crate) template: Vec<PathBuf>,
    /// A parameter of the templates; TEMPLATE, a file's name without its ending, where several have it
    #[arg(long, value_name = "[TEMPLATE:]KEY=VALUE", num_args = 1..)]
    pub(crate) parameter: Vec<String>,
    /// A file of parameters: KEY: VALUE lines, or the AWS CLI's JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) parameters: Vec<PathBuf>,
    /// A subscription filter made in the console: its pattern and the function's logical id; the last = separates
    #[arg(long, value_name = "PATTERN=[TEMPLATE:]LOGICAL-ID", allow_hyphen_values = true)]
    pub(crate) filter_destination: Vec<String>,
    /// From an operation to its log event in CloudWatch Logs: AWS says 5 minutes on average
    #[arg(long, value_name = "TIME", default_value = "5m")]
    pub(crate) delivery_delay: String,
    /// The account's 12 digits [default: those of the first record]
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub(crate) account: Option<String>,
    /// The region the templates are deployed in
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    pub(crate) region: String,
    /// What a stack is called [default: its template's file name]
    #[arg(long, value_name = "[TEMPLATE:]NAME")]
    pub(crate) stack_name: Vec<String>,
    /// Also draw each alarm: metric, threshold, states, messages, and the operations it was silent about
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) window: Window,
    /// Threads that read [default: one a processor]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Files, folders (recursively) or - for standard input; every form CloudTrail comes in, plain or gzip
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) unpacking: Unpacking,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The event's id, from a notice's last line or from CloudTrail
    #[arg(value_name = "EVENT-ID")]
    pub(crate) event_id: String,
    /// Files, folders (recursively) or - for standard input [default: the ledger of `trailbell run`]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) unpacking: Unpacking,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

/// Where what was told is remembered.
#[derive(Debug, Args)]
pub(crate) struct LedgerFile {
    /// The ledger's file [default: the configuration's, else trailbell.db where the system keeps such files]
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
}

/// Whose memory is looked into: that of a trailbell that runs here, or of a deployed one.
#[derive(Debug, Args)]
pub(crate) struct WhichLedger {
    #[command(flatten)]
    pub(crate) file: LedgerFile,
    /// The deployed trailbell of this CloudFormation stack, and not one that runs here (`trailbell deploy` calls it trailbell)
    #[arg(long, value_name = "NAME", conflicts_with = "ledger", value_parser = stack_name, help_heading = "Deployed")]
    pub(crate) stack_name: Option<String>,
    /// A profile of the AWS CLI, SSO's among them [default: `AWS_PROFILE`, else what the AWS CLI would use]
    #[arg(long, value_name = "PROFILE", requires = "stack_name", help_heading = "Deployed")]
    pub(crate) profile: Option<String>,
    /// The region [default: the profile's or the environment's]
    #[arg(long, value_name = "REGION", requires = "stack_name", help_heading = "Deployed")]
    pub(crate) region: Option<String>,
    /// Another endpoint than AWS's own, for an emulator
    #[arg(long, value_name = "URL", requires = "stack_name", help_heading = "Deployed")]
    pub(crate) endpoint_url: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Without `sources` in the configuration it watches CloudTrail's Event history, which needs AWS credentials and nothing else;
without `channels` it prints to standard output.

Signals: SIGTERM and Ctrl-C end it after what is on its way; SIGHUP reads the configuration again.
Health and Prometheus metrics: http://127.0.0.1:9477/healthz and /metrics (see `listen` in the configuration).

Examples:
  trailbell run                                        with ./trailbell.yaml, or none
  trailbell run -c /etc/trailbell/trailbell.yaml
  zcat *.json.gz | trailbell run --stdin               everything on standard input, then stop")]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) ledger: LedgerFile,
    /// Watch standard input instead of the configuration's sources, and stop at its end
    #[arg(long)]
    pub(crate) stdin: bool,
    /// Stop unpacking one delivery at this size (bytes, or with K, M, G) [default: 1G]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_unpacked: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Nobody is told anything. What is learned is who signs in, takes roles and changes things, from where, with what and when: the
notices' \"Usual?\", and `when: first-seen(country)` in rules, compare with it. What the ledger knows already is left out, and so is what
`trailbell run` tells at its first start (its source's first_look, a day). A running trailbell takes it in within a minute.

Examples:
  trailbell learn s3-copy/AWSLogs                      a trail's bucket, copied with `aws s3 sync`
  trailbell learn --event-history                      the last 90 days, straight from AWS: no trail needed
  trailbell learn --event-history --stack-name trailbell   for the one that lives in the account")]
#[command(group = clap::ArgGroup::new("from").required(true).multiple(true).args(["paths", "event_history"]))]
pub(crate) struct Learn {
    /// Files, folders (recursively) or - for standard input; every form CloudTrail comes in, plain or gzip
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The Event history of the last 90 days, as the configuration's event-history source reaches it
    #[arg(long)]
    pub(crate) event_history: bool,
    /// Only what happened before this time: 2026-11-09, 2026-11-09T12:00, 2026-11-09T12:00:00Z, or 36h, 7d (ago)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Threads that read [default: one a processor]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) unpacking: Unpacking,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

#[derive(Debug, Args)]
pub(crate) struct Timeline {
    #[command(flatten)]
    pub(crate) window: Window,
    /// Only notices at least this grave: info, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) minimum: Option<trailbell_text::Severity>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The event's id, from a notice or `timeline`; or a letter's, from a message or `deliveries`
    #[arg(value_name = "EVENT-ID")]
    pub(crate) event_id: String,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
A rule of trailbell.yaml gets an alarm by `alarm:`, on the terms of a CloudWatch alarm whose metric has a sample of 1 for each
event the rule meets:

  rules:
    failed-calls:
      filter: '{ $.errorCode = \"AccessDenied*\" }'
      alarm: { threshold: 5, period: 5m, evaluate: 2 of 3 }")]
pub(crate) struct Alarms {
    /// Only this rule's alarm, with its history
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

#[derive(Debug, Args)]
pub(crate) struct Deliveries {
    #[command(subcommand)]
    pub(crate) action: Option<DeliveriesAction>,
    /// Only those in this state
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<DeliveryState>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeliveriesAction {
    /// Try again what was given up
    Retry(Retry),
}

#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// The letters' ids, as `deliveries` lists them
    #[arg(value_name = "LETTER")]
    pub(crate) letters: Vec<String>,
    /// All that were given up
    #[arg(long)]
    pub(crate) all: bool,
    /// Only those of this channel
    #[arg(long, value_name = "CHANNEL", requires = "all")]
    pub(crate) channel: Option<String>,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeliveryState {
    /// To be sent when due
    Waiting,
    /// Taken by the channel
    Sent,
    /// Given up
    Dead,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Every mute expires. What is muted is still kept: `trailbell timeline` shows it, `trailbell explain` says which mute it was.

Examples:
  trailbell mute --principal 'github-actions-*' --rule iam-change --for 2h --reason 'migration'
  trailbell mute --address 203.0.113.0/24 --for 1d
  trailbell mute list
  trailbell mute end m3f2")]
pub(crate) struct Mute {
    #[command(subcommand)]
    pub(crate) action: Option<MuteAction>,
    /// Only what this rule tells
    #[arg(long, value_name = "RULE")]
    pub(crate) rule: Option<String>,
    /// Only what this person does: a name as notices show it, or an ARN; * stands for anything
    #[arg(long, value_name = "WHO")]
    pub(crate) principal: Option<String>,
    /// Only from this address or network
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// For how long: 90m, 2h, 1d; at most 90d
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) duration: Option<String>,
    /// Why, for whoever reads the list
    #[arg(long, value_name = "WORDS")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MuteAction {
    /// The mutes there are
    List(WhichLedger),
    /// Take a mute back
    End(EndMute),
}

#[derive(Debug, Args)]
pub(crate) struct EndMute {
    /// The mute's id, as `mute list` shows it
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) ledger: WhichLedger,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Writes trailbell.yaml (or the file --config names), readable by you only. --lang and --timezone are taken into it.

Examples:
  trailbell init                                       asks
  trailbell init --channel slack://T000/B000/XXXX --lang ja
  trailbell init --mail me@example.com --smtp smtps://user@smtp.example.com --yes")]
pub(crate) struct Init {
    /// Where to watch: event-history, or sqs:URL, folder:PATH, cloudwatch-logs:GROUP, kinesis:STREAM
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Option<String>,
    /// A channel in its URL form, such as `slack://T000/B000/XXXX` (see docs/channels.md); may be repeated
    #[arg(long, value_name = "URL")]
    pub(crate) channel: Vec<String>,
    /// A mail address to tell; needs --smtp
    #[arg(long, value_name = "ADDRESS", requires = "smtp")]
    pub(crate) mail: Option<String>,
    /// The mail server: `smtps://USER@HOST[:PORT]` or `smtp://...`; the password is asked for or taken from `SMTP_PASSWORD`
    #[arg(long, value_name = "URL", requires = "mail")]
    pub(crate) smtp: Option<String>,
    /// The address mails come from [default: the mail server's user, else the address to tell]
    #[arg(long, value_name = "ADDRESS", requires = "mail")]
    pub(crate) from: Option<String>,
    /// Words only you know, printed in every notice; "" for none
    #[arg(long, value_name = "WORDS")]
    pub(crate) phrase: Option<String>,
    /// Where secrets are kept [default: env; asked for on a terminal]
    #[arg(long, value_name = "WHERE")]
    pub(crate) secrets: Option<SecretsIn>,
    /// Ask nothing: take what the flags say and defaults for the rest; send no test
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Replace a configuration that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecretsIn {
    /// In environment variables that you set; the configuration names them
    Env,
    /// In files beside the configuration that only you can read
    File,
    /// In the configuration itself
    Plain,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status: 0 sent (or shown); 2 a channel cannot be opened; 3 a channel did not take it.

Examples:
  trailbell send-test                                  a word through every channel
  trailbell send-test slack --kind console-sign-in     how a notice looks there
  trailbell send-test --kind digest --dry-run          what would be sent, to the letter")]
pub(crate) struct SendTest {
    /// The channel's name in the configuration [default: all of them]
    #[arg(value_name = "CHANNEL")]
    pub(crate) channel: Option<String>,
    /// What the sample tells
    #[arg(long, value_name = "KIND", default_value = "test")]
    pub(crate) kind: TestKind,
    /// Show exactly what would be sent, secrets masked, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestKind {
    /// A word that says it is a test
    Test,
    /// The root user signs in without MFA
    ConsoleSignIn,
    /// Somebody makes an access key for somebody else
    IamChange,
    /// A day's digest
    Digest,
    /// A source that can no longer be heard
    Deaf,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Nothing is changed and nobody is told anything: `trailbell send-test` is what rings.

Exit status: 0 all well (there may be warnings); 1 something is wrong.")]
pub(crate) struct Doctor {
    /// Only ask the running `trailbell run` how it is (for a container's HEALTHCHECK)
    #[arg(long)]
    pub(crate) health: bool,
    /// Only print the IAM policy that the configuration's sources and channels need
    #[arg(long, conflicts_with = "health")]
    pub(crate) policy: bool,
    #[command(flatten)]
    pub(crate) ledger: LedgerFile,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  trailbell check                                   the configuration that is used here
  trailbell check iam-event.yaml lower-stack.yaml   templates, read together
  trailbell check --strict templates/*.yaml         in a pipeline: warnings fail, too
  trailbell check --filter '{ $.eventName = * }'    one filter pattern
  trailbell check --event-pattern @pattern.json     one EventBridge event pattern

Of templates it tells what works otherwise than it seems: alarms that get no data or tell
nobody, filters that match nothing or everything, functions that may not be called or lose
events. docs/lint.md lists the rules, each with why and what to do. Templates are told from
configurations by what is in them.

An error is what AWS or trailbell refuses, a warning what does not do what it seems to, a
note what may be meant.

Exit status: 0 no errors; 1 errors, with --strict also warnings; 2 a file cannot be read.")]
pub(crate) struct Check {
    /// Configuration files and CloudFormation templates [default: the one --config names, else trailbell.yaml]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A parameter of the templates; one that has no value and no default stays unknown
    #[arg(long = "parameter", value_name = "[TEMPLATE:]KEY=VALUE", requires = "files")]
    pub(crate) parameters: Vec<String>,
    /// Let warnings fail the check, too
    #[arg(long)]
    pub(crate) strict: bool,
    /// A filter pattern to check instead of files
    #[arg(short, long, value_name = "PATTERN", allow_hyphen_values = true, conflicts_with = "files")]
    pub(crate) filter: Option<String>,
    /// An event pattern to check instead of files; @FILE: the one in that file
    #[arg(short, long, value_name = "PATTERN", conflicts_with_all = ["files", "filter"])]
    pub(crate) event_pattern: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
A test of an alarm, as its file has it (docs/test.md has all kinds):
  tests:
    - name: two of three periods over the threshold ring
      alarm: { Statistic: Sum, Period: 300, Threshold: 5, ComparisonOperator: GreaterThanThreshold,
               EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: notBreaching }
      state: OK
      datapoints: [0, ~, 9, 0, 7]     # oldest first, ~ is missing
      expect: ALARM

Examples:
  trailbell test tests/*.yaml
  trailbell test -k sign-in --junit results.xml tests/rules.yaml

Exit status: 0 all passed; 1 a test failed; 2 a file cannot be read or is wrong.")]
pub(crate) struct Test {
    /// Files of tests
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Only the tests that have this in their name
    #[arg(short = 'k', long, value_name = "NAME")]
    pub(crate) filter: Option<String>,
    /// Write the results as `JUnit` XML, too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

/// Which stack, and how it is reached.
#[derive(Debug, Args)]
pub(crate) struct StackAccess {
    /// The CloudFormation stack's name
    #[arg(long, value_name = "NAME", default_value = crate::command::deploy::DEFAULT_STACK, value_parser = stack_name)]
    pub(crate) stack_name: String,
    #[command(flatten)]
    pub(crate) aws: Reach,
}

/// How AWS is reached.
#[derive(Debug, Args)]
pub(crate) struct Reach {
    /// A profile of the AWS CLI, SSO's among them [default: `AWS_PROFILE`, else what the AWS CLI would use]
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// The region [default: the profile's or the environment's]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Another endpoint than AWS's own, for an emulator
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Makes a bucket for the function's code, then a change set; shows what it would change, asks, and has CloudFormation do it. Run again, it
changes what has changed: what no flag says stays as it is. `trailbell template` prints the template with all its parameters.

How it hears is worked out for a new stack from the account's trails, unless a parameter says: the log group of a trail that is there; else
EventBridge; without a trail, a new one is made.

The configuration (--config, or trailbell.yaml in this folder) goes along in the function's zip. Secrets do not: write ${NAME}, and put
the values into a SecureString parameter of Systems Manager as JSON, named by --parameter SecretsParameter=/NAME.

Exit status: 0 done, or nothing to do; 1 it stands, and a check at the end failed; 2 wrong usage or refused, nothing changed;
3 CloudFormation went back or stopped, or a region failed.

Examples:
  trailbell deploy --dry-run                           the template on standard output, the plan on standard error
  trailbell deploy --email me@example.com --profile my-admin --region eu-west-1
  trailbell deploy --all-regions                       sign-ins and changes of every region within seconds
  trailbell deploy --parameter CreateTrail=yes --parameter LogRetentionDays=365
  trailbell deploy --delete                            takes everything away again")]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of the command line")]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) stack: StackAccess,
    /// The function's zip [default: trailbell-lambda-arm64.zip beside this program]
    #[arg(long, value_name = "FILE", conflicts_with = "delete")]
    pub(crate) function_zip: Option<PathBuf>,
    /// A mail address to tell; may be repeated. AWS sends it a link to confirm. Those there are stay
    #[arg(long, value_name = "ADDRESS", conflicts_with = "delete")]
    pub(crate) email: Vec<String>,
    /// A parameter of the template; may be repeated
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "delete")]
    pub(crate) parameter: Vec<String>,
    /// Also forward EventBridge's events from every other enabled region
    #[arg(long, conflicts_with = "delete")]
    pub(crate) all_regions: bool,
    /// Print the template and what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask nothing
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Take the stack, its forwarders in all regions, its logs and its bucket away
    #[arg(long)]
    pub(crate) delete: bool,
    /// With --delete: keep the logs of a trail that was made, and the key they are read with
    #[arg(long, requires = "delete")]
    pub(crate) keep_logs: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Template {
    /// main: the stack trailbell lives in; forwarder: the one of each other region
    #[arg(value_name = "WHICH", default_value = "main")]
    pub(crate) which: WhichTemplate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhichTemplate {
    Main,
    Forwarder,
}

#[derive(Debug, Args)]
pub(crate) struct Recipients {
    #[command(subcommand)]
    pub(crate) action: RecipientsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecipientsAction {
    /// Have these told: AWS sends each a mail with a link to confirm
    Add(RecipientAddresses),
    /// Have these told no more
    Remove(RecipientAddresses),
    /// Who is told, and who has not confirmed yet
    List(StackAccess),
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Asks CloudWatch when the alarm went off and why, finds the metric filters behind its metric (of a composite alarm: behind those it stands
on), and asks CloudWatch Logs for the events they let through in that time. Works for any alarm on a log group; nothing of trailbell
needs to be deployed. It may cost a little: CloudWatch Logs reads the group for it.

It needs cloudwatch:DescribeAlarms, cloudwatch:DescribeAlarmHistory, logs:DescribeMetricFilters and logs:FilterLogEvents.

Exit status: 0 explained; 1 it has not gone off; 2 wrong usage, or AWS refused.

Examples:
  trailbell explain-alarm cis-4-4-iam-policy-changes
  trailbell explain-alarm root-login --since 7d --region us-east-1 --output json")]
pub(crate) struct ExplainAlarm {
    /// The alarm's name
    #[arg(value_name = "NAME")]
    pub(crate) alarm: String,
    /// Every time it went off since then (2026-11-01, or 7d for how long ago) [default: the last time, at most 30 days ago]
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    #[command(flatten)]
    pub(crate) aws: Reach,
}

#[derive(Debug, Args)]
pub(crate) struct RecipientAddresses {
    /// Mail addresses
    #[arg(value_name = "ADDRESS", required = true)]
    pub(crate) addresses: Vec<String>,
    #[command(flatten)]
    pub(crate) stack: StackAccess,
}

/// A stack's name; the forwarders' is longer, and CloudFormation takes 128 characters.
fn stack_name(text: &str) -> Result<String, String> {
    let is_name = (1..=110).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("write a letter, then letters, digits and hyphens: at most 110".to_owned())
    }
}

/// An account's id: a leading zero is part of it.
fn account_id(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account's id has 12 digits".to_owned())
    }
}

/// A number of bytes, with K, M or G for powers of 1024.
fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
        None => (text, 1),
        Some((at, c)) => (
            &text[..at],
            match (c.to_ascii_uppercase(), &text[at + c.len_utf8()..]) {
                ('K', "" | "B" | "iB") => 1 << 10,
                ('M', "" | "B" | "iB") => 1 << 20,
                ('G', "" | "B" | "iB") => 1_u64 << 30,
                _ => return Err("write bytes, or a number with K, M or G".to_owned()),
            },
        ),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(unit))
        .filter(|n| *n > 0)
        .ok_or_else(|| "write bytes, or a number with K, M or G".to_owned())
}

/// The arguments of this process, or clap's own message and exit status.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_hold_together() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(super::size("10"), Ok(10));
        assert_eq!(super::size("2G"), Ok(2 << 30));
        assert!(super::size("2x").is_err());
        assert!(super::size("0").is_err());
    }
}
