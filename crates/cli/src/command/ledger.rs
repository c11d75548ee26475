//! The ledger a command looks into or changes: a file of `trailbell run`, or the table of a deployed trailbell.

use std::ops::{Deref, DerefMut};

use tokio::runtime::Runtime;
use trailbell_aws::{Aws, DynamoLedger};
use trailbell_config::AwsAccess;
use trailbell_ledger_sqlite::SqliteLedger;
use trailbell_outbox::{Batch, Ledger, LedgerErrorKind};

use super::deploy::region_of;
use super::deploy::talk::theirs;
use crate::args::WhichLedger;
use crate::context::{Context, Failure, shown};

/// How often a change is tried while the function writes, too.
const TRIES: u32 = 12;

/// An open ledger.
pub(crate) struct Opened {
    ledger: Box<dyn Ledger>,
    /// What the table is asked through. Goes after the ledger.
    _runtime: Option<Runtime>,
}

impl Deref for Opened {
    type Target = dyn Ledger;

    fn deref(&self) -> &Self::Target {
        self.ledger.as_ref()
    }
}

impl DerefMut for Opened {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.ledger.as_mut()
    }
}

impl Opened {
    /// Makes a change that is right whatever else was written meanwhile.
    pub(crate) fn change(&mut self, batch: &Batch) -> Result<(), Failure> {
        let mut tries = 1;
        loop {
            match self.ledger.commit(batch) {
                Err(error) if error.kind == LedgerErrorKind::Overtaken && tries < TRIES => tries += 1,
                outcome => return Ok(outcome?),
            }
        }
    }
}

/// The same; a file that is not there is made.
pub(crate) fn open_or_make(which: &WhichLedger, context: &Context) -> Result<Opened, Failure> {
    if which.stack_name.is_some() {
        return open(which, context);
    }
    let path = context.ledger_path(&which.file)?;
    let ledger = SqliteLedger::open(&path, &context.ledger_options())?;
    Ok(Opened { ledger: Box::new(ledger), _runtime: None })
}

/// Opens the one that the flags, or the configuration, name.
pub(crate) fn open(which: &WhichLedger, context: &Context) -> Result<Opened, Failure> {
    if let Some(stack) = &which.stack_name {
        return of_stack(stack, which);
    }
    let path = context.ledger_path(&which.file)?;
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => {
            return Err(Failure::Told(format!(
                "there is no ledger at {}: `trailbell run` makes it; name another with --ledger, or the configuration that names it with --config. \
                 That of a deployed trailbell: --stack-name trailbell",
                shown(&path)
            )));
        }
        Err(error) => {
            return Err(Failure::Told(format!(
                "the ledger {} cannot be looked at by this user: {error}",
                shown(&path)
            )));
        }
    }
    let ledger = SqliteLedger::open_existing(&path, &context.ledger_options())?;
    Ok(Opened { ledger: Box::new(ledger), _runtime: None })
}

fn of_stack(stack: &str, which: &WhichLedger) -> Result<Opened, Failure> {
    let runtime = Runtime::new()?;
    let access = AwsAccess {
        profile: which.profile.clone(),
        role: None,
        region: which.region.clone(),
        endpoint: which.endpoint_url.clone(),
    };
    let (aws, table) = runtime.block_on(async {
        let aws = Aws::connect(&access).await?;
        let region = region_of(&aws)?;
        let found = aws.stack(&region, stack).await?;
        let table = found.and_then(|found| found.outputs.get("TableName").cloned()).ok_or_else(|| {
            Failure::Told(format!(
                "there is no stack {} with a table in {region}: `trailbell deploy` makes it; is it another --region, --profile or --stack-name?",
                theirs(stack)
            ))
        })?;
        Ok::<_, Failure>((aws, table))
    })?;
    let ledger = {
        let _inside = runtime.enter();
        DynamoLedger::open(aws, &table)?
    };
    Ok(Opened { ledger: Box::new(ledger), _runtime: Some(runtime) })
}
