//! What one may do, and who one is to the relay.

use pilothouse_shared::link::{Link, State, StopReason};
use pilothouse_shared::{ChannelId, ConnectionId, MemberId, Right};

use super::{Board, hello};

/// Whether a right is held in a channel: who knows better than the last `welcome`, which tells of rights held
/// in some channel or other.
pub(crate) type Judge = fn(Right, &ChannelId) -> bool;

impl Board {
    /// Whether the relay lets one do this in a channel, as far as is known here: before its first `welcome`
    /// everything, as the relay of one's own machine does.
    pub(crate) fn may(self, right: Right, channel: &ChannelId) -> bool {
        self.versions.link.track();
        let keeper = self.keeper();
        let holds = |link: &Link| {
            let access = link.welcome().map(|welcome| &welcome.access);
            access.is_none_or(|access| access.contains(&right))
        };
        (keeper.judge)(right, channel) && keeper.driver.read(holds) && !self.is_past()
    }

    /// Whether one may steer in the channel that is shown.
    pub(crate) fn may_steer(self) -> bool {
        let channel = self.channel();
        channel.is_some_and(|channel| self.may(Right::Steer, &channel))
    }

    /// Whether the relay wants to know who one is, and whether it knew before.
    pub(crate) fn locked_out(self) -> Option<bool> {
        let reason = StopReason::Unauthenticated;
        let is_out = self.link_state() == State::Stopped { reason };
        let knew = self.keeper().driver.read(|link| link.welcome().is_some());
        is_out.then_some(knew)
    }

    /// The connection, whom the relay takes one for, and the rights that one has somewhere, as soon as that is
    /// certain.
    pub(crate) fn welcomed(self) -> Option<(ConnectionId, MemberId, Vec<Right>)> {
        self.versions.link.track();
        self.keeper().driver.read(|link| {
            let (welcome, member) = (link.welcome()?, link.member()?);
            let connection = welcome.connection.clone();
            Some((connection, member.clone(), welcome.access.clone()))
        })
    }

    /// Is whom the relay takes one for from now on.
    pub(crate) fn known_as(self, member: &str, name: &str) {
        if let Ok(member) = MemberId::new(member) {
            let who = self.keeper().known_as(member, name);
            self.name.set(who.name.clone());
            self.keeper().driver.set_hello(hello(&who));
        }
    }
}
