//! `init`: the first configuration, asked for or taken from flags; and whether it works.

mod ask;
mod channels;
mod draft;
mod made;
mod phrase;
mod quote;
#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use trailbell_config::Settings;
use trailbell_notice::Lang;

use self::ask::Asker;
use self::draft::{Draft, Source};
use self::made::Made;
use crate::args::{self, Global, Init, Input, Scan, SecretsIn, SendTest, TestKind, Unpacking, Window};
use crate::command::event_history::Fetch;
use crate::command::{scan, send_test};
use crate::context::{Context, Failure, default_config, locale_language, shown};

/// What the first look back fetches.
const WEEK: Fetch =
    Fetch { back: Duration::from_hours(7 * 24), longest: Duration::from_mins(15), most: 1 << 30 };

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

/// Offers a test through the channels, and a look back.
fn offer(draft: &Draft, settings: Settings, global: &Global, asker: &mut Asker<'_>) -> Result<(), Failure> {
    let mut context = Context::of(global, settings)?;
    context.lang = draft.lang;
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
            "\nLook at the last 7 days of the Event history now? (a minute; a busy account takes longer)",
            "\n過去 7 日間のイベント履歴を確認しますか?(1 分ほどかかります。操作の多いアカウントではさらに時間がかかります)",
        );
        if asker.yes(question, true)? {
            after(look_back(&context), asker)?;
        }
    }
    Ok(())
}

/// The Event history of the last week: what would have been told.
fn look_back(context: &Context) -> Result<u8, Failure> {
    let folder = tempfile::tempdir()?;
    let problem = WEEK.run(folder.path(), context)?;
    let scan = Scan {
        input: Input { paths: vec![folder.path().to_owned()], unpacking: Unpacking { max_unpacked: None } },
        window: Window { since: Some("7d".to_owned()), until: None },
        jobs: None,
        mail_dir: None,
        report: None,
    };
    let status = scan::run(&scan, context)?;
    if let Some(problem) = problem {
        writeln!(io::stderr(), "trailbell: this is not all of it: {problem}")?;
    }
    Ok(status)
}
