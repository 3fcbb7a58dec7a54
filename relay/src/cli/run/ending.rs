//! How a command ended, in numbers and in words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use pilothouse_shared::{Body, Custom, Extra, OperationFinished, SessionEnded};
use rustix::process::Signal;
use serde_json::json;

/// The signals that have a name here, and that a watcher may send.
const SIGNALS: [(&str, Signal); 12] = [
    ("HUP", Signal::HUP),
    ("INT", Signal::INT),
    ("QUIT", Signal::QUIT),
    ("ABRT", Signal::ABORT),
    ("KILL", Signal::KILL),
    ("SEGV", Signal::SEGV),
    ("PIPE", Signal::PIPE),
    ("TERM", Signal::TERM),
    ("USR1", Signal::USR1),
    ("USR2", Signal::USR2),
    ("TSTP", Signal::TSTP),
    ("CONT", Signal::CONT),
];

/// The signal of this name, with or without `SIG`.
pub(super) fn signal(name: &str) -> Option<Signal> {
    let name = name.strip_prefix("SIG").unwrap_or(name);
    let found = SIGNALS.iter().find(|(known, _)| *known == name);
    found.map(|(_, signal)| *signal)
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Exit(i32),
    Signal(i32),
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exit(code),
            (None, signal) => Self::Signal(signal.unwrap_or_default()),
        }
    }
}

impl Ending {
    /// The exit status a shell gives it.
    pub(super) fn code(self) -> u8 {
        let code = match self {
            Self::Exit(code) => code,
            Self::Signal(number) => 128 + number,
        };
        u8::try_from(code).unwrap_or(u8::MAX)
    }

    /// What is published about it, in this order.
    pub(super) fn bodies(self) -> [Body; 3] {
        let (data, reason) = match self {
            Self::Exit(code) => (json!({ "code": code }), format!("exit status {code}")),
            Self::Signal(number) => {
                let name = name(number);
                let reason = format!("ended by the signal {name}");
                (json!({"signal": name, "number": number}), reason)
            }
        };
        let extra = Extra::new;
        [
            Body::OperationFinished(OperationFinished {
                ok: self == Self::Exit(0),
                extra: extra(),
            }),
            Body::Custom(Custom {
                name: "exit".to_owned(),
                data,
                extra: extra(),
            }),
            Body::SessionEnded(SessionEnded {
                reason,
                extra: extra(),
            }),
        ]
    }
}

fn name(number: i32) -> String {
    let found = SIGNALS.iter().find(|(_, signal)| signal.as_raw() == number);
    found.map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_status_stays_what_it_is_and_a_signal_counts_from_128() {
        assert_eq!(Ending::from(ExitStatus::from_raw(3 << 8)), Ending::Exit(3));
        assert_eq!(Ending::Exit(3).code(), 3);
        let killed = Ending::from(ExitStatus::from_raw(9));
        assert_eq!((killed, killed.code()), (Ending::Signal(9), 137));
    }

    #[test]
    fn only_signals_with_a_name_can_be_sent() {
        assert_eq!(signal("INT"), Some(Signal::INT));
        assert_eq!(signal("SIGTERM"), Some(Signal::TERM));
        for name in ["", "int", "9", "SIGSTOP", "SIGSIGINT"] {
            assert_eq!(signal(name), None, "{name}");
        }
    }

    #[test]
    fn every_ending_says_its_number_and_its_reason() {
        let [_, exit, ended] = Ending::Signal(9).bodies();
        let Body::Custom(exit) = exit else {
            panic!("{exit:?}");
        };
        assert_eq!(exit.data, json!({"signal": "KILL", "number": 9}));
        let Body::SessionEnded(ended) = ended else {
            panic!("{ended:?}");
        };
        assert_eq!(ended.reason, "ended by the signal KILL");
    }
}
