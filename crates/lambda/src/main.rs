//! trailbell as an AWS Lambda function (`provided.al2023`). Glue only: the runtime's calls become calls of [`function`].

mod function;
mod log;
mod settings;
mod wake;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use trailbell_config::CarriedSigma;

use crate::function::{Failed, Function};
use crate::log::{Level, say};
use crate::settings::Surroundings;
use crate::wake::Wake;

/// The configuration's name in the zip.
const CONFIGURATION: &str = "trailbell.yaml";
/// The metric that counts ticks which failed; an alarm of the stack watches it.
const FAILED_TICKS: &str = "FailedTicks";
/// What a function has where Lambda does not say: megabytes.
const LEAST_MEMORY: u64 = 128;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let function = Arc::new(Mutex::new(None));
    // Lambda gives the start a whole core, whatever the function's memory: what can be opened is opened now. What cannot is tried
    // again at every call, which fails with the reason until it can.
    match ready().await {
        Ok(ready) => *function.lock().await = Some(ready),
        Err(why) => say(Level::Error, &why),
    }
    lambda_runtime::run(service_fn(move |event| Box::pin(call(Arc::clone(&function), event)))).await
}

async fn call(
    function: Arc<Mutex<Option<Function>>>,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<Value, Failed> {
    let ends = Instant::now() + time_left(event.context.deadline);
    let wake = Wake::read(event.payload.get());
    let is_tick = wake.is_tick();
    match answer(&function, wake, ends).await {
        // A tick that fails is made up for by the next. Called a failure it would be repeated and at last lie in the dead-letter queue, where
        // thousands of them would hide what was really lost.
        Err(Failed(why)) if is_tick => {
            say(Level::Error, &why);
            log::count(FAILED_TICKS);
            Ok(Value::Null)
        }
        answer => answer,
    }
}

async fn answer(function: &Mutex<Option<Function>>, wake: Wake, ends: Instant) -> Result<Value, Failed> {
    let mut function = function.lock().await;
    if function.is_none() {
        *function = Some(ready().await.map_err(Failed)?);
    }
    match function.as_mut() {
        Some(function) => function.call(wake, ends).await,
        None => Err(Failed("the function is not ready".to_owned())),
    }
}

async fn ready() -> Result<Function, String> {
    let variable = |name: &str| std::env::var(name).ok();
    let surroundings = Surroundings::read(&variable)?;
    let folder = variable("LAMBDA_TASK_ROOT").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let configuration = text(&folder.join(CONFIGURATION))?.unwrap_or_default();
    let sigma = sigma(&folder.join(CarriedSigma::FILE_NAME))?;
    let memory = variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|text| text.parse().ok());
    let memory = memory.unwrap_or(LEAST_MEMORY) << 20;
    let mut function = Function::new(surroundings, &configuration, &sigma, &variable, memory).await?;
    function.prepare().await?;
    Ok(function)
}

/// The Sigma files that came along; there need not be any.
fn sigma(path: &Path) -> Result<CarriedSigma, String> {
    let read =
        |text: String| CarriedSigma::parse(&text).map_err(|error| format!("{}: {error}", path.display()));
    text(path)?.map_or_else(|| Ok(CarriedSigma::default()), read)
}

/// What a file holds, where there is one.
fn text(path: &Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// How long the call may still take; `deadline` is in milliseconds since 1970.
fn time_left(deadline: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(deadline).saturating_sub(now)
}

impl From<Failed> for Diagnostic {
    fn from(Failed(why): Failed) -> Self {
        Self { error_type: "NotTaken".to_owned(), error_message: log::shown(&why) }
    }
}
