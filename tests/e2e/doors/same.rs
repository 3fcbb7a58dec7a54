//! What holds for a relay that does not encrypt holds for one that does: the same tests.

use pilothouse_tests::over_tls;

use crate::{half_open, publish_and_watch, resume, shutdown};

/// Each test again, over relays that encrypt.
macro_rules! encrypted {
    ($($module:ident :: $test:ident),* $(,)?) => {
        $(
            #[test]
            fn $test() {
                over_tls($module::$test);
            }
        )*
    };
}

encrypted! {
    publish_and_watch::one_body_an_array_and_ndjson_reach_a_watcher_in_order,
    publish_and_watch::whoever_comes_later_knows_the_same,
    publish_and_watch::a_signal_is_replaced_and_not_recorded,
    publish_and_watch::the_command_line_publishes_watches_and_lists,
    publish_and_watch::the_command_line_gives_a_hint_and_prints_its_receipts,
    resume::a_watcher_of_a_killed_relay_recovers_with_nothing_lost_or_doubled,
    resume::every_acknowledged_event_outlives_a_kill_in_full_flight,
    resume::what_is_published_while_the_relay_is_down_waits_and_is_accepted_once,
    resume::a_relay_that_cannot_prove_continuity_sends_a_snapshot,
    resume::a_line_that_breaks_again_and_again_loses_nothing,
    half_open::a_client_leaves_a_deaf_line_and_its_relay_forgets_it,
    shutdown::a_watcher_comes_back_by_itself_after_an_orderly_restart,
}
