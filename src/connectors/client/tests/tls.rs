//! TLS and HTTP/2, with a certificate that only these tests trust.
//!
//! The certificate is for `localhost`, signed by itself; its key protects nothing.

use reqwest::Certificate;
use reqwest::header::CONTENT_LENGTH;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
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
