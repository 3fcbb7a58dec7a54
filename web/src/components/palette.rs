//! The command palette: one field that finds every channel, every view and everything one can do.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, KeyboardEvent};

use super::dialog::Dialog;
use super::icon::icon;
use crate::board::Board;
use crate::dom::{El, Held, Item, Known, el, follow, list, memo, spawn, value_of, when};
use crate::routes::Routes;
use crate::view::command::{self, Command, Does};
use crate::view::route::Route;
use crate::visit::Visit;
use crate::{api, page, prefs};

/// The palette and the dialogs it leads to; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    routes: Routes,
    board: Board,
    visit: Visit,
    pub(crate) dialog: Dialog,
    pub(crate) keys: Dialog,
    pub(crate) phone: Dialog,
    channels: Held<Vec<(pilothouse_shared::ChannelId, String)>>,
    query: Held<String>,
    chosen: Held<usize>,
    recent: Held<Vec<String>>,
}

impl Palette {
    /// Call it once, from the root.
    pub(crate) fn start(board: Board, routes: Routes) -> Self {
        Self {
            routes,
            board,
            visit: Visit::get(),
            dialog: Dialog::new(),
            keys: Dialog::new(),
            phone: Dialog::new(),
            channels: Held::new(Vec::new()),
            query: Held::new(String::new()),
            chosen: Held::new(0),
            recent: Held::new(prefs::recent_commands()),
        }
    }

    /// Shows it, with what was typed before.
    pub(crate) fn open(self) {
        self.chosen.set(0);
        self.dialog.open();
        spawn(async move {
            if let Ok(listing) = api::channels(&self.board.identity()).await {
                let channels = listing.channels.into_iter();
                let named = channels.map(|card| (card.id.clone(), card.title()));
                self.channels.set(named.collect());
            }
        });
    }

    /// Shows it, or closes it.
    pub(crate) fn toggle(self) {
        match self.dialog.is_open() {
            true => self.dialog.close(),
            false => self.open(),
        }
    }

    fn found(self) -> Vec<Command> {
        let all = self
            .channels
            .with(|channels| command::commands(&self.routes.current(), channels));
        let is_there = |command: &Command| match command.does {
            Does::Press(css) => page::find(css).is_some(),
            Does::Go(Route::Admin) => self.visit.is_admin(),
            _ => true,
        };
        let all = all.into_iter().filter(is_there).collect();
        let recent = self.recent.get();
        self.query.with(|query| command::found(all, query, &recent))
    }

    fn run(self, command: &Command) {
        self.recent
            .update(|recent| command::remember(recent, &command.id));
        prefs::keep_recent_commands(&self.recent.get_untracked());
        self.query.set(String::new());
        self.dialog.close();
        let does = command.does.clone();
        // Once the dialog has given the focus back.
        page::soon(move || self.act(does));
    }

    fn act(self, does: Does) {
        match does {
            Does::Go(route) => self.routes.go(&route.path()),
            Does::Load(address) => page::load(&address),
            Does::Press(css) => page::press(css),
            Does::CopyLink => spawn(async {
                let _ = page::copy(page::address()).await;
            }),
            Does::Keys => self.keys.open(),
            Does::Phone => self.phone.open(),
        }
    }
}

/// The button on the bar that shows the palette.
pub(crate) fn palette_button(palette: Palette) -> El {
    el("button", "bar__button")
        .attr("aria-haspopup", "dialog")
        .test("palette-button")
        .press(move || palette.open())
        .add(icon("find"))
        .add(el("span", "sr-only").text("Search, go, do "))
        .add(el("kbd", "bar__key").text("Ctrl K"))
}

/// The palette's place on the page.
pub(crate) fn palette_dialog(palette: Palette) -> El {
    palette
        .dialog
        .place("dialog palette", "Search, go, do", move || body(palette))
}

fn body(palette: Palette) -> El {
    let found = memo(move || {
        palette.channels.track();
        Found(palette.found())
    });
    let chosen = palette.chosen;
    let name = move || found.with(|found| found.0.get(chosen.get()).map(option_id));
    let input = el("input", "palette__input")
        .attr("type", "text")
        .attr("role", "combobox")
        .attr("autofocus", "")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("dir", "auto")
        .attr("aria-label", "What are you looking for?")
        .attr("placeholder", "A channel, a view, an action …")
        .attr("aria-expanded", "true")
        .attr("aria-autocomplete", "list")
        .attr("aria-controls", "palette-list")
        .attr_now("aria-activedescendant", move || name().unwrap_or_default())
        .test("palette-input")
        .prop("value", move || palette.query.get())
        .on("input", move |event: Event| {
            palette.query.set(value_of(&event));
            chosen.set(0);
        })
        .on("keydown", move |event: KeyboardEvent| {
            keyed(&event, palette, found);
        });
    let node: HtmlInputElement = input.html().unchecked_into();
    // What was typed before is there still, and gives way to what is typed now.
    page::soon(move || node.select());
    let each = move || {
        let commands = found.with(|found| found.0.clone());
        let items = commands.into_iter().enumerate();
        let item = |(index, command): (usize, Command)| {
            Item::new(format!("{index} {}", command.id), move || {
                option(palette, index, command)
            })
        };
        items.map(item).collect()
    };
    let options = el("ul", "palette__list")
        .attr("id", "palette-list")
        .attr("role", "listbox")
        .attr("aria-label", "What was found")
        .add(list(each));
    let node = options.html();
    follow(move || {
        if let Some(id) = name()
            && let Some(option) = page::element(&id)
            && node.contains(Some(&option))
        {
            page::scroll_near(&option);
        }
    });
    let is_empty = move || found.with(|found| found.0.is_empty());
    let none = || {
        el("p", "palette__none")
            .attr("role", "status")
            .text("Nothing fits.")
    };
    el("div", "palette__body")
        .add(input)
        .add(options)
        .add(when(is_empty, none))
}

#[derive(Clone, PartialEq)]
struct Found(Vec<Command>);

fn option_id(command: &Command) -> String {
    format!("command {}", command.id).replace(' ', "-")
}

fn option(palette: Palette, index: usize, command: Command) -> El {
    let chosen = palette.chosen;
    let keys = command.keys.split(' ').filter(|key| !key.is_empty());
    let keys = keys.map(|key| el("kbd", "").text(key));
    let line = el("li", "palette__option")
        .attr("id", &option_id(&command))
        .attr("role", "option")
        .test("palette-option")
        .says("aria-selected", move || chosen.get() == index)
        .add(el("bdi", "palette__title").text(&command.title))
        .add(el("bdi", "palette__about").text(&command.about))
        .add_all(keys);
    line.on("pointermove", move |_: Event| {
        if chosen.get_untracked() != index {
            chosen.set(index);
        }
    })
    .press(move || palette.run(&command))
}

fn keyed(event: &KeyboardEvent, palette: Palette, found: Known<Found>) {
    if event.is_composing() {
        return;
    }
    let n_found = found.with(|found| found.0.len());
    let last = n_found.saturating_sub(1);
    let chosen = palette.chosen.get_untracked();
    let next = match event.key().as_str() {
        "ArrowDown" if chosen < last => chosen + 1,
        "ArrowDown" => 0,
        "ArrowUp" if chosen > 0 => chosen - 1,
        "ArrowUp" => last,
        "Enter" => {
            event.prevent_default();
            let command = found.with(|found| found.0.get(chosen).cloned());
            if let Some(command) = command {
                palette.run(&command);
            }
            return;
        }
        _ => return,
    };
    event.prevent_default();
    palette.chosen.set(next);
}
