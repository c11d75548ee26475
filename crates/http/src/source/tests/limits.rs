//! What a sender may take of our time and room, and when it is answered.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::listener::Patience;

const QUICK: Limits = Limits {
    patience: Patience { connections: 2, head: Duration::from_millis(150) },
    body: Duration::from_millis(150),
    answer: Duration::from_secs(1),
};

async fn quick(kind: &SourceKind) -> Running {
    Running::with(kind, QUICK, Outside::answering(""), NOW).await
}

/// Sends bytes and reads until the connection ends.
async fn raw(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may have heard enough before the end.
    let _cut = stream.write_all(bytes.as_bytes()).await;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer).await {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
        _ => String::from_utf8(answer).unwrap(),
    }
}

#[tokio::test]
async fn an_answer_comes_only_when_it_is_safe_and_several_wait_at_once() {
    let server = Running::start(&settings(None, &[])).await;
    server.safe.send(false).unwrap();
    let requests: Vec<_> = (0..40).map(|_| tokio::spawn(status(server.post(EVENT)))).collect();
    while server.bodies().len() < 40 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(requests.iter().all(|request| !request.is_finished()), "all of them arrived, none is answered");
    server.safe.send(true).unwrap();
    for request in requests {
        assert_eq!(request.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn whoever_waits_too_long_is_asked_to_send_it_again() {
    let server = quick(&settings(None, &[])).await;
    server.safe.send(false).unwrap();
    let response = server.post(EVENT).send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(server.bodies(), [EVENT]);
}

#[tokio::test]
async fn when_the_door_closes_what_is_not_safe_is_not_said_to_be_and_the_listener_ends() {
    let server = Running::start(&settings(None, &[])).await;
    server.safe.send(false).unwrap();
    let request = tokio::spawn(status(server.post(EVENT)));
    while server.bodies().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    server.watching.abort();
    // What held the answer goes as well.
    drop(server.safe);
    assert_eq!(request.await.unwrap(), 503);
    server.listening.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens there any more");
}

#[tokio::test]
async fn a_body_has_a_limit_whether_its_length_is_told_or_not() {
    let server = Running::start(&settings(Some(SECRET), &[TOPIC])).await;
    let body = " ".repeat(100_001);
    let (status, answered) = answer(server.post(body.clone()).bearer_auth(SECRET)).await;
    assert_eq!(status, 413);
    assert!(answered["error"].as_str().unwrap().contains("max_body"), "{answered}");
    let head = format!(
        "POST /events HTTP/1.1\r\nhost: localhost\r\nx-api-key: {SECRET}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let chunked = raw(server.address, &format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len())).await;
    assert!(chunked.starts_with("HTTP/1.1 413"), "{chunked}");
    assert_eq!(server.bodies().len(), 0);
}

#[tokio::test]
async fn whoever_shows_nothing_is_refused_before_the_body_is_read() {
    let server = Running::start(&settings(Some(SECRET), &[])).await;
    let head =
        "POST /events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 99999\r\n\r\n";
    assert!(raw(server.address, head).await.starts_with("HTTP/1.1 401"));
}

#[tokio::test]
async fn the_slow_and_the_silent_are_let_go() {
    let server = quick(&settings(None, &[])).await;
    assert_eq!(raw(server.address, "").await, "", "it says nothing at all");
    let half = raw(server.address, "POST /events HTTP/1.1\r\nhost: local").await;
    assert!(half.is_empty() || half.starts_with("HTTP/1.1 408"), "{half}");
    let slow = "POST /events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{";
    assert!(raw(server.address, slow).await.starts_with("HTTP/1.1 408"));
    let kept =
        format!("POST /events HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{EVENT}", EVENT.len());
    assert!(raw(server.address, &kept).await.starts_with("HTTP/1.1 200"), "kept alive, then let go");
}

#[tokio::test]
async fn only_so_many_connections_are_served_at_once_and_the_rest_wait() {
    let server = quick(&settings(None, &[])).await;
    let _idle = TcpStream::connect(server.address).await.unwrap();
    let _idle_too = TcpStream::connect(server.address).await.unwrap();
    // Answered when the idle ones have been let go.
    assert_eq!(status(server.post(EVENT)).await, 200);
}

#[tokio::test]
async fn a_head_has_a_limit() {
    let server = quick(&settings(None, &[])).await;
    let head = format!("POST /events HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    let answer = raw(server.address, &head).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut kind = settings(None, &[]);
    let SourceKind::Http { listen, .. } = &mut kind else { panic!() };
    *listen = taken.local_addr().unwrap().to_string();
    let source = HttpSource::new("web", &kind).unwrap();
    let (sender, mut words) = mpsc::channel(1);
    let listening = tokio::spawn(Box::new(source).listen(None, Door::new("web", sender)));
    let Some(Word::Condition { condition: Condition::Failing(why), .. }) = words.recv().await else {
        panic!("it cannot listen");
    };
    assert!(why.contains("in use") && why.contains("`listen`"), "{why}");
    drop(words);
    listening.await.unwrap();
}
