//! Any past moment of a channel: where one goes to it, and where it plays.

use pilothouse_shared::ChannelId;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement};

use super::empty::copy_button;
use super::icon::icon;
use crate::board::Player;
use crate::dom::{El, Held, el, memo, nothing, part, svg};
use crate::view::age;
use crate::view::mark::{Mark, WIDTH};
use crate::view::number::decimal;
use crate::view::playback::SPEEDS;
use crate::view::route::{Route, View};
use crate::{clock, page};

/// What the page shows of a moment.
pub(crate) const SHOWN: [View; 3] = [View::Feed, View::Files, View::Pipeline];

/// The strip that leads through the past of a channel; `shown` is the view of the moment below it.
pub(crate) fn history(channel: &ChannelId, player: Player, shown: Held<View>) -> El {
    let tools = el("div", "history__tools")
        .add(transport(player))
        .add(speeds(player))
        .add(views(shown))
        .add(to_keep(channel, player));
    el("section", "history")
        .attr("aria-label", "History")
        .test("history")
        .add(mark(channel, player))
        .add(track(player))
        .add(tools)
        .add(part(move || player.trouble().map(trouble)))
}

fn trouble(why: String) -> El {
    el("p", "history__trouble").attr("role", "alert").text(&why)
}

/// Which moment it is, in words.
fn mark(channel: &ChannelId, player: Player) -> El {
    let at = memo(move || {
        let now = player.board().now();
        player.board().is_loaded().then_some(now)
    });
    let age = move || at.get().map(|at| age::ago(player.live().now(), at));
    let words = el("p", "history__words")
        .add(icon("clock"))
        .text("You are looking at ")
        .add(
            el("strong", "")
                .test("history-time")
                .text_now(move || at.get().map(time).unwrap_or_default()),
        )
        .add(
            el("span", "history__age")
                .text_now(move || age().map(|age| format!(" · {age}")).unwrap_or_default()),
        );
    let back = el("a", "button history__back")
        .attr("href", &Route::channel(channel.clone()).path())
        .test("back-to-live")
        .text("Back to live");
    el("div", "history__mark").add(words).add(back)
}

/// The time of day, with the day unless it is today.
fn time(at: u64) -> String {
    match clock::is_today(at) {
        true => clock::time_of_day(at),
        false => clock::absolute(at),
    }
}

fn track(player: Player) -> El {
    let here = memo(move || player.playback().here().seq);
    let dragged = Held::new(None::<u64>);
    let value = move || dragged.get().unwrap_or_else(|| here.get());
    let at = move || player.board().now();
    let words = move || {
        let (_, last) = player.reach();
        format!("{}, event {} of {last}", time(at()), value())
    };
    let end = |read: fn((u64, u64)) -> u64| move || read(player.reach()).to_string();
    let moved = move |event: Event| {
        let slider: HtmlInputElement = event.target()?.unchecked_into();
        let seq = slider.value_as_number();
        (seq.is_finite() && seq >= 0.0).then_some(seq as u64)
    };
    let slider = el("input", "history__slider")
        .attr("type", "range")
        .attr("step", "1")
        .attr("aria-label", "Moment")
        .test("history-slider")
        .attr_now("min", end(|reach| reach.0))
        .attr_now("max", end(|reach| reach.1))
        .attr_now("aria-valuetext", words)
        .prop("value", move || {
            player.reach();
            decimal(value() as f64)
        })
        .on("input", move |event: Event| {
            if let Some(seq) = moved(event) {
                dragged.set(Some(seq));
                player.go(seq);
            }
        })
        .on("change", move |_: Event| dragged.set(None));
    let place = el("span", "history__place").text_now(move || {
        let (_, last) = player.reach();
        format!("event {} of {last}", value())
    });
    el("div", "history__track")
        .add(el("div", "history__rail").add(ticks(player)).add(slider))
        .add(place)
}

fn ticks(player: Player) -> El {
    let path = move |kind: Mark| {
        let drawn = memo(move || player.drawn(kind));
        svg("path")
            .attr(
                "class",
                &format!("history__tick history__tick--{}", kind.name()),
            )
            .attr("vector-effect", "non-scaling-stroke")
            .attr_now("d", move || drawn.get())
    };
    svg("svg")
        .attr("class", "history__ticks")
        .attr("viewBox", &format!("0 0 {WIDTH} 1"))
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .add_all(Mark::ALL.map(path))
}

fn transport(player: Player) -> El {
    let is_playing = memo(move || player.playback().is_playing());
    let beside = |class: &str, label: &str, is_forward| {
        el("button", class)
            .attr("aria-label", label)
            .attr("title", label)
            .press(move || player.go_beside(is_forward))
            .add(icon("back"))
    };
    let words = move || {
        Some(match is_playing.get() {
            true => nothing().add(icon("pause")).text("Pause"),
            false => nothing().add(icon("play")).text("Play"),
        })
    };
    let play = el("button", "button history__play")
        .test("history-play")
        .attr("aria-keyshortcuts", "p")
        .press(move || player.toggle())
        .add(part(words));
    let before = "The failure, request or message before";
    let next = "The next failure, request or message";
    el("div", "history__group")
        .add(beside("button", before, false))
        .add(play)
        .add(beside("button history__next", next, true))
}

fn choice(label: &str, is_chosen: impl Fn() -> bool + 'static) -> El {
    el("button", "history__choice")
        .says("aria-pressed", is_chosen)
        .text(label)
}

fn group(label: &str) -> El {
    el("div", "history__group history__choices")
        .attr("role", "group")
        .attr("aria-label", label)
}

fn speeds(player: Player) -> El {
    let one = move |speed: u32| {
        choice(&format!("{speed}×"), move || {
            player.playback().speed() == speed
        })
        .attr("data-speed", &speed.to_string())
        .press(move || player.set_speed(speed))
    };
    group("Speed").add_all(SPEEDS.map(one))
}

fn views(shown: Held<View>) -> El {
    let one = move |view: View| {
        choice(view.title(), move || shown.get() == view).press(move || shown.set(view))
    };
    group("Shown of this moment").add_all(SHOWN.map(one))
}

/// What one may take away: a link to the moment, the channel as a file.
fn to_keep(channel: &ChannelId, player: Player) -> El {
    let path = Route::Channel(channel.clone(), View::History).path();
    let link = copy_button("Copy link", move || {
        let seq = player.playback().here().seq;
        format!("{}{path}#at={seq}", page::origin())
    });
    let file = |format: &str, label: &str| {
        let address = format!("/api/channels/{channel}/export?format={format}");
        el("a", "button button--quiet")
            .attr("href", &address)
            .attr("download", &format!("{channel}.{format}"))
            .test(&format!("export-{format}"))
            .text(label)
    };
    el("div", "history__keep")
        .add(link)
        .add(file("ndjson", "Export NDJSON"))
}
