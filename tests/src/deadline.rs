//! Waiting: for a condition, with a deadline. The only place where tests sleep.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// How long anything may take that usually takes a moment: machines that test are slow and busy.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Asks `look` again and again until it finds something.
///
/// # Panics
/// When the deadline passes: `what` says what was waited for.
pub async fn until<T, F: Future<Output = Option<T>>>(
    what: impl Display,
    mut look: impl FnMut() -> F,
) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {DEADLINE:?} for {what}");
        sleep(LOOK_EVERY).await;
    }
}

/// Waits for `future`.
///
/// # Panics
/// When the deadline passes: `what` says what was waited for.
pub async fn within<T>(
    deadline: Duration,
    what: impl Display,
    future: impl Future<Output = T>,
) -> T {
    match timeout(deadline, future).await {
        Ok(done) => done,
        Err(_) => panic!("waited {deadline:?} for {what}"),
    }
}

/// Lets time pass, where time itself is the subject: a delay on the line. Never to wait for something.
pub async fn pause_for(duration: Duration) {
    sleep(duration).await;
}
