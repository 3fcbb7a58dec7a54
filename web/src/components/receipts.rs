//! What became of the hints.

use leptos::prelude::*;

use super::time::Ago;
use crate::board::Board;
use crate::view::receipt::{Receipt, Stage};

/// Hints shown before one asks for all.
const RECENT: usize = 3;

/// The hints of the channel, newest last, each with its receipt.
#[component]
pub(crate) fn Receipts() -> impl IntoView {
    let board = Board::get();
    let all = Memo::new(move |_| board.receipts());
    let is_open = RwSignal::new(false);
    let n_hidden = Memo::new(move |_| all.with(Vec::len).saturating_sub(RECENT));
    let shown = move || {
        let skip = if is_open.get() { 0 } else { n_hidden.get() };
        all.with(|all| all[skip..].to_vec())
    };
    view! {
        <Show when=move || all.with(|all| !all.is_empty())>
            <div class="hints">
                <Show when=move || { n_hidden.get() > 0 }>
                    <button
                        class="hints__more"
                        aria-expanded=move || is_open.get().to_string()
                        on:click=move |_| is_open.update(|open| *open = !*open)
                    >
                        {move || match is_open.get() {
                            true => "Show the last hints only".to_owned(),
                            false => format!("{} earlier", n_hidden.get()),
                        }}
                    </button>
                </Show>
                <ul class="hints__list" class:is-open=is_open>
                    <For each=shown key=|hint| (hint.id.clone(), hint.stage.name(), hint.at, hint.detail.clone()) let:hint>
                        <Line hint/>
                    </For>
                </ul>
            </div>
        </Show>
    }
}

#[component]
fn Line(hint: Receipt) -> impl IntoView {
    let board = Board::get();
    let Receipt {
        id,
        text,
        from,
        stage,
        detail,
        at,
    } = hint;
    let (again, gone) = (id.clone(), id.clone());
    let actions = (stage == Stage::Failed).then(move || {
        view! {
            <span class="hint__actions">
                <button class="button button--quiet" on:click=move |_| board.resend(&again)>"Retry"</button>
                <button class="button button--quiet" on:click=move |_| board.discard(&gone)>"Discard"</button>
            </span>
        }
    });
    view! {
        <li class=format!("hint hint--{}", stage.name()) data-testid="hint" data-state=stage.name() data-hint=id>
            <span class="hint__course" aria-hidden="true"><i></i><i></i><i></i><i></i></span>
            <span class="hint__text" title=text.clone()>{text.clone()}</span>
            <span class="hint__receipt">
                <span class="hint__stage">{stage.title()}</span>
                {detail.map(|detail| view! { <span class="hint__detail">{format!(" {detail}")}</span> })}
            </span>
            <span class="hint__from">{from} " " {at.map(|at| view! { <Ago at/> })}</span>
            {actions}
        </li>
    }
}
