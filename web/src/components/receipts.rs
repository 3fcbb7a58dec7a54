//! What became of the hints.

use leptos::prelude::*;

use super::dynamic::{Held, Item, dynamic, list, memo, press, text, when};
use super::time::Ago;
use crate::board::Board;
use crate::view::receipt::{Receipt, Stage};

/// Hints shown before one asks for all.
const RECENT: usize = 3;

/// The hints of the channel, newest last, each with its receipt.
#[component]
pub(crate) fn Receipts() -> impl IntoView {
    let board = Board::get();
    let all = memo(move || board.receipts());
    let is_open = Held::new(false);
    let n_hidden = memo(move || all.with(Vec::len).saturating_sub(RECENT));
    let shown = move || {
        let skip = if is_open.get() { 0 } else { n_hidden.get() };
        all.with(|all| all[skip..].to_vec())
    };
    view! {
        {when(move || all.with(|all| !all.is_empty()), move || view! {
            <div class="hints">
                {when(move || n_hidden.get() > 0, move || view! {
                    <button
                        class="hints__more"
                        aria-expanded=text(move || is_open.get().to_string())
                        on:click=press(move |_| is_open.update(|open| *open = !*open))
                    >
                        {text(move || match is_open.get() {
                            true => "Show the last hints only".to_owned(),
                            false => format!("{} earlier", n_hidden.get()),
                        })}
                    </button> }.into_any())}
                <ul class="hints__list" class:is-open=dynamic(move || is_open.get())>
                    {list(move || shown().into_iter().map(|hint| Item::new(format!("{:?} {:?} {:?} {:?}", hint.id, hint.stage.name(), hint.at, hint.detail), move || view! { <Line hint/> }.into_any())).collect())}
                </ul>
            </div> }.into_any())}
    }
}

#[component]
fn Line(hint: Receipt) -> impl IntoView {
    let board = Board::get();
    let Receipt {
        id,
        text: said,
        from,
        stage,
        detail,
        at,
    } = hint;
    let (again, gone) = (id.clone(), id.clone());
    let actions = (stage == Stage::Failed).then(move || {
        view! {
            <span class="hint__actions">
                <button class="button button--quiet" on:click=press(move |_| board.resend(&again))>"Retry"</button>
                <button class="button button--quiet" on:click=press(move |_| board.discard(&gone))>"Discard"</button>
            </span>
        }
        .into_any()
    });
    view! {
        <li class=format!("hint hint--{}", stage.name()) data-testid="hint" data-state=stage.name() data-hint=id>
            <span class="hint__course" aria-hidden="true"><i></i><i></i><i></i><i></i></span>
            <span class="hint__text" title=said.clone()>{said.clone()}</span>
            <span class="hint__receipt">
                <span class="hint__stage">{stage.title()}</span>
                {detail.map(|detail| view! { <span class="hint__detail">{format!(" {detail}")}</span> }.into_any())}
            </span>
            <span class="hint__from">{from} " " {at.map(|at| view! { <Ago at/> }.into_any())}</span>
            {actions}
        </li>
    }
}
