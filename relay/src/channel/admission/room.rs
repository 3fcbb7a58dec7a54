//! Room for what waits: an open hint or request is never pushed out by a newer one.

use pilothouse_shared::limits::snapshot::{HINTS, LIST_BYTES, REQUESTS};
use pilothouse_shared::{Body, ErrorCode, Refusal};

use super::{Claim, Core, Proposal};

/// Which list a body waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::channel) enum List {
    Hints,
    Requests,
}

/// Room that a publish takes which is not durable yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::channel) struct Room {
    list: List,
    is_public: bool,
    n_bytes: usize,
    /// Tells it from others of the same size.
    n: u64,
}

impl Core {
    /// The room that this body needs, if it is one that waits; refused when there is none.
    pub(super) fn room_for(&mut self, proposal: &Proposal) -> Result<Option<Claim>, Refusal> {
        let list = match &proposal.body {
            Body::HintGiven(_) | Body::CancelRequested(_) => List::Hints,
            Body::PermissionRequested(_) | Body::QuestionAsked(_) => List::Requests,
            _ => return Ok(None),
        };
        let is_public = proposal.visibility.is_public();
        let n_bytes = serde_json::to_vec(&proposal.body).map_or(0, |body| body.len());
        let (n_held, bytes_held) = self.held(list, is_public);
        let most = match list {
            List::Hints => HINTS,
            List::Requests => REQUESTS,
        };
        // One that is large finds room when nothing else waits.
        let is_alone = n_held == 0;
        if n_held >= most || (!is_alone && bytes_held + n_bytes > LIST_BYTES) {
            return Err(full(list));
        }
        self.n_rooms += 1;
        let n = self.n_rooms;
        Ok(Some(Claim::Room(Room {
            list,
            is_public,
            n_bytes,
            n,
        })))
    }

    /// What waits, and what is about to.
    fn held(&self, list: List, is_public: bool) -> (usize, usize) {
        let snapshot = self.replica().snapshot();
        let open = match list {
            List::Hints => snapshot.open_hints(is_public),
            List::Requests => snapshot.open_requests(is_public),
        };
        let coming = self.claims.iter().filter_map(|claim| match claim {
            Claim::Room(room) if room.list == list && room.is_public == is_public => {
                Some(room.n_bytes)
            }
            _ => None,
        });
        coming.fold(open, |(n, bytes), more| (n + 1, bytes + more))
    }
}

fn full(list: List) -> Refusal {
    let message = match list {
        List::Hints => "too many hints wait in this channel; wait until an agent has taken some",
        List::Requests => "too many requests wait in this channel; wait until some are resolved",
    };
    Refusal::new(ErrorCode::RateLimited, message)
}
