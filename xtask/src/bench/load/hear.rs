//! Who listens to what connections bring.

use std::io;

/// What hears the messages of connections.
pub(crate) trait Hear {
    /// The connection's handshake is done. What is put into `reply` is sent.
    fn opened(&mut self, _: usize, _at_ns: u64, _reply: &mut Vec<u8>) {}

    /// A message came.
    fn heard(&mut self, heard: Heard<'_>, reply: &mut Vec<u8>) -> io::Result<()>;
}

/// A message, where it came from and when it was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard<'a> {
    pub(crate) who: usize,
    pub(crate) payload: &'a [u8],
    /// Its bytes on the wire.
    pub(crate) n_bytes: usize,
    pub(crate) at_ns: u64,
}
