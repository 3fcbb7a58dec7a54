//! Cores and file descriptors: what started programs inherit from this one.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores for server and client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cores {
    pub(crate) server: usize,
    pub(crate) client: usize,
}

impl Cores {
    /// The first two cores this program may use; `None` when there is only one.
    pub(crate) fn find() -> io::Result<Option<Self>> {
        let usable = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| usable.is_set(*core));
        Ok(match (cores.next(), cores.next()) {
            (Some(server), Some(client)) => Some(Self { server, client }),
            _ => None,
        })
    }
}

/// Runs `start` with this thread on `core`, if there is one to choose: the program it starts is
/// there from its first instruction, and counts one core when it asks how many there are.
pub(crate) fn on_core<T>(core: Option<usize>, start: impl FnOnce() -> T) -> io::Result<T> {
    let Some(core) = core else {
        return Ok(start());
    };
    let usual = sched_getaffinity(None)?;
    let mut only = CpuSet::new();
    only.set(core);
    sched_setaffinity(None, &only)?;
    let started = start();
    sched_setaffinity(None, &usual)?;
    Ok(started)
}

/// Raises the number of files this program and those it starts may open to at least `wanted`, as
/// far as the system lets it; returns what it is then.
pub(crate) fn allow_files(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let enough = limit.maximum.map_or(wanted, |most| most.max(wanted));
    let raised = Rlimit {
        current: Some(enough),
        maximum: Some(enough),
    };
    let up_to_most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Only a privileged user may raise the maximum; what came of it is read back below.
    let _ =
        setrlimit(Resource::Nofile, raised).or_else(|_| setrlimit(Resource::Nofile, up_to_most));
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
