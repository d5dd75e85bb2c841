//! The feeder's side of the executions, one for each connection: jobs go in, and rows of a connection that is behind wait.
//!
//! Belongs here: who has room, and waiting for that. Does not belong here: what a row comes to.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::task::Poll;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::exec::{Job, Stop};
use crate::model::Via;
use crate::run::state::walk::Member;

use super::backlog::Backlog;

/// Jobs on their way to one execution. They go in parts: a reader that is woken for every row costs more than the row.
struct JobQueue {
    to: mpsc::Sender<Job>,
    stop: Stop,
    jobs: Vec<Job>,
    most: usize,
    backlog: Backlog,
}

impl JobQueue {
    /// Room for one more, without waiting.
    fn has_room(&self) -> bool {
        self.to.capacity() > self.jobs.len()
    }

    fn is_closed(&self) -> bool {
        self.stop.is_draining() || self.to.is_closed()
    }
}

/// All of them, by the places of their connections; none where no row goes by a connection.
pub(super) struct JobQueues<'f> {
    each: Vec<Option<JobQueue>>,
    runtime: &'f Handle,
    /// Rows in all backlogs.
    aside: u64,
}

impl<'f> JobQueues<'f> {
    /// JobQueues to these executions. Backlogs are kept in `folder`.
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

    fn get(&mut self, via: Via) -> Option<&mut JobQueue> {
        self.each.get_mut(via.index())?.as_mut()
    }

    /// True if nothing more goes by a connection that was in use, while the others may go on.
    pub(super) fn is_closed(&mut self, via: Via) -> bool {
        self.each.len() > 1 && self.get(via).is_some_and(|queue| queue.is_closed())
    }

    /// True if no execution wants any more.
    pub(super) fn are_closed(&self) -> bool {
        self.each.iter().flatten().all(JobQueue::is_closed)
    }

    /// True if a row has to wait: others wait before it, or there is no room. Where there is one connection nobody is kept
    /// waiting by it, and whoever has a job for it waits with the job.
    pub(super) fn is_behind(&mut self, via: Via) -> bool {
        self.each.len() > 1 && self.get(via).is_some_and(|queue| queue.backlog.len() > 0 || !queue.has_room())
    }

    /// Hands a job to the execution that sends it. False if that wants no more.
    pub(super) fn push(&mut self, job: Job) -> bool {
        let runtime = self.runtime;
        let Some(queue) = self.get(job.request.via) else { return false };
        queue.jobs.push(job);
        queue.jobs.len() < queue.most || send(queue, runtime)
    }

    /// Hands over what there is. False if an execution wants no more.
    pub(super) fn flush(&mut self) -> bool {
        let runtime = self.runtime;
        let refused = self.each.iter_mut().flatten().filter_map(|queue| (!send(queue, runtime)).then_some(()));
        refused.count() == 0
    }

    /// Keeps a row until its connection has room.
    ///
    /// # Errors
    /// The disk is full, say.
    pub(super) fn put_aside(&mut self, via: Via, member: &Member) -> io::Result<()> {
        let Some(queue) = self.get(via) else { return Ok(()) };
        queue.backlog.push(member)?;
        self.aside += 1;
        Ok(())
    }

    /// How many rows are kept.
    pub(super) fn aside(&self) -> u64 {
        self.aside
    }

    /// A row that was kept and whose connection has room now. Those of a connection that is closed are dropped: they stay what
    /// they were.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub(super) fn next_aside(&mut self) -> io::Result<Option<Member>> {
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

    /// True if some connection has nothing to do while there is room for more, or if none is in use: then there may be rows to be
    /// left out all the same.
    pub(super) fn is_hungry(&self) -> bool {
        let is_hungry = |queue: &JobQueue| queue.backlog.len() == 0 && queue.has_room() && !queue.is_closed();
        self.each.len() == 1 || self.each.iter().all(Option::is_none) || self.each.iter().flatten().any(is_hungry)
    }

    /// Waits until an execution has room for a part, or wants no more. `reads`: more rows can be read for those that have no
    /// backlog.
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

/// Waits for room for all of them. False if nobody wants any more.
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
