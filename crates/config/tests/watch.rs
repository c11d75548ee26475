//! What the sections for keeping watch may say and what they come to.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::time::Duration;

use jiff::civil::{Weekday, time};
use trailbell_config::{
    AwsAccess, DeliverySettings, Invalid, Language, LedgerSettings, Loaded, Lookups, SecretFile, Settings,
    SmtpSecurity, SourceKind, Target, parse,
};
use trailbell_text::{Kind, Secret, Severity};

const BUILT_IN: &[&str] = &["console-sign-in", "iam-change", "root-activity", "cis-4.1"];

fn load(source: &str) -> Result<Loaded, Invalid> {
    let environment = |name: &str| match name {
        "AWKWARD" => Some("p@ss/w:rd#?%&".to_owned()),
        "LINE_URL" => Some("line://tok/en+x=@U0123".to_owned()),
        "EMPTY" => Some(String::new()),
        "NAME" => Some("value".to_owned()),
        _ => None,
    };
    let file = |path: &str| match path {
        "/run/token" => Ok(SecretFile { text: "from-a-file\n".to_owned(), open_to_others: false }),
        "/run/open" => Ok(SecretFile { text: "from-a-file\r\n".to_owned(), open_to_others: true }),
        "/run/two-lines" => Ok(SecretFile { text: "one\ntwo\n".to_owned(), open_to_others: false }),
        _ => Err(format!("{path}: no such file")),
    };
    parse(source, BUILT_IN, Lookups { environment: &environment, file: &file, ..Lookups::none() })
}

fn settings(source: &str) -> Settings {
    load(source).unwrap_or_else(|e| panic!("{}", e.render("f", source))).settings
}

fn warnings(source: &str) -> Vec<String> {
    let loaded = load(source).unwrap_or_else(|e| panic!("{}", e.render("f", source)));
    loaded.warnings.into_iter().map(|warning| warning.message).collect()
}

/// First lines of all problems: `line:column: message`.
fn problems(source: &str) -> Vec<String> {
    let invalid = load(source).expect_err(source);
    let first = |rendered: String| rendered.lines().next().unwrap().trim_start_matches(':').to_owned();
    invalid.problems.iter().map(|problem| first(problem.render("", source))).collect()
}

fn hint(source: &str) -> String {
    load(source).expect_err(source).problems[0].hint.clone().unwrap_or_default()
}

fn source(text: &str) -> SourceKind {
    settings(&format!("sources:\n  x: {text}\n")).sources.remove(0).source
}

fn target(text: &str) -> Target {
    settings(&format!("channels:\n  x: {text}\n")).channels.remove(0).target
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

#[test]
fn an_empty_file_has_the_defaults_of_keeping_watch() {
    for text in ["", "sources:\nchannels:\ndelivery:\nledger:\n"] {
        let settings = settings(text);
        assert!(settings.sources.is_empty() && settings.channels.is_empty());
        assert_eq!(settings.delivery, DeliverySettings::default());
        assert_eq!(settings.ledger, LedgerSettings::default());
        assert_eq!(settings.listen.as_deref(), Some("127.0.0.1:9477"));
    }
}

#[test]
fn what_the_example_keeps_in_comments_holds_too() {
    let example = include_str!("../../../trailbell.example.yaml");
    let whole = example.replace("  #: ", "  ");
    assert!(whole.len() + 20 * 3 < example.len(), "there are such lines");
    let lookups = Lookups {
        environment: &|name| {
            Some(if name.ends_with("WEBHOOK") {
                format!("https://hooks.slack.com/services/{name}")
            } else {
                format!("of-{name}")
            })
        },
        file: &|_| Ok(SecretFile { text: "x".to_owned(), open_to_others: false }),
        ..Lookups::none()
    };
    let loaded =
        parse(&whole, BUILT_IN_OF_EXAMPLE, lookups).unwrap_or_else(|e| panic!("{}", e.render("f", &whole)));
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.settings.channels.len(), 19);
    assert_eq!(loaded.settings.sources.len(), 6);
}

const BUILT_IN_OF_EXAMPLE: &[&str] =
    &["console-sign-in", "iam-change", "root-activity", "resource-sharing", "cis-4.10"];

#[test]
fn a_source_has_its_defaults() {
    let history = SourceKind::EventHistory {
        aws: AwsAccess::default(),
        regions: Vec::new(),
        every: SECOND * 60,
        first_look: HOUR * 24,
    };
    assert_eq!(source("event-history"), history);
    assert_eq!(source("{ type: event-history }"), history);
    assert_eq!(source("stdin"), SourceKind::Stdin);
    assert_eq!(
        source("{ type: folder, path: /l }"),
        SourceKind::Folder { path: "/l".into(), every: SECOND * 10 }
    );
    let logs = SourceKind::CloudwatchLogs {
        aws: AwsAccess::default(),
        log_group: "trail".into(),
        every: SECOND * 30,
        first_look: HOUR,
    };
    assert_eq!(source("{ type: cloudwatch-logs, log_group: trail }"), logs);
    assert_eq!(
        source("{ type: kinesis, stream: s, from: oldest }"),
        SourceKind::Kinesis { aws: AwsAccess::default(), stream: "s".into(), from_oldest: true }
    );
    assert_eq!(
        source("{ type: http, listen: '127.0.0.1:8787' }"),
        SourceKind::Http {
            listen: "127.0.0.1:8787".into(),
            path: "/".into(),
            secret: None,
            topics: Vec::new(),
            max_body: 6 << 20
        }
    );
    assert_eq!(
        source(
            "{ type: sqs, url: 'http://127.0.0.1:4566/0/q', profile: p, role: 'arn:aws:iam::123456789012:role/r', region: us-gov-west-1, endpoint: 'http://127.0.0.1:4566' }"
        ),
        SourceKind::Sqs {
            url: "http://127.0.0.1:4566/0/q".into(),
            aws: AwsAccess {
                profile: Some("p".into()),
                role: Some("arn:aws:iam::123456789012:role/r".into()),
                region: Some("us-gov-west-1".into()),
                endpoint: Some("http://127.0.0.1:4566".into())
            }
        }
    );
}

#[test]
fn a_channels_url_and_its_table_come_to_the_same() {
    let webhook = |url: &str| secret(&format!("https://{url}"));
    for (url, table) in [
        ("slack://T0/B0/xyz", "{ type: slack, webhook: 'https://hooks.slack.com/services/T0/B0/xyz' }"),
        (
            "https://hooks.slack.com/services/T0/B0/xyz",
            "{ type: slack, webhook: 'https://hooks.slack.com/services/T0/B0/xyz' }",
        ),
        ("slack-bot://xoxb-1@C01", "{ type: slack-bot, token: xoxb-1, channel: C01 }"),
        (
            "teams://h.example.com/workflows/x?sig=a%2Fb&v=1",
            "{ type: teams, webhook: 'https://h.example.com/workflows/x?sig=a%2Fb&v=1' }",
        ),
        (
            "https://p.westeurope.logic.azure.com:443/workflows/x?sig=a",
            "{ type: teams, webhook: 'https://p.westeurope.logic.azure.com:443/workflows/x?sig=a' }",
        ),
        ("discord://12/to-k_en", "{ type: discord, webhook: 'https://discord.com/api/webhooks/12/to-k_en' }"),
        (
            "https://discord.com/api/webhooks/12/t",
            "{ type: discord, webhook: 'https://discord.com/api/webhooks/12/t' }",
        ),
        (
            "gchat://AAA/k-1/t=",
            "{ type: google-chat, webhook: 'https://chat.googleapis.com/v1/spaces/AAA/messages?key=k-1&token=t%3D' }",
        ),
        ("line://ab/c+d=@U01", "{ type: line, token: ab/c+d=, to: U01 }"),
        ("'${LINE_URL}'", "{ type: line, token: tok/en+x=, to: U0123 }"),
        ("tgram://12:A-b/-100/7", "{ type: telegram, token: '12:A-b', chat: -100, topic: 7 }"),
        ("tgram://12:A-b/@news", "{ type: telegram, token: '12:A-b', chat: '@news' }"),
        ("ntfy://long-word", "{ type: ntfy, topic: long-word }"),
        (
            "ntfys://ntfy.example.com:8443/w",
            "{ type: ntfy, server: 'https://ntfy.example.com:8443/', topic: w }",
        ),
        (
            "ntfy://tk_1@ntfy.example.com/w",
            "{ type: ntfy, server: 'https://ntfy.example.com', topic: w, token: tk_1 }",
        ),
        ("ntfy+http://127.0.0.1:80/w", "{ type: ntfy, server: 'http://127.0.0.1:80', topic: w }"),
        ("pagerduty://abc", "{ type: pagerduty, routing_key: abc }"),
        (
            "webhook+https://h.example.com/p?a=1&secret=whsec_x&b=2",
            "{ type: webhook, url: 'https://h.example.com/p?a=1&b=2', secret: whsec_x }",
        ),
        ("webhook+http://127.0.0.1:9/p", "{ type: webhook, url: 'http://127.0.0.1:9/p' }"),
        ("sns://us-east-1/123456789012/t", "{ type: sns, topic: 'arn:aws:sns:us-east-1:123456789012:t' }"),
        (
            "arn:aws-cn:sns:cn-north-1:123456789012:t",
            "{ type: sns, topic: 'arn:aws-cn:sns:cn-north-1:123456789012:t' }",
        ),
        (
            "sns://cn-north-1/123456789012/t",
            "{ type: sns, topic: 'arn:aws-cn:sns:cn-north-1:123456789012:t' }",
        ),
        (
            "ses://eu-west-1?to=a@b.example,c@d.example&from=e@f.example",
            "{ type: ses, region: eu-west-1, to: [a@b.example, c@d.example], from: e@f.example }",
        ),
        ("command:/bin/ring", "{ type: command, program: [/bin/ring] }"),
        ("file:///var/log/t.jsonl", "{ type: file, path: /var/log/t.jsonl }"),
        ("stdout", "{ type: stdout }"),
        ("'stdout:'", "{ type: stdout, format: text }"),
        ("stdout:json", "{ type: stdout, format: json }"),
        (
            "smtps://u:p%40ss@mail.example.com?to=me+aws@b.example&from=e@f.example",
            "{ type: email, server: 'smtps://mail.example.com:465', username: u, password: p@ss, to: me+aws@b.example, from: e@f.example }",
        ),
        (
            "smtp://me@b.example:${AWKWARD}@mail.example.com?to=me@b.example",
            "{ type: email, server: 'mail.example.com:587', username: me@b.example, password: '${AWKWARD}', to: [me@b.example] }",
        ),
        (
            "smtp://localhost?to=a@b.example&from=e@f.example",
            "{ type: email, server: localhost, security: none, to: a@b.example, from: e@f.example }",
        ),
    ] {
        // A user name with an @ is written %40 in a URL.
        let url = url.replace("//me@b.example:", "//me%40b.example:");
        assert_eq!(target(&url), target(table), "{url}");
        let routed = format!("{{ url: '{}', minimum_severity: high }}", url.trim_matches('\''));
        assert_eq!(target(&routed), target(table), "{url} with routing");
    }
    assert_eq!(
        target("slack://T0/B0/xyz"),
        Target::Slack { webhook: webhook("hooks.slack.com/services/T0/B0/xyz") }
    );
}

#[test]
fn mail_is_protected_unless_it_stays_on_this_machine() {
    let mail = |server: &str| {
        let text = format!("{{ type: email, to: a@b.example, from: e@f.example, {server} }}");
        let Target::Email { host, port, security, .. } = target(&text) else { panic!("mail") };
        (host, port, security)
    };
    assert_eq!(mail("server: smtps://h.example"), ("h.example".into(), 465, SmtpSecurity::Tls));
    assert_eq!(mail("server: h.example"), ("h.example".into(), 465, SmtpSecurity::Tls));
    assert_eq!(mail("server: smtp://h.example:2525"), ("h.example".into(), 2525, SmtpSecurity::StartTls));
    assert_eq!(
        mail("server: h.example, security: starttls"),
        ("h.example".into(), 587, SmtpSecurity::StartTls)
    );
    assert_eq!(mail("server: smtp://127.0.0.1:1025"), ("127.0.0.1".into(), 1025, SmtpSecurity::None));
    assert_eq!(mail("server: 'smtp://[::1]:1025'"), ("::1".into(), 1025, SmtpSecurity::None));
    assert_eq!(
        problems(
            "channels:\n  x: { type: email, to: a@b.example, from: e@f.example, server: h.example, security: none }\n"
        ),
        ["2:65: Mail would go over the network unprotected, and a password with it"]
    );
}

#[test]
fn routing_says_which_notices_reach_a_channel() {
    let channel = settings(
        "channels:\n  x: { url: stdout, language: ja, minimum_severity: low, accounts: ['012345678901'], kinds: [console-sign-in, iam-change], quiet_hours: 23:00-07:00, monthly_budget: 50, digest_below: high, operations: false }\n  y: stdout\n",
    )
    .channels
    .remove(0);
    assert_eq!(channel.language, Some(Language::Ja));
    assert_eq!((channel.minimum_severity, channel.digest_below), (Severity::Low, Some(Severity::High)));
    assert_eq!(channel.accounts, ["012345678901"]);
    assert_eq!(channel.kinds, [Kind::ConsoleSignIn, Kind::IamChange]);
    assert_eq!(channel.quiet_hours, Some((time(23, 0, 0, 0), time(7, 0, 0, 0))));
    assert_eq!((channel.monthly_budget, channel.operations), (Some(50), false));
    let plain = settings("channels:\n  x: stdout\n").channels.remove(0);
    assert_eq!(
        (plain.minimum_severity, plain.digest_below, plain.monthly_budget),
        (Severity::Info, None, None)
    );
    assert!(plain.operations && plain.accounts.is_empty() && plain.kinds.is_empty());
    let line = settings("channels:\n  x: line://token@U01\n").channels.remove(0);
    assert_eq!((line.monthly_budget, line.digest_below), (Some(200), Some(Severity::Critical)));
}

#[test]
fn delivery_ledger_and_listen_are_read() {
    let all = settings(
        "delivery: { learning: off, digest_at: 18:30, all_is_well: friday 17:00, group: 90s, give_up_after: 2d, silence: 6h }\nledger: { path: l.db, keep: 30d, max_size: 512M }\nlisten: off\n",
    );
    assert_eq!(
        all.delivery,
        DeliverySettings {
            learning: Duration::ZERO,
            digest_at: time(18, 30, 0, 0),
            all_is_well: Some((Weekday::Friday, time(17, 0, 0, 0))),
            group: SECOND * 90,
            give_up_after: HOUR * 48,
            silence: Some(HOUR * 6),
        }
    );
    assert_eq!(
        all.ledger,
        LedgerSettings { path: Some("l.db".into()), keep: HOUR * 24 * 30, max_size: Some(512 << 20) }
    );
    assert_eq!(all.listen, None);
    assert_eq!(settings("delivery: { all_is_well: off }\n").delivery.all_is_well, None);
    assert_eq!(settings("listen: localhost:80\n").listen.as_deref(), Some("localhost:80"));
}

#[test]
fn files_of_networks_are_named_and_not_opened() {
    let text = "networks: { country: geo/GeoLite2-Country.mmdb, asn: /srv/asn.mmdb }\n";
    let files = settings(text).networks;
    let (country, asn) = (files.country.unwrap(), files.asn.unwrap());
    assert_eq!((country.path, asn.path), ("geo/GeoLite2-Country.mmdb".into(), "/srv/asn.mmdb".into()));
    assert_eq!((&text[asn.place.start..asn.place.end], files.city), ("/srv/asn.mmdb", None));
    assert!(settings("networks:\n").networks.is_empty());
    // A function carries none, which is no mistake in what the same file says to `run`.
    let text = "networks: { asn: asn.mmdb }\n";
    let none = Lookups::none();
    assert!(trailbell_config::parse(text, &[], none).unwrap().warnings.is_empty());
    let handed_over = trailbell_config::parse_to_hand_over(text, &[], none).unwrap();
    assert!(handed_over.warnings[0].message.contains("carries no such files"));
}

#[test]
fn every_problem_is_told_in_its_place() {
    let text = "\
sources:
  a b: stdin
  history: event-histroy
  queue: sqs
  logs: { type: cloudwatch-logs, every: 1w }
  hist: { type: event-history, regions: [us-east-1a], evry: 1m }
  open: { type: http, listen: 0.0.0.0:80 }
  what: { path: /x }
channels:
  mail: { type: email, to: [me], server: smtps://u:p@h, username: u }
  chat: { type: slakc }
  post: https://example.com/x
  teams: https://x.webhook.office.com/a
  bot: { type: slack-bot, token: ${NOPE} }
  hours: { url: stdout, quiet_hours: 7-9, accounts: [123456789012], kinds: [sign-in], monthly_budget: 0 }
delivery: { learning: 0d, digest_at: '24:00', all_is_well: mon 9 }
ledger: { max_size: 1T, keep: 1s }
listen: 9477
";
    let text = text.replace("${NOPE}", "'${NOPE}'");
    assert_eq!(
        problems(&text),
        [
            "2:3: A source's name is one word of at most 64 letters, digits and - _ .",
            "3:12: source `history` has a type that there is not",
            "4:10: source `queue` needs `url`",
            "5:3: source `logs` needs `log_group`",
            "6:42: `us-east-1a` is not an AWS Region",
            "6:55: Unknown key `evry` in source `hist`",
            "7:31: Anybody who reaches this address could make trailbell ring",
            "8:3: source `what` does not say what it is",
            "10:3: A user name and a password belong together",
            "10:3: Nothing says which address the mail comes from",
            "10:29: `to` has something that is not a mail address",
            "10:42: `server` names the mail server and nothing else",
            "11:17: There is no type `slakc`",
            "12:9: This address does not say which channel it is",
            "13:10: Microsoft has retired Teams connectors with such addresses",
            "14:3: channel `bot` needs `channel`",
            "15:38: `7-9` is not a span of hours",
            "15:54: `accounts` must be a text, and YAML reads `123456789012` as something else",
            "15:77: `kinds` cannot be `sign-in`",
            "15:103: `monthly_budget` must be a whole number from 1 to 1000000",
            "16:23: `0d` is not a duration",
            "16:38: `24:00` is not a time of day",
            "16:60: `mon 9` is not a day and a time",
            "17:21: `1T` is not a size",
            "17:31: `keep` must be from 1d to 3660d",
            "18:9: `listen` must be a text, and YAML reads `9477` as something else",
        ]
    );
    assert_eq!(hint("sources:\n  x: event-histroy\n"), "did you mean `event-history`?");
    assert_eq!(
        hint("sources:\n  x: { type: event-history, regions: us-east-1a }\n"),
        "that is an Availability Zone; leave its last letter out"
    );
    assert_eq!(
        hint("channels:\n  x: { type: line, to: U1 }\n"),
        "the access token, as '${NAME}' or file:PATH"
    );
    assert_eq!(
        hint("channels:\n  x: { url: ${LINE_URL} }\n"),
        "put '${NAME}' in quotes where braces are around it"
    );
}

#[test]
fn a_url_that_is_not_one_is_refused_with_its_form() {
    for url in [
        "slack://T0/B0",
        "slack://T0/B0/x/y",
        "slack://T0//x",
        "slack://T0/B0/x?y=1",
        "slack-bot://token",
        "discord://1",
        "gchat://a/b",
        "line://token",
        "line://@U1",
        "tgram://token",
        "ntfy://",
        "ntfy+http://topic",
        "ntfy+http://h.example/topic",
        "pagerduty://",
        "pagerduty://a/b",
        "webhook+http://h.example/",
        "webhook+https://",
        "teams://",
        "smtps://h.example",
        "smtps://h.example?to=a@b.example",
        "smtps://h.example?to=a@b.example&from=x",
        "smtps://u@h.example?to=a@b.example&from=x@y.example",
        "smtps://u:p/w@h.example?to=a@b.example&from=x@y.example",
        "smtps://h.example?to=a@b.example&from=x@y.example&cc=z@y.example",
        "sns://us-east-1/1/t",
        "sns://useast/123456789012/t",
        "arn:aws:sqs:us-east-1:123456789012:q",
        "ses://x?to=a@b.example&from=c@d.example",
        "ses://us-east-1",
        "command:",
        "file://relative/path",
        "http://hooks.slack.com/services/a/b/c",
        "mailto:me@b.example",
        "gopher://x",
        "hello",
    ] {
        let text = format!("channels:\n  x: '{url}'\n");
        let found = problems(&text);
        assert_eq!(found.len(), 1, "{url}: {found:?}");
        assert!(found[0].starts_with("2:6: "), "{url}: {found:?}");
        assert!(!hint(&text).is_empty(), "{url}");
    }
}

#[test]
fn what_comes_to_nothing_is_warned_of() {
    for (text, warning) in [
        ("sources: { x: stdin }\n", "Events are listened to, and notices only go to standard output"),
        ("channels: { a: stdout, b: stdout:json }\n", "`b` sends to the same place as `a`"),
        (
            "channels: { a: { url: stdout, operations: false } }\n",
            "Every channel has `operations: false`: nobody is told when trailbell is deaf",
        ),
        (
            "channels: { a: { url: stdout, kinds: rule-match } }\n",
            "No notice can reach `a`: no rule that is on tells of its kinds as gravely as it asks",
        ),
        (
            "rules: { iam-change: { severity: low } }\nchannels: { a: { url: stdout, kinds: iam-change, minimum_severity: high } }\n",
            "No notice can reach `a`: no rule that is on tells of its kinds as gravely as it asks",
        ),
        (
            "accounts: { 123456789012: { name: x } }\nchannels: { a: { url: stdout, accounts: '123456789013' } }\n",
            "`a` is told of accounts that have no name here: 123456789013",
        ),
        (
            "channels: { a: { url: stdout, minimum_severity: high, digest_below: high } }\n",
            "Nothing for `a` can wait for the digest: what `digest_below` means is not told there",
        ),
        ("listen: 0.0.0.0:9477\n", "Health and metrics are served to other machines, without a password"),
        (
            "channels: { a: stdout }\nsources: { x: event-history, y: { type: event-history } }\n",
            "source `y` is the same as `x`",
        ),
        (
            "channels: { a: { type: pagerduty, routing_key: abc } }\n",
            "`routing_key` holds a secret in plain text: whoever reads this file has it",
        ),
        (
            "channels: { a: 'slack://T/B/x' }\n",
            "channel `a` holds a secret in plain text: whoever reads this file has it",
        ),
        (
            "channels: { a: { type: pagerduty, routing_key: 'file:/run/open' } }\n",
            "Other users of this machine can read /run/open, which holds `routing_key`",
        ),
        (
            "channels: { a: stdout }\nsources: { h: { type: http, listen: '0.0.0.0:1', secret: '${NAME}' } }\n",
            "`secret` is shorter than 16 characters: it can be guessed",
        ),
    ] {
        assert_eq!(warnings(text), [warning], "{text}");
    }
    for quiet in [
        "sources: { x: event-history }\nchannels: { a: stdout }\n",
        "channels: { a: { url: stdout, accounts: '123456789012' }, b: { url: stdout, accounts: '123456789013' } }\n",
        "rules: { mine: { filter: ERROR, severity: high } }\nchannels: { a: { url: stdout, kinds: rule-match, minimum_severity: high } }\n",
        "channels: { a: { type: pagerduty, routing_key: 'file:/run/token' } }\n",
        "channels: { a: '${LINE_URL}' }\n",
    ] {
        assert_eq!(warnings(quiet), [] as [String; 0], "{quiet}");
    }
    assert_eq!(
        warnings("channels:\n  a: { type: line, token: '${NAME}', to: C01 }\n"),
        [
            "LINE counts a message to a group once for each of its people, and `a` has a budget of 200 messages"
        ]
    );
    assert_eq!(
        problems("sources:\n  a: stdin\n  b: stdin\n  h: { type: http, listen: 127.0.0.1:9477 }\n"),
        ["3:3: `a` already reads from there", "4:3: Source `h` listens where health and metrics are served"]
    );
}

#[test]
fn a_secret_comes_from_the_environment_or_a_file() {
    let key = |text: &str| target(&format!("{{ type: pagerduty, routing_key: '{text}' }}"));
    let is = |text: &str| Target::PagerDuty { routing_key: secret(text), endpoint: None };
    assert_eq!(key("${NAME}"), is("value"));
    assert_eq!(key("a-${NAME}-b"), is("a-value-b"));
    assert_eq!(key("file:/run/token"), is("from-a-file"));
    assert_eq!(key("file:/run/open"), is("from-a-file"));
    for (text, problem) in [
        ("'${NOPE}'", "3:18: The environment variable NOPE is not set"),
        ("'${EMPTY}'", "3:18: `routing_key` is empty"),
        ("file:/nowhere", "3:18: The file of `routing_key` cannot be read: /nowhere: no such file"),
        ("file:/run/two-lines", "3:18: `routing_key` must be one line without control characters"),
        ("0123", "3:18: `routing_key` must be a text, and YAML reads this as something else"),
        ("[a]", "3:18: `routing_key` must be a text"),
    ] {
        let found = problems(&format!("channels:\n  x: {{ type: pagerduty,\n    routing_key: {text} }}\n"));
        let found = found.iter().map(|p| p.replace("3:19", "3:18")).collect::<Vec<_>>();
        assert_eq!(found, [problem]);
    }
}
