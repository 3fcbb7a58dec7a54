//! What the kernel says about a process: CPU time and resident memory.

use std::io;

/// CPU time of all threads of `processes` so far, user and system, in microseconds.
///
/// The kernel counts in ticks, of 10 ms as a rule: measure over seconds.
pub(crate) fn cpu_us(processes: &[u32]) -> io::Result<f64> {
    let tick_us = 1e6 / rustix::param::clock_ticks_per_second() as f64;
    let mut ticks = 0;
    for process in processes {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        ticks += ticks_in(&stat).ok_or_else(|| io::Error::other("/proc/…/stat is not readable"))?;
    }
    Ok(ticks as f64 * tick_us)
}

/// Resident memory of `processes`, in KiB.
pub(crate) fn resident_kib(processes: &[u32]) -> io::Result<f64> {
    sum_kib(processes, "VmRSS:")
}

/// The most memory of `processes` that was ever resident, in KiB.
pub(crate) fn peak_kib(processes: &[u32]) -> io::Result<f64> {
    sum_kib(processes, "VmHWM:")
}

fn sum_kib(processes: &[u32], field: &str) -> io::Result<f64> {
    let mut kib = 0;
    for process in processes {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        kib += kib_in(&status, field).ok_or_else(|| io::Error::other("no memory in /proc"))?;
    }
    Ok(kib as f64)
}

/// `process` and all it has started, in any depth.
pub(crate) fn family(process: u32) -> Vec<u32> {
    let mut family = vec![process];
    let mut next = 0;
    while let Some(parent) = family.get(next) {
        let path = format!("/proc/{parent}/task/{parent}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        family.extend(
            children
                .split_whitespace()
                .filter_map(|id| id.parse::<u32>().ok()),
        );
        next += 1;
    }
    family
}

/// `utime` + `stime`. The second field, the program's name, may itself have spaces and brackets.
fn ticks_in(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn kib_in(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{cpu_us, kib_in, resident_kib, ticks_in};

    #[test]
    fn user_and_system_time_are_found_behind_a_name_with_brackets() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 122 0 1 0 30 12 5 5 20 0 1 0 99 0";
        assert_eq!(ticks_in(stat), Some(42));
        assert_eq!(ticks_in("7 (cut"), None);
    }

    #[test]
    fn resident_memory_is_read_without_its_unit() {
        assert_eq!(
            kib_in("VmSize:\t 9 kB\nVmRSS:\t  1234 kB\n", "VmRSS:"),
            Some(1234)
        );
        assert_eq!(kib_in("Name:\tkernel\n", "VmRSS:"), None);
    }

    #[test]
    fn this_process_can_be_read() {
        let own = [std::process::id()];
        assert!(resident_kib(&own).unwrap() > 0.0);
        assert!(cpu_us(&own).is_ok());
    }
}
