//! What can be measured: the relay, the floor, and others.

use clap::ValueEnum;

use super::peers::Installed;
use super::plan::Dialect;

/// What an acknowledged event survives, as `pilothouse serve --help` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Durability {
    Full,
    Normal,
    Memory,
}

impl Durability {
    /// As the relay's flag has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
            Self::Memory => "memory",
        }
    }
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum System {
    /// The relay, with history, order and this durability.
    Relay(Durability),
    /// The same, with no secret masked.
    Unmasked(Durability),
    /// Bare sockets, with up to so many frames in one write.
    Floor { per_write: usize },
    /// A server that is not ours.
    Peer(Installed),
}

impl System {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Relay(_) | Self::Unmasked(_) => Dialect::Pilothouse,
            Self::Floor { .. } => Dialect::Floor,
            Self::Peer(installed) => installed.peer.dialect(),
        }
    }

    /// What its row is called.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Peer(installed) => installed.peer.name().to_owned(),
            Self::Relay(durability) => format!("relay, {}", durability.name()),
            Self::Unmasked(durability) => format!("relay, {}, --mask off", durability.name()),
            Self::Floor { per_write: 1 } => "floor, one write each".to_owned(),
            Self::Floor { per_write } => format!("floor, {per_write} a write"),
        }
    }
}
