//! Who is connected by a socket now, for who looks after the relay.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use pilothouse_shared::{Author, ConnectionId, ErrorCode, MemberKind, Millis, Refusal};
use serde::Serialize;

use super::access::Caller;
use super::error::HttpResult;
use crate::access::Access;
use crate::{Server, clock};

/// Most connections that are told of: those that came first.
const MAX_TOLD: usize = 1000;

/// Most sockets of one token: a person's pages, or all agents of a machine.
const MAX_OF_TOKEN: usize = 256;

/// What one too many is told.
pub(super) const FULL: &str =
    "your token has as many connections as it may: close some, then come back";

/// Every socket. As many as there are connections.
#[derive(Debug, Default)]
pub(crate) struct Connected(Mutex<BTreeMap<ConnectionId, Connection>>);

/// The sockets, and how many there are.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ConnectionList {
    /// At most 1000.
    connections: Vec<Connection>,
    /// All of them.
    total: usize,
}

/// A socket.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct Connection {
    /// Its id, as in `welcome`.
    #[schema(value_type = String)]
    connection: ConnectionId,
    /// Who speaks.
    member: String,
    name: String,
    /// `human` or `agent`.
    #[schema(value_type = String)]
    kind: MemberKind,
    /// Since when, in milliseconds since the Unix epoch.
    since: Millis,
    /// From where.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// The id of its token, which is no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Keeps a socket in the list until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    connected: Arc<Connected>,
    id: ConnectionId,
}

impl Connected {
    fn all(&self) -> MutexGuard<'_, BTreeMap<ConnectionId, Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a socket.
    pub(super) fn enter(
        self: &Arc<Self>,
        id: &ConnectionId,
        author: &Author,
        access: Option<&Access>,
        address: Option<IpAddr>,
    ) -> Place {
        let connection = Connection {
            connection: id.clone(),
            member: author.member.to_string(),
            name: author.name.clone(),
            kind: author.kind,
            since: clock::now(),
            address,
            token: access.and_then(token),
        };
        self.all().insert(id.clone(), connection);
        Place {
            connected: Arc::clone(self),
            id: id.clone(),
        }
    }

    /// The refusal of another socket for a token that has as many as it may.
    pub(super) fn check_room(&self, access: &Access) -> Result<(), Refusal> {
        let Some(pass) = access.pass() else {
            return Ok(());
        };
        let all = self.all();
        let is_of_token = |other: &&Connection| other.token.as_deref() == Some(&*pass.token);
        match all.values().filter(is_of_token).count() < MAX_OF_TOKEN {
            true => Ok(()),
            false => Err(Refusal::new(ErrorCode::RateLimited, FULL)),
        }
    }

    /// Writes down whom a socket's `hello` has named.
    pub(super) fn rename(&self, id: &ConnectionId, author: &Author, access: &Access) {
        if let Some(connection) = self.all().get_mut(id) {
            connection.member = author.member.to_string();
            connection.name.clone_from(&author.name);
            connection.kind = author.kind;
            connection.token = token(access);
        }
    }
}

fn token(access: &Access) -> Option<String> {
    access.pass().map(|pass| pass.token.clone())
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connected.all().remove(&self.id);
    }
}

/// Lists who is connected by a socket.
#[utoipa::path(
    get,
    path = "/api/connections",
    operation_id = "list_connections",
    tag = "access",
    responses(
        (status = 200, description = "The sockets.", body = ConnectionList),
    )
)]
pub(super) async fn list(
    State(server): State<Server>,
    Caller(_, access): Caller,
) -> HttpResult<Json<ConnectionList>> {
    access.check_admin()?;
    let all = server.connected.all();
    let mut connections: Vec<_> = all.values().cloned().collect();
    drop(all);
    let total = connections.len();
    connections.sort_by_key(|connection| connection.since);
    connections.truncate(MAX_TOLD);
    Ok(Json(ConnectionList { connections, total }))
}
