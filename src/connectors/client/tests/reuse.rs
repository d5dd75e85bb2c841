//! Reused connections: no row may be sent twice, and no row may get the answer of another.

use super::*;

#[tokio::test]
async fn a_connection_is_used_again() {
    let once = [Act::Request, answer("200 OK", "", ACCEPTED)];
    let server = Hostile::start([once.clone(), once].concat()).await;
    let base = server.url();
    for (rest, reply, connections) in [
        (Duration::ZERO, accepted(), 1),
        (Duration::from_secs(3600), accepted(), 3),
        // A refusal names nobody: it may be the answer to another request.
        (Duration::ZERO, Reply::Rejected { code: "131026".to_owned(), message: String::new() }, 5),
    ] {
        let mut client = HttpClient::open(&base, &bearer(), TIMEOUT).unwrap();
        client.connections.rest = rest;
        for body in ["1", "2"] {
            client.send(&request(&base, body), &|_, _| reply.clone().into()).await;
        }
        assert_eq!(server.connections(), connections, "{rest:?} {reply:?}");
    }
}

fn accepted() -> Reply {
    Reply::Accepted { id: "wamid.A".to_owned(), recipient: None, status: None, held: false }
}

/// The server closed the open connections while the machine was asleep.
#[tokio::test]
async fn no_connection_outlives_a_sleep() {
    let once = [Act::Request, answer("200 OK", "", ACCEPTED)];
    let server = Hostile::start([once.clone(), once.clone(), once].concat()).await;
    let base = server.url();
    let judge: Judge<'_> = &|response, _| Answer {
        reply: accepted(),
        note: crate::model::Note { http_status: Some(response.status), ..crate::model::Note::default() },
    };
    let asleep = Arc::new(std::sync::Mutex::new(Duration::ZERO));
    let slept = Arc::clone(&asleep);
    let mut client = HttpClient::open(&base, &bearer(), TIMEOUT).unwrap();
    client.connections.rest = Duration::ZERO;
    client.connections.awake = Awake::new(move || {
        let (wall, steady) = clocks();
        (wall + *slept.lock().unwrap(), steady)
    });
    for (sleep, connections) in [(0, 1), (0, 1), (60, 2), (60, 2)] {
        *asleep.lock().unwrap() = Duration::from_secs(sleep);
        assert_eq!(client.send(&request(&base, "1"), judge).await.note.http_status, Some(200));
        assert_eq!(server.connections(), connections, "after {sleep} s of sleep");
    }
}

/// The server closes each connection after its first answer, without saying so: now and then the next request is written
/// into a connection that is being closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_closed_while_idle_delivers_nothing_twice() {
    for end in [vec![], vec![Act::Reset], vec![Act::Head, Act::Reset], vec![Act::Request, Act::Reset]] {
        let server = Hostile::start([vec![Act::Request, answer("200 OK", "", ACCEPTED)], end].concat()).await;
        let (base, connector) = (server.url(), connect(&server.url()));
        for row in 0..100 {
            let body = format!("row {row}");
            let answer = connector.send(&request(&base, &body), attempt(1)).await;
            let deliveries = server.deliveries(&body);
            match answer.reply {
                Reply::Accepted { .. } => assert_eq!(deliveries, 1),
                Reply::Unreachable { .. } => assert_eq!(deliveries, 0),
                Reply::Unknown { .. } => assert!(deliveries <= 1, "{deliveries}"),
                reply => panic!("{reply:?}"),
            }
        }
    }
}

/// What a server sends unasked must not be read as the answer to the next request.
#[tokio::test]
async fn an_answer_too_many_is_given_to_nobody() {
    let stale = ACCEPTED.replace("wamid.A", "wamid.STALE");
    let twice = [answer("200 OK", "", ACCEPTED), answer("200 OK", "", &stale)].map(|act| match act {
        Act::Send(bytes) => bytes,
        act => panic!("{act:?}"),
    });
    let server = Hostile::start([Act::Request, send(twice.concat()), Act::Request]).await;
    let (base, connector) = (server.url(), connect(&server.url()));
    for row in 0..20 {
        let answer = connector.send(&request(&base, &format!("row {row}")), attempt(1)).await;
        assert!(!format!("{answer:?}").contains("STALE"), "{answer:?}");
    }
}

/// Many requests at once, aborted at different times: an unreachable request never arrives, not even later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_unsent_never_arrives() {
    let server = Hostile::start([Act::Request, Act::Stall]).await;
    let base = server.url();
    let mut unsent = Vec::new();
    for row in 0..200_u64 {
        let timeout = Duration::from_micros(row * 10);
        let client = HttpClient::open(&base, &bearer(), timeout).unwrap();
        let body = format!("row {row}");
        let answer = client.send(&request(&base, &body), &|_, _| panic!("an answer")).await;
        match answer.reply {
            Reply::Unreachable { .. } => unsent.push(body),
            Reply::Unknown { .. } => {}
            reply => panic!("{reply:?}"),
        }
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    for body in unsent {
        assert_eq!(server.deliveries(&body), 0, "{body}");
    }
}
