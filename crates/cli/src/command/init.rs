//! `init`: the first configuration, asked for or taken from flags; and whether it works.

mod ask;
mod channels;
mod draft;
mod history;
mod phrase;

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use trailbell_config::Settings;
use trailbell_notice::Lang;
use trailbell_text::Secret;

use self::ask::Asker;
use self::draft::{Draft, Kept, Source};
use crate::args::{self, Global, Init, SecretsIn, SendTest, TestKind};
use crate::command::send_test;
use crate::context::{Context, Failure, default_config, locale_language, parse_with, shown};

pub(crate) fn run(init: &Init, global: &Global) -> Result<u8, Failure> {
    let path = default_config(global);
    if path.exists() && !init.force {
        return Err(Failure::Told(format!(
            "{} is there already: --force replaces it, and --config names another",
            shown(&path)
        )));
    }
    let is_terminal = io::stdin().is_terminal();
    if !init.yes && !is_terminal {
        refuse_what_is_missing(init, global)?;
    }
    let lang = match global.lang {
        Some(args::Lang::En) => Lang::En,
        Some(args::Lang::Ja) => Lang::Ja,
        None => locale_language(),
    };
    let (mut input, mut out) = (io::stdin().lock(), io::stderr());
    let asks = !init.yes && is_terminal;
    let mut asker = Asker { lang, input: &mut input, out: &mut out, echoes: is_terminal };
    let (draft, place) = gather(init, global, asks.then_some(&mut asker))?;
    let made = Made::write(&path, &draft, place, init.force)?;
    let settings = made.check(&mut asker)?;
    if asks && let Some(settings) = settings {
        offer(&draft, settings, global, &mut asker)?;
    }
    made.next_steps(&draft, global, &mut asker)?;
    Ok(0)
}

/// Without a terminal nothing can be asked.
fn refuse_what_is_missing(init: &Init, global: &Global) -> Result<(), Failure> {
    let flags = [
        ("--lang", global.lang.is_some()),
        ("--timezone", global.timezone.is_some()),
        ("--source", init.source.is_some()),
        ("--channel (or --mail and --smtp)", !init.channel.is_empty() || init.mail.is_some()),
        ("--phrase", init.phrase.is_some()),
    ];
    let missing: Vec<&str> = flags.iter().filter(|(_, given)| !given).map(|(flag, _)| *flag).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::Told(format!(
        "standard input is no terminal, so nothing can be asked: give {}, or --yes for their defaults",
        missing.join(", ")
    )))
}

/// What the flags say, what is asked, and defaults for the rest.
fn gather(
    init: &Init,
    global: &Global,
    mut asker: Option<&mut Asker<'_>>,
) -> Result<(Draft, SecretsIn), Failure> {
    let told = |flag: &str, problem: String| Failure::Told(format!("{flag}: {problem}"));
    let given = channels::from_flags(init)?;
    let source =
        init.source.as_deref().map(Source::parse).transpose().map_err(|problem| told("--source", problem))?;
    if let Some(zone) = &global.timezone {
        zone_named(zone).map_err(|problem| told("--timezone", problem))?;
    }
    if init.phrase.iter().any(|phrase| phrase.chars().any(char::is_control)) {
        return Err(told("--phrase", "write it on one line".to_owned()));
    }
    let mut lang = match global.lang {
        Some(args::Lang::En) => Lang::En,
        Some(args::Lang::Ja) => Lang::Ja,
        None => locale_language(),
    };
    if let (Some(asker), None) = (&mut asker, global.lang) {
        let languages = match lang {
            Lang::En => [("English", Lang::En), ("日本語", Lang::Ja)],
            Lang::Ja => [("日本語", Lang::Ja), ("English", Lang::En)],
        };
        lang = languages[asker.choose("Language / 言語", &languages.map(|(name, _)| name))?].1;
        asker.lang = lang;
    }
    let mut zone = global.timezone.clone();
    if zone.is_none() {
        let system = TimeZone::system();
        let default = system.iana_name().filter(|name| zone_named(name).is_ok()).unwrap_or("UTC");
        zone = match &mut asker {
            None => Some(default.to_owned()),
            Some(asker) => Some(ask_zone(asker, default)?),
        };
    }
    let source = match (source, &mut asker) {
        (Some(source), _) => source,
        (None, Some(asker)) => ask_source(asker)?,
        (None, None) => Source { name: "history", word: "event-history", place: None },
    };
    let mut channels = given;
    if let Some(asker) = &mut asker {
        if channels.is_empty() {
            channels = channels::ask(asker)?;
        } else {
            channels::missing(&mut channels, asker)?;
        }
    }
    let phrase = match (&init.phrase, &mut asker) {
        (Some(phrase), _) => phrase.trim().to_owned(),
        (None, None) => phrase::suggest(lang),
        (None, Some(asker)) => {
            let question = asker.pick(
                "\nWords only you know, printed in every notice, so that you can tell a false one (- for none)",
                "\n確認フレーズ(すべての通知に表示され、偽の通知と見分けるためのものです。不要なら -)",
            );
            let phrase = asker.line(question, Some(&phrase::suggest(lang)))?;
            if phrase == "-" { String::new() } else { phrase }
        }
    };
    let draft = Draft { lang, zone: zone.unwrap_or_else(|| "UTC".to_owned()), source, channels, phrase };
    let has_values =
        draft.channels.iter().flat_map(draft::Channel::secrets).any(|(_, value)| value.is_some());
    let place = match (init.secrets, asker) {
        (Some(place), _) => place,
        (None, Some(asker)) if has_values => ask_place(asker)?,
        _ => SecretsIn::Env,
    };
    Ok((draft, place))
}

fn zone_named(name: &str) -> Result<TimeZone, String> {
    // The same database the configuration's reader has.
    TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| "there is no such time zone: write an IANA name such as Asia/Tokyo or UTC".to_owned())
}

fn ask_zone(asker: &mut Asker<'_>, default: &str) -> Result<String, Failure> {
    loop {
        let zone = asker.line(asker.pick("\nTime zone of notices", "\n通知のタイムゾーン"), Some(default))?;
        match zone_named(&zone) {
            Ok(_) => return Ok(zone),
            Err(problem) => asker.say(&problem)?,
        }
    }
}

fn ask_source(asker: &mut Asker<'_>) -> Result<Source, Failure> {
    let kinds = [
        (
            "CloudTrail's Event history: needs AWS credentials and nothing else",
            "CloudTrail のイベント履歴(AWS の認証情報だけで使えます)",
            "event-history",
            "",
        ),
        (
            "An SQS queue (S3 notifications of a trail, EventBridge)",
            "SQS キュー(証跡の S3 通知、EventBridge)",
            "sqs",
            "URL",
        ),
        (
            "A CloudWatch Logs group that a trail delivers to",
            "証跡の配信先の CloudWatch Logs ロググループ",
            "cloudwatch-logs",
            "GROUP",
        ),
        ("A Kinesis stream", "Kinesis ストリーム", "kinesis", "STREAM"),
        ("A folder with CloudTrail's files", "CloudTrail のファイルがあるフォルダー", "folder", "PATH"),
    ];
    let words = kinds.map(|(english, japanese, ..)| asker.pick(english, japanese));
    let source = loop {
        let question = asker.pick("Where is it to watch?", "監視する場所を選んでください。");
        let (.., word, place) = kinds[asker.choose(question, &words)?];
        let text =
            if place.is_empty() { word.to_owned() } else { format!("{word}:{}", asker.line(place, None)?) };
        match Source::parse(&text) {
            Ok(source) => break source,
            Err(problem) => asker.say(&problem)?,
        }
    };
    if source.word != "folder" {
        who_are_we(asker)?;
    }
    Ok(source)
}

/// Says as whom AWS would be asked; where that fails, how to mend it, and goes on.
fn who_are_we(asker: &mut Asker<'_>) -> Result<(), Failure> {
    asker.say(asker.pick("Asking AWS who you are ...", "AWS の認証情報を確認しています…"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let answer = runtime.block_on(async {
        let asked = async {
            let aws = trailbell_aws::Aws::connect(&trailbell_config::AwsAccess::default()).await?;
            aws.caller().await
        };
        tokio::time::timeout(std::time::Duration::from_secs(15), Box::pin(asked)).await
    });
    runtime.shutdown_background();
    let theirs = |text: &str| trailbell_text::Untrusted::from(text).render(trailbell_text::Channel::Terminal);
    match answer {
        Ok(Ok(caller)) => {
            let account = asker.pick("account", "アカウント");
            asker.say(&format!("  {account} {}, {}", theirs(&caller.account), theirs(&caller.arn)))
        }
        Ok(Err(error)) => asker.say(&format!("  {error}")),
        Err(_) => asker.say(asker.pick(
            "  no answer from AWS; `trailbell doctor` asks again later",
            "  AWS から応答がありません。あとで `trailbell doctor` を実行してください。",
        )),
    }
}

fn ask_place(asker: &mut Asker<'_>) -> Result<SecretsIn, Failure> {
    let options = [
        asker.pick("In files of their own that only you can read", "本人だけが読めるファイルに保存する"),
        asker.pick("In environment variables that I set myself", "環境変数を自分で設定する"),
        asker.pick("In trailbell.yaml itself", "trailbell.yaml に直接書く"),
    ];
    let question =
        asker.pick("Where are the secrets to be kept?", "パスワードなどの保存先を選んでください。");
    let chosen = asker.choose(question, &options)?;
    Ok([SecretsIn::File, SecretsIn::Env, SecretsIn::Plain][chosen])
}

/// What was written.
struct Made {
    path: PathBuf,
    text: String,
    /// What the variables are to hold, as far as it is known.
    values: HashMap<String, Secret>,
    /// Variables that the owner sets.
    variables: Vec<String>,
    /// Files with a secret.
    files: Vec<PathBuf>,
}

impl Made {
    fn write(path: &Path, draft: &Draft, place: SecretsIn, force: bool) -> Result<Self, Failure> {
        let told =
            |path: &Path, error: &dyn std::fmt::Display| Failure::Told(format!("{}: {error}", shown(path)));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let whole = folder.canonicalize().map_err(|error| told(folder, &error))?;
        let secrets = whole.join("trailbell-secrets");
        let file_of = |variable: &str| secrets.join(variable.to_lowercase().replace('_', "-"));
        let file = |variable: &str| file_of(variable).display().to_string();
        let text = draft.yaml(&Kept { place, file: &file });
        let (mut values, mut variables, mut files) = (HashMap::new(), Vec::new(), Vec::new());
        for (variable, value) in draft.channels.iter().flat_map(draft::Channel::secrets) {
            match (place, value) {
                (SecretsIn::File, Some(value)) => {
                    let file = file_of(variable);
                    make_private(&secrets).map_err(|error| told(&secrets, &error))?;
                    put(&file, value.expose(), force).map_err(|error| told(&file, &error))?;
                    files.push(file);
                }
                (SecretsIn::Plain, Some(_)) => {}
                _ => variables.push(variable.to_owned()),
            }
            if let Some(value) = value {
                values.insert(variable.to_owned(), value.clone());
            }
        }
        variables.extend(draft.channels.iter().flat_map(draft::Channel::references));
        put(path, &text, force).map_err(|error| told(path, &error))?;
        Ok(Self { path: path.to_owned(), text, values, variables, files })
    }

    /// Reads it back as every other command will, the variables as they will be; says what it finds.
    fn check(&self, asker: &mut Asker<'_>) -> Result<Option<Settings>, Failure> {
        let environment = |name: &str| {
            let value = self.values.get(name).map(|value| value.expose().to_owned());
            let value = value.or_else(|| std::env::var(name).ok());
            // What is not set yet is the owner's to set, and is said below.
            value.or_else(|| {
                self.variables.iter().any(|variable| variable == name).then(|| "placeholder".to_owned())
            })
        };
        let name = self.path.display().to_string();
        match parse_with(&self.text, &environment) {
            Ok(loaded) => {
                let showable = trailbell_config::showable(&self.text);
                for warning in loaded.warnings {
                    asker.say(&format!("warning: {}", warning.render(&name, &showable)))?;
                }
                let is_known =
                    |name: &String| self.values.contains_key(name) || std::env::var_os(name).is_some();
                Ok(self.variables.iter().all(is_known).then_some(loaded.settings))
            }
            Err(invalid) => {
                asker.say(&invalid.render(&name, &self.text))?;
                Ok(None)
            }
        }
    }

    fn next_steps(&self, draft: &Draft, global: &Global, asker: &mut Asker<'_>) -> Result<(), Failure> {
        if global.quiet {
            return Ok(());
        }
        let wrote = asker.pick("Written", "作成しました");
        asker.say(&format!("\n{wrote}: {}", shown(&self.path)))?;
        for file in &self.files {
            asker.say(&format!("         {}", shown(file)))?;
        }
        let unset: Vec<&String> =
            self.variables.iter().filter(|name| std::env::var_os(name.as_str()).is_none()).collect();
        if !unset.is_empty() {
            asker.say(asker.pick(
                "\nSet these environment variables where trailbell runs (in a service, with EnvironmentFile=):",
                "\ntrailbell を実行する環境で、次の環境変数を設定してください(サービスの場合は EnvironmentFile=):",
            ))?;
            for name in unset {
                asker.say(&format!("  {name}"))?;
            }
        }
        if !draft.phrase.is_empty() {
            let words = asker.pick("\nYour verification phrase", "\n確認フレーズ");
            asker.say(&format!("{words}: {}", draft.phrase))?;
        }
        let config = match &global.config {
            Some(path) => format!(" -c {}", shown(path)),
            None => String::new(),
        };
        asker.say(asker.pick("\nNext:", "\n次に実行するコマンド:"))?;
        for (command, english, japanese) in [
            ("send-test", "ring every channel once", "すべての通知先にテストを送信"),
            ("doctor", "can it hear, can it be heard?", "受信と送信の自己診断"),
            ("run", "keep watch", "監視を開始"),
        ] {
            let command = format!("trailbell {command}{config}");
            asker.say(&format!("  {command:<28} {}", asker.pick(english, japanese)))?;
        }
        Ok(())
    }
}

/// Offers a test through the channels, and a look back.
fn offer(draft: &Draft, settings: Settings, global: &Global, asker: &mut Asker<'_>) -> Result<(), Failure> {
    let context = Context::of(global, settings)?;
    let context = Context { lang: draft.lang, ..context };
    let after = |result: Result<u8, Failure>, asker: &mut Asker<'_>| match result {
        Err(Failure::Told(problem)) => asker.say(&format!("trailbell: {problem}")),
        Err(other) => Err(other),
        Ok(_) => Ok(()),
    };
    if !draft.channels.is_empty()
        && asker.yes(asker.pick("\nSend a test now?", "\nテスト通知を送信しますか?"), true)?
    {
        let send = SendTest { channel: None, kind: TestKind::Test, dry_run: false };
        after(send_test::run(&send, &context), asker)?;
    }
    if draft.source.word == "event-history" {
        let question = asker.pick(
            "\nLook at the last 7 days of the Event history now? (a busy account takes minutes)",
            "\n過去 7 日間のイベント履歴を確認しますか?(操作の多いアカウントでは数分かかります)",
        );
        if asker.yes(question, true)? {
            after(history::scan(&context), asker)?;
        }
    }
    Ok(())
}

fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file that only its owner can read, whole or not at all.
fn put(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let put = if force { file.persist(path) } else { file.persist_noclobber(path) };
    put.map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What somebody who types these lines gets, and what they were shown.
    fn answered(arguments: &[&str], lines: &str) -> (Result<(Draft, SecretsIn), Failure>, String) {
        let words = ["trailbell", "init"].iter().chain(arguments).map(std::ffi::OsString::from);
        let cli = args::parse(words).unwrap();
        let args::Command::Init(init) = cli.command else { panic!("another command") };
        let (mut input, mut out) = (lines.as_bytes(), Vec::new());
        let mut asker = Asker { lang: Lang::En, input: &mut input, out: &mut out, echoes: false };
        let gathered = gather(&init, &cli.global, Some(&mut asker));
        (gathered, String::from_utf8(out).unwrap())
    }

    fn written(draft: &Draft, place: SecretsIn) -> String {
        draft.yaml(&Kept { place, file: &|variable| format!("/secrets/{variable}") })
    }

    /// Everything but the channel by flags.
    const REST: &[&str] =
        &["--lang", "en", "--timezone", "UTC", "--source", "folder:/logs", "--phrase", "a b c"];

    #[test]
    fn every_question_has_a_default_and_every_flag_spares_its_question() {
        let (gathered, shown) = answered(&["--source", "folder:/logs"], "2\nAsia/Tokyo\n14\n\n");
        let (draft, place) = gathered.unwrap();
        assert_eq!((draft.lang, draft.zone.as_str(), place), (Lang::Ja, "Asia/Tokyo", SecretsIn::Env));
        assert_eq!(draft.phrase.split(' ').count(), 3, "the suggestion is taken: {}", draft.phrase);
        assert!(shown.contains(&draft.phrase) && shown.contains("通知先を選んでください。"), "{shown}");
        assert!(!shown.contains("監視する場所"), "{shown}");
        let (gathered, shown) = answered(&[REST, &["--channel", "stdout:"]].concat(), "");
        assert_eq!(shown, "");
        assert!(written(&gathered.unwrap().0, SecretsIn::Env).contains("  screen: 'stdout:'\n"));
    }

    #[test]
    fn a_wrong_answer_is_explained_and_asked_again() {
        let (gathered, shown) = answered(
            &["--lang", "en", "--source", "folder:/logs", "--phrase", ""],
            "Asia/Tokio\nAsia/Tokyo\n2\nhttps://hooks.slack.example/T/B/verysecretverysecret\n99\nx\n2\nhttps://hooks.slack.com/services/T0/B0/verysecretverysecret\nmaybe\nn\n2\n",
        );
        let (draft, place) = gathered.unwrap();
        assert_eq!((draft.zone.as_str(), place), ("Asia/Tokyo", SecretsIn::Env));
        assert!(shown.contains("there is no such time zone"), "{shown}");
        assert!(shown.contains("This address does not say which channel it is"), "{shown}");
        assert!(!shown.contains("verysecret"), "{shown}");
        assert!(!written(&draft, place).contains("verysecret"));
    }

    #[test]
    fn mail_is_asked_for_piece_by_piece_and_its_password_is_kept_where_it_was_said() {
        let lines = "1\nme@example.com\nsmtps://smtp.example.com\n\npass word: ${x}\n\nn\n";
        for (choice, wanted, place) in [
            ("1\n", "password: 'file:/secrets/SMTP_PASSWORD'", SecretsIn::File),
            ("2\n", "password: ${SMTP_PASSWORD}", SecretsIn::Env),
            ("3\n", "password: 'pass word: $${x}'", SecretsIn::Plain),
        ] {
            let (gathered, _) = answered(REST, &format!("{lines}{choice}"));
            let (draft, chosen) = gathered.unwrap();
            assert_eq!(chosen, place);
            let yaml = written(&draft, place);
            assert!(yaml.contains(wanted), "{yaml}");
            for line in
                ["    to: [me@example.com]", "    from: me@example.com", "    username: me@example.com"]
            {
                assert!(yaml.lines().any(|written| written == line), "{line} in {yaml}");
            }
        }
    }

    #[test]
    fn each_kind_of_the_menu_makes_a_channel() {
        let hook = "https://hooks.example.com/abcdefghijklmnop";
        for (kind, answers, wanted) in [
            (2, "slack://T0/B0/abcdefghijklmnopqrst\n", "type: slack\n"),
            (3, "https://prod.example.com/workflows/abcdefghij\n", "type: teams\n"),
            (4, "https://discord.com/api/webhooks/1/abcdefghij\n", "type: discord\n"),
            (5, "gchat://SPACE/key/token\n", "type: google-chat\n"),
            (6, "token12345\nU0123\n", "token: ${LINE_TOKEN}\n"),
            (7, "123:token12345\n-100123\n", "chat: '-100123'\n"),
            (8, "\n", "topic: ${NTFY_TOPIC}\n"),
            (9, "abcdefghijklmnop\n", "routing_key: ${PAGERDUTY_KEY}\n"),
            (10, &format!("{hook}\n"), "url: ${WEBHOOK_URL}\n"),
            (
                11,
                "arn:aws:sns:us-east-1:123456789012:bell\n",
                "topic: 'arn:aws:sns:us-east-1:123456789012:bell'\n",
            ),
            (12, "\nme@example.com\n\n", "mail: 'ses://us-east-1?to=me@example.com&from=me@example.com'\n"),
            (13, "file:///var/log/trailbell.jsonl\n", "file: 'file:///var/log/trailbell.jsonl'\n"),
        ] {
            let (gathered, shown) = answered(REST, &format!("{kind}\n{answers}n\n2\n"));
            let yaml = written(
                &gathered.unwrap_or_else(|error| panic!("{kind}: {error:?} {shown}")).0,
                SecretsIn::Env,
            );
            assert!(yaml.contains(wanted), "{kind}: {wanted} in {yaml}");
        }
    }

    #[test]
    fn who_stops_answering_has_written_nothing() {
        let (gathered, _) = answered(REST, "1\nme@example.com\n");
        let Err(Failure::Told(problem)) = gathered else { panic!("it went on") };
        assert!(problem.contains("nothing was written"), "{problem}");
    }
}
