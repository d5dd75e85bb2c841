//! TLS and HTTP/2, with a certificate that only these tests trust.
//!
//! The certificate is for `localhost`, signed by itself; its key protects nothing.

use reqwest::Certificate;
use reqwest::header::CONTENT_LENGTH;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::*;
use crate::connectors::hostile::read_request;

const CERTIFICATE: &[u8] = include_bytes!("tls/localhost.cert.der");
const KEY: &[u8] = include_bytes!("tls/localhost.key.der");

/// Longer than elsewhere: these tests do not wait for it, and a handshake takes its time on a busy machine.
const PATIENT: Duration = Duration::from_secs(5);

/// A listener that speaks TLS and gives its connections to `serve`; returns its port.
async fn serve<F>(protocol: &str, serve: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static) -> (u16, JoinHandle<()>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY));
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![CERTIFICATE.into()], key).unwrap();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    serve_with(config, serve).await
}

async fn serve_with<F>(
    config: ServerConfig,
    serve: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
) -> (u16, JoinHandle<()>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream));
            }
        }
    });
    (port, task)
}

/// A client that trusts the certificate.
fn trusting(base: &str) -> HttpClient {
    let certificate = Certificate::from_der(CERTIFICATE).unwrap();
    HttpClient::open_with(base, &bearer(), PATIENT, move |client| client.tls_certs_only([certificate.clone()])).unwrap()
}

fn status(response: &Response, _: &Request) -> Answer {
    Reply::Rejected { code: response.status.to_string(), message: String::new() }.into()
}

/// The keys of a session would open every recording of it. The test below is run again in a process of its own, with the
/// variable set that makes other programs write them down.
#[test]
fn no_keys_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["connectors::client::tests::tls::http_2_is_spoken_where_it_is_offered", "--exact"])
        .env("SSLKEYLOGFILE", &keys)
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
    assert!(!keys.exists());
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered() {
    let (port, _task) = serve("h2", |stream| async {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            assert_eq!(request.headers()[CONTENT_LENGTH], BODY.len().to_string());
            let answer = hyper::Response::builder().status(418).body(()).unwrap();
            respond.send_response(answer, true).unwrap();
        }
    })
    .await;
    let base = format!("https://localhost:{port}");
    let answer = trusting(&base).send(&request(&base, BODY), &status).await;
    assert!(matches!(answer.reply, Reply::Rejected { ref code, .. } if code == "418"), "{answer:?}");
}

#[tokio::test]
async fn http_1_is_spoken_elsewhere() {
    let (port, _task) = serve("http/1.1", |mut stream| async move {
        assert_eq!(read_request(&mut stream).await.unwrap().body, BODY);
        stream.write_all(b"HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let base = format!("https://localhost:{port}");
    let answer = trusting(&base).send(&request(&base, BODY), &status).await;
    assert!(matches!(answer.reply, Reply::Rejected { ref code, .. } if code == "418"), "{answer:?}");
}

/// RFC 9113 §8.7: `REFUSED_STREAM` is proof that nothing was processed; no other reset is.
#[tokio::test]
async fn a_refused_stream_is_unreachable_and_another_reset_is_doubt() {
    for (reason, unreachable) in [
        (h2::Reason::REFUSED_STREAM, true),
        (h2::Reason::INTERNAL_ERROR, false),
        (h2::Reason::CANCEL, false),
        (h2::Reason::NO_ERROR, false),
    ] {
        let (port, _task) = serve("h2", move |stream| async move {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                tokio::spawn(async move {
                    // The whole body arrives before the reset, so that only the reset shows the outcome.
                    let mut body = request.into_body();
                    while let Some(Ok(_)) = body.data().await {}
                    respond.send_reset(reason);
                });
            }
        })
        .await;
        let base = format!("https://localhost:{port}");
        let answer = trusting(&base).send(&request(&base, BODY), &status).await;
        assert_eq!(matches!(answer.reply, Reply::Unreachable { .. }), unreachable, "{reason:?}: {answer:?}");
        assert_eq!(matches!(answer.reply, Reply::Unknown { .. }), !unreachable, "{reason:?}: {answer:?}");
    }
}

/// One frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Reads frames until so many requests are whole, and returns the ids of their streams.
async fn whole_requests(stream: &mut TlsStream<TcpStream>, count: usize) -> Vec<u32> {
    const DATA: u8 = 0;
    const END_STREAM: u8 = 1;
    let mut ended = Vec::new();
    while ended.len() < count {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).await.unwrap();
        if head[3] == DATA && head[4] & END_STREAM != 0 {
            ended.push(u32::from_be_bytes([head[5], head[6], head[7], head[8]]));
        }
    }
    ended
}

/// RFC 9113 §6.8: streams above the last id of a GOAWAY were not processed. Of the others nobody knows.
#[tokio::test]
async fn a_stream_above_the_last_id_is_unreachable_and_the_one_below_is_doubt() {
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    let (port, _task) = serve("h2", |mut stream| async move {
        stream.read_exact(&mut [0; 24]).await.unwrap();
        stream.write_all(&[frame(SETTINGS, 0, 0, &[]), frame(SETTINGS, 1, 0, &[])].concat()).await.unwrap();
        let first = whole_requests(&mut stream, 1).await[0];
        // `:status: 200` is entry 8 of the static table (RFC 7541); the headers and the stream end.
        stream.write_all(&frame(HEADERS, 5, first, &[0x88])).await.unwrap();
        let lower = whole_requests(&mut stream, 2).await.into_iter().min().unwrap();
        let last = [lower.to_be_bytes(), 0_u32.to_be_bytes()].concat();
        stream.write_all(&frame(GOAWAY, 0, 0, &last)).await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let base = format!("https://localhost:{port}");
    let client = trusting(&base);
    let send = async || client.send(&request(&base, BODY), &status).await.reply;
    assert!(matches!(send().await, Reply::Rejected { code, .. } if code == "200"));
    let (one, other) = tokio::join!(send(), send());
    assert!(matches!(one, Reply::Unknown { .. }), "{one:?}");
    assert!(matches!(other, Reply::Unreachable { .. }), "{other:?}");
}

/// In TLS 1.3 the client learns of it after its first request has left.
#[tokio::test]
async fn a_server_that_demands_a_certificate_has_read_nothing() {
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let mut roots = RootCertStore::empty();
        roots.add(CERTIFICATE.into()).unwrap();
        let clients = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY));
        let config = ServerConfig::builder_with_protocol_versions(versions).with_client_cert_verifier(clients);
        let config = config.with_single_cert(vec![CERTIFICATE.into()], key).unwrap();
        let (port, _task) = serve_with(config, |_| async { panic!("a connection") }).await;
        let base = format!("https://localhost:{port}");
        let answer = trusting(&base).send(&request(&base, BODY), &status).await;
        let Reply::Fatal { code, message } = &answer.reply else { panic!("{answer:?}") };
        assert_eq!(
            (code.as_str(), message.contains("demands a client certificate")),
            ("certificate", true),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_stops_the_run() {
    let (port, _task) = serve("h2", |_| async { panic!("a connection") }).await;
    let base = format!("https://localhost:{port}");
    let client = HttpClient::open(&base, &bearer(), PATIENT).unwrap();
    let answer = client.send(&request(&base, BODY), &status).await;
    let Reply::Fatal { code, message } = answer.reply else { panic!("{answer:?}") };
    assert_eq!(code, "certificate");
    assert!(message.starts_with("the server's certificate was refused: "), "{message}");
}

#[tokio::test]
async fn a_certificate_for_another_host_stops_the_run() {
    let (port, _task) = serve("h2", |_| async { panic!("a connection") }).await;
    let base = format!("https://127.0.0.1:{port}");
    let answer = trusting(&base).send(&request(&base, BODY), &status).await;
    assert!(matches!(answer.reply, Reply::Fatal { ref code, .. } if code == "certificate"), "{answer:?}");
}

#[tokio::test]
async fn a_handshake_that_fails_is_unreachable() {
    for script in [vec![], vec![Act::Reset], vec![send("HTTP/1.1 400 This is not TLS\r\n\r\n")], vec![Act::Stall]] {
        let server = Hostile::start(script.clone()).await;
        let base = format!("https://localhost:{}", server.port());
        let answer = connect(&base).send(&request(&base, BODY), attempt(1)).await;
        assert!(matches!(answer.reply, Reply::Unreachable { .. }), "{script:?}: {answer:?}");
    }
}
