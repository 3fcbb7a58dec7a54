//! The terminal this command was started in, if any.

use std::io::{IsTerminal, Read, Write, stdin, stdout};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::sync::mpsc;

use super::frames::Size;

/// Chunks that wait to be typed; who types waits when there are more.
const MAX_TYPED: usize = 64;

/// Read at once.
const CHUNK_BYTES: usize = 4096;

/// What ends the input of a program that reads lines: Ctrl-D.
const END_OF_INPUT: u8 = 4;

/// Standard input and output of this process.
pub(super) struct Terminal {
    has_keyboard: bool,
    has_screen: bool,
}

/// Keys pass as they are, without being echoed or interpreted here, until this is dropped.
pub(super) struct Raw(Option<Termios>);

impl Terminal {
    pub(super) fn here() -> Self {
        Self {
            has_keyboard: stdin().is_terminal(),
            has_screen: stdout().is_terminal(),
        }
    }

    /// Its size; `None` without a terminal, or one that does not know.
    pub(super) fn size(&self) -> Option<Size> {
        let size = match (self.has_screen, self.has_keyboard) {
            (true, _) => tcgetwinsize(stdout()),
            (false, true) => tcgetwinsize(stdin()),
            (false, false) => return None,
        };
        let size = size
            .ok()
            .filter(|size| size.ws_col > 0 && size.ws_row > 0)?;
        Some(Size::new(size.ws_col.into(), size.ws_row.into()))
    }

    /// Gives every key to the command.
    pub(super) fn raw(&self) -> Raw {
        let before = tcgetattr(stdin()).ok().filter(|_| self.has_keyboard);
        if let Some(before) = &before {
            let mut raw = before.clone();
            raw.make_raw();
            let _ = tcsetattr(stdin(), OptionalActions::Drain, &raw);
        }
        Raw(before)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(stdin(), OptionalActions::Drain, before);
        }
    }
}

/// Who types into the command's terminal.
#[derive(Debug, Clone)]
pub(super) struct Keys(mpsc::Sender<Typed>);

#[derive(Debug)]
enum Typed {
    Keys(Vec<u8>),
    End,
}

impl Keys {
    /// Begins to type into `terminal`, on a thread of its own: a program that does not read makes it
    /// wait.
    pub(super) fn start(mut terminal: Box<dyn Write + Send>) -> Self {
        let (keys, mut typed) = mpsc::channel(MAX_TYPED);
        std::thread::spawn(move || {
            let mut is_line_begun = false;
            while let Some(next) = typed.blocking_recv() {
                let bytes = match next {
                    Typed::Keys(bytes) => bytes,
                    // After the start of a line the first one only ends the line.
                    Typed::End if is_line_begun => vec![END_OF_INPUT; 2],
                    Typed::End => vec![END_OF_INPUT],
                };
                is_line_begun = bytes.last().is_some_and(|last| !b"\r\n".contains(last));
                if terminal.write_all(&bytes).is_err() {
                    break;
                }
            }
            // Dropping it would type an end of input, which nobody asked for.
            std::mem::forget(terminal);
        });
        Self(keys)
    }

    /// Types, as soon as there is room.
    pub(super) async fn type_in(&self, keys: Vec<u8>) {
        let _ = self.0.send(Typed::Keys(keys)).await;
    }

    /// Types what comes on standard input, and says its end if `ends`. A read cannot be cancelled, so
    /// this is a thread that the process does not wait for.
    pub(super) fn follow_stdin(&self, ends: bool) {
        let keys = self.0.clone();
        std::thread::spawn(move || {
            let mut chunk = [0; CHUNK_BYTES];
            loop {
                match stdin().lock().read(&mut chunk) {
                    Ok(n @ 1..) => {
                        if keys
                            .blocking_send(Typed::Keys(chunk[..n].to_vec()))
                            .is_err()
                        {
                            return;
                        }
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    _ => break,
                }
            }
            if ends {
                let _ = keys.blocking_send(Typed::End);
            }
        });
    }
}
