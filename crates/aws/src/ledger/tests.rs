//! The ledger on DynamoDB against a stand-in with DynamoDB's limits: the tests every ledger passes, many copies at once, and
//! death at every instant.

mod copies;
mod death;
#[path = "../../tests/dynamodb/mod.rs"]
mod dynamodb;
mod opening;
mod troubles;

use std::sync::{Arc, LazyLock};

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use trailbell_outbox::Ledger;
use trailbell_outbox::testing::{Place, model};

use self::dynamodb::{StandIn, Troubles};
use super::DynamoLedger;
use crate::client::Aws;

const TABLE: &str = "trailbell";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A server with one table, empty at first.
struct Server {
    stand_in: Arc<StandIn>,
    url: String,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// With a table.
    fn start(troubles: Troubles) -> Self {
        let server = Self::bare();
        let _guard = RUNTIME.enter();
        DynamoLedger::create_table(Aws::to(&server.url), TABLE).unwrap();
        server.stand_in.trouble(troubles);
        server
    }

    /// With nothing.
    fn bare() -> Self {
        let stand_in = Arc::new(StandIn::default());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let _guard = RUNTIME.enter();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let task = RUNTIME.spawn(stand_in.clone().serve(listener));
        Self { stand_in, url, task }
    }

    fn ledger(&self) -> DynamoLedger {
        let _guard = RUNTIME.enter();
        DynamoLedger::open(Aws::to(&self.url), TABLE).unwrap()
    }

    /// One whose requests count on the fuse.
    fn mortal(&self) -> Result<DynamoLedger, trailbell_outbox::LedgerError> {
        let _guard = RUNTIME.enter();
        DynamoLedger::open(Aws::to(&format!("{}/mortal", self.url)), TABLE)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Place for Server {
    fn open(&self) -> Box<dyn Ledger> {
        Box::new(self.ledger())
    }
}

/// Small pages and unread rests everywhere, so that everything there is has a next page.
fn new_place() -> Server {
    Server::start(Troubles { page: Some(2), gets: Some(3), ..Troubles::default() })
}

trailbell_outbox::ledger_tests!(new_place);

#[test]
fn the_ledger_answers_as_the_naive_one_does() {
    model::answers_as_the_naive_one_does(24, || Box::new(new_place()));
}
