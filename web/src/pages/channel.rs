//! One channel: what happens in it, and how to steer it.

use leptos::prelude::*;
use pilothouse_shared::ChannelId;

use crate::board::Board;
use crate::components::announcer::{Announcer, n_open};
use crate::components::composer::Composer;
use crate::components::dynamic::{Held, dynamic, effect, memo, part};
use crate::components::feed::Feed;
use crate::components::head::ChannelHead;
use crate::components::requests::Requests;
use crate::components::side::Side;
use crate::page;

/// The page of a channel; watches it as long as it is shown.
#[component]
pub(crate) fn ChannelPage(channel: ChannelId) -> impl IntoView {
    let board = Board::get();
    let is_side_open = Held::new(false);
    let id = channel.to_string();
    board.watch(&channel);
    on_cleanup(move || board.leave(&channel));
    let (name, of_head, of_feed) = (id.clone(), id.clone(), id);
    let title = memo(move || {
        let name = board.head().name.unwrap_or_else(|| name.clone());
        match n_open(&board.requests()) {
            0 => format!("{name} · Pilothouse"),
            open => format!("({open}) {name} · Pilothouse"),
        }
    });
    effect(move || page::set_title(&title.get()));
    view! {
        <main class="channel" class:is-side-open=dynamic(move || is_side_open.get()) id="main">
            <div class="deck">
                <a class="skip" href="#composer">"Skip to the hint box"</a>
                <ChannelHead id=of_head is_side_open/>
                {part(move || board.ended().filter(|_| !board.is_blank()).map(|reason| view! {
                    <p class="banner banner--stopped" role="alert">
                        {format!("The relay no longer serves this channel: {reason}")}
                    </p>
                }.into_any()))}
                <Requests/>
                <Feed channel=of_feed/>
                <Composer/>
            </div>
            <aside class="side" id="side" aria-label="Details"><Side/></aside>
            <Announcer/>
        </main>
    }
}
