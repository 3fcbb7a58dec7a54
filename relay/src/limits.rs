//! How much one member, one address and all together may ask of the relay. What comes over a WebSocket too
//! fast is read later, so that nothing is lost; what cannot wait is refused with when to come back.
//!
//! An address has the room of [`ADDRESS`] members, because many may share it, and the relay that of
//! [`RELAY`]. This machine and trusted proxies, which bring everybody, are not measured as addresses.

mod bucket;
mod ledger;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use pilothouse_shared::{ErrorCode, MemberId, Refusal};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::time::Instant;

use self::bucket::Rate;
use self::ledger::{Ledger, Meter};
use crate::config::MaxRates;

/// Members that an address counts as.
const ADDRESS: u64 = 8;

/// Members that the relay counts as.
const RELAY: u64 = 64;

/// How many seconds' worth may come at once of what is counted by the second.
const BURST_SECONDS: u64 = 10;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Frames of clients, HTTP requests, and bodies beyond the first of a request.
    Frames,
    /// What clients send, less what packs it.
    Bytes,
    /// Hints and cancellations.
    Hints,
    /// Permissions and questions asked.
    Requests,
    /// Channels made.
    Channels,
}

/// Counts of refusals and delays, by limit and by whose it is.
pub(crate) type Limited = Family<[(&'static str, &'static str); 2], Counter>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Of one member, in the order of [`What`].
    rates: [Rate; 5],
    started: Instant,
    members: Ledger<MemberId>,
    addresses: Ledger<IpAddr>,
    relay: Meter,
    trusted: Vec<IpNet>,
    limited: Limited,
}

/// What somebody's doings are counted on.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    member: Arc<Meter>,
    address: Option<Arc<Meter>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(&MaxRates::default(), Vec::new(), Limited::default())
    }
}

impl Limits {
    pub(crate) fn new(most: &MaxRates, trusted: Vec<IpNet>, limited: Limited) -> Self {
        let by_second = |n: u64| Rate::new(n, SECOND, n.saturating_mul(BURST_SECONDS));
        let by_minute = |n: u64| Rate::new(n, MINUTE, n);
        Self {
            rates: [
                by_second(most.frames_per_second.get()),
                by_second(most.bytes_per_second.get()),
                by_minute(most.hints_per_minute.get()),
                by_minute(most.requests_per_minute.get()),
                by_minute(most.channels_per_minute.get()),
            ],
            started: Instant::now(),
            members: Ledger::default(),
            addresses: Ledger::default(),
            relay: Meter::default(),
            trusted,
            limited,
        }
    }

    /// Where a member's doings are counted, from this address.
    pub(crate) fn account(&self, member: &MemberId, from: Option<IpAddr>) -> Account {
        let now = self.started.elapsed();
        let measured = from.filter(|ip| !self.is_many(*ip)).map(network);
        Account {
            member: self.members.meter(member, now),
            address: measured.map(|network| self.addresses.meter(&network, now)),
        }
    }

    /// Whether an address stands for anybody.
    fn is_many(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.trusted.iter().any(|net| net.contains(&address))
    }

    /// Counts what has been taken already; says how long to take nothing more.
    pub(crate) fn spend(&self, account: &Account, what: What, n: u64) -> Duration {
        let now = self.started.elapsed();
        let mut longest = Duration::ZERO;
        for (of, meter, rate) in self.scopes(account, what) {
            let wait = meter.spend(what, &rate, n, now);
            if !wait.is_zero() {
                self.count(what, of);
            }
            longest = longest.max(wait);
        }
        longest
    }

    /// How long until there is room for so many more.
    fn wait(&self, account: &Account, what: What, n: u64) -> Duration {
        let now = self.started.elapsed();
        let waits = self.scopes(account, what);
        let waits = waits.map(|(_, meter, rate)| meter.wait(what, &rate, n, now));
        waits.max().unwrap_or_default()
    }

    /// Counts one of what cannot wait, unless it is one too many.
    pub(crate) fn take(&self, member: &MemberId, what: What) -> Result<(), Refusal> {
        let account = self.account(member, None);
        let wait = self.wait(&account, what, 1);
        if wait.is_zero() {
            self.spend(&account, what, 1);
            return Ok(());
        }
        self.count(what, "member");
        Err(refusal(what, wait))
    }

    /// Counts the bodies of a request that was counted itself.
    pub(crate) fn more(&self, account: Option<&Account>, n_bodies: usize) {
        let n_more = u64::try_from(n_bodies.saturating_sub(1)).unwrap_or(u64::MAX);
        if let Some(account) = account {
            self.spend(account, What::Frames, n_more);
        }
    }

    /// Counts an HTTP request, unless what came before it was too much.
    pub(crate) fn request(&self, account: &Account) -> Result<(), (Refusal, Duration)> {
        for what in [What::Frames, What::Bytes] {
            let wait = self.wait(account, what, 0);
            if !wait.is_zero() {
                self.count(what, "request");
                return Err((refusal(what, wait), wait));
            }
        }
        self.spend(account, What::Frames, 1);
        Ok(())
    }

    fn scopes<'a>(
        &'a self,
        account: &'a Account,
        what: What,
    ) -> impl Iterator<Item = (&'static str, &'a Meter, Rate)> {
        let rate = self.rates[what as usize];
        let address = account.address.as_deref();
        let address = address.map(|meter| ("address", meter, rate.times(ADDRESS)));
        [("member", &*account.member, rate)]
            .into_iter()
            .chain(address)
            .chain([("relay", &self.relay, rate.times(RELAY))])
    }

    fn count(&self, what: What, of: &'static str) {
        let labels = [("limit", what.name()), ("of", of)];
        self.limited.get_or_create(&labels).inc();
    }
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Bytes => "bytes",
            Self::Hints => "hints",
            Self::Requests => "requests",
            Self::Channels => "channels",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn refusal(what: What, wait: Duration) -> Refusal {
    let message = format!("too many {what} at once: come back in {} s", seconds(wait));
    Refusal::new(ErrorCode::RateLimited, message)
}

/// Whole seconds, at least one: what `Retry-After` can say.
pub(crate) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0).max(u64::from(wait.is_zero()))
}

/// Of IPv6 the first 64 bits: a household or a server has them to itself.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => std::net::Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests;
