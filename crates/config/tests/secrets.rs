//! No secret of a `trailbell.yaml` reaches a message, a diagnostic's line or a `Debug`, whatever else is wrong.

use proptest::prelude::*;
use trailbell_config::{Lookups, parse, parse_to_hand_over, showable};
use trailbell_text::Diagnostic;

/// Each is whole in the file below; any eight characters of one must not be seen.
const SECRETS: &[&str] = &[
    "Zq7Password9x",
    "Zq7SlackPart9x",
    "Zq7LineToken9x",
    "Zq7UrlUserPass9x",
    "Zq7Header9xyz",
    "Zq7Misspelt9x",
    "Zq7HookSecret9x",
    "Zq7BlockScalar9x",
    "Zq7PagerKey9x",
    "Zq7Webhook9xyz",
];

const FILE: &str = "\
language: en
channels:
  mail:
    type: email
    to: [me@example.com]
    server: smtps://mail.example.com
    username: me@example.com
    password: Zq7Password9x # mine
    minimum_severity: low
  chat: slack://T0/B0/Zq7SlackPart9x
  line: { type: line, token: \"Zq7LineToken9x\", to: U01, kinds: [iam-change] }
  relay: smtp://u:Zq7UrlUserPass9x@h.example?to=a@b.example&from=c@d.example
  post: { type: webhook, url: 'https://h.example/Zq7Webhook9xyz', headers: { X-Key: Zq7Header9xyz } }
  typo: { type: line, tokn: Zq7Misspelt9x, to: U01 }
  pager:
    url: 'pagerduty://Zq7PagerKey9x'
    operations: true
  block:
    type: pagerduty
    routing_key: >-
      Zq7BlockScalar9x
sources:
  hook: { type: http, listen: 127.0.0.1:8787, secret: Zq7HookSecret9x, path: / }
timezone: UTC
";

/// Everything that is ever shown of a text.
fn shown(source: &str) -> String {
    let visible = showable(source);
    let render = |all: &[Diagnostic]| -> String {
        let all: Vec<String> =
            all.iter().map(|one| format!("{}\n{one:?}\n", one.render("f", &visible))).collect();
        all.concat()
    };
    match parse(source, &["iam-change"], Lookups::none()) {
        Ok(loaded) => format!("{:?}{}", loaded.settings, render(&loaded.warnings)),
        Err(invalid) => format!("{invalid}{}{}", invalid.render("f", source), render(&invalid.problems)),
    }
}

fn leaked(shown: &str, source: &str) -> Option<String> {
    let secrets = SECRETS.iter().filter(|secret| source.contains(**secret));
    secrets
        .flat_map(|secret| (0..=secret.len() - 8).map(move |at| &secret[at..at + 8]))
        .find(|part| shown.contains(part))
        .map(str::to_owned)
}

#[test]
fn places_stay_where_they_are() {
    let source = "channels:\n  a: slack://T/あ/🟆é\n  b: { password: pässwörd あ, to: [x] }\nrules:\n  x: { filter: 'あ' }\n";
    let visible = showable(source);
    assert_eq!(
        visible,
        "channels:\n  a: slack://**•*🟆·\n  b: { password: **·**··•, to: [x] }\nrules:\n  x: { filter: 'あ' }\n"
            .replace("**·**··•", "*·***·** •".replace(' ', "*").as_str())
    );
    assert_eq!(visible.len(), source.len());
}

#[test]
fn what_is_no_secret_stays_readable() {
    for line in [
        "rules:\n  x: { filter: '{ $.a = \"https://x\" }' }\n",
        "accounts:\n  123456789012: { name: my-blog }\n",
        "channels:\n  a: '${SLACK_WEBHOOK}'\n  b: { type: line, token: file:/run/line, to: U1 }\n",
        "sources:\n  a: event-histroy\n  b: { type: sqs, region: us-east-1a }\n",
        "channels:\n  a:\n    server: smtps://mail.example.com:465\n    quiet_hours: 7-9\n",
        "delivery: { learning: 1w }\nlisten: 80\n",
    ] {
        assert_eq!(showable(line), line);
    }
}

#[test]
fn a_file_without_a_slip_but_one_shows_no_secret() {
    let shown = shown(FILE);
    assert!(shown.contains("Unknown key `tokn`"), "{shown}");
    assert!(shown.contains("typo: { type: line, tokn: *************, to: U01 }"), "{shown}");
    assert_eq!(leaked(&shown, FILE), None, "{shown}");
    let right = FILE.replace("tokn", "token");
    let debug = format!("{:?}", parse(&right, &[], Lookups::none()).unwrap().settings);
    assert!(debug.contains("Secret(…)"));
    assert_eq!(leaked(&debug, &right), None, "{debug}");
}

/// What a parser makes of the lines below depends on where they now belong.
#[test]
fn a_line_that_is_lost_commented_out_or_pushed_aside_shows_no_secret() {
    let lines: Vec<&str> = FILE.split_inclusive('\n').collect();
    let mut slips = 0;
    for (number, line) in lines.iter().enumerate() {
        let (before, after) = (lines[..number].concat(), lines[number + 1..].concat());
        let indented = line.trim_start_matches(' ');
        let spaces = line.len() - indented.len();
        let mut changed = vec![String::new()];
        for begin in
            ["#", "\t#", " #", "\t", "- ", "? ", ": ", "> ", "| ", "% ", "'", "\"", "&a ", "*a ", "!t "]
        {
            // A word at the line's start, in its indentation's middle, and before its first letter.
            for at in [0, spaces / 2, spaces] {
                changed.push(format!("{}{begin}{}", &line[..at], &line[at..]));
            }
        }
        changed.extend((0..spaces + 4).map(|width| format!("{}{indented}", " ".repeat(width))));
        for line in changed {
            let source = format!("{before}{line}{after}");
            let shown = shown(&source);
            assert_eq!(leaked(&shown, &source), None, "{source}\n---\n{shown}");
            slips += 1;
        }
    }
    assert!(slips > 1000, "{slips}");
}

/// Found by trying every slip of two characters; each is a class of its own.
#[test]
fn slips_that_once_showed_a_secret_show_none() {
    for (right, slip) in [
        // A comment in the middle of a value: the text goes on below it.
        ("    routing_key: >-", "\t#    routing_key: >-"),
        // A password that became the host's port.
        ("@h.example", " #@h.example"),
        ("@h.example", "\n#@h.example"),
        // A key that lost its end is another key.
        ("token: ", "to: "),
        ("token: ", "to\t: "),
        ("tokn: ", "to : "),
        ("tokn: ", "? "),
    ] {
        let source = FILE.replacen(right, slip, 1);
        assert_ne!(source, FILE, "{right}");
        let shown = shown(&source);
        assert_eq!(leaked(&shown, &source), None, "{source}\n---\n{shown}");
    }
}

#[test]
fn what_is_handed_over_holds_no_secret_in_plain_text() {
    let environment = |name: &str| (name == "TOKEN").then(|| "Zq7Environment9x".to_owned());
    let file = |_: &str| Err("there are no files there".to_owned());
    let lookups = Lookups { environment: &environment, file: &file, ..Lookups::none() };
    for (channel, good) in [
        ("{ type: line, token: Zq7LineToken9x, to: U01 }", false),
        ("slack://T0/B0/Zq7SlackPart9x", false),
        ("{ type: line, token: 'file:/etc/token', to: U01 }", false),
        ("{ type: line, token: '${TOKEN}', to: U01 }", true),
        ("slack://T0/B0/${TOKEN}", true),
    ] {
        let source = format!("channels:\n  one: {channel}\n");
        match parse_to_hand_over(&source, &[], lookups) {
            Ok(_) => assert!(good, "{source}"),
            Err(invalid) => {
                assert!(!good, "{source}: {invalid}");
                assert_eq!(leaked(&invalid.render("f", &source), &source), None, "{source}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn a_slip_of_the_keyboard_shows_no_secret(at in 0_usize..1200, cut in 0_usize..5, typed in "[-:'\"{}\\[\\]$=<&*|>\n\t ,#あa0]{0,4}") {
        let at = at.min(FILE.len());
        // Within one line: two lines made one may be any text under any key.
        let line_end = FILE[at..].find('\n').map_or(FILE.len(), |i| at + i);
        let end = (at + cut).min(line_end);
        let source = format!("{}{typed}{}", &FILE[..at], &FILE[end..]);
        let shown = shown(&source);
        prop_assert_eq!(leaked(&shown, &source), None, "{}\n---\n{}", source, shown);
    }

    #[test]
    fn as_many_bytes_and_characters_in_the_same_lines(source in "[-a-z:,'\"\\[\\]{}&*!|># \n\té日🟆\\\\u0-9~/@]{0,80}") {
        let visible = showable(&source);
        let shape = |text: &str| text.chars().map(|c| (c.len_utf8(), c == '\n')).collect::<Vec<_>>();
        prop_assert_eq!(shape(&visible), shape(&source));
    }
}
