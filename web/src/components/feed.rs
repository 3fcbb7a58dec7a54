//! The feed: what happened, newest at the bottom, and only what is in view.

mod line;
mod scroll;

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver};

use super::dynamic::{Held, Item, Known, effect, list, memo, part, press, spawn, text, when};
use super::empty::FirstSteps;
use super::icon::Icon;
use crate::board::{Board, Older};
use crate::routes::Routes;
use crate::view::live::Stream;
use crate::view::number::{compact, decimal};
use line::Line;
use scroll::Scroll;

/// Pages loaded at most in search of the event that the address names.
const SEARCHED_PAGES: usize = 10;

/// The feed of the open channel.
#[component]
pub(crate) fn Feed(#[prop(into)] channel: String) -> impl IntoView {
    let board = Board::get();
    let node = NodeRef::<Div>::new();
    let scroll = Scroll::new(board, node);
    let slice = scroll.slice();
    let opened = Held::new(Vec::<u64>::new());
    let streams = memo(move || {
        if scroll.is_paused() {
            Vec::new()
        } else {
            board.streams()
        }
    });
    let is_blank = memo(move || board.is_blank());
    let target = find_target(board, scroll);
    effect(move || {
        slice.track();
        streams.track();
        opened.track();
        request_animation_frame(move || scroll.settle());
    });
    settle_when_resized(node, scroll);
    let name = StoredValue::new(channel.clone());
    view! {
        <section class="feed" aria-label="Feed" aria-busy=text(move || (!board.is_loaded()).to_string())>
            <FeedTools scroll/>
            <div
                class="feed__scroll"
                node_ref=node
                tabindex="0"
                role="region"
                aria-label="What happened; arrow keys move from row to row"
                data-testid="feed"
                on:scroll=move |_| scroll.scrolled()
                on:keydown=move |event| keyed(&event, scroll)
            >
                {when(move || !board.is_loaded() && board.ended().is_none(), move || view! {<p class="feed__loading">"Loading the channel …"</p> }.into_any())}
                {when(move || is_blank.get(), move || view! {
                    <div class="feed__empty">
                        <h2>"Nothing has happened here yet"</h2>
                        <p>"Publish a first event from any shell:"</p>
                        <FirstSteps channel=channel.clone()/>
                    </div> }.into_any())}
                <Edge/>
                <div class="feed__space" style:height=text(move || format!("{}px", decimal(slice.with(|slice| slice.window.above))))></div>
                <ol class="rows">
                    {list(move || slice.get().rows.into_iter().map(|row| Item::new(format!("{:?} {:?}", row.seq, row.revision), move || view! { <Line row channel=name.get_value() opened target scroll/> }.into_any())).collect())}
                </ol>
                <div class="feed__space" style:height=text(move || format!("{}px", decimal(slice.with(|slice| slice.window.below))))></div>
                {list(move || streams.get().into_iter().map(|stream| Item::new(stream.message.to_string(), move || view! { <Growing message=stream.message streams/> }.into_any())).collect())}
            </div>
            {when(move || !scroll.is_following(), move || view! {
                <button class="pill" data-testid="new-pill" on:click=press(move |_| scroll.resume())>
                    <Icon name="down"/>
                    {text(move || match scroll.n_new() {
                        0 => "To the newest".to_owned(),
                        n_new => format!("{} new", compact(n_new)),
                    })}
                </button> }.into_any())}
        </section>
    }
}

#[component]
fn FeedTools(scroll: Scroll) -> impl IntoView {
    view! {
        <div class="feed__tools">
            <h2 class="feed__title">"Feed"</h2>
            <span class="feed__state">
                {text(move || match (scroll.is_paused(), scroll.is_following()) {
                    (true, _) => "Paused",
                    (false, true) => "Following",
                    (false, false) => "Reading",
                })}
            </span>
            <button
                class="button button--quiet"
                data-testid="pause"
                aria-pressed=text(move || scroll.is_paused().to_string())
                on:click=press(move |_| scroll.toggle_pause())
            >
                {part(move || Some(if scroll.is_paused() {
                    view! { <Icon name="play"/> "Resume" }.into_any()
                } else {
                    view! { <Icon name="pause"/> "Pause" }.into_any()
                }))}
            </button>
        </div>
    }
}

/// What is above the first row.
#[component]
fn Edge() -> impl IntoView {
    let board = Board::get();
    let older = memo(move || board.older());
    let again = move |_| {
        spawn(async move {
            let _ = board.load_older().await;
        })
    };
    part(move || match older.get() {
        Older::Loading => {
            Some(view! { <p class="feed__edge">"Loading older events …"</p> }.into_any())
        }
        Older::Failed(why) => Some(
            view! {
                <p class="feed__edge">
                    {why}" "
                    <button class="button button--quiet" on:click=press(again)>"Try again"</button>
                </p>
            }
            .into_any(),
        ),
        Older::None if !board.is_blank() => {
            Some(view! { <p class="feed__edge">"The beginning of what is kept"</p> }.into_any())
        }
        Older::None | Older::Unknown => None,
    })
}

/// A message that is still being written; not announced, and not in the list until it is whole.
#[component]
fn Growing(message: String, streams: Known<Vec<Stream>>) -> impl IntoView {
    let id = message.clone();
    let grown = move || {
        streams.with(|streams| {
            streams
                .iter()
                .find(|stream| stream.message == message)
                .map(|stream| stream.text.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <div class="row row--spoken row--growing" data-testid="stream-row" data-message=id>
            <div class="row__head"><Icon name="agent"/><span class="row__title">"Writing …"</span></div>
            <div class="row__text is-whole">{text(grown)}</div>
        </div>
    }
}

/// The box changes with the window, the hints below it and the requests above it.
fn settle_when_resized(node: NodeRef<Div>, scroll: Scroll) {
    let on_resize = Closure::<dyn FnMut()>::new(move || scroll.settle());
    let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else {
        return;
    };
    let watching = StoredValue::new_local((observer.clone(), on_resize));
    effect(move || {
        if let Some(node) = node.get() {
            watching.with_value(|(observer, _)| observer.observe(&node));
        }
    });
    let observer = StoredValue::new_local(observer);
    on_cleanup(move || {
        let _ = observer.try_with_value(ResizeObserver::disconnect);
    });
}

/// Looks for the event that the address names, in older pages if need be, and shows it.
fn find_target(board: Board, scroll: Scroll) -> Held<Option<String>> {
    let target = Held::new(None);
    let routes = Routes::get();
    let is_loaded = memo(move || board.is_loaded());
    effect(move || {
        let (true, Some(id)) = (is_loaded.get(), routes.event()) else {
            return;
        };
        spawn(async move {
            for _ in 0..SEARCHED_PAGES {
                let index = board.feed_rows_untracked(|feed| feed.find(&id));
                if let Some(index) = index {
                    target.try_set(Some(id));
                    return scroll.show(index);
                }
                if !board.load_older().await {
                    return;
                }
            }
        });
    });
    target
}

/// Arrow keys move from row to row; `End` goes back to following.
fn keyed(event: &KeyboardEvent, scroll: Scroll) {
    let key = event.key();
    if key == "End" {
        event.prevent_default();
        return scroll.resume();
    }
    let is_down = match key.as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let focused = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let Some(focused) = focused else { return };
    let row = focused.closest("[data-row]").ok().flatten();
    let next = match row {
        Some(row) if is_down => row.next_element_sibling(),
        Some(row) => row.previous_element_sibling(),
        None => scroll.last_in_view(),
    };
    let button = next.and_then(|row| row.query_selector("button").ok().flatten());
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        let _ = button.focus();
    }
}
