//! What people do most, every view once, and the widget, in every engine: the same tests, three times.

use pilothouse_tests::{Browser, Engine, Process, until};

use super::dashboard::answers::{
    a_name_of_any_letters_answers, a_permission_is_given_refused_and_given_for_good_on_the_page,
};
use super::dashboard::fleet::channels_stand_where_they_belong_and_move_by_themselves;
use super::dashboard::history::a_past_moment_shows_the_whole_page_as_it_was;
use super::dashboard::inbox::requests_of_all_channels_come_together_and_are_answered_in_turn;
use super::dashboard::maps::{
    a_person_points_at_a_file_on_the_map_and_in_the_list,
    a_switch_and_a_number_are_moved_and_their_receipt_is_beside_them,
    a_terminal_is_drawn_in_its_colours_and_said_as_text, an_item_moves_over_the_board,
};
use super::dashboard::palette::the_palette_finds_a_channel_and_the_focus_goes_along;
use super::dashboard::{
    a_channel_appears_and_what_is_published_becomes_a_row,
    a_deep_link_leads_to_its_event_however_long_ago,
    a_hint_reaches_an_agent_that_polls_and_its_receipt_comes_back,
    a_killed_relay_shows_a_banner_and_a_restarted_one_loses_and_doubles_nothing,
    a_reload_keeps_what_the_relay_knows, whoever_leaves_the_page_is_gone,
};
use super::widget::{
    a_page_that_the_relay_does_not_allow_says_what_to_do, a_widget_that_is_moved_stays_as_it_is,
    attributes_say_what_is_shown_and_how, the_page_hears_what_happens_and_can_give_a_hint,
    two_widgets_share_a_link_and_the_last_one_leaves,
};

/// Makes a test of each function, in a module for each engine.
macro_rules! in_every_engine {
    ($($test:ident,)*) => {
        in_every_engine!(chromium, Engine::Chromium, $($test,)*);
        in_every_engine!(firefox, Engine::Firefox, $($test,)*);
        in_every_engine!(webkit, Engine::WebKit, $($test,)*);
    };
    ($module:ident, $engine:expr, $($test:ident,)*) => {
        mod $module {
            use super::Engine;
            $(#[tokio::test]
            async fn $test() {
                super::$test($engine).await;
            })*
        }
    };
}

in_every_engine!(
    a_channel_appears_and_what_is_published_becomes_a_row,
    a_hint_reaches_an_agent_that_polls_and_its_receipt_comes_back,
    a_permission_is_given_refused_and_given_for_good_on_the_page,
    a_name_of_any_letters_answers,
    a_killed_relay_shows_a_banner_and_a_restarted_one_loses_and_doubles_nothing,
    a_deep_link_leads_to_its_event_however_long_ago,
    a_reload_keeps_what_the_relay_knows,
    whoever_leaves_the_page_is_gone,
    channels_stand_where_they_belong_and_move_by_themselves,
    requests_of_all_channels_come_together_and_are_answered_in_turn,
    a_terminal_is_drawn_in_its_colours_and_said_as_text,
    a_person_points_at_a_file_on_the_map_and_in_the_list,
    an_item_moves_over_the_board,
    a_switch_and_a_number_are_moved_and_their_receipt_is_beside_them,
    a_past_moment_shows_the_whole_page_as_it_was,
    the_palette_finds_a_channel_and_the_focus_goes_along,
    two_widgets_share_a_link_and_the_last_one_leaves,
    a_widget_that_is_moved_stays_as_it_is,
    the_page_hears_what_happens_and_can_give_a_hint,
    attributes_say_what_is_shown_and_how,
    a_page_that_the_relay_does_not_allow_says_what_to_do,
    an_error_on_the_page_is_noticed,
);

/// What the others rely on when they find no error at the end.
async fn an_error_on_the_page_is_noticed(engine: Engine) {
    let relay = Process::start().await;
    let browser = Browser::with(engine).await;
    browser.go(&relay.url()).await;
    assert_eq!(browser.errors().await, [""; 0]);
    for wrong in [
        "console.error('the mast broke')",
        // Of the page: Firefox keeps what a test throws to itself.
        "window.reportError(new window.Error('the mast broke'))",
        "window.Promise.reject(new window.Error('the mast broke'))",
    ] {
        browser.ask(wrong, &[]).await;
        let noticed = || async {
            let errors = browser.errors().await;
            errors
                .iter()
                .any(|error| error.contains("the mast broke"))
                .then_some(())
        };
        until(wrong, noticed).await;
    }
    browser.close().await;
}
