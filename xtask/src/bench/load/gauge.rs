//! Reading what the server's processes and this one have used.

use std::io;
use std::time::Instant;

use crate::bench::plan::Plan;
use crate::bench::process;
use crate::bench::statistics::ratio;

/// See the module.
#[derive(Debug)]
pub(crate) struct Gauge {
    process: u32,
}

/// What was used up to a moment, or from one moment to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) server_us: f64,
    pub(crate) client_us: f64,
    at: Instant,
    pub(crate) seconds: f64,
}

impl Gauge {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            process: plan.process,
        }
    }

    /// What has been used so far.
    pub(crate) fn read(&self) -> io::Result<Used> {
        Ok(Used {
            server_us: process::cpu_us(&self.processes())?,
            client_us: process::cpu_us(&[std::process::id()])?,
            at: Instant::now(),
            seconds: 0.0,
        })
    }

    /// What has been used since `before`.
    pub(crate) fn since(&self, before: Used) -> io::Result<Used> {
        let now = self.read()?;
        Ok(Used {
            server_us: now.server_us - before.server_us,
            client_us: now.client_us - before.client_us,
            at: now.at,
            seconds: now.at.duration_since(before.at).as_secs_f64(),
        })
    }

    /// Read anew each time: some servers listen before they have started all they start.
    fn processes(&self) -> Vec<u32> {
        process::family(self.process)
    }

    /// Resident memory of the server, in KiB.
    pub(crate) fn resident_kib(&self) -> io::Result<f64> {
        process::resident_kib(&self.processes())
    }

    /// The most memory that was ever resident, in KiB.
    pub(crate) fn peak_kib(&self) -> io::Result<f64> {
        process::peak_kib(&self.processes())
    }
}

impl Used {
    /// How much of its core the server kept busy, in percent.
    pub(crate) fn server_percent(&self) -> f64 {
        ratio(self.server_us, self.seconds * 1e4)
    }

    /// How much of its core this process kept busy, in percent. Near 100 it is what limits.
    pub(crate) fn client_percent(&self) -> f64 {
        ratio(self.client_us, self.seconds * 1e4)
    }
}
