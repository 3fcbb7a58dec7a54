//! What ends a connection that would go on: its access does, or the patience with a stranger.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pilothouse_shared::CloseCode;
use pilothouse_shared::limits::HELLO_WITHIN_MS;
use tokio::time::sleep;

use crate::access::Access;

/// With which code, and why.
pub(in crate::http) type Ending = BoxFuture<'static, (CloseCode, &'static str)>;

/// The end of this access; without any, the time for a `hello`. None where nothing ends.
pub(in crate::http) fn over(access: Option<&Access>) -> Option<Ending> {
    match access {
        Some(access) if access.pass().is_none() => None,
        Some(access) => {
            let over = access.clone().over();
            Some(Box::pin(
                over.map(|reason| (CloseCode::Unauthenticated, reason)),
            ))
        }
        None => Some(Box::pin(async {
            sleep(Duration::from_millis(HELLO_WITHIN_MS)).await;
            let reason = "say `hello` with a token within 10 s";
            (CloseCode::Unauthenticated, reason)
        })),
    }
}

pub(super) async fn ended(over: &mut Option<Ending>) -> (CloseCode, &'static str) {
    match over {
        Some(over) => over.await,
        None => std::future::pending().await,
    }
}
