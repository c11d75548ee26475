//! `schema`: the JSON Schema of `trailbell.yaml`.

use std::io::{self, Write as _};

use trailbell_detect::BUILTIN_RULES;

use crate::context::Failure;

pub(crate) fn run() -> Result<u8, Failure> {
    writeln!(io::stdout(), "{:#}", trailbell_config::schema(BUILTIN_RULES))?;
    Ok(0)
}
