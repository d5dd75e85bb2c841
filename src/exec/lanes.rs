//! Lanes: rows with the same recipient are never in flight together, and a recipient that must wait does not delay
//! others.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use crate::model::Lane;

use super::Job;

/// The lanes in use. A free lane with an empty queue is removed.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Lane, LaneQueue>,
    waiting: usize,
}

#[derive(Debug, Default)]
struct LaneQueue {
    /// The lane must not be used before this time.
    blocked_until: Option<Instant>,
    jobs: VecDeque<Box<Waiting>>,
}

/// A job and its attempts in this session.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) job: Job,
    /// Attempts with an intent.
    pub(super) tried: u32,
    /// The attempts that are not charged to the row: the API was unreachable for all rows, or turned the row away for now.
    pub(super) free: u32,
    /// Those of them that the API turned away since it last did anything else.
    pub(super) turned_away: u32,
}

impl Lanes {
    /// Takes the lane of a job, or queues the job until the lane is free.
    pub(super) fn enter(&mut self, waiting: Box<Waiting>) -> Option<Box<Waiting>> {
        let Some(lane) = waiting.job.request.draft.lane.clone() else { return Some(waiting) };
        match self.lanes.entry(lane) {
            Entry::Vacant(free) => {
                free.insert(LaneQueue::default());
                Some(waiting)
            }
            Entry::Occupied(mut taken) => {
                taken.get_mut().jobs.push_back(waiting);
                self.waiting += 1;
                None
            }
        }
    }

    /// Frees a lane. The next job of its queue, if there is one, holds the lane now.
    pub(super) fn leave(&mut self, lane: Option<&Lane>) -> Option<Box<Waiting>> {
        let Entry::Occupied(mut taken) = self.lanes.entry(Lane::clone(lane?)) else { return None };
        let next = taken.get_mut().jobs.pop_front();
        match &next {
            Some(_) => self.waiting -= 1,
            None => drop(taken.remove()),
        }
        next
    }

    /// Jobs that wait for a lane.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Blocks a lane in use until a time.
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
