//! Who may come in: links to make, tokens to take back, and the trail of both.

use gloo_timers::callback::Interval;
use pilothouse_shared::read::Read;
use serde_json::{Value, json};
use web_sys::{Event, MouseEvent};

use crate::board::Board;
use crate::clock::absolute;
use crate::components::empty::copy_button;
use crate::dom::{El, Held, Item, el, keep, list, memo, nothing, part, value_of};
use crate::view::admin::{Line, ROLES, SPANS, connections, tokens};
use crate::view::reach::Reach;
use crate::visit::Visit;
use crate::{api, page};

/// How often the page asks who is connected, in milliseconds.
const LOOK_EVERY_MS: u32 = 5_000;

const TOKENS: &str = "/api/tokens";

/// What the page knows; a handle, cheap to copy.
#[derive(Clone, Copy)]
struct Admin {
    board: Board,
    visit: Visit,
    tokens: Held<Value>,
    connected: Held<Value>,
    /// Where other machines reach the relay, if they do.
    address: Held<String>,
    /// The answer to the last link that was made.
    made: Held<Value>,
}

/// The page of who looks after the relay.
pub(crate) fn admin() -> El {
    let (board, visit) = (Board::get(), Visit::get());
    board.entitle("Access");
    let is_admin = memo(move || visit.is_admin());
    let top = el("div", "overview__top").add(el("h1", "").text("Access"));
    el("main", "overview")
        .attr("id", "main")
        .add(top)
        .add(part(move || {
            Some(match is_admin.get() {
                true => whole(board, visit),
                false => {
                    el("p", "").text("This page is for who looks after a relay that has keys.")
                }
            })
        }))
}

fn whole(board: Board, visit: Visit) -> El {
    let admin = Admin {
        board,
        visit,
        tokens: Held::new(Value::Null),
        connected: Held::new(Value::Null),
        address: Held::new(page::origin()),
        made: Held::new(Value::Null),
    };
    admin.load();
    admin.ask("GET", "/api/addresses", None, move |answer| {
        let reach = Reach::read(answer).ok();
        if let Some(address) = reach.and_then(|reach| reach.likeliest(&page::origin())) {
            admin.address.try_set(address);
        }
    });
    keep(Box::new(Interval::new(LOOK_EVERY_MS, move || {
        if !page::is_hidden() {
            admin.load();
        }
    })));
    let trail = el("a", "button")
        .attr("href", "/c/pilothouse-system-audit")
        .text("The audit trail: who let whom in");
    let now = move || board.now_untracked();
    nothing()
        .add(invite(admin))
        .add(lines(
            admin,
            "Who is here",
            Box::new(move || admin.connected.with(connections)),
        ))
        .add(lines(
            admin,
            "Who may come in",
            Box::new(move || admin.tokens.with(|all| tokens(all, now()))),
        ))
        .add(trail)
}

impl Admin {
    fn ask(
        self,
        method: &str,
        path: &str,
        said: Option<&Value>,
        then: impl FnOnce(Value) + 'static,
    ) {
        let visit = self.visit;
        let then: Box<dyn FnOnce(Value)> = Box::new(then);
        let done = move |answer: Result<Value, String>| match answer {
            Ok(answer) => then(answer),
            Err(why) => visit.say(Some(why)),
        };
        api::ask(&self.board.identity(), method, path, said, Box::new(done));
    }

    fn load(self) {
        self.ask("GET", TOKENS, None, move |answer| {
            self.tokens.try_set(answer)
        });
        self.ask("GET", "/api/connections", None, move |answer| {
            self.connected.try_set(answer);
        });
    }
}

/// A link for somebody: who, what they may do, where, and for how long.
fn invite(admin: Admin) -> El {
    let fields = ["", ROLES[0].0, "*", SPANS[2].0].map(|first| Held::new(first.to_owned()));
    let make = move |event: Event| {
        event.prevent_default();
        admin.made.set(Value::Null);
        let [name, role, channels, span] = fields.map(Held::get_untracked);
        let guest = json!({
            "name": name.trim(),
            "role": role,
            "channels": channels.trim(),
            "expires_in": span.parse::<u64>().ok(),
            "address": admin.address.get_untracked(),
        });
        admin.ask("POST", "/api/links", Some(&guest), move |made| {
            admin.made.try_set(made)
        });
    };
    let [name, role, channels, span] = fields;
    let form = el("form", "admin__form")
        .on("submit", make)
        .add(field(name, "guest-name", "For whom", &[]))
        .add(field(role, "guest-role", "Role", &ROLES))
        .add(field(
            channels,
            "guest-channels",
            "Channels, * for any",
            &[],
        ))
        .add(field(span, "guest-span", "For how long", &SPANS))
        .add(
            el("button", "button button--main")
                .test("make-link")
                .text("Make a link"),
        );
    let made = part(move || admin.made.with(|made| link(admin, made)));
    section("Let somebody in", form).add(el("div", "").attr("role", "status").add(made))
}

/// A choice, or a text when there is nothing to choose from.
fn field(of: Held<String>, test: &str, label: &str, all: &[(&str, &str)]) -> El {
    let kind = if all.is_empty() { "input" } else { "select" };
    let options = all
        .iter()
        .map(|(value, title)| el("option", "").attr("value", value).text(title));
    let field = el(kind, "ask__input")
        .add_all(options)
        .attr("autocomplete", "off")
        .attr("required", "")
        .test(test)
        .prop("value", move || of.get())
        .on("input", move |event: Event| of.set(value_of(&event)));
    el("label", "admin__field").text(label).add(field)
}

/// The link that was made: to be had here and now only.
fn link(admin: Admin, made: &Value) -> Option<El> {
    let link = admin.address.get_untracked() + made["path"].as_str()?;
    let code = el("code", "").text(&link);
    let picture = made["qr"].as_str().map(|svg| {
        let svg = String::from(js_sys::encode_uri_component(svg));
        el("img", "phone__code")
            .attr("src", &["data:image/svg+xml,", &svg].concat())
            .attr("alt", "QR code of the link")
            .test("link-code")
    });
    Some(
        el("div", "admin__link")
            .test("link")
            .add_all(picture)
            .add(code)
            .add(copy_button("Copy", move || link.clone()))
            .add(el("p", "settings__note").text(
                "For them alone: who opens it first is let in, once, within a day. It is not shown again.",
            )),
    )
}

fn lines(admin: Admin, title: &str, read: Box<dyn Fn() -> Vec<Line>>) -> El {
    let item = move |line: Line| {
        let key = [&line.id, line.about.as_str()].concat();
        Item::new(key, move || shown(admin, &line))
    };
    let each = list(move || read().into_iter().map(item).collect());
    section(title, el("ul", "admin__list").add(each))
}

fn shown(admin: Admin, line: &Line) -> El {
    let when = line.at.map(|at| {
        let word = if line.is_valid { "until " } else { "since " };
        el("span", "admin__about").text(word).text(&absolute(at))
    });
    el("li", "admin__one")
        .test("line")
        .attr("data-name", &line.name)
        .add(el("bdi", "admin__name").text(&line.name))
        .add(el("span", "admin__about").text(&line.about))
        .add_all(when)
        .add_all(line.is_valid.then(|| take_back(admin, line)))
}

/// Two presses: the second one means it.
fn take_back(admin: Admin, line: &Line) -> El {
    let path = [TOKENS, "/", &line.id].concat();
    let is_asking = Held::new(false);
    let press = move |event: MouseEvent| {
        if is_asking.get_untracked() && event.detail() < 2 {
            // Whether it was is seen in the list.
            let who = admin.board.identity();
            api::ask(&who, "DELETE", &path, None, Box::new(move |_| admin.load()));
        }
        is_asking.set(true);
    };
    el("button", "button")
        .flag("button--warm", move || is_asking.get())
        .test("take-back")
        .text_now(move || match is_asking.get() {
            true => "Press again: out at once",
            false => "Take back",
        })
        .add(el("span", "sr-only").text(" ").text(&line.name))
        .on("blur", move |_: Event| is_asking.set(false))
        .on("click", press)
}

fn section(title: &str, body: El) -> El {
    el("section", "admin__part")
        .add(el("h2", "group__title").text(title))
        .add(body)
}
