//! The feeder's side of the executions: one job queue per connection, with a backlog for rows that do not fit.
//!
//! Belongs here: which queue has room, and waiting for it. Does not belong here: which rows become jobs.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::task::Poll;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::exec::{Job, Stop};
use crate::model::ConnectionIndex;
use crate::run::state::walk::RunRow;

use super::backlog::Backlog;

/// Jobs for one execution. They are sent in groups, because waking a thread per row costs more than the row.
struct JobQueue {
    to: mpsc::Sender<Job>,
    stop: Stop,
    jobs: Vec<Job>,
    most: usize,
    backlog: Backlog,
}

impl JobQueue {
    /// True if one more job fits without waiting.
    fn has_room(&self) -> bool {
        self.to.capacity() > self.jobs.len()
    }

    fn is_closed(&self) -> bool {
        self.stop.is_draining() || self.to.is_closed()
    }
}

/// One queue per connection, by index; `None` where no row uses the connection.
pub(super) struct JobQueues<'f> {
    each: Vec<Option<JobQueue>>,
    runtime: &'f Handle,
    /// Rows in all backlogs.
    aside: u64,
}

impl<'f> JobQueues<'f> {
    /// Queues to these executions, with backlogs in `folder`.
    pub(super) fn new(
        to: impl IntoIterator<Item = Option<(mpsc::Sender<Job>, Stop)>>,
        folder: &Path,
        runtime: &'f Handle,
    ) -> Self {
        let queue = |(to, stop): (mpsc::Sender<Job>, Stop)| {
            let most = (to.max_capacity() / 4).max(1);
            JobQueue { to, stop, jobs: Vec::new(), most, backlog: Backlog::new(folder) }
        };
        let each = to.into_iter().map(|to| to.map(queue)).collect();
        Self { each, runtime, aside: 0 }
    }

    fn get(&mut self, index: ConnectionIndex) -> Option<&mut JobQueue> {
        self.each.get_mut(index.index())?.as_mut()
    }

    /// True if the connection has stopped while others may continue.
    pub(super) fn is_closed(&mut self, index: ConnectionIndex) -> bool {
        self.each.len() > 1 && self.get(index).is_some_and(|queue| queue.is_closed())
    }

    /// True if every execution has stopped.
    pub(super) fn are_closed(&self) -> bool {
        self.each.iter().flatten().all(JobQueue::is_closed)
    }

    /// True if the next row must go to the backlog: rows are queued already, or the channel is full. With a single
    /// connection the feeder blocks instead.
    pub(super) fn is_behind(&mut self, index: ConnectionIndex) -> bool {
        self.each.len() > 1 && self.get(index).is_some_and(|queue| queue.backlog.len() > 0 || !queue.has_room())
    }

    /// Queues a job. `false` if its execution has stopped.
    pub(super) fn push(&mut self, job: Job) -> bool {
        let runtime = self.runtime;
        let Some(queue) = self.get(job.request.connection) else { return false };
        queue.jobs.push(job);
        queue.jobs.len() < queue.most || send(queue, runtime)
    }

    /// Sends all queued jobs. `false` if an execution has stopped.
    pub(super) fn flush(&mut self) -> bool {
        let runtime = self.runtime;
        let refused = self.each.iter_mut().flatten().filter_map(|queue| (!send(queue, runtime)).then_some(()));
        refused.count() == 0
    }

    /// Adds a row to the backlog of its connection. The error is that of the backlog's file.
    pub(super) fn put_aside(&mut self, index: ConnectionIndex, run_row: &RunRow) -> io::Result<()> {
        let Some(queue) = self.get(index) else { return Ok(()) };
        queue.backlog.push(run_row)?;
        self.aside += 1;
        Ok(())
    }

    /// Rows in all backlogs.
    pub(super) fn aside(&self) -> u64 {
        self.aside
    }

    /// Takes a row from the backlog of a connection that has room. The backlogs of stopped connections are emptied:
    /// their rows keep their state. The error is that of the backlog's file.
    pub(super) fn next_aside(&mut self) -> io::Result<Option<RunRow>> {
        if self.aside == 0 {
            return Ok(None);
        }
        for queue in self.each.iter_mut().flatten().filter(|queue| queue.backlog.len() > 0) {
            if queue.is_closed() {
                self.aside -= queue.backlog.len();
                queue.backlog.clear();
            } else if queue.has_room() {
                self.aside -= 1;
                return queue.backlog.pop();
            }
        }
        Ok(None)
    }

    /// True if some connection has an empty backlog and room, or if no connection is in use: then the feeder still has
    /// to read rows that may be left out.
    pub(super) fn is_hungry(&self) -> bool {
        let is_hungry = |queue: &JobQueue| queue.backlog.len() == 0 && queue.has_room() && !queue.is_closed();
        self.each.len() == 1 || self.each.iter().all(Option::is_none) || self.each.iter().flatten().any(is_hungry)
    }

    /// Waits until an execution has room for a group, or has stopped. `reads`: more rows can be read for connections
    /// without a backlog.
    pub(super) fn wait(&self, reads: bool) {
        let waits = |queue: &&JobQueue| !queue.is_closed() && (reads || queue.backlog.len() > 0);
        let mut rooms: Vec<_> =
            self.each.iter().flatten().filter(waits).map(|queue| Box::pin(queue.to.reserve_many(queue.most))).collect();
        if rooms.is_empty() {
            return;
        }
        self.runtime.block_on(poll_fn(|context| {
            let is_ready = rooms.iter_mut().any(|room| room.as_mut().poll(context).is_ready());
            if is_ready { Poll::Ready(()) } else { Poll::Pending }
        }));
    }
}

/// Waits for room and sends all jobs of a queue. `false` if its execution has stopped.
fn send(queue: &mut JobQueue, runtime: &Handle) -> bool {
    if queue.jobs.is_empty() {
        return true;
    }
    let Ok(room) = runtime.block_on(queue.to.reserve_many(queue.jobs.len())) else {
        queue.jobs.clear();
        return false;
    };
    room.zip(queue.jobs.drain(..)).for_each(|(room, job)| room.send(job));
    true
}
