//! Who a socket says to be, and what it shows for that.

use std::future::ready;
use std::sync::Arc;

use pilothouse_shared::{Author, CloseCode, ErrorCode, Hello, Refusal};

use crate::access::Access;
use crate::http::access::short_name;
use crate::http::connected::FULL;
use crate::http::connection::{Connection, over};
use crate::{clock, name};

impl Connection {
    /// Refuses a stranger, and closes.
    pub(super) fn turn_away(&mut self, reason: &'static str) {
        self.refuse(None, Refusal::new(ErrorCode::Unauthenticated, reason));
        self.over = Some(Box::pin(ready((CloseCode::Unauthenticated, reason))));
    }

    pub(super) fn hello(&mut self, hello: Hello, is_first: bool) {
        if !is_first {
            let message = "`hello` comes first or not at all; reconnect to be somebody else";
            return self.refuse(None, Refusal::new(ErrorCode::Invalid, message));
        }
        let member = hello.member.unwrap_or_else(|| self.member.member.clone());
        let name = hello
            .name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| short_name(&member));
        let kind = hello.kind;
        let said = Author { member, name, kind };
        if let Err(refusal) = name::check_author(&said) {
            return self.refuse(None, refusal);
        }
        match self.shown(hello.token.as_deref()) {
            Ok(access) => {
                // What was opened as somebody else ends; the channel of the URL is opened anew.
                self.subscriptions.clear();
                self.member = Arc::new(access.speaker(said));
                self.server
                    .connected
                    .rename(&self.id, &self.member, &access);
                self.over = over(Some(&access));
                self.welcome(&access);
                self.access = Some(access);
            }
            Err(refusal) => {
                let end = match refusal.code {
                    ErrorCode::RateLimited => (CloseCode::TooFast, FULL),
                    _ => (CloseCode::Unauthenticated, "the token was refused"),
                };
                self.refuse(None, refusal);
                self.over = Some(Box::pin(ready(end)));
            }
        }
    }

    /// What a `hello` may do from here on: what its token allows, else what the upgrade showed.
    fn shown(&self, token: Option<&str>) -> Result<Access, Refusal> {
        match (token, &self.access) {
            (_, Some(access)) if access.pass().is_none() => Ok(access.clone()),
            (Some(token), _) => {
                let access = self.server.access.admit(token, clock::now())?;
                let room = self.server.connected.check_room(&access);
                room.inspect_err(|_| self.server.metrics.of_token())?;
                Ok(access)
            }
            (None, Some(access)) => Ok(access.clone()),
            (None, None) => {
                let message = "this relay wants to know who you are: send a token with `hello`";
                Err(Refusal::new(ErrorCode::Unauthenticated, message))
            }
        }
    }
}
