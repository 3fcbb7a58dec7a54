//! Which page is shown: the address, followed without loads.

use reactive_graph::owner::expect_context;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent};

use crate::dom::listen_to_window;
use crate::kept::Held;
use crate::page;
use crate::view::route::{Route, event_in, moment_in};

/// Where the page is; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Routes {
    route: Held<Route>,
    fragment: Held<String>,
}

impl Routes {
    /// Follows the address from now on. Call it once, from the root.
    pub(crate) fn start() -> Self {
        let routes = Self {
            route: Held::new(Route::at(&page::path())),
            fragment: Held::new(page::fragment()),
        };
        listen_to_window("popstate", move |_: Event| routes.read());
        listen_to_window("hashchange", move |_: Event| routes.read());
        listen_to_window("click", move |event: MouseEvent| routes.clicked(&event));
        routes
    }

    /// Where the page is.
    #[track_caller]
    pub(crate) fn get() -> Self {
        expect_context()
    }

    /// The page to show.
    pub(crate) fn current(self) -> Route {
        self.route.get()
    }

    /// The event that the address names.
    pub(crate) fn event(self) -> Option<String> {
        event_in(&self.fragment.get())
    }

    /// The moment that the address names.
    pub(crate) fn moment(self) -> Option<u64> {
        moment_in(&self.fragment.get())
    }

    /// Goes to a page of the dashboard.
    pub(crate) fn go(self, path: &str) {
        page::push(path);
        self.read();
    }

    fn read(self) {
        let route = Route::at(&page::path());
        if self.route.get_untracked() != route {
            self.route.set(route);
        }
        self.fragment.set(page::fragment());
    }

    /// A plain click on a link to another page of the dashboard needs no load.
    fn clicked(self, event: &MouseEvent) {
        let is_special =
            event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.button() != 0 || is_special || event.default_prevented() {
            return;
        }
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let link = target.and_then(|target| target.closest("a[href^='/']").ok().flatten());
        let link = link.filter(|link| !link.has_attribute("download"));
        if let Some(address) = link.and_then(|link| link.get_attribute("href")) {
            event.prevent_default();
            self.go(&address);
        }
    }
}
