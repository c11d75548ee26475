//! A stand-in for DynamoDB in memory, as a process for measurements: `dynamodb_stand_in PORT [MILLISECONDS]` listens on
//! 127.0.0.1:PORT, answers each request after so many milliseconds, and forgets everything when it ends.

#![expect(clippy::print_stdout, reason = "it says when it listens")]

#[path = "../tests/dynamodb/mod.rs"]
mod dynamodb;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use dynamodb::{StandIn, Troubles};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("which port? dynamodb_stand_in PORT [MILLISECONDS]")?.parse()?;
    let delay = Duration::from_millis(arguments.next().map_or(Ok(0), |delay| delay.parse())?);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("DynamoDB's stand-in listens on http://{}", listener.local_addr()?);
    let stand_in = Arc::new(StandIn::default());
    stand_in.trouble(Troubles { delay, ..Troubles::default() });
    stand_in.serve(listener).await?;
    Ok(())
}
