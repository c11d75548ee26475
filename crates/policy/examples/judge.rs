//! Judges policy documents: for each line `{"name": ..., "document": "..."}` of standard input one with the
//! verdict. What `scripts/make-policy-data.py` makes its table with and `scripts/check-policies.py` compares.

use std::io::{self, BufRead as _, Write as _};

use trailbell_json::Json;
use trailbell_policy::Policy;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let Ok(json) = Json::parse(&line?) else { continue };
        let (Some(name), Some(document)) = (json.get("name"), json.get("document").and_then(Json::as_str))
        else {
            continue;
        };
        let Ok(policy) = Policy::parse(document) else {
            writeln!(out, r#"{{"name":{name},"level":null}}"#)?;
            continue;
        };
        let verdict = policy.judge();
        let table = Json::String(verdict.as_row());
        let because = Json::String(format!("{:?}", verdict.because));
        writeln!(
            out,
            r#"{{"name":{name},"level":"{}","conditional":{},"always":"{}","table":{table},"because":{because}}}"#,
            verdict.level, verdict.conditional, verdict.always
        )?;
    }
    Ok(())
}
