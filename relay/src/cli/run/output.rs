//! What the command prints: passed on untouched, and shown on the screen.

use std::io::{Read, Write, stdout};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::screen::Screen;

/// Read at once; what is not read waits in the terminal, and the command with it.
const CHUNK_BYTES: usize = 64 * 1024;

/// How long a process that outlives the command may be silent before its output is no longer waited
/// for.
const SILENT: Duration = Duration::from_millis(250);

/// How long a process that outlives the command may go on printing before nobody listens any more. What
/// the command itself left in its terminal, a few KiB, is read long before that.
const PRINTING: Duration = Duration::from_secs(2);

/// Shared with the thread that reads.
pub(super) struct Output {
    screen: Mutex<Screen>,
    changed: Notify,
    /// Nobody reads standard output any more.
    pub(super) reader_gone: Notify,
    ended: CancellationToken,
    n_chunks: AtomicU64,
    is_reading: AtomicBool,
}

impl Output {
    /// Begins to pass output on.
    pub(super) fn start(from: Box<dyn Read + Send>, screen: Screen) -> Arc<Self> {
        let output = Arc::new(Self {
            screen: Mutex::new(screen),
            changed: Notify::new(),
            reader_gone: Notify::new(),
            ended: CancellationToken::new(),
            n_chunks: AtomicU64::new(0),
            is_reading: AtomicBool::new(true),
        });
        let reading = Arc::clone(&output);
        std::thread::spawn(move || {
            reading.read(from);
            reading.ended.cancel();
        });
        output
    }

    /// The screen, to look at or to resize.
    pub(super) fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that the screen may have changed.
    pub(super) fn touch(&self) {
        self.changed.notify_one();
    }

    /// Waits until the screen may have changed since this was last called. Cancel-safe.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Waits, once the command has ended, until all it printed has been passed on. What it left behind
    /// may hold the terminal open; then silence is the end, or [`PRINTING`] of it. Time in which standard
    /// output takes nothing does not count.
    pub(super) async fn drained(&self) {
        let mut left = PRINTING;
        while !left.is_zero() {
            let before = self.n_chunks.load(Ordering::SeqCst);
            tokio::select! {
                () = self.ended.cancelled() => return,
                () = tokio::time::sleep(SILENT) => {}
            }
            let is_silent = self.n_chunks.load(Ordering::SeqCst) == before;
            if is_silent && self.is_reading.load(Ordering::SeqCst) {
                return;
            }
            if !is_silent {
                left = left.saturating_sub(SILENT);
            }
        }
    }

    fn read(&self, mut from: Box<dyn Read + Send>) {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut out = Some(stdout());
        loop {
            self.is_reading.store(true, Ordering::SeqCst);
            let read = from.read(&mut chunk);
            self.n_chunks.fetch_add(1, Ordering::SeqCst);
            self.is_reading.store(false, Ordering::SeqCst);
            let bytes = match read {
                Ok(n @ 1..) => &chunk[..n],
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                _ => return,
            };
            if let Some(open) = &mut out
                && open.write_all(bytes).and_then(|()| open.flush()).is_err()
            {
                out = None;
                self.reader_gone.notify_one();
            }
            self.screen().process(bytes);
            self.touch();
        }
    }
}
