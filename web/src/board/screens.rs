//! The terminals of the open channel, and the live values people may move.

use pilothouse_shared::link::Input;
use pilothouse_shared::{
    Body, ChangeSignal, ClientFrame, Custom, FileEntry, MemberId, Op, Replica, SignalKey,
    Visibility,
};
use serde_json::{Value, json};

use super::Board;
use crate::view::pipeline::Pipeline;
use crate::view::route::View;
use crate::view::standing::is_online;

impl Board {
    /// The names of the displays.
    pub(crate) fn displays(self) -> Vec<String> {
        self.track(|versions| versions.signals);
        let name = |(key, _): (&SignalKey, &Value)| Some(key.strip("display/")?.to_owned());
        self.replica(|replica| replica.signals().filter_map(name).collect())
            .unwrap_or_default()
    }

    /// Reads the files touched, the number of events and the working folder.
    pub(crate) fn touched<T>(
        self,
        read: impl FnOnce(&[FileEntry], u64, Option<&str>) -> T,
    ) -> Option<T> {
        self.track(|versions| versions.state);
        self.replica(|replica: &Replica| {
            let snapshot = replica.snapshot();
            let session = snapshot.session.as_ref();
            let cwd = session.and_then(|session| session.cwd.as_deref());
            read(&snapshot.files, snapshot.n_events, cwd)
        })
    }

    /// The board of stages.
    pub(crate) fn pipeline(self) -> Pipeline {
        self.track(|versions| versions.state);
        self.replica(|replica: &Replica| Pipeline::of(replica.snapshot(), replica.recent().iter()))
            .unwrap_or_default()
    }

    /// How much there is in a view that may be empty.
    pub(crate) fn n_in(self, view: View) -> Option<usize> {
        match view {
            View::Display => Some(self.displays().len()),
            View::Files => self.touched(|files, _, _| files.len()).or(Some(0)),
            View::Pipeline => {
                self.track(|versions| versions.state);
                let n_stages = |replica: &Replica| replica.snapshot().pipeline.len();
                self.replica(n_stages).or(Some(0))
            }
            _ => None,
        }
    }

    /// Reads a display and its version, unless there is none.
    pub(crate) fn display<T>(self, name: &str, read: impl FnOnce(u64, &Value) -> T) -> Option<T> {
        self.track(|versions| versions.signals);
        let key = SignalKey::new(format!("display/{name}")).ok()?;
        self.replica(|replica: &Replica| {
            let (version, value) = replica.versioned(&key)?;
            Some(read(version, value))
        })
        .flatten()
    }

    /// Whether what one does reaches the relay now, and the relay lets one steer.
    pub(crate) fn may_steer_now(self) -> bool {
        is_online(&self.link_state()) && self.may_steer()
    }

    /// Asks the program behind a display for something. Nobody but it reads what was typed.
    pub(crate) fn touch_display(self, taker: &str, data: Value) {
        let Ok(taker) = MemberId::new(taker) else {
            return;
        };
        let body = Body::Custom(Custom {
            name: "display_input".to_owned(),
            data,
            extra: pilothouse_shared::Extra::new(),
        });
        self.say_to(body, Visibility::Only(vec![taker]));
    }

    /// Shows everybody where a parameter is moved to.
    pub(crate) fn show_parameter(self, name: &str, value: f64) {
        if self.is_past() {
            return;
        }
        let key = SignalKey::new(format!("parameter/{name}"));
        let (Some(channel), Ok(key)) = (self.channel(), key) else {
            return;
        };
        let op = Op::Set(json!({ "value": value }));
        self.feed(Input::Send(ClientFrame::Signal(ChangeSignal {
            channel,
            key,
            op,
        })));
    }
}
