//! What is asked, and what the answers come to.

use super::draft::Kept;
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
const REST: &[&str] = &["--lang", "en", "--timezone", "UTC", "--source", "folder:/logs", "--phrase", "a b c"];

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
        for line in ["    to: [me@example.com]", "    from: me@example.com", "    username: me@example.com"] {
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
        let yaml =
            written(&gathered.unwrap_or_else(|error| panic!("{kind}: {error:?} {shown}")).0, SecretsIn::Env);
        assert!(yaml.contains(wanted), "{kind}: {wanted} in {yaml}");
    }
}

#[test]
fn who_stops_answering_has_written_nothing() {
    let (gathered, _) = answered(REST, "1\nme@example.com\n");
    let Err(Failure::Told(problem)) = gathered else { panic!("it went on") };
    assert!(problem.contains("nothing was written"), "{problem}");
}
