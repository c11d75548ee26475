//! Reading the bodies of requests: no more than may be, no longer than may be, and not too many at once.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::sender::Refusal;

/// Bytes of bodies held at once, unless two of the largest allowed are more.
const ROOM: usize = 64 << 20;
/// Room is counted in these.
const BLOCK: usize = 1 << 10;
/// Bytes of a body that is too large which are read all the same, so that its sender sees the answer.
const MAX_DRAINED: u64 = 4 << 20;
const DRAINING: Duration = Duration::from_secs(2);

/// The room there is for bodies, from their first byte until what is in them is safe.
#[derive(Debug)]
pub(super) struct Room {
    blocks: Semaphore,
    /// For a body to arrive, and before that for room.
    patience: Duration,
}

/// A body and the room it takes.
#[derive(Debug)]
pub(super) struct Held<'a> {
    pub(super) bytes: Bytes,
    _room: SemaphorePermit<'a>,
}

impl Room {
    /// Room for bodies of at most `max_body` bytes.
    pub(super) fn new(max_body: usize, patience: Duration) -> Self {
        let blocks = ROOM.max(max_body.saturating_mul(2)).div_ceil(BLOCK).min(Semaphore::MAX_PERMITS);
        Self { blocks: Semaphore::new(blocks), patience }
    }

    /// Reads a body of at most `most` bytes.
    pub(super) async fn read(&self, mut body: Incoming, most: usize) -> Result<Held<'_>, Refusal> {
        let hint = body.size_hint();
        if hint.lower() > most as u64 {
            drain(&mut body).await;
            return Err(too_large(most));
        }
        // A body that does not tell its length may be as large as any.
        let size = hint.upper().and_then(|upper| usize::try_from(upper).ok()).unwrap_or(most).min(most);
        let blocks = u32::try_from(size.div_ceil(BLOCK)).unwrap_or(u32::MAX);
        let waiting = tokio::time::timeout(self.patience, self.blocks.acquire_many(blocks));
        let Ok(Ok(room)) = waiting.await else {
            return Err(Refusal::later("too much is being sent at once: send it again"));
        };
        let reading = async {
            match Limited::new(&mut body, most).collect().await {
                Ok(collected) => Ok(collected.to_bytes()),
                Err(error) if error.is::<LengthLimitError>() => {
                    drain(&mut body).await;
                    Err(too_large(most))
                }
                Err(_) => Err(Refusal::new(StatusCode::BAD_REQUEST, "the body broke off")),
            }
        };
        let bytes = tokio::time::timeout(self.patience, reading).await.unwrap_or_else(|_| {
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time: send it again"))
        })?;
        if bytes.is_empty() {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "the request has no body"));
        }
        Ok(Held { bytes, _room: room })
    }
}

fn too_large(most: usize) -> Refusal {
    let words =
        format!("the body has more than {most} bytes: send less at once, or raise the source's `max_body`");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, words)
}

/// Reads on for a moment: closing a connection on a sender that still sends takes the answer from it.
async fn drain(body: &mut Incoming) {
    let drained = async {
        let mut left = MAX_DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, Bytes::len) as u64;
            let Some(rest) = left.checked_sub(size) else { return };
            left = rest;
        }
    };
    let _in_time = tokio::time::timeout(DRAINING, drained).await;
}
