//! Standard input and output as a transport that knows which result has been written.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pilothouse_shared::{ChannelId, MemberId, MemberKind};
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, GetExtensions, RequestId, ServerJsonRpcMessage,
};
use rmcp::service::RoleServer;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::{StdioReader, StdioWriter, Transport, stdio_pipes};

use crate::access::Access;
use crate::adapters::mcp::{Parcel, Visitor};

/// Most calls under way at once; of more the results carry no hints.
const MAX_CALLS: usize = 256;

/// Who is at the other end, as far as it is known before it says anything.
#[derive(Debug)]
pub(super) struct Speaker {
    pub(super) member: Option<MemberId>,
    pub(super) name: Option<String>,
    pub(super) kind: MemberKind,
    pub(super) channel: Option<ChannelId>,
    pub(super) session: String,
}

/// See the module.
pub(super) struct Pipe {
    inner: AsyncRwTransport<RoleServer, StdioReader, StdioWriter>,
    speaker: Speaker,
    calls: Calls,
}

/// What the results of the calls under way carry; at most [`MAX_CALLS`]. An entry leaves with the
/// result, or when the call is cancelled.
#[derive(Debug, Clone, Default)]
struct Calls(Arc<Mutex<HashMap<RequestId, Parcel>>>);

impl Pipe {
    pub(super) fn new(speaker: Speaker) -> Self {
        let (read, write) = stdio_pipes();
        Self {
            inner: AsyncRwTransport::new_server(read, write),
            speaker,
            calls: Calls::default(),
        }
    }

    fn announce(&self, message: &mut ClientJsonRpcMessage) {
        match message {
            ClientJsonRpcMessage::Request(request) => {
                let parcel = Parcel::default();
                let visitor = self.speaker.visitor(&parcel);
                self.calls.insert(request.id.clone(), parcel);
                request.request.extensions_mut().insert(visitor);
            }
            ClientJsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) =
                    &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    self.calls.remove(id);
                }
            }
            _ => {}
        }
    }
}

impl Speaker {
    fn visitor(&self, parcel: &Parcel) -> Visitor {
        Visitor {
            member: self.member.clone(),
            name: self.name.clone(),
            kind: self.kind,
            channel: self.channel.clone(),
            session: Some(self.session.clone()),
            // The relay at the other end decides.
            access: Access::open(),
            slip: parcel.slip(),
        }
    }
}

impl Calls {
    fn lock(&self) -> MutexGuard<'_, HashMap<RequestId, Parcel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, id: RequestId, parcel: Parcel) {
        let mut calls = self.lock();
        if calls.len() < MAX_CALLS {
            calls.insert(id, parcel);
        }
    }

    fn remove(&self, id: &RequestId) -> Option<Parcel> {
        self.lock().remove(id)
    }

    /// The client asks nothing more: what waits for people ends, what is nearly done is still written.
    fn hurry(&self) {
        self.lock().values().for_each(Parcel::hurry);
    }
}

impl Transport<RoleServer> for Pipe {
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let answers = match &message {
            ServerJsonRpcMessage::Response(response) => Some(&response.id),
            ServerJsonRpcMessage::Error(error) => error.id.as_ref(),
            _ => None,
        };
        let parcel = answers.and_then(|id| self.calls.remove(id));
        let sending = self.inner.send(message);
        async move {
            sending.await?;
            if let Some(parcel) = parcel {
                parcel.written().await;
            }
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        let mut message = self.inner.receive().await;
        match &mut message {
            Some(message) => self.announce(message),
            None => self.calls.hurry(),
        }
        message
    }

    async fn close(&mut self) -> io::Result<()> {
        self.inner.close().await
    }
}
