//! `scan --report`: one page beside what is printed, whole or not there, its owner's alone.

use std::path::Path;

use crate::util::{file, run_in, with_input};

/// A scan of the samples in a folder of the test's own.
fn scan(folder: &Path, more: &[&str]) -> crate::util::Run {
    let samples = file("samples");
    run_in(folder, &[&["scan", &samples], more].concat(), b"")
}

#[test]
fn the_page_stands_beside_what_is_printed_and_changes_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for printed in [&[][..], &["--output", "json"], &["--quiet", "--lang", "ja"]] {
        let without = scan(folder.path(), printed);
        let with = scan(folder.path(), &[printed, &["--report", "report.html"]].concat());
        assert_eq!((with.status, &with.stdout), (0, &without.stdout), "{}", with.stderr);
        let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
        assert!(page.starts_with("<!doctype html>\n<html lang=") && page.ends_with("</html>\n"));
        assert_eq!(page.contains("<html lang=\"ja\">"), printed.contains(&"ja"));
        assert_eq!(page.matches("<details class=\"notice ").count(), 52);
        // The file that was written before it had its name is gone.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it_also_where_one_stood_that_others_could() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    std::fs::write(&path, "of last week").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink("report.html", folder.path().join("newest.html")).unwrap();
    let run = scan(folder.path(), &["--quiet", "--report", "newest.html"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(std::fs::symlink_metadata(folder.path().join("newest.html")).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&path).unwrap().contains("52 notices from 343 events"));
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    for (path, says) in [
        ("folder", "--report folder: this is a folder"),
        ("missing/report.html", "--report missing/report.html: "),
        ("-", "--report -: standard output has the notices: name a file"),
        ("/dev/null", "--report /dev/null: this is no ordinary file"),
    ] {
        let run = scan(folder.path(), &["--report", path]);
        assert_eq!(run.status, 2, "{path}");
        assert!(run.stderr.contains(says), "{path}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{path}");
    }
}

#[test]
fn what_could_not_be_read_stands_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cut.json"), "{\"Records\":[{\"eventName\":\"CreateUs").unwrap();
    let run = run_in(folder.path(), &["scan", "cut.json", "--report", "report.html"], b"");
    assert_eq!(run.status, 2);
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("Not everything could be read.") && page.contains("<li>cut.json"), "{page}");
}

#[test]
fn a_page_is_made_though_nobody_reads_what_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_trailbell"))
        .args(["scan", &file("samples"), "--verbose", "--report", "report.html"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert!(folder.path().join("report.html").is_file());
}

#[test]
fn the_help_names_it() {
    let help = with_input(&["scan", "--help"], b"").stdout;
    assert!(help.contains("--report <FILE>") && help.contains("report.html"), "{help}");
}
