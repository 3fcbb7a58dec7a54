//! Who sends too fast is read later: until there is room again the relay takes nothing more from the
//! socket, and the peer's system holds it back. Nothing is lost.

use std::net::IpAddr;
use std::time::Duration;

use pilothouse_shared::{ErrorCode, MemberId, RelayFrame};
use tokio::time::{Instant, sleep_until};

use super::{Connection, End};
use crate::limits::{Account, What};
use crate::rules::Rules;

/// Longest time without reading. A piece is read after it whatever the limits say, so that a peer that is
/// gone is noticed.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// Refusals for going too fast, between two pings, after which a connection is closed: a program that
/// takes no notice.
const MAX_REFUSALS: u32 = 200;

/// When a connection that was closed for going too fast may come back.
pub(super) const COME_BACK_AFTER: Duration = Duration::from_secs(10);

/// How fast a connection has been.
pub(in crate::http) struct Pace {
    from: Option<IpAddr>,
    /// Whose account it is: a `hello` may change that.
    member: MemberId,
    account: Account,
    until: Option<Instant>,
    n_refusals: u32,
}

impl Pace {
    pub(super) fn new(rules: &Rules, member: &MemberId, from: Option<IpAddr>) -> Self {
        Self {
            from,
            member: member.clone(),
            account: rules.limits.account(member, from),
            until: None,
            n_refusals: 0,
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.until.is_some()
    }

    /// Ends when there is room again.
    pub(super) async fn freed(&mut self) {
        match self.until {
            Some(until) => sleep_until(until).await,
            None => std::future::pending().await,
        }
        self.until = None;
    }

    /// Looks at what the peer is told.
    pub(super) fn told(&mut self, frame: &RelayFrame) {
        if let RelayFrame::Error(error) = frame
            && error.code == ErrorCode::RateLimited
        {
            self.n_refusals += 1;
        }
    }

    /// The peer was asked whether it is there: it begins anew.
    pub(super) fn forget(&mut self) {
        self.n_refusals = 0;
    }

    pub(super) fn check(&self) -> Result<(), End> {
        match self.n_refusals > MAX_REFUSALS {
            true => Err(End::TooFast),
            false => Ok(()),
        }
    }
}

impl Connection {
    /// Counts what the peer has sent, or made the relay write.
    pub(in crate::http) fn count(&mut self, what: What, n: u64) {
        let (pace, rules) = (&mut self.pace, &self.server.rules);
        if pace.member != self.member.member {
            *pace = Pace::new(rules, &self.member.member, pace.from);
        }
        let wait = rules.limits.spend(&pace.account, what, n);
        if !wait.is_zero() {
            pace.until = Some(Instant::now() + wait.min(MAX_PAUSE));
        }
    }
}
