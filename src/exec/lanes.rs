//! Lanes: rows of one recipient are never in flight together, and a recipient who has to wait keeps nobody else waiting.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use crate::model::Lane;

use super::Job;

/// The lanes in use. A lane that is free and has nobody waiting is forgotten.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Lane, Queue>,
    waiting: usize,
}

#[derive(Debug, Default)]
struct Queue {
    /// Not before this moment may the lane be used again.
    blocked_until: Option<Instant>,
    jobs: VecDeque<Box<Waiting>>,
}

/// A job with the tries it has had in this session.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) job: Job,
    /// Attempts that have an intent.
    pub(super) tried: u32,
    /// Those among them that are not charged to the row: the way out was closed for everybody.
    pub(super) free: u32,
}

impl Lanes {
    /// Takes the lane of a job, or keeps the job until the lane is free.
    pub(super) fn enter(&mut self, waiting: Box<Waiting>) -> Option<Box<Waiting>> {
        let Some(lane) = waiting.job.request.draft.lane.clone() else { return Some(waiting) };
        match self.lanes.entry(lane) {
            Entry::Vacant(free) => {
                free.insert(Queue::default());
                Some(waiting)
            }
            Entry::Occupied(mut taken) => {
                taken.get_mut().jobs.push_back(waiting);
                self.waiting += 1;
                None
            }
        }
    }

    /// Gives a lane back: the job that waits for it, if there is one, has the lane now.
    pub(super) fn leave(&mut self, lane: Option<&Lane>) -> Option<Box<Waiting>> {
        let Entry::Occupied(mut taken) = self.lanes.entry(Lane::clone(lane?)) else { return None };
        let next = taken.get_mut().jobs.pop_front();
        match &next {
            Some(_) => self.waiting -= 1,
            None => drop(taken.remove()),
        }
        next
    }

    /// How many jobs wait for a lane.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// The moment until which a recipient's lane is blocked, for a job that takes it over.
    pub(super) fn blocked_until(&self, lane: Option<&Lane>) -> Option<Instant> {
        self.lanes.get(lane?)?.blocked_until
    }

    /// Blocks a lane in use until a moment.
    pub(super) fn block(&mut self, lane: Option<&Lane>, until: Instant) {
        if let Some(queue) = lane.and_then(|lane| self.lanes.get_mut(lane)) {
            queue.blocked_until = Some(until);
        }
    }
}
