//! `completions`: the script that completes trailbell's commands in a shell.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};
use crate::context::Failure;

pub(crate) fn run(completions: &Completions) -> Result<u8, Failure> {
    // Into memory first: the generator panics where the reader of its output goes away.
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Cli::command(), "trailbell", &mut script);
    io::stdout().write_all(&script)?;
    Ok(0)
}
