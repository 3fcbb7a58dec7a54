//! The task that receives for an agent. It never waits for room: who waits for it may be who makes it.

use std::sync::Arc;

use pilothouse_shared::link::{State, StopReason};

use super::Shared;
use crate::client::{Client, Update};

/// Why the pump woke up.
enum Wake {
    /// Something became of the link.
    Update(Option<Update>),
    /// The link has room for an errand.
    Room,
    /// Nobody is left, or somebody closed the link.
    Closing,
}

pub(super) async fn run(mut client: Client, shared: Arc<Shared>) {
    loop {
        match wake(&mut client, &shared).await {
            Wake::Room => {}
            Wake::Update(Some(update)) => hear(&shared, &update),
            Wake::Update(None) | Wake::Closing => break,
        }
    }
    client.close().await;
    shared.books().end(&StopReason::Asked);
    shared.bump();
    shared.closed.cancel();
}

async fn wake(client: &mut Client, shared: &Shared) -> Wake {
    let has_errands = shared.books().has_errands();
    tokio::select! {
        update = client.recv() => Wake::Update(update),
        room = shared.handle.inputs.reserve(), if has_errands => {
            // Under the lock: a follower that comes after this finds its input behind this one.
            let mut books = shared.books();
            if let (Ok(room), Some(input)) = (room, books.errand()) {
                room.send(input);
            }
            Wake::Room
        }
        () = shared.errand.notified() => Wake::Room,
        () = shared.closing.cancelled() => Wake::Closing,
    }
}

fn hear(shared: &Shared, update: &Update) {
    let mut books = shared.books();
    books.hear(update);
    if let Update::State(State::Stopped { reason }) = update {
        books.end(reason);
    }
    drop(books);
    shared.bump();
}
