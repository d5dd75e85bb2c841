//! A server that sends back what it was sent: the token must appear in nothing that leaves the connector.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

#[tokio::test]
async fn the_token_does_not_come_back() {
    for echo in [
        Act::Echo("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", ""),
        Act::Echo("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"messages\":[{\"id\":\"", "\"}]}"),
        Act::Echo(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"messages\":[{\"id\":\"a\",\"message_status\":\"",
            "\"}],\"contacts\":[]}",
        ),
        Act::Echo(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"messages\":[{\"id\":\"a\"}],\"contacts\":[{\"wa_id\":\"",
            "\"}]}",
        ),
        Act::Echo("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", ""),
        Act::Echo(
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n{\"error\":{\"code\":100,\"message\":\"",
            "\"}}",
        ),
        Act::Echo("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n{\"error\":{\"fbtrace_id\":\"", "\"}}"),
        Act::Echo("HTTP/1.1 429 Slow Down\r\nConnection: close\r\n\r\n{\"error\":{\"code\":4,\"message\":\"", "\"}}"),
        Act::Echo("HTTP/1.1 401 No\r\nConnection: close\r\n\r\n{\"error\":{\"code\":190,\"message\":\"", "\"}}"),
        Act::Echo("HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n", ""),
        Act::Echo("HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: http://127.0.0.1/?", "\r\n\r\n"),
        Act::Echo("HTTP/1.1 400 ", "\r\nConnection: close\r\n\r\n"),
        Act::Echo("HTTP/1.1 429 Slow\r\nConnection: close\r\nRetry-After: ", "\r\n\r\n"),
        Act::Echo("", "\r\n\r\n"),
    ] {
        assert_clean(&outcome([Act::Request, echo]).await.0);
    }
}

#[tokio::test]
async fn nor_does_it_in_another_form() {
    let encoded = STANDARD.encode(format!("Authorization: Bearer {TOKEN}"));
    for text in [encoded, TOKEN[..12].to_owned(), format!("masked {}****", &TOKEN[..14])] {
        let error = serde_json::json!({ "error": { "code": 100, "message": text, "error_data": { "details": text } } });
        for body in [error.to_string(), text] {
            assert_clean(&outcome([Act::Request, answer("400 Bad Request", "", &body)]).await.0);
        }
    }
}

fn assert_clean(answer: &Answer) {
    let texts = [format!("{answer:?}"), serde_json::to_string(answer).unwrap()];
    let encoded = STANDARD.encode(TOKEN);
    for text in texts {
        for secret in
            [&TOKEN[..12], "canary", "Bearer", &encoded[..16], &STANDARD.encode(format!("Bearer {TOKEN}"))[12..28]]
        {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn nor_does_anything_show_it() {
    let client = HttpClient::open("http://127.0.0.1:9", &bearer(), TIMEOUT).unwrap();
    assert_eq!(format!("{client:?}"), "HttpClient { base: \"http://127.0.0.1:9/\", .. }");
    assert!(!format!("{:?}", client.connections.take().unwrap()).contains("canary"));
}
