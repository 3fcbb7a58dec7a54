//! Going to another page without a load: the focus goes along, and whoever listens is told.

use crate::dom::{El, Held, Known, el, follow};
use crate::page;
use crate::routes::Routes;
use crate::view::route::Route;

/// After a change of the page the focus is on its title; another view of the same channel is only told of, and
/// the focus stays on what was pressed, or on its like on the new page.
pub(crate) fn arrival(routes: Routes, page: Known<Route>) -> El {
    let told = Held::new(String::new());
    let last = std::cell::RefCell::new(None);
    follow(move || {
        let here = (page.get(), routes.current());
        let Some(before) = last.replace(Some(here.clone())) else {
            return;
        };
        if before.0 != here.0 {
            page::soon(|| focus("main h1"));
        } else if before.1 != here.1
            && let Route::Channel(_, view) = here.1
        {
            told.set(view.title().to_owned());
            page::soon(|| {
                if page::has_no_focus() {
                    focus(".tabs__tab[aria-current=page]");
                }
            });
        }
    });
    el("div", "sr-only")
        .attr("role", "status")
        .text_now(move || told.get())
}

fn focus(css: &str) {
    let Some(element) = page::find(css) else {
        return;
    };
    if !element.matches("a, button").unwrap_or_default() {
        let _ = element.set_attribute("tabindex", "-1");
    }
    let _ = element.focus();
}
