//! Every bulletin as people read it, in both languages, and as programs do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod support;

use support::bulletins::{FILTER_PATTERN, bulletins, line};
use support::reader;
use trailbell_notice::{Bulletin, Lang, render};
use trailbell_text::{Channel, Severity};

#[test]
fn every_bulletin_as_text() {
    for (name, bulletin) in bulletins(None) {
        for lang in [Lang::En, Lang::Ja] {
            let page = bulletin.page(&reader(lang));
            let text = format!("{}\n\n{}", render::one_line(&page), render::plain(&page));
            insta::assert_snapshot!(format!("{name} {lang}").replace(' ', "_"), text);
        }
    }
}

#[test]
fn a_digest_as_html() {
    let (_, digest) = bulletins(None).into_iter().find(|(name, _)| *name == "digest").unwrap();
    insta::assert_snapshot!("digest_html", render::html(&digest.page(&reader(Lang::En))));
}

#[test]
fn every_bulletin_as_json() {
    let mut out = String::new();
    for (_, bulletin) in bulletins(None) {
        out.push_str(&serde_json::to_string_pretty(&bulletin.json(&reader(Lang::En))).unwrap());
        out.push('\n');
    }
    insta::assert_snapshot!("json", out);
}

/// What the ledger keeps says the same in either language when it is read again.
#[test]
fn a_kept_bulletin_reads_back_as_it_was() {
    for (name, bulletin) in bulletins(None) {
        let kept = serde_json::to_string(&bulletin).unwrap();
        assert_eq!(serde_json::from_str::<Bulletin>(&kept).unwrap(), bulletin, "{name}");
    }
}

/// No text points at a part that is not there, and no place of a template is left unfilled.
#[test]
fn nothing_is_left_unfilled() {
    for (name, bulletin) in bulletins(None) {
        for lang in [Lang::En, Lang::Ja] {
            let shown = render::plain(&bulletin.page(&reader(lang)));
            let shown = shown.replace(FILTER_PATTERN, "a pattern of theirs");
            assert!(!shown.contains(['{', '}', '…']) && !shown.contains("上記"), "{name}: {shown}");
            assert!(!shown.contains("\n\n\n") && shown.contains("blue heron"), "{name}: {shown}");
        }
    }
}

/// A digest lists at most fifty things, the gravest first, and counts the rest.
#[test]
fn a_digest_shows_the_gravest_first_and_counts_the_rest() {
    let mut items: Vec<_> =
        (0..60).map(|_| line(Severity::Low, "2026-11-23T12:00:00Z", "alice", "123456789012")).collect();
    items.push(line(Severity::High, "2026-11-23T13:00:00Z", "mallory", "123456789012"));
    let digest = Bulletin::Digest {
        items,
        more: 9,
        from: "2026-11-23T00:00:00Z".parse().unwrap(),
        until: "2026-11-24T00:00:00Z".parse().unwrap(),
        counts: [0, 69, 0, 1, 0],
    };
    let page = digest.page(&reader(Lang::En));
    assert_eq!(page.severity, Severity::High, "nothing high is hidden in a digest");
    assert_eq!(page.items.len(), 51);
    assert!(page.items[0].text.render(Channel::Plain).contains("mallory"));
    assert_eq!(page.items[50].text.render(Channel::Plain), "and 20 more, not listed here");
}

/// Where only what is listed was counted, the rest is said to be uncounted rather than forgotten.
#[test]
fn a_digest_adds_up() {
    let digest = |more, counts| Bulletin::Digest {
        items: vec![line(Severity::Low, "2026-11-23T12:00:00Z", "alice", "123456789012")],
        more,
        from: "2026-11-23T00:00:00Z".parse().unwrap(),
        until: "2026-11-24T00:00:00Z".parse().unwrap(),
        counts,
    };
    let shown = |digest: &Bulletin| render::plain(&digest.page(&reader(Lang::En)));
    let uncounted = shown(&digest(30, [0, 1, 0, 0, 0]));
    assert!(
        uncounted.contains("Digest: 31 notices") && uncounted.contains("1 low and 30 more"),
        "{uncounted}"
    );
    // One of those counted could not be listed any more.
    let unlisted = digest(0, [0, 1, 0, 1, 0]);
    assert!(shown(&unlisted).contains("Digest: 2 notices"));
    assert_eq!(unlisted.severity(), Severity::High);
}

/// "None succeeded" is said only where it is known.
#[test]
fn failures_claim_nothing_that_is_not_known() {
    for (name, bulletin) in bulletins(None) {
        let Bulletin::Failures { none_succeeded, .. } = &bulletin else { continue };
        let shown = bulletin.page(&reader(Lang::En)).headline.render(Channel::Plain);
        assert_eq!(shown.contains("None succeeded"), *none_succeeded, "{name}: {shown}");
    }
}
