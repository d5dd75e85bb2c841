//! Headers that a request brings along, and each kind of credentials.

use super::*;

fn judge(_: &Response, _: &Request) -> Answer {
    Reply::Rejected { code: "read".to_owned(), message: String::new() }.into()
}

/// The heads of what reached the server, and the last reply.
async fn sent(auth: &Auth, adjust: impl Fn(Draft) -> Draft) -> (Vec<String>, Answer) {
    let server = Hostile::start([Act::Request, answer("200 OK", "", "")]).await;
    let client = HttpClient::open(&server.url(), auth, TIMEOUT).unwrap();
    let draft = adjust(Draft::new("PUT", server.url(), BODY.as_bytes().to_vec()));
    let answer = client.send(&Request::new(RowNumber(1), 2, draft), &judge).await;
    (server.requests().into_iter().map(|request| request.head).collect(), answer)
}

#[tokio::test]
async fn a_request_brings_headers_and_a_media_type() {
    let (heads, _) = sent(&bearer(), |draft| Draft {
        headers: vec![("X-Shop".to_owned(), "Acme".to_owned()), ("Accept".to_owned(), "text/plain".to_owned())],
        content_type: "application/xml".into(),
        ..draft
    })
    .await;
    for line in ["PUT / HTTP/1.1", "x-shop: Acme", "accept: text/plain", "content-type: application/xml"] {
        assert!(heads[0].contains(&format!("{line}\r\n")), "{line}: {}", heads[0]);
    }
    assert_eq!(heads[0].matches("accept:").count(), 1);
}

#[tokio::test]
async fn no_request_sets_what_is_the_clients() {
    let key = Auth::Header { name: "X-Api-Key".to_owned(), value: TOKEN.into() };
    for (name, value) in [
        ("Authorization", "Bearer other"),
        ("x-api-key", "other"),
        ("Host", "example.com"),
        ("Content-Length", "1"),
        ("Transfer-Encoding", "chunked"),
        ("two words", "x"),
        ("X-Two-Lines", "a\r\nHost: b"),
    ] {
        let (heads, answer) =
            sent(&key, |draft| Draft { headers: vec![(name.to_owned(), value.to_owned())], ..draft }).await;
        assert!(
            heads.is_empty() && matches!(&answer.reply, Reply::Fatal { code, .. } if code == "header"),
            "{answer:?}"
        );
    }
    let (heads, answer) = sent(&key, |draft| Draft { content_type: "a\nb".into(), ..draft }).await;
    assert!(heads.is_empty() && matches!(answer.reply, Reply::Fatal { .. }), "{answer:?}");
}

#[tokio::test]
async fn each_kind_of_credentials_is_sent_and_never_comes_back() {
    let echo = Act::Echo("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "");
    let told: Judge<'_> = &|response, _| {
        Reply::Rejected { code: "echo".to_owned(), message: String::from_utf8_lossy(&response.body).into_owned() }
            .into()
    };
    for (auth, line) in [
        (bearer(), format!("authorization: Bearer {TOKEN}")),
        (Auth::Header { name: "X-Api-Key".to_owned(), value: TOKEN.into() }, format!("x-api-key: {TOKEN}")),
        (
            Auth::Basic { user: "ann".to_owned(), password: TOKEN.into() },
            "authorization: Basic YW5uOkVBQUdjYW5hcn".to_owned(),
        ),
        (Auth::None, "accept: application/json".to_owned()),
    ] {
        let server = Hostile::start([Act::Request, echo.clone()]).await;
        let client = HttpClient::open(&server.url(), &auth, TIMEOUT).unwrap();
        assert!(!format!("{client:?} {:?} {auth:?}", client.connections.take().unwrap()).contains("canary"));
        let request = Request::new(RowNumber(1), 2, Draft::new("POST", server.url(), b"{}".to_vec()));
        let answer = client.send(&request, told).await;
        let head = &server.requests()[0].head;
        assert!(head.contains(&line), "{line}: {head}");
        assert_eq!(head.contains("authorization"), matches!(auth, Auth::Bearer(_) | Auth::Basic { .. }));
        let shown = format!("{answer:?}");
        assert!(shown.contains("POST / HTTP/1.1") && !shown.contains("canary"), "{shown}");
        assert!(!shown.contains("RUFBR2Nhbm") && !shown.contains("VBQUdjYW5h"), "{shown}");
    }
}
