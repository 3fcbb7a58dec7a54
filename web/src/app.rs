//! The root: mounts the page, or says that it could not.

use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::board::Board;
use crate::components::banner::Banner;
use crate::components::bar::Bar;
use crate::components::dynamic::part;
use crate::page;
use crate::pages::channel::ChannelPage;
use crate::pages::missing::Missing;
use crate::pages::overview::Overview;
use crate::routes::Routes;
use crate::view::route::Route;

/// Replaces the loading state of the page by the dashboard.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
        fail();
    }));
    let Some(root) = page::element("app") else {
        return;
    };
    root.set_inner_text("");
    mount_to(root, App).forget();
}

/// After a panic nothing on the page works any more; the static text of the page says so.
fn fail() {
    if let Some(notice) = page::element("failed") {
        let _ = notice.remove_attribute("hidden");
    }
}

#[component]
fn App() -> impl IntoView {
    let Some(board) = Board::start() else {
        fail();
        return ().into_any();
    };
    provide_context(board);
    let routes = Routes::start();
    provide_context(routes);
    view! {
        <Bar/>
        <Banner/>
        {part(move || Some(match routes.current() {
            Route::Overview => view! { <Overview/> }.into_any(),
            Route::Channel(channel) => view! { <ChannelPage channel/> }.into_any(),
            Route::Unknown => view! { <Missing/> }.into_any(),
        }))}
    }
    .into_any()
}
