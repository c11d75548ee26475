//! `send-test`: what would be sent is shown without its secrets; what is sent arrives, or it is said why not.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::Value;

use crate::util::run_in;

/// Every kind of channel, the secrets' common part being `verysecret`.
const CHANNELS: &str = r"
verification_phrase: three cats on a tin roof
channels:
  mail: { type: email, to: [me@example.com], from: bell@example.com, server: 'smtps://smtp.example.com', username: me, password: 'file:secret' }
  slack: { type: slack, webhook: 'https://hooks.slack.com/services/T0/B0/verysecretverysecret' }
  slack-bot: { type: slack-bot, token: xoxb-verysecretverysecret, channel: C0123456789 }
  teams: { type: teams, webhook: 'https://prod.example.com/workflows/verysecretverysecret' }
  discord: discord://123456789012345678/verysecretverysecret
  google-chat: gchat://SPACE/verysecretkey12345/verysecrettoken123
  line: { type: line, token: verysecretverysecret, to: U0123456789abcdef0123456789abcdef }
  telegram: { type: telegram, token: '123456:verysecretverysecret', chat: -1001234567890 }
  ntfy: ntfy://verysecretverysecret
  pagerduty: pagerduty://verysecretverysecretverysecret12
  webhook: { type: webhook, url: 'https://hooks.example.com/verysecretverysecret', secret: whsec_dmVyeXNlY3JldHZlcnlzZWNyZXR2ZXJ5c2VjcmV0 }
  topic: arn:aws:sns:us-east-1:123456789012:trailbell
  ses: ses://us-east-1?to=me@example.com&from=bell@example.com
  program: command:/bin/true
  file: file:///tmp/trailbell-never-written.jsonl
  screen: 'stdout:'
  lines: stdout:json
";

fn configured(yaml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), yaml).unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "verysecretverysecret\n").unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    folder
}

fn previews(folder: &Path, kind: &str, lang: &str) -> Vec<Value> {
    let run =
        run_in(folder, &["send-test", "--dry-run", "--kind", kind, "--lang", lang, "--output", "json"], b"");
    assert_eq!(run.status, 0, "{}", run.stderr);
    for said in [&run.stdout, &run.stderr] {
        assert!(!said.contains("verysecret") && !said.contains("whsec_"), "{said}");
    }
    run.json()
}

#[test]
fn every_kind_is_shown_for_every_channel_in_both_languages_and_without_a_secret() {
    let folder = configured(CHANNELS);
    for kind in ["test", "console-sign-in", "iam-change", "digest", "deaf"] {
        for lang in ["en", "ja"] {
            let shown = previews(folder.path(), kind, lang);
            assert_eq!(shown.len(), 17);
            for preview in shown {
                assert_eq!(preview["type"], "preview");
                let channel = preview["channel"].as_str().unwrap();
                let payload = preview["payload"].as_str().unwrap();
                assert!(payload.len() > 40, "{channel}: {payload}");
                // A mail's text is base64, and so is the body that SES gets; JSON lines may have escapes.
                if !matches!(channel, "mail" | "ses") {
                    let word = if lang == "en" { "test" } else { "テスト" };
                    assert!(payload.to_lowercase().contains(word), "{channel}, {kind}: {payload}");
                }
            }
        }
    }
}

#[test]
fn a_sample_says_first_that_it_is_none_of_the_readers_worries() {
    let folder = configured("channels: { screen: 'stdout:', lines: 'stdout:json' }\n");
    for (lang, first, title) in [
        ("en", "CRITICAL: TEST, not real: ", "TEST, not real: CRITICAL "),
        ("ja", "【緊急】【テスト】", "【テスト】"),
    ] {
        let shown = previews(folder.path(), "console-sign-in", lang);
        let text = shown[0]["payload"].as_str().unwrap();
        assert!(text.starts_with(first), "{text}");
        let json: Value = serde_json::from_str(shown[1]["payload"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&json["test"], &json["type"], &json["kind"]),
            (&true.into(), &"notice".into(), &"console-sign-in".into())
        );
        assert!(json["one_line"].as_str().unwrap().starts_with(title), "{json}");
    }
}

#[test]
fn a_channels_own_language_goes_before_all() {
    let folder = configured("language: en\nchannels: { screen: { type: stdout, language: ja } }\n");
    let run = run_in(folder.path(), &["send-test", "screen", "--dry-run"], b"");
    assert!(run.stdout.contains("これはテストです"), "{}", run.stdout);
}

/// Answers each request with the status, and hands out what it got.
fn hook(status: &'static str) -> (u16, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, bodies) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(text) = line.to_lowercase().strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            if sender.send(serde_json::from_slice(&body).unwrap_or_default()).is_err() {
                return;
            }
        }
    });
    (port, bodies)
}

/// A mail server that takes one mail; what was in it.
fn post_office() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, mails) = channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        reader.get_mut().write_all(b"220 here\r\n").unwrap();
        let (mut mail, mut in_mail, mut line) = (String::new(), false, String::new());
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
            let word = line.trim_end().to_uppercase();
            let answer: &[u8] = match word.as_str() {
                "." if in_mail => {
                    in_mail = false;
                    sender.send(mail.clone()).unwrap();
                    b"250 taken as 4711\r\n"
                }
                _ if in_mail => {
                    mail.push_str(&line);
                    b""
                }
                "DATA" => {
                    in_mail = true;
                    b"354 go on\r\n"
                }
                "QUIT" => b"221 bye\r\n",
                _ => b"250 ok\r\n",
            };
            reader.get_mut().write_all(answer).unwrap();
            line.clear();
        }
    });
    (port, mails)
}

#[test]
fn what_is_sent_arrives_and_is_new_each_time() {
    let (port, bodies) = hook("200 OK");
    let (mail_port, mails) = post_office();
    let folder = configured(&format!(
        "channels:\n  hook: webhook+http://127.0.0.1:{port}/verysecret\n  mail: {{ type: email, to: [me@example.com], from: bell@example.com, server: 'smtp://127.0.0.1:{mail_port}' }}\n"
    ));
    let run = run_in(folder.path(), &["send-test", "--kind", "iam-change"], b"");
    assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(
        run.stderr.contains("hook: taken by ") && run.stderr.contains("mail: taken by "),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("verysecret"), "{}", run.stderr);
    let body = bodies.recv().unwrap();
    assert_eq!((&body["type"], &body["data"]["test"]), (&"trailbell.iam-change".into(), &true.into()));
    let mail = mails.recv().unwrap();
    // "[trailbell] TEST, not real:" as a mail's header has it (RFC 2047).
    assert!(mail.contains("Subject: =?UTF-8?B?W3RyYWlsYmVsbF0gVEVTVCwgbm90IHJlYWw6"), "{mail}");
    let again = run_in(folder.path(), &["send-test", "hook", "--output", "json"], b"");
    assert_eq!(again.status, 0);
    assert_eq!((&again.json()[0]["taken"], &again.json()[0]["channel"]), (&true.into(), &"hook".into()));
    assert_eq!(bodies.recv().unwrap()["data"]["bulletin"], "test");
}

#[test]
fn what_is_not_taken_is_said_with_the_next_step_and_ends_with_3() {
    let (port, bodies) = hook("503 Service Unavailable");
    let folder = configured(&format!(
        "channels:\n  busy: webhook+http://127.0.0.1:{port}/verysecret\n  shut: webhook+http://127.0.0.1:1/verysecret\n  screen: 'stdout:'\n"
    ));
    let run = run_in(folder.path(), &["send-test"], b"");
    assert_eq!(run.status, 3, "{}", run.stderr);
    bodies.recv().unwrap();
    for words in ["busy: not sent: ", "503", "shut: not sent: ", "try `trailbell send-test shut` again"] {
        assert!(run.stderr.contains(words), "{words:?} in {}", run.stderr);
    }
    assert!(run.stdout.contains("This is a test"), "the others are rung all the same: {}", run.stdout);
    assert!(!run.stderr.contains("verysecret"), "{}", run.stderr);
    let lines = run_in(folder.path(), &["send-test", "shut", "--output", "json"], b"").json();
    assert_eq!((&lines[0]["taken"], lines[0]["fix"].is_string()), (&false.into(), true));
}

#[test]
fn a_channel_that_there_is_not_is_a_usage_error_and_none_at_all_is_the_screen() {
    let folder = configured("channels: { screen: 'stdout:' }\n");
    let run = run_in(folder.path(), &["send-test", "sreen"], b"");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("known: screen"), "{}", run.stderr);
    let run = run_in(configured("").path(), &["send-test"], b"");
    assert_eq!(run.status, 0);
    assert!(run.stdout.contains("This is a test"), "{}", run.stdout);
    assert!(run.stderr.contains("no channels are configured"), "{}", run.stderr);
}
