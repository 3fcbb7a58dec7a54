//! The newest rows of the channel: all of them on the page, and the browser scrolls.

use std::sync::Arc;

use web_sys::{Event, HtmlElement};

use crate::board::Board;
use crate::components::icon::{icon, of_kind};
use crate::components::time::{ago, elapsed};
use crate::dom::{El, Held, Item, el, follow, list, memo, nothing, when};
use crate::page;
use crate::view::age::took;
use crate::view::live::Stream;
use crate::view::row::{Row, Tone};

/// Rows on the page; older ones leave.
const N_ROWS: usize = 200;

/// So close to the end one wants to follow, in pixels.
const NEAR: i32 = 40;

/// What happened, newest at the bottom.
pub(super) fn feed() -> El {
    let board = Board::get();
    let rows = memo(move || {
        board.feed_rows(|feed| {
            let rows = feed.rows();
            let first = rows.len().saturating_sub(N_ROWS);
            Rows(rows.range(first..).map(Arc::clone).collect())
        })
    });
    let streams = memo(move || board.streams());
    let scroller = el("div", "feed__scroll");
    let (node, is_following) = (scroller.html(), Held::new(true));
    let scrolled = node.clone();
    let settled = node.clone();
    follow(move || {
        rows.track();
        streams.track();
        let node = settled.clone();
        page::soon(move || {
            if is_following.try_get_untracked() == Some(true) {
                node.set_scroll_top(node.scroll_height());
            }
        });
    });
    let each = move || {
        let item =
            |row: Arc<Row>| Item::new(format!("{} {}", row.seq, row.revision), move || line(&row));
        rows.with(|rows| rows.0.iter().cloned().map(item).collect())
    };
    let growing = move || {
        let item = |stream: Stream| {
            let message = stream.message.clone();
            let grown = move || {
                streams.with(|streams| {
                    let found = streams.iter().find(|stream| stream.message == message);
                    found.map(|stream| stream.text.clone()).unwrap_or_default()
                })
            };
            Item::new(stream.message, move || {
                el("div", "row row--spoken row--growing")
                    .test("stream-row")
                    .add(el("div", "row__text is-whole").text_now(grown))
            })
        };
        streams.get().into_iter().map(item).collect()
    };
    let scroller = scroller
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", "What happened")
        .test("feed")
        .on("scroll", move |_: Event| {
            let is_near = is_at_end(&scrolled);
            if is_following.get_untracked() != is_near {
                is_following.set(is_near);
            }
        })
        .add(empty(board))
        .add(el("ol", "rows").add(list(each)))
        .add(list(growing));
    el("section", "feed")
        .attr("part", "feed")
        .attr("aria-label", "Feed")
        .add(scroller)
        .add(when(
            move || !is_following.get(),
            move || {
                let node = node.clone();
                el("button", "pill")
                    .press(move || node.set_scroll_top(node.scroll_height()))
                    .add(icon("down"))
                    .text("To the newest")
            },
        ))
}

fn empty(board: Board) -> El {
    let loading = when(
        move || !board.is_loaded() && board.ended().is_none(),
        || el("p", "feed__loading").text("Loading the channel …"),
    );
    let blank = when(
        move || board.is_blank(),
        || {
            el("slot", "")
                .attr("name", "empty")
                .add(el("p", "feed__loading").text("Nothing has happened here yet."))
        },
    );
    nothing().add(loading).add(blank)
}

fn is_at_end(node: &HtmlElement) -> bool {
    node.scroll_height() - node.scroll_top() - node.client_height() <= NEAR
}

/// Rows that are the same as long as each is.
struct Rows(Vec<Arc<Row>>);

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Arc<Row>, &Arc<Row>)| Arc::ptr_eq(a, b);
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

fn line(row: &Row) -> El {
    let state = row
        .state
        .map(|state| el("span", &format!("chip chip--{state}")).text(state));
    let took = match (row.tone, row.took) {
        (Tone::Running, _) => elapsed(row.at),
        (_, Some(span)) => el("span", "row__took").text(&took(span)),
        (_, None) => nothing(),
    };
    let head = el("div", "row__head")
        .add(icon(of_kind(&row.kind, row.is_by_agent())))
        .add(el("span", "row__title").text(&row.title))
        .add(el("span", "row__subject").text(&row.subject))
        .add_all(state)
        .add(took)
        .add_all((row.at > 0).then(|| ago(row.at)));
    let text = row
        .text
        .as_ref()
        .map(|text| el("div", "row__text is-whole").text(text));
    el("li", &format!("row row--{}", row.tone.name()))
        .attr("part", "row")
        .test("feed-row")
        .attr("data-seq", &row.seq.to_string())
        .attr("data-kind", &row.kind)
        .attr("data-state", row.state.unwrap_or_default())
        .add(head)
        .add_all(text)
}
