//! What people do most, in every engine: the same tests, three times.

use pilothouse_tests::{Browser, Engine, Process, until};

use super::dashboard::answers::{
    a_name_of_any_letters_answers, a_permission_is_given_refused_and_given_for_good_on_the_page,
};
use super::dashboard::{
    a_channel_appears_and_what_is_published_becomes_a_row,
    a_deep_link_leads_to_its_event_however_long_ago,
    a_hint_reaches_an_agent_that_polls_and_its_receipt_comes_back,
    a_killed_relay_shows_a_banner_and_a_restarted_one_loses_and_doubles_nothing,
    a_reload_keeps_what_the_relay_knows, whoever_leaves_the_page_is_gone,
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
