use std::num::NonZeroU64;

use proptest::prelude::*;

use super::bucket::Bucket;
use super::*;

const MS: Duration = Duration::from_millis(1);

fn member(name: &str) -> MemberId {
    MemberId::new(name).unwrap()
}

fn limits(frames: u64) -> Limits {
    let most = MaxRates {
        frames_per_second: NonZeroU64::new(frames).unwrap(),
        channels_per_minute: NonZeroU64::new(2).unwrap(),
        ..MaxRates::default()
    };
    Limits::new(
        &most,
        vec!["10.0.0.1/32".parse().unwrap()],
        Limited::default(),
    )
}

#[test]
fn a_burst_goes_through_and_then_as_many_as_the_rate_says() {
    let (rate, mut bucket) = (Rate::new(10, SECOND, 20), Bucket::default());
    assert_eq!(bucket.spend(&rate, 20, Duration::ZERO), Duration::ZERO);
    assert_eq!(bucket.spend(&rate, 1, Duration::ZERO), 100 * MS);
    assert_eq!(bucket.wait(&rate, 100 * MS), Duration::ZERO);
    assert_eq!(bucket.spend(&rate, 5, 100 * MS), 500 * MS);
    assert!(!bucket.is_full(2 * SECOND) && bucket.is_full(3 * SECOND));
}

#[test]
fn fast_rates_are_not_rounded() {
    let (rate, mut bucket) = (Rate::new(64 << 32, SECOND, 1), Bucket::default());
    assert_eq!(bucket.spend(&rate, 128 << 32, Duration::ZERO), 2 * SECOND);
}

proptest! {
    /// Over any time no more goes through than the burst and what the rate allows, and who stays below
    /// the rate never waits.
    #[test]
    fn no_more_than_burst_and_rate_goes_through(
        n in 1_u64..1000, burst in 1_u64..1000,
        steps in prop::collection::vec((1_u64..50, 0_u64..200), 1..100),
    ) {
        let (rate, mut bucket) = (Rate::new(n, SECOND, burst), Bucket::default());
        let (mut now, mut taken) = (Duration::ZERO, 0);
        for (units, pause) in steps {
            now += Duration::from_millis(pause);
            now += bucket.wait(&rate, now);
            bucket.spend(&rate, units, now);
            taken += units;
            let allowed = now.as_secs_f64() * n as f64 + burst as f64 + units as f64;
            prop_assert!(taken as f64 <= allowed + 1e-6 * taken as f64, "{taken} of {allowed}");
        }
        let slowly = rate.times(1);
        let mut calm = Bucket::default();
        for step in 1..100_u64 {
            let at = Duration::from_secs(step);
            prop_assert_eq!(calm.spend(&slowly, n.min(burst), at), Duration::ZERO);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_wait_is_refused_with_when_to_come_back() {
    let limits = limits(1);
    for _ in 0..2 {
        assert_eq!(limits.take(&member("a"), What::Channels), Ok(()));
    }
    let refused = limits.take(&member("a"), What::Channels).unwrap_err();
    assert_eq!(refused.code, ErrorCode::RateLimited);
    assert_eq!(
        refused.message,
        "too many channels at once: come back in 30 s"
    );
    assert_eq!(limits.take(&member("b"), What::Channels), Ok(()));
    tokio::time::advance(30 * SECOND).await;
    assert_eq!(limits.take(&member("a"), What::Channels), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_address_has_room_for_eight_and_the_relay_for_sixty_four() {
    let limits = limits(1);
    let from = |n: u64, address: &str| {
        let name = member(&format!("{n}"));
        limits.account(&name, Some(address.parse().unwrap()))
    };
    let all = BURST_SECONDS;
    for n in 0..ADDRESS {
        let wait = limits.spend(&from(n, "2001:db8::1"), What::Frames, all);
        assert_eq!(wait, Duration::ZERO);
    }
    let ninth = limits.spend(&from(9, "2001:db8::2"), What::Frames, all);
    assert_eq!(ninth, SECOND * 10 / 8);
    for home in ["127.0.0.1", "::1", "10.0.0.1"] {
        assert_eq!(
            limits.wait(&from(10, home), What::Frames, 0),
            Duration::ZERO
        );
    }
    let rest = RELAY - ADDRESS - 1;
    for n in 0..rest {
        let wait = limits.spend(&from(100 + n, "127.0.0.1"), What::Frames, all);
        assert_eq!(wait, Duration::ZERO);
    }
    let last = limits.spend(&from(1000, "127.0.0.1"), What::Frames, all);
    assert!(!last.is_zero());
}

#[tokio::test(start_paused = true)]
async fn ever_new_names_do_not_fill_the_memory_and_who_is_slowed_stays_slowed() {
    let limits = limits(1);
    let busy = limits.account(&member("busy"), None);
    limits.spend(&busy, What::Bytes, u64::MAX / 4);
    for n in 0..40_000 {
        tokio::time::advance(MS).await;
        limits.account(&member(&format!("m{n}")), None);
    }
    assert!(limits.members.len() <= 16_384);
    let again = limits.account(&member("busy"), None);
    assert!(!limits.wait(&again, What::Bytes, 0).is_zero());
}

#[test]
fn times_are_whole_seconds_and_never_none() {
    let told = [0, 1, 1000, 1001].map(|ms| seconds(Duration::from_millis(ms)));
    assert_eq!(told, [1, 1, 1, 2]);
}
