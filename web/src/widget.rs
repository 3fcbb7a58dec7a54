//! The widget: one channel, on a page of somebody else's.

mod composer;
mod config;
mod feed;
mod hub;
mod sprite;
mod tell;

use std::rc::Rc;

use pilothouse_shared::Hint;
use reactive_graph::owner::{Owner, provide_context};
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

use crate::board::Board;
use crate::components::announcer::announcer;
use crate::components::banner::banner;
use crate::components::head::small_head;
use crate::components::requests::requests;
use crate::dom::{El, el, part, when};
use composer::composer;
use config::Config;
use hub::Hub;

/// A widget on a page; gone when it is dropped.
pub struct Widget {
    root: HtmlElement,
    owner: Owner,
    board: Board,
    hub: Rc<Hub>,
}

impl std::fmt::Debug for Widget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Widget")
    }
}

impl Widget {
    /// Draws a widget into an element; `None` when the settings name no channel.
    #[must_use]
    pub fn mount(root: HtmlElement, config: &JsValue) -> Option<Self> {
        let config = Config::read(config)?;
        let hub = Hub::of(&config)?;
        let (board, owner) = hub.owner.with(|| {
            let mut bound = hub.board;
            let owner = crate::dom::mount(&root, || {
                bound = hub.board.watch(&config.channel);
                provide_context(bound);
                config.teller.follow(bound);
                view(bound, &config)
            });
            (bound, owner)
        });
        hub.hear(&root, &config);
        Some(Self {
            root,
            owner,
            board,
            hub,
        })
    }

    /// Gives a hint to whoever works in the channel.
    pub fn hint(&self, text: &str) {
        self.board.give(Hint::text(text));
    }

    /// Tries again at once, also after the link stopped.
    pub fn reconnect(&self) {
        self.board.connect();
        self.board.retry();
    }
}

impl Drop for Widget {
    fn drop(&mut self) {
        self.hub.forget(&self.root);
        self.owner.cleanup();
        self.root.set_inner_text("");
    }
}

fn view(board: Board, config: &Config) -> El {
    let ended = move |reason: String| {
        el("p", "banner banner--stopped")
            .attr("role", "alert")
            .text(&format!("The relay does not serve this channel: {reason}"))
    };
    el("div", "widget")
        .add(sprite::sprite())
        .add(small_head(config.channel.as_str()))
        .add(banner())
        .add(part(move || {
            board.ended().filter(|_| !board.is_blank()).map(ended)
        }))
        .add(requests())
        .add(feed::feed())
        .add(when(move || board.may_steer(), composer))
        .add(announcer())
}
