//! Accepting connections: so many at once, each with so much time, and a graceful end.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::reply::Reply;

/// Bytes of a request's head, all headers together.
const MAX_HEAD: usize = 32 << 10;
/// How long connections may finish what they are at when the end has come.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long to wait when no connection can be accepted (too many open files).
const PAUSE: Duration = Duration::from_millis(200);

/// How much is given to those who connect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Connections at once; more wait to be accepted.
    pub(crate) connections: usize,
    /// Time for a request's head, and between two requests.
    pub(crate) head: Duration,
}

/// Answers requests until `shutdown`; then accepts no more, and lets what has begun come to an end.
pub(crate) async fn serve<H, F>(
    listener: TcpListener,
    patience: Patience,
    handler: H,
    shutdown: impl Future<Output = ()>,
) where
    H: Fn(Request<Incoming>, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(patience.connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            next = next => next,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let handler = handler.clone();
        let service = service_fn(move |request| {
            let reply = handler(request, peer);
            async move { Ok::<_, Infallible>(reply.await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.head)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // A connection that breaks is the other side's matter: it was answered, or it will ask again.
            let _ended = connection.await;
            drop(place);
        });
    }
    drop(listener);
    // What is still open after that is cut off when `connections` goes.
    let _in_time = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}
