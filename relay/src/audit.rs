//! The audit trail: who let whom in, who took what back, as events in a channel of the relay's own.

use std::sync::Arc;

use pilothouse_shared::{Author, Body, ChannelId, Custom, Extra, IdError, Refusal};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::access::{Gate, Keyring, Listed};
use crate::hub::Hub;

/// Its channel. Only who looks after the relay sees it.
pub(crate) const CHANNEL: &str = "pilothouse-system-audit";

/// Its name in lists.
const NAME: &str = "Audit trail";

/// Told: that a token was made.
const MADE: u8 = 1;
/// Told: that it was revoked.
const REVOKED: u8 = 2;

/// Says in the trail what somebody did. What cannot be stored is logged.
pub(crate) async fn tell(hub: &Arc<Hub>, by: &Author, action: &str, about: Value) {
    tracing::info!(action, by = %by.member, %about, "audit");
    if let Err(refusal) = store(hub, by, action, about).await {
        tracing::error!(action, %refusal, "the audit trail lacks this");
    }
}

async fn store(hub: &Arc<Hub>, by: &Author, action: &str, about: Value) -> Result<(), Refusal> {
    let broken =
        |error: IdError| Refusal::new(pilothouse_shared::ErrorCode::Invalid, error.to_string());
    let id = ChannelId::new(CHANNEL).map_err(broken)?;
    let channel = hub.find_or_create_named(&id, NAME, hub.author()).await?;
    let body = Custom {
        name: format!("audit.{action}"),
        data: about,
        extra: Extra::new(),
    };
    channel.announce(by.clone(), Body::Custom(body)).await?;
    Ok(())
}

/// Keeps the trail and the gate up to date until dropped.
pub(crate) async fn keep(hub: Arc<Hub>, gate: Arc<Gate>) {
    let (news, mut listed) = mpsc::channel(1);
    let telling = async {
        while let Some(tokens) = listed.recv().await {
            let Ok(keyring) = gate.keyring() else { return };
            for token in tokens {
                catch_up(&hub, keyring, &token).await;
            }
        }
    };
    tokio::join!(Arc::clone(&gate).keep(news), telling);
}

/// Tells what the trail lacks of a token's life.
async fn catch_up(hub: &Arc<Hub>, keyring: &Arc<Keyring>, token: &Listed) {
    let told = match token.revoked_at {
        Some(_) => REVOKED,
        None => MADE,
    };
    if token.told >= told {
        return;
    }
    if token.told < MADE && token.bearer.is_some() {
        tell(hub, hub.author(), "token_made", about(token)).await;
    }
    if told == REVOKED {
        tell(hub, hub.author(), "token_revoked", about(token)).await;
    }
    if let Err(error) = keyring.told(&token.id, told) {
        tracing::warn!(%error, "the register cannot be written");
    }
}

/// What may be said of a token: everything but itself.
fn about(token: &Listed) -> Value {
    let bearer = token.bearer.as_ref();
    json!({
        "token": token.id,
        "member": bearer.map(|bearer| &bearer.member),
        "name": bearer.map(|bearer| &bearer.name),
        "grants": bearer.map(|bearer| bearer.grants.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "made_by": bearer.map(|bearer| &bearer.made_by),
        "expires_at": token.expires_at,
    })
}
