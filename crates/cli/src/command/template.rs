//! `template`: the CloudFormation templates that `deploy` uses, as they are.

use std::io::{self, Write as _};

use serde_json::json;

use super::deploy::templates::{FORWARDER, MAIN};
use crate::args::{Global, OutputForm, Template, WhichTemplate};
use crate::context::Failure;

pub(crate) fn run(template: &Template, global: &Global) -> Result<u8, Failure> {
    let (name, body) = match template.which {
        WhichTemplate::Main => ("main", MAIN),
        WhichTemplate::Forwarder => ("forwarder", FORWARDER),
    };
    let mut out = io::stdout().lock();
    if global.output == OutputForm::Json {
        writeln!(out, "{}", json!({ "type": "template", "name": name, "body": body }))?;
    } else {
        out.write_all(body.as_bytes())?;
    }
    out.flush()?;
    Ok(0)
}
