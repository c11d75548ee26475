//! Running the program and reading what it says.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What one run came to.
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Each line of standard output as JSON.
    pub fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// The notices and the summary of a scan.
    pub fn scan(&self) -> (Vec<Value>, Value) {
        let mut lines = self.json();
        let summary = lines.pop().expect("a summary is always last");
        assert_eq!(summary["type"], "summary", "{}", self.stderr);
        assert!(lines.iter().all(|notice| notice["type"] == "notice"));
        (lines, summary)
    }
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// A file of the project, as an argument.
pub fn file(path: &str) -> String {
    root().join(path).to_str().unwrap().to_owned()
}

/// Recordings and conformance cases beside the project; says so where they are not there.
pub fn shared(path: &str) -> Option<String> {
    let place = root().join("../shared").join(path);
    if place.exists() {
        return Some(place.to_str().unwrap().to_owned());
    }
    eprintln!("SKIPPED: ../shared/{path} is not here");
    None
}

/// Runs the program in an empty folder, in English and Tokyo time, with nothing on standard input.
pub fn trailbell(arguments: &[&str]) -> Run {
    with_input(arguments, b"")
}

/// The same with something on standard input.
pub fn with_input(arguments: &[&str], input: &[u8]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), arguments, input)
}

/// The same in a folder of the caller's.
pub fn run_in(folder: &Path, arguments: &[&str], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_trailbell"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs([("TZ", "Asia/Tokyo"), ("LC_ALL", "C.UTF-8")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may end without having read it all.
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
