//! What everything that is published is held to, whichever way it comes.

use crate::limits::Limits;
use crate::mask::Masker;

/// See the module. One for the relay; what it has is the same for all channels.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) mask: Masker,
    pub(crate) limits: Limits,
}
