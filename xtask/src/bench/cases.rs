//! The workloads, and what is measured in each.

use clap::ValueEnum;

use super::peers::Installed;
use super::plan::{Way, Work};
use super::system::{Durability, System};
use crate::cli;

/// Bytes of an event's body as JSON, unless the workload says otherwise.
const BODY_BYTES: usize = 256;
/// Frames in one write of the batching floor.
const BATCH: usize = 16;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Workload {
    /// CPU time for each delivery, and latency: events at a steady pace to 1,000 subscribers
    Fanout,
    /// Deliveries for each second, as fast as it goes with 1,000 subscribers
    Saturation,
    /// Time for 5,000 events back to back to 200 subscribers
    Burst,
    /// Memory and CPU time of 5,000 and 10,000 connections to which nothing happens
    Idle,
    /// Time for 2,000 connects at once
    Storm,
    /// Acknowledged events for each second, by durability and number of publishers
    Durable,
    /// Time for 1,000 clients to catch up on 1,000 events
    Resume,
    /// Latency for 95 subscribers without and with 5 that never read
    Stuck,
    /// Latency of an agent's hook calls, alone and with 1,000 watchers
    Hooks,
    /// Time from a hint's publish to the agent that waits for it
    Hints,
    /// Acknowledged events for each second, with secrets masked and without
    Masking,
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Case {
    pub(crate) row: String,
    pub(crate) system: System,
    pub(crate) work: Work,
}

impl Workload {
    /// The `wanted` ones in their order; all when there are none.
    pub(crate) fn or_all(wanted: &[Self]) -> Vec<Self> {
        let all = Self::value_variants().iter().copied();
        all.filter(|workload| wanted.is_empty() || wanted.contains(workload))
            .collect()
    }

    /// What stands above the table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Fanout => "fan-out cost",
            Self::Saturation => "saturation",
            Self::Burst => "burst",
            Self::Idle => "idle",
            Self::Storm => "reconnect storm",
            Self::Durable => "durable publish",
            Self::Resume => "resume",
            Self::Stuck => "stuck watchers",
            Self::Hooks => "hook calls",
            Self::Hints => "hints",
            Self::Masking => "masking of secrets",
        }
    }

    /// The rows of the table.
    pub(crate) fn cases(self, wanted: &cli::Bench, peers: &[Installed]) -> Vec<Case> {
        let works = self.works(wanted.quick);
        let systems = self.systems(wanted, peers);
        let cases = works.into_iter().flat_map(|(row, work)| {
            systems.iter().map(move |system| Case {
                row: format!("{}{row}", self.name_of(system)),
                system: system.clone(),
                work: work.clone(),
            })
        });
        cases.filter(Case::makes_sense).collect()
    }

    fn name_of(self, system: &System) -> String {
        match (self, system) {
            (Self::Hooks, System::Floor { .. }) => "floor, a fixed answer".to_owned(),
            _ => system.name(),
        }
    }

    /// Whether others than the relay can do it.
    fn is_common(self) -> bool {
        !matches!(
            self,
            Self::Durable | Self::Resume | Self::Stuck | Self::Hooks | Self::Hints | Self::Masking
        )
    }

    fn systems(self, wanted: &cli::Bench, peers: &[Installed]) -> Vec<System> {
        if self == Self::Masking {
            return [System::Relay, System::Unmasked]
                .map(|of| of(Durability::Memory))
                .to_vec();
        }
        let [one, batched] = [1, BATCH].map(|per_write| System::Floor { per_write });
        let floors: &[System] = match self {
            _ if wanted.no_floor => &[],
            Self::Saturation | Self::Burst => &[one, batched][..],
            Self::Hooks => &[one][..],
            _ if self.is_common() => &[one][..],
            _ => &[],
        };
        let relays = match self {
            Self::Durable => Durability::value_variants().to_vec(),
            _ => vec![wanted.durability],
        };
        let relays = relays.into_iter().map(System::Relay);
        let peers = peers.iter().filter(|_| self.is_common()).cloned();
        let others = floors.iter().cloned().chain(peers.map(System::Peer));
        relays.chain(others).collect()
    }

    /// The work of each row, with what its name says more than the system's.
    fn works(self, quick: bool) -> Vec<(String, Work)> {
        let of = |usual: usize, quick_one: usize| if quick { quick_one } else { usual };
        let seconds = |usual: u64| if quick { 2 } else { usual };
        let body_bytes = BODY_BYTES;
        let one = |work| vec![(String::new(), work)];
        match self {
            Self::Fanout => one(Work::Fanout {
                subscribers: of(1000, 100),
                per_second: 20,
                seconds: seconds(10),
                body_bytes,
            }),
            Self::Saturation => one(Work::Saturation {
                subscribers: of(1000, 100),
                window: 256,
                seconds: seconds(5),
                body_bytes,
            }),
            Self::Burst => one(Work::Burst {
                subscribers: of(200, 50),
                events: of(5000, 1000) as u64,
                body_bytes,
            }),
            Self::Idle => [of(5000, 500), of(10_000, 1000)]
                .map(|connections| (format!(", {connections}"), idle(connections, seconds(20))))
                .to_vec(),
            Self::Storm => one(Work::Storm {
                connections: of(2000, 200),
            }),
            Self::Durable => durable(seconds(3)),
            Self::Resume => one(Work::Resume {
                clients: of(1000, 100),
                behind: of(1000, 500) as u64,
                body_bytes,
            }),
            Self::Stuck => one(Work::Stuck {
                readers: 95,
                stuck: 5,
                events: of(20_000, 2000) as u64,
                per_second: 1000,
                body_bytes: 1024,
            }),
            Self::Hooks => [(0, String::new()), watched(of(1000, 100))]
                .map(|(watchers, row)| (row, hooks(watchers, seconds(20))))
                .to_vec(),
            Self::Masking => [256, 4096]
                .map(|body_bytes| {
                    (
                        format!(", {body_bytes} bytes"),
                        masking(body_bytes, seconds(5)),
                    )
                })
                .to_vec(),
            Self::Hints => [(Way::Poll, "long-poll"), (Way::Socket, "WebSocket")]
                .map(|(way, name)| (format!(", {name}"), hints(way, seconds(20))))
                .to_vec(),
        }
    }
}

impl Case {
    /// The floor answers calls and tells nobody of them.
    fn makes_sense(&self) -> bool {
        let is_watched = matches!(self.work, Work::Hooks { watchers: 1.., .. });
        !(is_watched && matches!(self.system, System::Floor { .. }))
    }
}

fn watched(watchers: usize) -> (usize, String) {
    (watchers, format!(", {watchers} watchers"))
}

fn hooks(watchers: usize, seconds: u64) -> Work {
    Work::Hooks {
        watchers,
        per_second: 20,
        seconds,
    }
}

fn masking(body_bytes: usize, seconds: u64) -> Work {
    Work::Durable {
        publishers: 10,
        depth: 64,
        seconds,
        body_bytes,
    }
}

fn hints(way: Way, seconds: u64) -> Work {
    Work::Hints {
        way,
        per_second: 50,
        seconds,
    }
}

fn idle(connections: usize, seconds: u64) -> Work {
    Work::Idle {
        connections,
        seconds,
    }
}

fn durable(seconds: u64) -> Vec<(String, Work)> {
    let row = |(publishers, depth)| {
        let work = Work::Durable {
            publishers,
            depth,
            seconds,
            body_bytes: BODY_BYTES,
        };
        (format!(", {publishers} × {depth} open"), work)
    };
    let each_depth = |depth| [1, 10, 100].map(|publishers| (publishers, depth));
    [1, 64].into_iter().flat_map(each_depth).map(row).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Case, System, Workload};
    use crate::cli::{Cli, Verb};

    fn wanted(words: &str) -> crate::cli::Bench {
        let typed = format!("xtask bench {words}");
        match Cli::parse_from(typed.split_whitespace()).verb {
            Verb::Bench(wanted) => wanted,
            _ => unreachable!("bench was typed"),
        }
    }

    #[test]
    fn named_workloads_keep_the_order_of_all() {
        let wanted = wanted("storm fanout").workloads;
        assert_eq!(
            Workload::or_all(&wanted),
            [Workload::Fanout, Workload::Storm]
        );
        assert_eq!(Workload::or_all(&[]).len(), 11);
    }

    #[test]
    fn the_relay_comes_before_the_floors_that_copy_its_frames() {
        let cases = Workload::Saturation.cases(&wanted("--durability memory"), &[]);
        let rows: Vec<_> = cases.iter().map(|case| case.row.as_str()).collect();
        let expected = [
            "relay, memory",
            "floor, one write each",
            "floor, 16 a write",
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn without_floor_only_relays_are_left() {
        let relay = |case: &Case| !matches!(case.system, System::Floor { .. });
        for workload in Workload::or_all(&[]) {
            let cases = workload.cases(&wanted("--no-floor"), &[]);
            assert!(cases.iter().all(relay));
        }
    }

    #[test]
    fn hook_calls_are_set_beside_a_fixed_answer_that_nobody_watches() {
        let cases = Workload::Hooks.cases(&wanted("--quick"), &[]);
        let rows: Vec<_> = cases.iter().map(|case| case.row.as_str()).collect();
        let expected = [
            "relay, full",
            "floor, a fixed answer",
            "relay, full, 100 watchers",
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn durable_publish_is_measured_at_every_level() {
        let cases = Workload::Durable.cases(&wanted("--durability memory"), &[]);
        assert_eq!(cases.len(), 18);
        assert_eq!(cases[1].row, "relay, normal, 1 × 1 open");
    }
}
