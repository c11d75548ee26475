//! The stacks of other regions, which forward `EventBridge`'s events home: some at a time, each failing for itself.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trailbell_aws::{Aws, Parameter, Proposal, Stack, TemplateAt};

use super::templates::FORWARDER;
use super::work::{Before, Place, Trouble};

/// How many regions are seen to at a time.
const AT_ONCE: usize = 6;
/// The parameter by which a stack is known to be a forwarder of ours.
const SIGN: &str = "HomeEventBusArn";

/// What came of one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Made,
    Changed,
    Unchanged,
    Deleted,
}

impl Came {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
        }
    }
}

/// The name of the forwarders of a stack.
pub(super) fn name(stack: &str) -> String {
    format!("{stack}-forwarder")
}

/// Makes or changes the forwarder of each region; `told` hears of each as it is done.
pub(super) async fn bring(
    aws: &Aws,
    stack: &str,
    regions: &[String],
    home: &str,
    bus: &str,
    told: impl FnMut(&str, Result<Came, String>),
) {
    let (home, bus) = (home.to_owned(), bus.to_owned());
    let places = regions.iter().map(|region| (place(aws, stack, region), ())).collect();
    each(places, move |place, ()| one(place, home.clone(), bus.clone()), told).await;
}

async fn one(place: Place, home: String, bus: String) -> Result<Came, Trouble> {
    let is_new = match place.look(SIGN).await? {
        Before::Nothing => true,
        Before::Stands(_) => false,
        // It holds nothing: it was never whole.
        Before::Wreck(wreck) => {
            place.delete(&wreck, None).await?;
            true
        }
    };
    let parameters = [("HomeRegion".to_owned(), Parameter::Is(home)), (SIGN.to_owned(), Parameter::Is(bus))];
    match place.propose(is_new, TemplateAt::Body(FORWARDER), &parameters).await? {
        Proposal::Nothing => Ok(Came::Unchanged),
        Proposal::Changes(change_set) => {
            place.execute(&change_set, None).await?;
            Ok(if is_new { Came::Made } else { Came::Changed })
        }
    }
}

/// The forwarders there are, and the regions that could not be looked at, with why.
pub(super) async fn find(
    aws: &Aws,
    stack: &str,
    regions: &[String],
) -> (Vec<(String, Stack)>, Vec<(String, Trouble)>) {
    let places = regions.iter().map(|region| (place(aws, stack, region), ())).collect();
    let (mut found, mut unseen) = (Vec::new(), Vec::new());
    let look = |place: Place, ()| async move { place.look(SIGN).await };
    each_raw(places, look, |region, outcome| match outcome {
        Ok(Before::Stands(stack) | Before::Wreck(stack)) => found.push((region.to_owned(), stack)),
        Ok(Before::Nothing) => {}
        Err(trouble) => unseen.push((region.to_owned(), trouble)),
    })
    .await;
    found.sort_by(|one, other| one.0.cmp(&other.0));
    unseen.sort_by(|one, other| one.0.cmp(&other.0));
    (found, unseen)
}

/// Deletes forwarders; `told` hears of each as it is done.
pub(super) async fn delete(
    aws: &Aws,
    stack: &str,
    found: Vec<(String, Stack)>,
    told: impl FnMut(&str, Result<Came, String>),
) {
    let places = found.into_iter().map(|(region, found)| (place(aws, stack, &region), found)).collect();
    let delete = |place: Place, found: Stack| async move {
        place.delete(&found, None).await?;
        Ok(Came::Deleted)
    };
    each(places, delete, told).await;
}

fn place(aws: &Aws, stack: &str, region: &str) -> Place {
    Place { aws: aws.clone(), region: region.to_owned(), name: name(stack) }
}

async fn each<T: Send + 'static, F>(
    places: Vec<(Place, T)>,
    work: impl Fn(Place, T) -> F,
    mut told: impl FnMut(&str, Result<Came, String>),
) where
    F: Future<Output = Result<Came, Trouble>> + Send + 'static,
{
    let words = |trouble: Trouble| trouble.words().to_owned();
    each_raw(places, work, |region, outcome| told(region, outcome.map_err(words))).await;
}

async fn each_raw<T, F, R>(
    places: Vec<(Place, T)>,
    work: impl Fn(Place, T) -> F,
    mut told: impl FnMut(&str, Result<R, Trouble>),
) where
    F: Future<Output = Result<R, Trouble>> + Send + 'static,
    R: Send + 'static,
{
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for (place, more) in places {
        let (room, region) = (Arc::clone(&room), place.region.clone());
        let work = Box::pin(work(place, more));
        tasks.spawn(async move {
            // It is never closed.
            let _turn = room.acquire().await;
            (region, work.await)
        });
    }
    while let Some(done) = tasks.join_next().await {
        // A task that broke off has no region to its name; the sum of regions shows that one is missing.
        if let Ok((region, outcome)) = done {
            told(&region, outcome);
        }
    }
}
