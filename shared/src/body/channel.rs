//! What happens to the channel itself.

use serde::Serialize;
use serde_with::skip_serializing_none;

use crate::Extra;
use crate::read::read_fields;

/// The channel was created. Written by the relay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelCreated {
    /// What people call the channel.
    pub name: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(ChannelCreated {
    required: [name],
    optional: [],
    extra
});

/// The author joined the channel and stays a member when its socket closes. Written by the relay.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Joined {
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Joined { extra });

/// The author left the channel. Written by the relay.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Left {
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Left { extra });

/// An agent began a session in this channel.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SessionStarted {
    /// The program, such as `claude-code`.
    pub agent: String,
    /// Its working folder.
    pub cwd: Option<String>,
    /// The model it runs on.
    pub model: Option<String>,
    /// Why it started, such as `startup` or `resume`.
    pub source: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(SessionStarted {
    required: [agent],
    optional: [cwd, model, source],
    extra
});

/// The session is over; what was running is no longer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SessionEnded {
    /// Why, in the agent's words.
    pub reason: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(SessionEnded {
    required: [reason],
    optional: [],
    extra
});
