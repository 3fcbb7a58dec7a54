//! An address without a page.

use leptos::prelude::*;

use crate::page;

/// Says so, and leads back.
#[component]
pub(crate) fn Missing() -> impl IntoView {
    page::set_title("Not found · Pilothouse");
    view! {
        <main class="notice" id="main">
            <h1>"No page has this address"</h1>
            <p>"A channel is at " <code>"/c/"</code> " and its id."</p>
            <p><a class="button button--main" href="/">"All channels"</a></p>
        </main>
    }
}
