//! Flags, help, pipes.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::util::{file, trailbell};

#[test]
fn help_and_version_go_to_standard_output_and_mistakes_do_not() {
    for arguments in [&["--help"][..], &["--version"], &["scan", "--help"], &["match", "-h"]] {
        let run = trailbell(arguments);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!run.stdout.is_empty());
    }
    for arguments in [&[][..], &["scan"], &["match", "x"], &["scan", "x", "--lang", "fr"], &["scna"]] {
        let run = trailbell(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn a_time_or_a_zone_that_is_none_is_told() {
    let samples = file("samples");
    for (arguments, words) in [
        (["scan", &samples, "--since", "yesterday"], "`yesterday` is no time"),
        (["scan", &samples, "--timezone", "Mars/Base"], "there is no time zone `Mars/Base`"),
    ] {
        let run = trailbell(&arguments);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_trailbell"))
        .args(["match", "--filter", "", &file("samples")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let samples = file("samples");
    assert!(!trailbell(&["scan", &samples]).stdout.contains('\u{1b}'));
    assert!(trailbell(&["scan", &samples, "--color", "always"]).stdout.contains("\u{1b}["));
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = trailbell(&["completions", shell]).stdout;
        for command in
            ["scan", "match", "event-pattern", "explain", "rules", "stats", "check", "completions", "schema"]
        {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}
