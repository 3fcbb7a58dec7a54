//! HTTP requests are counted: one that cannot be slowed is refused with when to come back.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use pilothouse_shared::MemberId;

use super::access::{Caller, names_member};
use super::error::HttpError;
use super::peer::Peer;
use crate::limits::{Account, What, seconds};
use crate::rules::Rules;
use crate::{Server, clock};

/// What callers that say not who they are are counted as, all of an address together.
const NAMELESS: &str = "(nameless)";

/// Counts a request and its bytes, unless what came before was too much. Gives it its [`Account`].
pub(super) async fn meter(
    State(server): State<Server>,
    mut request: Request,
    next: Next,
) -> Response {
    let limits = &server.rules.limits;
    let from = request.extensions().get::<Peer>().map(|peer| peer.address);
    let account = limits.account(&member(&request), from);
    if let Err((refusal, wait)) = limits.request(&account) {
        let mut response = HttpError(refusal).into_response();
        let after = HeaderValue::from(seconds(wait));
        response.headers_mut().insert(header::RETRY_AFTER, after);
        return response;
    }
    request.extensions_mut().insert(account.clone());
    let rules = Arc::clone(&server.rules);
    let counted = |body: Body| match body.is_end_stream() {
        true => body,
        false => Body::new(Counted {
            body,
            rules,
            account,
        }),
    };
    next.run(request.map(counted)).await
}

/// Who a request is counted for.
fn member(request: &Request) -> MemberId {
    let caller = request.extensions().get::<Caller>();
    let named = caller
        .filter(|Caller(_, access)| access.pass().is_some() || names_member(request.headers()));
    match named {
        Some(Caller(author, _)) => author.member.clone(),
        None => clock::fresh(|_| MemberId::new(NAMELESS)),
    }
}

/// A body whose bytes are counted as they come.
struct Counted {
    body: Body,
    rules: Arc<Rules>,
    account: Account,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let n_bytes = frame.data_ref().map_or(0, Bytes::len);
            let n_bytes = u64::try_from(n_bytes).unwrap_or(u64::MAX);
            self.rules.limits.spend(&self.account, What::Bytes, n_bytes);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
