//! The peer that event patterns are measured beside: the same patterns and events, asked of the `quamina` crate. One line
//! is printed, how many events meet some pattern. See `scripts/compare-peers.py`.
//!
//! `quamina PATTERNS EVENTS`: a folder of one pattern a `*.json`, and a file of one event a line.

#![expect(clippy::print_stdout, reason = "a program's answer")]

use std::error::Error;
use std::{env, fs};

use quamina::{MatcherBuildMode, Quamina};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let (Some(patterns), Some(events)) = (arguments.next(), arguments.next()) else {
        return Err("quamina PATTERNS EVENTS".into());
    };
    let mut peer = Quamina::new();
    peer.set_matcher_build_mode(MatcherBuildMode::BuiltForSpeed);
    for entry in fs::read_dir(patterns)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let pattern = fs::read_to_string(&path)?;
            peer.add_pattern(path.display().to_string(), &pattern)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    let events = fs::read(events)?;
    let mut met = 0_u64;
    for event in events.split(|byte| *byte == b'\n').filter(|event| !event.is_empty()) {
        met += u64::from(peer.has_matches(event)?);
    }
    println!("{met}");
    Ok(())
}
