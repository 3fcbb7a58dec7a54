//! What the relay counts, in the Prometheus text format.

use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::limits::Limited;

/// Every counter of a relay. Cheap to raise from anywhere.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) connections: Gauge,
    pub(crate) subscriptions: Gauge,
    pub(crate) channels: Gauge,
    pub(crate) events: Counter,
    pub(crate) pruned: Counter,
    pub(crate) deliveries: Counter,
    pub(crate) refills: Counter,
    pub(crate) gaps: Counter,
    pub(crate) slow: Counter,
    pub(crate) refusals: Counter,
    pub(crate) turned_away: Counter,
    pub(crate) late: Counter,
    pub(crate) masked: Counter,
    pub(crate) failed_handshakes: Counter,
    pub(crate) limited: Limited,
    commits: Histogram,
}

impl Metrics {
    /// Counts a socket too many of one token.
    pub(crate) fn of_token(&self) {
        let labels = [("limit", "connections"), ("of", "token")];
        self.limited.get_or_create(&labels).inc();
    }

    pub(crate) fn new() -> Self {
        // 50 µs doubling to 1.6 s: from memory to a disk that struggles.
        let commits = Histogram::new(exponential_buckets(0.000_05, 2.0, 16));
        let mut metrics = Self {
            registry: Registry::with_prefix("pilothouse"),
            connections: Gauge::default(),
            subscriptions: Gauge::default(),
            channels: Gauge::default(),
            events: Counter::default(),
            pruned: Counter::default(),
            deliveries: Counter::default(),
            refills: Counter::default(),
            gaps: Counter::default(),
            slow: Counter::default(),
            refusals: Counter::default(),
            turned_away: Counter::default(),
            late: Counter::default(),
            masked: Counter::default(),
            failed_handshakes: Counter::default(),
            limited: Limited::default(),
            commits,
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "connections",
            "WebSockets open now",
            self.connections.clone(),
        );
        registry.register(
            "subscriptions",
            "Subscriptions now",
            self.subscriptions.clone(),
        );
        registry.register("channels", "Channels held", self.channels.clone());
        registry.register("events", "Events stored", self.events.clone());
        registry.register("pruned", "Events pruned", self.pruned.clone());
        registry.register(
            "deliveries",
            "Frames of events handed to sockets",
            self.deliveries.clone(),
        );
        registry.register(
            "refills",
            "Times a subscriber was behind the events in memory",
            self.refills.clone(),
        );
        registry.register(
            "gaps",
            "Gaps told to subscribers behind the floor",
            self.gaps.clone(),
        );
        registry.register(
            "slow_subscribers",
            "Connections closed because they did not take what was written in time",
            self.slow.clone(),
        );
        registry.register("refusals", "Errors sent to clients", self.refusals.clone());
        registry.register(
            "turned_away",
            "Connections refused because there were too many, in total or from one address",
            self.turned_away.clone(),
        );
        registry.register(
            "late_starts",
            "Connections closed because their handshake or first request did not come in time",
            self.late.clone(),
        );
        registry.register(
            "failed_handshakes",
            "TLS handshakes that failed",
            self.failed_handshakes.clone(),
        );
        registry.register(
            "masked",
            "Events and changes of signals that had secrets, which were masked",
            self.masked.clone(),
        );
        registry.register(
            "limited",
            "Frames read later and calls refused because a limit was reached, by limit and by whose it is",
            self.limited.clone(),
        );
        registry.register_with_unit(
            "commit",
            "Time of one commit to the store",
            Unit::Seconds,
            self.commits.clone(),
        );
    }

    /// A commit took this long.
    pub(crate) fn committed(&self, took: Duration) {
        self.commits.observe(took.as_secs_f64());
    }

    /// All of it as text.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}
