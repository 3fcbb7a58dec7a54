//! A relay on a real store, its watchers, and everything that can happen to them.

use std::collections::VecDeque;
use std::sync::Arc;

use pilothouse_shared::link::Input;
use pilothouse_shared::{ChannelId, ClientFrame, Encoding};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::{JoinError, JoinHandle};

use super::act::{Act, From, WATCHERS};
use super::gate::{Gate, Gated};
use super::oracle::Truth;
use super::pipe::Pipe;
use super::sayings::{Sayings, member};
use super::verdict;
use super::watcher::{End, Known, Socket, Watcher};
use super::wire::Wire;
use crate::config::Durability;
use crate::engine::{Embedded, Engine};
use crate::hub::Hub;
use crate::metrics::Metrics;

/// Bytes that the socket of each watcher takes until they are read: more than enough, a few frames, less
/// than one.
const ROOM: [usize; WATCHERS] = [1 << 20, 2000, 600, 100];

/// See the module.
pub(super) struct World<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) folder: Option<TempDir>,
    pub(super) keep_events: u64,
    pub(super) truth: Truth,
    pub(super) gate: Arc<Gate>,
    pub(super) engine: Arc<dyn Engine>,
    pub(super) hub: Arc<Hub>,
    pub(super) watchers: Vec<Watcher>,
    /// Sockets that are half open and not noticed yet.
    pub(super) ghosts: VecDeque<End>,
    /// What was begun beside the connections: publishes, and channels made and removed.
    pub(super) tasks: Vec<JoinHandle<()>>,
    pub(super) sayings: Sayings,
    known: Known,
}

pub(super) fn channel(at: usize) -> ChannelId {
    ChannelId::new(["c", "d"][at]).unwrap()
}

impl<'a> World<'a> {
    pub(super) fn new(runtime: &'a Runtime, keep_events: u64, folder: Option<TempDir>) -> Self {
        let (truth, gate) = (Truth::default(), Arc::<Gate>::default());
        let engine = open_store(folder.as_ref(), &truth, &gate);
        let hub = runtime.block_on(open_hub(&engine, keep_events));
        let encodings = [Encoding::Json, Encoding::MessagePack];
        let watchers = (0..WATCHERS)
            .map(|at| Watcher::new(member(at), encodings[at % 2], truth.clone()))
            .collect();
        let mut world = Self {
            runtime,
            folder,
            keep_events,
            truth,
            gate,
            engine,
            hub,
            watchers,
            ghosts: VecDeque::new(),
            tasks: Vec::new(),
            sayings: Sayings::default(),
            known: Known::new(),
        };
        world.play(Act::Create(0));
        for at in 0..WATCHERS {
            world.play(Act::Watch(at, 0, From::History(5)));
        }
        world
    }

    pub(super) fn play(&mut self, act: Act) {
        match act {
            Act::Publish(..) | Act::Create(_) if self.gate.is_making() => {}
            Act::Publish(saying, n) => self.publish(saying, n),
            Act::Tell(at, saying) => self.tell(at, saying),
            Act::Serve(at) => drop(self.serve(at)),
            Act::Take(at, n) => drop(self.take(at, n)),
            Act::Talk(at) => while self.serve(at) | self.take(at, usize::MAX) {},
            Act::Drop(at) => {
                let end = self.watchers[at].end.take();
                self.end(end);
                self.watchers[at].lost();
            }
            Act::HalfOpen(at) => self.half_open(at),
            Act::Haunt => self.haunt(),
            Act::Reap => {
                let end = self.ghosts.pop_front();
                self.end(end);
            }
            Act::Pass(at, ms) => self.watchers[at].pass(ms),
            Act::Watch(at, of, from) => self.watch(at, of, from),
            Act::Unwatch(at, of) => {
                let channel = channel(of);
                self.watchers[at].feed(Input::Unsubscribe { channel });
            }
            Act::Signal(of, clears) => self.signal(of, clears),
            Act::Tick => self.hub.all().iter().for_each(|channel| channel.tick(0)),
            Act::Hold(door) => self.gate.shut(door),
            Act::Release => drop(self.gate.release()),
            Act::Remove(of) => {
                let (hub, id) = (Arc::clone(&self.hub), channel(of));
                self.begin(async move { drop(hub.remove(&id).await.map_err(verdict::fair)) });
            }
            Act::Create(of) => {
                let (hub, id) = (Arc::clone(&self.hub), channel(of));
                self.begin(async move {
                    drop(
                        hub.create(&id, "c", &member(0))
                            .await
                            .map_err(verdict::fair),
                    );
                });
            }
            Act::Remake(of) => {
                self.play(Act::Remove(of));
                self.play(Act::Create(of));
            }
            Act::Restart => self.restart(),
        }
        self.run();
        self.leave_closed();
    }

    /// Begins something that may be held up.
    pub(super) fn begin(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let running = self.gate.running();
        self.tasks.push(self.runtime.spawn(async move {
            work.await;
            drop(running);
        }));
    }

    /// Lets everything go on until it has ended or is held up, and looks at what has ended.
    pub(super) fn run(&mut self) {
        self.runtime.block_on(self.gate.quiet());
        let mut under_way = Vec::new();
        for task in std::mem::take(&mut self.tasks) {
            match task.is_finished() {
                true => self.outcome(task),
                false => under_way.push(task),
            }
        }
        self.tasks = under_way;
        for at in 0..WATCHERS {
            self.collect(at);
        }
    }

    /// Takes what the relay said to a watcher, if it has come so far.
    fn collect(&mut self, at: usize) {
        let is_done = |end: &mut End| matches!(end, End::Busy(task) if task.is_finished());
        if let Some(End::Busy(task)) = self.watchers[at].end.take_if(is_done) {
            let wire = self.outcome(task);
            self.watchers[at].end = Some(End::Idle(wire));
        }
    }

    /// The relay works for a watcher. Whether there was anything to do.
    pub(super) fn serve(&mut self, at: usize) -> bool {
        let watcher = &mut self.watchers[at];
        // Whoever is held up, or has something to write, does nothing else.
        let is_free = |end: &mut End| matches!(end, End::Idle(wire) if wire.pipe().flush());
        if let Some(End::Idle(wire)) = watcher.end.take_if(is_free) {
            let frames: Vec<_> = watcher.up.drain(..).collect();
            watcher.end = Some(work(self.runtime, &self.gate, wire, frames));
            self.run();
        }
        let pipe = self.watchers[at].down.as_ref();
        pipe.is_some_and(|pipe| pipe.has_arrived())
    }

    /// The socket opens, or brings frames. Whether there was anything to do.
    pub(super) fn take(&mut self, at: usize, limit: usize) -> bool {
        let watcher = &mut self.watchers[at];
        match watcher.socket {
            Socket::Opening => {
                let pipe = Arc::new(Pipe::new(watcher.encoding, ROOM[at]));
                let (hub, truth) = (Arc::clone(&self.hub), self.truth.clone());
                let wire = Wire::open(hub, truth, watcher.viewer.clone(), Arc::clone(&pipe));
                let end = watcher.end.replace(End::Idle(wire));
                watcher.opened(pipe);
                self.end(end);
                true
            }
            Socket::Open => watcher.take(limit, &mut self.known),
            Socket::Absent | Socket::HalfOpen => false,
        }
    }

    /// A socket that the watcher's side has closed is closed.
    pub(super) fn leave_closed(&mut self) {
        for at in 0..WATCHERS {
            if matches!(self.watchers[at].socket, Socket::Absent | Socket::Opening) {
                let end = self.watchers[at].end.take();
                self.end(end);
            }
        }
    }

    /// The relay's end of a socket is gone, whatever it was at.
    pub(super) fn end(&self, end: Option<End>) {
        if let Some(End::Busy(task)) = end {
            self.abort(task);
        }
    }

    pub(super) fn abort<T>(&self, task: JoinHandle<T>) {
        task.abort();
        if let Err(error) = self.runtime.block_on(task) {
            rethrow(error);
        }
    }

    pub(super) fn outcome<T>(&self, task: JoinHandle<T>) -> T {
        self.runtime.block_on(task).unwrap_or_else(|error| {
            rethrow(error);
            unreachable!("only what is over is aborted")
        })
    }
}

/// A panic in a task is a panic here.
fn rethrow(error: JoinError) {
    if let Ok(panic) = error.try_into_panic() {
        std::panic::resume_unwind(panic);
    }
}

pub(super) fn open_store(
    folder: Option<&TempDir>,
    truth: &Truth,
    gate: &Arc<Gate>,
) -> Arc<dyn Engine> {
    let path = folder.map(TempDir::path);
    // Without waiting for the disk: what a level survives is not what is tested.
    let engine = Embedded::open(path, Durability::Memory, Arc::new(Metrics::new())).unwrap();
    Arc::new(Gated {
        engine,
        truth: truth.clone(),
        gate: Arc::clone(gate),
    })
}

pub(super) async fn open_hub(engine: &Arc<dyn Engine>, keep_events: u64) -> Arc<Hub> {
    let hub = Hub::open(
        Arc::clone(engine),
        Arc::new(Metrics::new()),
        Arc::default(),
        keep_events,
    );
    Arc::new(hub.await.expect("a store that works"))
}

/// Begins to work for a connection.
pub(super) fn work(
    runtime: &Runtime,
    gate: &Arc<Gate>,
    wire: Wire,
    frames: Vec<ClientFrame>,
) -> End {
    let running = gate.running();
    End::Busy(runtime.spawn(async move {
        let wire = wire.work(frames).await;
        drop(running);
        wire
    }))
}
