//! Where a link stands, and why it stopped.

use crate::{CloseCode, Millis};

/// Where a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not started.
    Idle,
    /// A socket is being opened, or is open and not yet welcomed.
    Connecting,
    /// Connected; at least one subscription has not caught up with its head, or waits to be asked
    /// for again.
    Replaying,
    /// Connected and caught up.
    Live,
    /// Not connected; the next attempt is due then.
    Waiting {
        /// When.
        until: Millis,
    },
    /// Not connected, and not going to be until it is started again.
    Stopped {
        /// Why.
        reason: StopReason,
    },
}

/// Why a link stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The driver asked.
    Asked,
    /// The relay wants credentials, or newer ones.
    Unauthenticated,
    /// The relay closed with a code that means stop, or said goodbye without retry.
    Refused {
        /// The close code.
        code: CloseCode,
        /// What the relay said.
        reason: String,
    },
}
