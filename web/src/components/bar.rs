//! The bar on top of every page.

use leptos::prelude::*;

use super::badge::LinkBadge;
use super::icon::Icon;
use crate::board::Board;

/// Who we are, who you are, and whether the relay is there.
#[component]
pub(crate) fn Bar() -> impl IntoView {
    let name = Board::get().identity().name;
    view! {
        <header class="bar">
            <a class="bar__brand" href="/">
                <Icon name="helm"/>
                "Pilothouse"
            </a>
            <span class="bar__you" title="What others see of you">
                <Icon name="person"/>
                <span class="sr-only">"You are "</span>
                {name}
            </span>
            <LinkBadge/>
        </header>
    }
}
