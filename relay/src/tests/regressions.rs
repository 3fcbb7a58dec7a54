//! Schedules that failed once, each with what went wrong then.

use super::act::Act::{Create, Hold, Release, Remake, Remove, Talk, Watch};
use super::act::From;
use super::gate::Door::{AfterRemove, BeforeRead, BeforeRemove};
use super::run;

/// The history of the answer was empty as if there had been none: the store had forgotten it already.
#[test]
fn who_subscribes_while_the_channel_is_removed_is_not_shown_an_empty_history() {
    run(1000, None, &[Hold(AfterRemove), Remove(0), Talk(0)]);
}

/// It brought events of the channel made anew, as the history of the one before.
#[test]
fn a_read_under_way_brings_nothing_of_a_channel_made_anew() {
    let behind = [Hold(BeforeRead), Watch(0, 0, From::Behind(1)), Talk(0)];
    let acts = [&behind[..], &[Remake(0), Release, Talk(0)]].concat();
    run(1000, None, &acts);
}

/// The second one removed what was made after the first: the store lost a channel that the hub went on
/// watching.
#[test]
fn two_who_remove_a_channel_do_not_remove_the_one_made_after_it() {
    let both = [Hold(BeforeRemove), Remove(0), Remove(0)];
    let acts = [&both[..], &[Create(0), Talk(0), Release]].concat();
    run(1000, None, &acts);
}
