//! The protocol over standard input and output, for a client that starts the server by itself. The
//! tools reach their relay over a [`Link`](pilothouse_shared::link) and HTTP.

mod pipe;
mod remote;

use pilothouse_shared::{ChannelId, MemberId, MemberKind};
use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use thiserror::Error;

use super::Tools;
use crate::client::RelayUrl;
use crate::clock;
use pipe::{Pipe, Speaker};
use remote::Remote;

/// Which relay, and as whom.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The relay.
    pub url: RelayUrl,
    /// A stable id; one made of the client's name, and different for each process, when absent.
    pub member: Option<MemberId>,
    /// What people call the agent; the client's name when absent.
    pub name: Option<String>,
    /// Where it acts unless a tool is told otherwise; a channel named after the client when absent.
    pub channel: Option<ChannelId>,
    /// Program or person.
    pub kind: MemberKind,
}

/// Why a client could not be served.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct StdioError(String);

/// Serves the client at the other end of standard input and output until it closes them. The relay
/// need not be there: it is tried again for as long as this runs. How many events it was told and could not
/// send.
///
/// # Errors
/// [`StdioError`] when what comes is not the protocol, or the relay's certificate cannot be checked.
pub async fn serve(settings: Settings) -> Result<usize, StdioError> {
    let speaker = Speaker {
        member: settings.member,
        name: settings.name,
        kind: settings.kind,
        channel: settings.channel,
        // Two processes of one client must not be taken for one member.
        session: clock::fresh(MemberId::new).to_string(),
    };
    let remote = Remote::new(settings.url).map_err(StdioError)?;
    let tools = Tools::new(remote.clone());
    let served = match Box::pin(tools.serve(Pipe::new(speaker))).await {
        Ok(running) => running.waiting().await.map_err(|error| error.to_string()),
        // A client that closes without a word wanted nothing.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(0),
        Err(error) => Err(error.to_string()),
    };
    let n_unsent = remote.close().await;
    let foreign = |error| format!("the client does not speak the Model Context Protocol: {error}");
    served
        .map(|_| n_unsent)
        .map_err(foreign)
        .map_err(StdioError)
}
