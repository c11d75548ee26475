//! Messages for the tests: one like a notice, one like a digest, in both languages, and a hostile, huge one.

use serde_json::json;
use trailbell_notice::{
    CommandLine, Correlated, CountedWhat, Facts, Item, Lang, Notice, Page, Purpose, Reader, Row, Rule,
    SigmaRule, Step, What,
};
use trailbell_outbox::{Identity, Message};
use trailbell_text::{Kind, Phrase, Severity, Untrusted};

/// Values that do harm where they are not escaped.
pub(crate) const HOSTILE: &[&str] = &[
    "<!channel> <!here> <@U123> <https://evil.example/login|AWS console>",
    "@everyone @here <@&1> **bold** [AWS](https://evil.example) `x` ```y``` ~~z~~ ||s|| # h",
    "</code></b><a href=\"https://evil.example\">AWS</a> &amp; <users/all>",
    "{{DATE(2017-02-14T06:08:39Z)}} {\"a\":1} \"quoted\" \\\\ \\",
    "line\r\nBcc: victim@example.com\r\n\r\n.\r\nMAIL FROM:<x>",
    "\u{1b}[2J\u{202e}evil\u{2066}\u{0}\u{7f}\u{200b}",
    "*_~`*_~` 100%s %n ${PATH} $(id)",
];

pub(crate) fn notice() -> Message {
    message(page(
        Lang::En,
        Severity::Critical,
        "{who} attached AdministratorAccess to {whom}.",
        "CRITICAL AdministratorAccess attached to {whom}, my-blog/123456789012, NL, 21:35 JST",
    ))
}

pub(crate) fn japanese_notice() -> Message {
    message(page(
        Lang::Ja,
        Severity::Critical,
        "{who} が {whom} に AdministratorAccess をアタッチしました。",
        "緊急 {whom} に AdministratorAccess をアタッチ, my-blog/123456789012, NL, 21:35 JST",
    ))
}

fn values(key: &str) -> Option<trailbell_text::Piece> {
    match key {
        "who" => Some(Untrusted::new("alice").into()),
        "whom" => Some(Untrusted::new("deploy_bot").into()),
        "ip" => Some(Untrusted::new("203.0.113.7").into()),
        _ => None,
    }
}

fn page(lang: Lang, severity: Severity, headline: &'static str, one_line: &'static str) -> Page {
    let both = |english: &'static str, japanese: &'static str| match lang {
        Lang::En => Phrase::fill(english, values),
        Lang::Ja => Phrase::fill(japanese, values),
    };
    let row = |label: Phrase, text: Phrase| Row { label, text };
    let command = |purpose, line: &str| CommandLine { purpose, line: line.to_owned() };
    let deny = "--user-name alice --policy-arn arn:aws:iam::aws:policy/AWSDenyAll";
    Page {
        lang,
        severity,
        headline: Phrase::fill(headline, values),
        one_line: Phrase::fill(one_line, values),
        facts: vec![
            row(both("Who", "操作した人"), both("{who} (IAM user, access key AKIAIOSFODNN7EXAMPLE)", "{who}(IAM ユーザー、アクセスキー AKIAIOSFODNN7EXAMPLE)")),
            row(both("Account", "アカウント"), both("my-blog (123456789012)", "my-blog(123456789012)")),
            row(both("When", "日時"), both("2026-11-23 21:35 JST (12:35 UTC), told 4 min later", "2026-11-23 21:35 JST(12:35 UTC)、4 分後に通知")),
            row(both("From", "接続元"), both("an address registered in NL: {ip}", "オランダで登録されたアドレス: {ip}")),
        ],
        items: Vec::new(),
        calm: Some(both("If you recognise this, nothing to do.", "心当たりのある操作であれば、対応は不要です。")),
        calm_is_urgent: false,
        steps_for: Some(both("If not:", "心当たりがない場合は、次を実行してください。")),
        preamble: vec![both("Run as a different administrator, or root, of 123456789012. Check first:", "別の管理者(またはルートユーザー)で、アカウント 123456789012 に対して実行してください。先に確認:")],
        check_first: Some("aws sts get-caller-identity --query Account --output text".to_owned()),
        steps: vec![
            Step {
                text: both("Stop {who}: this denies everything, also to sessions that are open.", "{who} を止めてください。開いているセッションも含め、すべての操作が拒否されます。"),
                commands: vec![
                    command(Purpose::Do, &format!("aws iam attach-user-policy {deny}")),
                    command(Purpose::WayBack, &format!("aws iam detach-user-policy {deny}")),
                ],
            },
            Step {
                text: both("Take the policy from {whom}.", "{whom} からポリシーを外してください。"),
                commands: vec![command(
                    Purpose::Do,
                    "aws iam detach-user-policy --user-name deploy_bot --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
                )],
            },
        ],
        details: Some("trailbell show 3b241101-e2bb-4255-8caf-4136c566a962".to_owned()),
        link: Some("https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events/3b241101-e2bb-4255-8caf-4136c566a962".to_owned()),
        target_link: None,
        links_account: None,
        footer: vec![both("Rule iam-change (critical), recorded in us-east-1", "ルール iam-change(緊急)/ 記録リージョン us-east-1")],
        verification: Some(both(
            "Your verification phrase: blue heron. A message without it is not from trailbell.",
            "確認フレーズ: blue heron(このフレーズがない通知は trailbell からのものではありません。)",
        )),
    }
}

pub(crate) fn digest() -> Message {
    let mut page =
        page(Lang::En, Severity::Info, "3 things happened yesterday.", "INFO 3 things happened yesterday");
    let item = |severity, text: &'static str| Item { severity, text: Phrase::fill(text, values) };
    page.items = vec![
        item(Severity::High, "21:35 {who} created an access key for {whom}."),
        item(Severity::Low, "21:40 {who} signed in to the console."),
        item(Severity::Info, "22:00 {who} switched to role Admin."),
    ];
    page.facts.clear();
    page.steps.clear();
    page.steps_for = None;
    page.preamble.clear();
    page.check_first = None;
    page.link = None;
    page.details = Some("trailbell timeline --since 2026-11-22".to_owned());
    page.calm = None;
    let mut message = message(page);
    message.json = json!({"schema": 1, "type": "bulletin", "bulletin": "digest", "items": 3});
    message
}

/// A page with nothing but what every page has.
pub(crate) fn bare() -> Message {
    let mut message = digest();
    let page = &mut message.page;
    page.items.clear();
    page.details = None;
    page.footer.clear();
    page.verification = None;
    message
}

/// Every text hostile, `size` facts, items, steps and footer lines.
pub(crate) fn hostile(lang: Lang, size: usize) -> Message {
    let base = if lang == Lang::En { notice() } else { japanese_notice() };
    let value = |n: usize| Untrusted::new(HOSTILE[n % HOSTILE.len()].repeat(1 + n % 3));
    let phrase = |n: usize| {
        let mut phrase = Phrase::ours("of ");
        phrase.push(value(n)).push_ours(" and ").push(value(n + 1)).push_ours(".");
        phrase
    };
    let mut page = base.page.clone();
    page.headline = phrase(0);
    page.headline.append(phrase(1));
    page.one_line = phrase(2);
    page.facts = (0..size.min(60)).map(|n| Row { label: Phrase::ours("Who"), text: phrase(n) }).collect();
    page.items = (0..size).map(|n| Item { severity: Severity::High, text: phrase(n) }).collect();
    page.steps =
        (0..size).map(|n| Step { text: phrase(n), commands: base.page.steps[0].commands.clone() }).collect();
    page.footer = (0..size).map(phrase).collect();
    let mut message = base;
    message.page = page;
    message.json["headline"] = json!(HOSTILE.join(" ").repeat(size.clamp(1, 500)));
    message
}

/// A notice of a correlation whose title, fields and values are each of the hostile texts.
pub(crate) fn hostile_correlations(lang: Lang) -> Vec<Message> {
    let record = trailbell_json::Json::parse(
        r#"{"eventName": "DescribeInstances", "eventSource": "ec2.amazonaws.com", "awsRegion": "us-east-1", "eventID": "e-1"}"#,
    );
    let record = trailbell_record::Record::new(record.expect("JSON"));
    let actor = trailbell_record::Actor::of(&record);
    let at = "2026-11-23T12:35:10Z".parse().expect("a timestamp");
    let reader = Reader { verification_phrase: Some("blue heron".to_owned()), ..Reader::new(lang) };
    let of = |text: &str| {
        let hostile = || Untrusted::from(text);
        let correlated = Correlated {
            what: CountedWhat::ValueCount,
            count: 5,
            fields: vec![hostile(); 4],
            group: vec![(hostile(), hostile()); 4],
            first: at,
            last: at,
        };
        let sigma = SigmaRule { title: hostile(), id: Some(hostile()), correlated: Some(correlated) };
        let facts = Facts {
            record: &record,
            actor: &actor,
            outcome: record.outcome(),
            what: What::Other,
            kind: Kind::RuleMatch,
            severity: Severity::High,
            rules: vec![
                Rule { name: "many".to_owned(), title: Some(text.to_owned()), sigma: Some(sigma) };
                3
            ],
            behind: None,
            comparison: None,
            folded: Vec::new(),
            earlier_policy: None,
            named_policy: None,
            told_at: None,
        };
        message(Notice::new(&facts, &reader).page())
    };
    HOSTILE.iter().map(|text| of(text)).collect()
}

fn message(page: Page) -> Message {
    Message {
        identity: Identity::of(&["letter", "1"]),
        thread: Identity::of(&["thread", "1"]),
        json: json!({
            "schema": 1,
            "type": "notice",
            "kind": "iam-change",
            "severity": page.severity.word(),
            "account": "123456789012",
            "event_time": "2026-11-23T12:35:10Z",
            "headline": page.headline.render(trailbell_text::Channel::Plain),
        }),
        page,
        date: "2026-11-23T12:39:00Z".parse().expect("a timestamp"),
    }
}
