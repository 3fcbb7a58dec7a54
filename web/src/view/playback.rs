//! Playing the past: which event is next, and when. No clock of its own: it is told what has passed.

use pilothouse_shared::Millis;

/// What nobody waits for: a longer gap between two events plays as if it were so long, in milliseconds.
pub const LONGEST_GAP_MS: Millis = 3_000;

/// Most that one tick plays, in milliseconds of real time: a page that was held up does not leap.
const LONGEST_TICK_MS: f64 = 250.0;

/// How fast one may play.
pub const SPEEDS: [u32; 3] = [1, 4, 16];

/// A place in a channel's history, and its time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// The seq of the last event that has happened.
    pub seq: u64,
    /// When it happened.
    pub at: Millis,
}

/// Where one is in the past, and whether it moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Playback {
    here: Moment,
    next: Option<Moment>,
    /// Played since `here`, in milliseconds at normal speed, gaps shortened.
    waited: f64,
    speed: u32,
    is_playing: bool,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            here: Moment::default(),
            next: None,
            waited: 0.0,
            speed: SPEEDS[0],
            is_playing: false,
        }
    }
}

impl Playback {
    /// Where one is.
    #[must_use]
    pub fn here(&self) -> Moment {
        self.here
    }

    /// Whether it moves.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// How many times as fast as it happened.
    #[must_use]
    pub fn speed(&self) -> u32 {
        self.speed
    }

    /// Plays so many times as fast as it happened.
    pub fn set_speed(&mut self, speed: u32) {
        self.speed = speed;
    }

    /// Moves on by itself from now on, or stays.
    pub fn set_playing(&mut self, is_playing: bool) {
        self.is_playing = is_playing;
        self.waited = 0.0;
    }

    /// Goes to a moment; `next` is the event after it, if it is known.
    pub fn go(&mut self, here: Moment, next: Option<Moment>) {
        *self = Self {
            here,
            next,
            waited: 0.0,
            ..*self
        };
    }

    /// Plays `elapsed` milliseconds of real time over the events that follow; says whether any of them
    /// happened. Where they end, no time is owed: what comes later plays from then on.
    pub fn tick(&mut self, elapsed: f64, following: impl Iterator<Item = Moment>) -> bool {
        if !self.is_playing {
            return false;
        }
        self.waited += elapsed.clamp(0.0, LONGEST_TICK_MS) * f64::from(self.speed);
        let from = self.here.seq;
        for next in following {
            self.next = Some(next);
            let gap = played(gap(self.here, next));
            if self.waited < gap {
                return self.here.seq != from;
            }
            self.waited -= gap;
            self.here = next;
        }
        self.next = None;
        self.waited = 0.0;
        self.here.seq != from
    }

    /// The time that a clock on the wall showed then. In a shortened gap it runs faster, so that it never
    /// jumps.
    #[must_use]
    pub fn now(&self) -> Millis {
        let Some(next) = self.next else {
            return self.here.at;
        };
        let gap = gap(self.here, next);
        match played(gap) {
            0.0 => self.here.at,
            played => self.here.at + (gap as f64 * (self.waited / played).min(1.0)) as Millis,
        }
    }
}

fn gap(here: Moment, next: Moment) -> Millis {
    next.at.saturating_sub(here.at)
}

fn played(gap: Millis) -> f64 {
    gap.min(LONGEST_GAP_MS) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(times: &[Millis]) -> Vec<Moment> {
        let moment = |(index, at): (usize, &Millis)| Moment {
            seq: index as u64 + 1,
            at: *at,
        };
        times.iter().enumerate().map(moment).collect()
    }

    /// Where one is after each tick of 100 ms, and what the clock says.
    fn played_at(speed: u32, times: &[Millis], n_ticks: usize) -> Vec<(u64, Millis)> {
        let moments = moments(times);
        let mut playback = Playback::default();
        playback.go(moments[0], moments.get(1).copied());
        playback.set_speed(speed);
        playback.set_playing(true);
        let step = |_| {
            let here = playback.here().seq;
            let following = moments.iter().copied().filter(|moment| moment.seq > here);
            playback.tick(100.0, following);
            (playback.here().seq, playback.now())
        };
        (0..n_ticks).map(step).collect()
    }

    #[test]
    fn events_come_as_far_apart_as_they_happened() {
        let seen = played_at(1, &[1_000, 1_150, 1_250, 1_250], 3);
        assert_eq!(seen, [(1, 1_100), (2, 1_200), (4, 1_250)]);
    }

    #[test]
    fn faster_is_so_many_times_faster() {
        let times = [1_000, 1_400, 1_800, 2_600];
        assert_eq!(played_at(4, &times, 2), [(2, 1_400), (3, 1_800)]);
        assert_eq!(played_at(16, &times, 1), [(4, 2_600)]);
    }

    #[test]
    fn a_long_gap_is_shortened_and_the_clock_runs_through_it() {
        let seen = played_at(1, &[0, 600_000, 600_100], 31);
        assert_eq!(seen[0], (1, 20_000));
        assert_eq!(seen[14], (1, 300_000));
        assert_eq!(seen[29], (2, 600_000));
        assert_eq!(seen[30], (3, 600_100));
    }

    #[test]
    fn a_page_that_was_held_up_does_not_leap() {
        let moments = moments(&[0, 200, 60_000]);
        let mut playback = Playback::default();
        playback.go(moments[0], None);
        playback.set_playing(true);
        assert!(playback.tick(60_000.0, moments[1..].iter().copied()));
        assert_eq!(playback.here().seq, 2);
    }

    #[test]
    fn where_the_known_events_end_no_time_is_owed() {
        let moments = moments(&[0, 100, 5_000, 5_100]);
        let mut playback = Playback::default();
        playback.go(moments[0], None);
        playback.set_playing(true);
        assert!(playback.tick(250.0, moments[1..2].iter().copied()));
        assert!(!playback.tick(250.0, std::iter::empty()));
        assert_eq!(playback.now(), 100);
        assert!(!playback.tick(250.0, moments[2..].iter().copied()));
    }

    #[test]
    fn what_does_not_play_stays() {
        let moments = moments(&[0, 1]);
        let mut playback = Playback::default();
        playback.go(moments[0], Some(moments[1]));
        assert!(!playback.tick(250.0, moments[1..].iter().copied()));
        assert_eq!((playback.here().seq, playback.now()), (1, 0));
    }
}
