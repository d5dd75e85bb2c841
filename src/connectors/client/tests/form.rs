//! Forms with files: they arrive whole, are never held in memory whole, and prove like any body that nothing was sent.

use std::io::Write;
use std::path::Path;

use super::*;
use crate::model::{Content, FormPart};

fn text(name: &'static str, text: &str) -> FormPart {
    FormPart { name: name.into(), content: Content::Text(text.to_owned()) }
}

fn file(path: &Path, length: u64) -> FormPart {
    let name = "file.\"png".to_owned();
    FormPart {
        name: "file".into(),
        content: Content::File { path: path.into(), name, media_type: "image/png".into(), length },
    }
}

fn form(base: &str, parts: Vec<FormPart>) -> Request {
    Request::new(RowNumber(1), 2, Draft::new("POST", format!("{base}/media"), Body::Form(parts)))
}

/// A file of `length` bytes, which are letters so that the server can keep them as text.
fn written(folder: &tempfile::TempDir, length: usize) -> std::path::PathBuf {
    let path = folder.path().join("picture");
    let bytes: Vec<u8> = (b'a'..=b'y').cycle().take(length).collect();
    std::fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
    path
}

fn judge(response: &Response, _: &Request) -> Answer {
    Reply::Rejected { code: response.status.to_string(), message: String::new() }.into()
}

async fn send_form(base: &str, parts: Vec<FormPart>) -> Answer {
    let client = HttpClient::open(base, &bearer(), Duration::from_secs(5)).unwrap();
    client.send(&form(base, parts), &judge).await
}

#[tokio::test]
async fn a_form_arrives_whole() {
    let folder = tempfile::tempdir().unwrap();
    for length in [0, 1, 64 * 1024, 3 * 64 * 1024 + 7] {
        let server = Hostile::start([Act::Request, answer("418 Teapot", "", "")]).await;
        let path = written(&folder, length);
        let parts = vec![text("type", "image/png"), file(&path, length as u64), text("last", "é")];
        let sent = send_form(&server.url(), parts).await;
        assert!(matches!(sent.reply, Reply::Rejected { ref code, .. } if code == "418"), "{sent:?}");

        let received = server.requests().remove(0);
        let boundary = received.head.split_once("boundary=").unwrap().1.lines().next().unwrap();
        assert!(received.head.contains("content-type: multipart/form-data; boundary=rowcast-"), "{}", received.head);
        let content = std::fs::read_to_string(&path).unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file.%22png\"\r\n\
             Content-Type: image/png\r\n\r\n{content}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"last\"\r\n\r\né\r\n--{boundary}--\r\n"
        );
        assert!(received.body == expected, "{length} bytes: {} came", received.body.len());
    }
}

#[tokio::test]
async fn a_file_that_is_not_what_was_checked_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let server = Hostile::start([Act::Request, answer("418 Teapot", "", "")]).await;
    let path = written(&folder, 10);
    for (part, words) in [
        (file(&path, 9), "changed since it was checked: 10 bytes, it had 9"),
        (file(&folder.path().join("none"), 9), "No such file"),
        (file(folder.path(), 9), "not a file"),
    ] {
        let sent = send_form(&server.url(), vec![part]).await;
        let Reply::Rejected { code, message } = &sent.reply else { panic!("{sent:?}") };
        assert!(code == "file" && message.contains(words), "{message}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_doubt_and_never_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, 10);
    let parts = vec![file(&path, 10)];
    for change in [4, 20] {
        let server = Hostile::start([Act::Request, answer("418 Teapot", "", "")]).await;
        let path = written(&folder, 10);
        let opened = MultipartForm::open(parts.clone()).await.unwrap();
        std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(change).unwrap();
        let client = HttpClient::open(&server.url(), &bearer(), Duration::from_secs(5)).unwrap();
        let (body, witness) = Witnessed::new(Payload::Form(Box::new(opened)));
        let url = Url::parse(&server.url()).unwrap();
        let request = client.bare_request(Method::POST, url, Some(reqwest::Body::wrap(body)));
        let error = client.connections.take().unwrap().execute(request).await.unwrap_err();
        let answer = failure::broken(&error, &witness);
        assert!(matches!(answer.reply, Reply::Unknown { .. }), "{answer:?}");
        assert!(answer.reply.message().contains("was changed while it was sent"), "{answer:?}");
        assert_eq!(server.requests().len(), 0);
    }
}

#[tokio::test]
async fn only_a_form_that_was_never_asked_for_is_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, 100);
    let refused = send_form(&Hostile::nobody().await, vec![file(&path, 100)]).await;
    assert!(matches!(refused.reply, Reply::Unreachable { .. }), "{refused:?}");
    for script in [vec![Act::Request], vec![Act::Head, Act::Reset], vec![Act::Request, Act::Reset]] {
        let server = Hostile::start(script).await;
        let doubt = send_form(&server.url(), vec![file(&path, 100)]).await;
        assert!(matches!(doubt.reply, Reply::Unknown { .. }), "{doubt:?}");
    }
}
