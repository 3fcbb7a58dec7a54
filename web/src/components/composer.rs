//! Where people steer and talk: hints and messages, typed or spoken.

mod draft;

use web_sys::{Event, KeyboardEvent};

use super::icon::icon;
use super::receipts::receipts;
use super::voice::Voice;
use crate::board::Board;
use crate::dom::{El, Held, el, memo, part, value_of, when};
use crate::view::aim::{Aim, Group, aims};
use crate::view::live::{Present, typing};
use crate::view::standing::is_online;
use crate::view::voice::Heard;
use draft::Draft;

/// Longest hint, in characters; the relay takes more, an agent's context should not.
const LONGEST: &str = "8000";

/// The box, and what became of the hints before.
pub(crate) fn composer() -> El {
    let board = Board::get();
    let draft = Draft::new(board);
    // What stood there before one began to talk.
    let before = Held::new(String::new());
    let voice = Voice::new(move |heard| hear(draft, before, heard));
    let send = move || {
        if !draft.is_blank() {
            voice.give_up();
            draft.send();
        }
    };
    let mic = voice
        .absence()
        .is_none()
        .then(|| voice.button(move || before.set(draft.text.get_untracked().trim().to_owned())));
    let button = el("button", "button button--main composer__send")
        .attr("aria-label", "Send")
        .test("composer-send")
        .says("aria-disabled", move || draft.is_blank())
        .add(icon("send"))
        .add(el("span", "").text("Send"));
    let form = el("form", "composer__form")
        .on("submit", move |event: Event| {
            event.prevent_default();
            send();
        })
        .add(
            el("label", "sr-only")
                .attr("for", "composer")
                .text("Hint for the agent, or message"),
        )
        .add(field(draft, voice, send))
        .add_all(mic)
        .add(button);
    el("section", "composer")
        .attr("aria-label", "Hints")
        .add(receipts())
        .add(draft.chips.shown())
        .add(form)
        .add(
            el("div", "composer__foot")
                .add(aim(board, draft))
                .add(help(board, draft, voice)),
        )
        .add(when(
            move || voice.trouble().is_some(),
            move || trouble(voice),
        ))
}

/// Spoken words stand behind what stood there, to be mended before they are sent.
fn hear(draft: Draft, before: Held<String>, heard: Heard) {
    let before = before.get_untracked();
    let is_alone = before.is_empty();
    let text = match is_alone {
        true => heard.transcript,
        false => format!("{before} {}", heard.transcript),
    };
    draft.spoken.set(Some(Heard {
        transcript: text.clone(),
        confidence: heard.confidence.filter(|_| is_alone),
    }));
    draft.text.set(text);
}

fn field(draft: Draft, voice: Voice, send: impl Fn() + 'static) -> El {
    // While an input method composes a word, Enter belongs to it.
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    let placeholder = move || match draft.aim.with(Aim::is_hint) {
        true => "Give a hint …",
        false => "Say something …",
    };
    el("textarea", "composer__input")
        .attr("id", "composer")
        .test("composer-input")
        .attr("rows", "1")
        .attr("maxlength", LONGEST)
        .attr_now("placeholder", move || placeholder().to_owned())
        .attr("aria-describedby", "composer-help")
        .attr("aria-keyshortcuts", "h")
        .attr("dir", "auto")
        .prop("value", move || draft.text.get())
        .on("input", move |event: Event| {
            // Who types mends what was heard: more of it must not come in between.
            voice.give_up();
            draft.typed(value_of(&event));
        })
        .on("keydown", key)
}

/// Whom it is for.
fn aim(board: Board, draft: Draft) -> El {
    let groups = memo(move || {
        let members: Vec<Present> = board
            .people()
            .into_iter()
            .filter(|one| !one.is_me)
            .map(|one| one.who)
            .collect();
        draft.aim.with(|chosen| aims(&members, chosen))
    });
    let options = part(move || {
        let groups = groups.get().into_iter();
        Some(crate::dom::nothing().add_all(groups.map(|group| options(group, draft.aim))))
    });
    el("select", "composer__aim")
        .attr("aria-label", "For whom")
        .test("aim")
        .on("change", move |event: Event| {
            draft.aim.set(Aim::named(&value_of(&event)))
        })
        .add(options)
}

fn options(group: Group, chosen: Held<Aim>) -> El {
    let option = |(aim, title): (Aim, String)| {
        el("option", "")
            .attr("value", &aim.name())
            .text(&title)
            .prop("selected", move || chosen.with(|chosen| *chosen == aim))
    };
    el("optgroup", "")
        .attr("label", group.title)
        .add_all(group.aims.into_iter().map(option))
}

fn help(board: Board, draft: Draft, voice: Voice) -> El {
    let is_offline = memo(move || !is_online(&board.link_state()));
    let typists = memo(move || typing(&board.typists()));
    let said = move || match draft.aim.get() {
        _ if is_offline.get() => "Not connected: kept here and sent when the relay is back.",
        _ if voice.is_listening() => {
            "Listening … Your browser may send what you say to its maker to recognise it."
        }
        Aim::AgentAlone(_) | Aim::Member(_) => "Nobody else sees it.",
        Aim::Everybody => "Everybody who watches sees it; agents read it when they look.",
        Aim::Agents => "Only agents see it, when they look.",
        Aim::AnyAgent | Aim::Agent(_) => "The agent gets it at its next step.",
    };
    let absence = voice.absence().map(|why| {
        el("span", "composer__absence")
            .test("no-voice")
            .text(" ")
            .text(why)
    });
    el("p", "composer__help")
        .attr("id", "composer-help")
        .add(
            el("span", "composer__typing")
                .test("typing")
                .text_now(move || typists.get()),
        )
        .text(" ")
        .text_now(said)
        .add_all(absence)
}

fn trouble(voice: Voice) -> El {
    el("p", "composer__trouble")
        .attr("role", "alert")
        .test("voice-trouble")
        .text_now(move || voice.trouble().unwrap_or_default())
}
