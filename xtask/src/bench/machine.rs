//! What the figures were taken on.

use std::fmt;

use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    processor: String,
    n_cores: usize,
    memory_kib: u64,
    kernel: String,
}

impl Machine {
    /// Reads it from the kernel; what is not told stays empty.
    pub(crate) fn describe() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        Self {
            processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_default(),
            n_cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_kib: memory.trim_end_matches(" kB").parse().unwrap_or_default(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            processor,
            n_cores,
            memory_kib,
            kernel,
        } = self;
        let gib = memory_kib / (1024 * 1024);
        write!(f, "{processor}, {n_cores} cores, {gib} GiB, Linux {kernel}")
    }
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_what_stands_behind_the_colon_of_its_first_line() {
        let text = "processor\t: 0\nmodel name\t: One\nmodel name\t: Two\n";
        assert_eq!(field(text, "model name").as_deref(), Some("One"));
        assert_eq!(field(text, "flags"), None);
    }
}
