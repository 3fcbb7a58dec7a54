//! How a socket ends. Closing is part of the protocol: each code says what the client does next.

/// A WebSocket close code of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// Done: the peer asked for it. Do not reconnect.
    Done,
    /// The peer goes away. Reconnect.
    GoingAway,
    /// A frame could not be understood at all. Stop: the next one would not be either.
    BadFrame,
    /// No valid credentials. Authenticate again, then reconnect.
    Unauthenticated,
    /// The credentials do not allow this. Stop.
    Forbidden,
    /// Nothing was heard for too long. Reconnect.
    Silent,
    /// A frame was larger than allowed. Stop.
    TooLarge,
    /// Too many frames. Reconnect after a while.
    TooFast,
    /// The relay shuts down. Reconnect after the advised time.
    Draining,
    /// Any other code, such as 1006 for a socket that broke. Reconnect.
    Other(u16),
}

/// What a client does after a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterClose {
    /// Reconnect with backoff.
    Retry,
    /// Ask the person for credentials first.
    Authenticate,
    /// Do not reconnect.
    Stop,
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Done => 1000,
            Self::GoingAway => 1001,
            Self::BadFrame => 4400,
            Self::Unauthenticated => 4401,
            Self::Forbidden => 4403,
            Self::Silent => 4408,
            Self::TooLarge => 4413,
            Self::TooFast => 4429,
            Self::Draining => 4503,
            Self::Other(number) => number,
        }
    }

    /// What a client does when it receives this code.
    #[must_use]
    pub fn after(self) -> AfterClose {
        match self {
            Self::Done | Self::BadFrame | Self::Forbidden | Self::TooLarge => AfterClose::Stop,
            Self::Unauthenticated => AfterClose::Authenticate,
            Self::GoingAway | Self::Silent | Self::TooFast | Self::Draining | Self::Other(_) => {
                AfterClose::Retry
            }
        }
    }
}

impl From<u16> for CloseCode {
    fn from(number: u16) -> Self {
        let known = [
            Self::Done,
            Self::GoingAway,
            Self::BadFrame,
            Self::Unauthenticated,
            Self::Forbidden,
            Self::Silent,
            Self::TooLarge,
            Self::TooFast,
            Self::Draining,
        ];
        known
            .into_iter()
            .find(|code| code.number() == number)
            .unwrap_or(Self::Other(number))
    }
}
