//! The minimum that a program with reqwest does: a number of tasks that each post the same message repeatedly.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::list::MESSAGE;

/// Posts `messages` messages over `connections` connections and reads each answer.
pub(crate) fn send(url: &str, messages: u64, connections: usize) -> io::Result<()> {
    let client = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().map_err(io::Error::other)?;
    let left = Arc::new(AtomicU64::new(messages));
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            let (client, left, url) = (client.clone(), Arc::clone(&left), url.to_owned());
            tasks.spawn(async move {
                let one_less = |left: u64| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
                    let request = client.post(&url).bearer_auth("bench").header("content-type", "application/json");
                    let answer = request.body(MESSAGE).send().await?.error_for_status()?;
                    answer.bytes().await?;
                }
                Ok::<_, reqwest::Error>(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.map_err(io::Error::other)?.map_err(io::Error::other)?;
        }
        Ok(())
    })
}
