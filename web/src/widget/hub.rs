//! One link for all widgets of one relay.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use pilothouse_shared::ChannelId;
use reactive_graph::owner::Owner;
use web_sys::HtmlElement;

use super::config::Config;
use super::tell::{Teller, frame_with_events};
use crate::board::Board;
use crate::link::Writer;
use crate::prefs::Identity;
use crate::view::json;
use crate::view::spoken::spoken;

/// Writes what a widget says.
const WRITER: Writer = Writer {
    write: |frame| Some(json::text(&spoken(frame)?)),
    measure: |frame| Some((WRITER.write)(frame)?.len()),
};

/// What the widgets of one relay share; gone with the last of them.
pub(super) struct Hub {
    pub(super) owner: Owner,
    pub(super) board: Board,
    relay: String,
    token: Option<String>,
    /// One for each widget: where it is drawn, its channel and whom it tells.
    heard: Rc<RefCell<Vec<(HtmlElement, ChannelId, Teller)>>>,
}

impl Hub {
    /// The one of this relay, made for the first widget.
    pub(super) fn of(config: &Config) -> Option<Rc<Self>> {
        thread_local! {
            /// As many as relays and tokens on the page; what is gone leaves when the next is made.
            static HUBS: RefCell<Vec<Weak<Hub>>> = const { RefCell::new(Vec::new()) };
        }
        HUBS.with_borrow_mut(|hubs| {
            hubs.retain(|hub| hub.strong_count() > 0);
            let mut known = hubs.iter().filter_map(Weak::upgrade);
            if let Some(hub) = known.find(|hub| hub.serves(config)) {
                return Some(hub);
            }
            let hub = Rc::new(Self::new(config)?);
            hubs.push(Rc::downgrade(&hub));
            Some(hub)
        })
    }

    fn new(config: &Config) -> Option<Self> {
        let mut who = Identity::load()?;
        who.relay.clone_from(&config.relay);
        who.token.clone_from(&config.token);
        crate::dom::start();
        let owner = Owner::new();
        let board = owner.with(|| Board::new(who, WRITER, |_, _| true));
        owner.with(|| board.begin());
        let heard: Rc<RefCell<Vec<(HtmlElement, ChannelId, Teller)>>> = Rc::default();
        let ears = Rc::downgrade(&heard);
        board.overhear(Box::new(move |text| {
            if let (Some(heard), Some(frame)) = (ears.upgrade(), frame_with_events(text)) {
                // A copy: whoever is told may take a widget away.
                let heard = heard.borrow().clone();
                for (_, channel, teller) in heard {
                    teller.hear(&channel, &frame);
                }
            }
        }));
        Some(Self {
            heard,
            owner,
            board,
            relay: config.relay.clone(),
            token: config.token.clone(),
        })
    }

    /// Tells a widget's page what happens in its channel.
    pub(super) fn hear(&self, root: &HtmlElement, config: &Config) {
        let entry = (root.clone(), config.channel.clone(), config.teller.clone());
        self.heard.borrow_mut().push(entry);
    }

    pub(super) fn forget(&self, root: &HtmlElement) {
        self.heard.borrow_mut().retain(|(known, ..)| known != root);
    }

    fn serves(&self, config: &Config) -> bool {
        self.relay == config.relay && self.token == config.token
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.board.stop();
        self.owner.cleanup();
    }
}
