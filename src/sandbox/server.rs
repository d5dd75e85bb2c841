//! The server: a thread with a runtime of its own, and its connections.
//!
//! Belongs here: sockets, their beginning and their end. Does not belong here: what is answered.
//!
//! It works on connections directly, below any web framework, because half of its purpose is to end them badly.

use std::error::Error as _;
use std::future::{pending, poll_fn};
use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::answer::{Ending, Outgoing, SandboxAnswer};
use super::api::{Api, BODY_LIMIT};
use super::{Config, Inbox, api, pages};

/// A running sandbox. It ends when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    url: String,
    inbox: Inbox,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox; it listens when this returns.
    ///
    /// # Errors
    /// The address cannot be listened on, the system gives no thread, or the settings cannot be: the faults add up to more
    /// than all there is, or there is no such tier ([`io::ErrorKind::InvalidInput`]).
    pub fn start(config: Config) -> io::Result<Self> {
        let listen = config.listen;
        let api = Api::new(config).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        let inbox = api.inbox().clone();
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        // One thread is enough for more requests than a number may ever send, and leaves the others to the tested.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let serve = move || runtime.block_on(serve(listener, Arc::new(api), stopped));
        let thread = thread::Builder::new().name("sandbox".to_owned()).spawn(serve)?;
        Ok(Self { url, inbox, stop: Some(stop), thread: Some(thread) })
    }

    /// The base address, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What has been received; a clone of it outlives the sandbox.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Ends the sandbox and its connections at once, hanging ones too. Dropping it does the same.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread is already on stderr; a destructor cannot return an error.
            drop(thread.join());
        }
    }
}

/// Takes connections until told to stop. The runtime ends with this, and takes the connections' tasks along.
async fn serve(listener: TcpListener, api: Arc<Api>, mut stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(converse(stream, Arc::clone(&api)))),
                // Out of descriptors, most likely: some come back when connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Outgoing>, Ending>> + Send>>;

/// Serves one connection to its end. A service that fails makes the server drop the connection without a response.
async fn converse(stream: TcpStream, api: Arc<Api>) {
    // Small answers must not wait for an acknowledgement; without this they are slower, not wrong.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request| -> Answering { Box::pin(answer(Arc::clone(&api), request)) });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let end = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let ending = end.as_ref().err().and_then(|error| error.source()?.downcast_ref::<Ending>());
    if ending == Some(&Ending::Reset) {
        // A socket that does not linger is reset when it is closed.
        drop(connection.into_parts().io.into_inner().set_zero_linger());
    }
}

async fn answer(api: Arc<Api>, request: Request<Incoming>) -> Result<Response<Outgoing>, Ending> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Some(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => None,
        // The client left before its request was whole.
        Err(_) => return Err(Ending::Closed),
    };
    if pages::is_page(&head.uri) {
        let body = body.unwrap_or_default();
        return Ok(pages::page(&api, &head.method, &head.uri, &head.headers, &body).into_response(false));
    }
    let request =
        api::SandboxRequest { method: &head.method, uri: &head.uri, headers: &head.headers, body: body.as_deref() };
    let answer = api.receive(&request, Instant::now());
    if !api.latency().is_zero() {
        tokio::time::sleep(api.latency()).await;
    }
    match answer {
        SandboxAnswer::Whole(reply) => Ok(reply.into_response(false)),
        SandboxAnswer::Half(reply) => Ok(reply.into_response(true)),
        SandboxAnswer::Silence => pending().await,
        SandboxAnswer::Ended(ending) => Err(ending),
    }
}
