//! Changing signals over a socket.

use pilothouse_shared::{ChangeSignal, Refusal};

use crate::access::{Access, Action};
use crate::http::connection::Connection;
use crate::limits::What;

impl Connection {
    pub(super) async fn signal(&mut self, access: &Access, change: ChangeSignal) {
        if let Err(refusal) = self.change(access, change).await {
            self.refuse(None, refusal);
        }
    }

    async fn change(&mut self, access: &Access, change: ChangeSignal) -> Result<(), Refusal> {
        let ChangeSignal { channel, key, op } = change;
        access.check_key(&self.member.member, &key)?;
        let entrance = self.server.hub.entrance(access);
        let found = entrance.find_or_create(Action::Signal(&key), &channel, &self.member);
        let n_bytes = found.await?.signal(&key, &op)?;
        self.count(What::Bytes, n_bytes);
        Ok(())
    }
}
