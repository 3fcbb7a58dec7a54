//! Being let in: a link or a token is exchanged for a cookie, and what that allows is asked for. In open mode
//! none of it happens.

use std::cell::{Cell, RefCell};

use pilothouse_shared::read::Read;
use pilothouse_shared::{ChannelId, ConnectionId, Right};
use serde_json::Value;
use web_sys::Event;

use crate::board::Board;
use crate::dom::{Held, follow, listen_to_window};
use crate::view::access::{Knock, Session, is_whole};
use crate::{api, page, prefs};

/// Who one is to the relay; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Visit {
    board: Board,
    /// None in open mode, and before the relay has said.
    session: Held<Option<Session>>,
    trouble: Held<Option<String>>,
    is_knocking: Held<bool>,
    has_begun: Held<bool>,
}

impl Visit {
    /// Opens the link in the address if there is one, then connects. Call it once, from the root.
    pub(crate) fn start(board: Board) -> Self {
        let visit = Self {
            board,
            session: Held::new(None),
            trouble: Held::new(None),
            is_knocking: Held::new(false),
            has_begun: Held::new(false),
        };
        HERE.set(Some(visit));
        listen_to_window("hashchange", move |_: Event| {
            visit.open_link();
        });
        if !visit.open_link() {
            visit.connect();
        }
        visit.follow();
        visit
    }

    /// The one of this page.
    pub(crate) fn get() -> Self {
        match HERE.get() {
            Some(visit) => visit,
            None => unreachable!("the root starts it"),
        }
    }

    /// Who one is, where the relay has keys.
    pub(crate) fn session(self) -> Option<Session> {
        self.session.get()
    }

    /// Whether one looks after the relay.
    pub(crate) fn is_admin(self) -> bool {
        let is_admin = |session: &Option<Session>| session.as_ref().is_some_and(Session::is_admin);
        self.session.with(is_admin)
    }

    /// Why one was not let in the last time.
    pub(crate) fn trouble(self) -> Option<String> {
        self.trouble.get()
    }

    /// Says why something was refused, or no more of it.
    pub(crate) fn say(self, trouble: Option<String>) {
        self.trouble.set(trouble);
    }

    /// Whether the relay is being asked to let one in.
    pub(crate) fn is_knocking(self) -> bool {
        self.is_knocking.get()
    }

    /// Whether there was a link in the address. It leaves the address and the history before it is used.
    fn open_link(self) -> bool {
        let knock = Knock::in_fragment(&page::fragment());
        if let Some(knock) = &knock {
            page::replace(&page::path());
            self.knock(knock);
        }
        knock.is_some()
    }

    /// Asks to be let in, and connects when that is so.
    pub(crate) fn knock(self, knock: &Knock) {
        if self.is_knocking.get_untracked() {
            return;
        }
        self.is_knocking.set(true);
        self.trouble.set(None);
        let body = knock.body();
        self.ask("POST", Some(&body), move |answer| {
            self.is_knocking.set(false);
            // It may let one in all the same, by a link opened earlier.
            if self.know(answer) || !self.has_begun.get_untracked() {
                self.connect();
            }
        });
    }

    /// Connects, or anew as somebody else.
    fn connect(self) {
        if self.has_begun.get_untracked() {
            self.board.stop();
            self.board.connect();
        } else {
            self.has_begun.set(true);
            self.board.begin();
        }
    }

    fn ask(
        self,
        method: &str,
        said: Option<&Value>,
        then: impl FnOnce(Result<Value, String>) + 'static,
    ) {
        let who = self.board.identity();
        api::ask(&who, method, "/api/session", said, Box::new(then));
    }

    /// Leaves for good; what this tab remembers is forgotten.
    pub(crate) fn sign_out(self) {
        self.ask("DELETE", None, |_| {
            prefs::forget_tab();
            page::reload();
        });
    }

    /// Takes note of who one is, or why not; whether that is known now.
    fn know(self, answer: Result<Value, String>) -> bool {
        match answer {
            Ok(session) => {
                if let Ok(session) = Session::read(session)
                    && !session.open
                {
                    self.board.known_as(&session.member, &session.name);
                    self.session.set(Some(session));
                }
                true
            }
            Err(why) => {
                self.trouble.set(Some(why));
                false
            }
        }
    }

    /// Asks who one is on each connection whose welcome leaves that open.
    fn follow(self) {
        let asked = RefCell::new(None::<ConnectionId>);
        follow(move || {
            let Some((connection, member, access)) = self.board.welcomed() else {
                return;
            };
            let is_plain = is_whole(&access) && member == self.board.identity().member;
            let has_keys = !is_plain || self.session.with(Option::is_some);
            if has_keys && asked.borrow().as_ref() != Some(&connection) {
                *asked.borrow_mut() = Some(connection);
                self.ask("GET", None, move |answer| {
                    let _ = answer.is_ok() && self.know(answer);
                });
            }
        });
    }
}

thread_local! {
    /// The one of this page.
    static HERE: Cell<Option<Visit>> = const { Cell::new(None) };
}

/// Whether one has a right in a channel: everything, as long as the relay has said nothing else.
pub(crate) fn judge(right: Right, channel: &ChannelId) -> bool {
    let allows = |session: &Session| session.allows(right, channel.as_str());
    let judged = |visit: Visit| {
        visit
            .session
            .with(|session| session.as_ref().is_none_or(allows))
    };
    HERE.get().is_none_or(judged)
}
