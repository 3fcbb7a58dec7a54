//! A request's body that has to come to an end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long a body may take: the largest, over a line of a megabit a second, with time to spare.
pub(super) const BODY_WITHIN: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug)]
pub(super) struct Timed<B> {
    body: B,
    /// From when it is waited for; most bodies are there with their headers.
    due: Option<Pin<Box<Sleep>>>,
}

impl<B> Timed<B> {
    pub(super) fn new(body: B) -> Self {
        Self { body, due: None }
    }
}

impl<B> Body for Timed<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let due = self.due.get_or_insert_with(|| Box::pin(sleep(BODY_WITHIN)));
        ready!(due.as_mut().poll(cx));
        Poll::Ready(Some(Err("the body took too long to come".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};
    use tokio::time::Instant;

    use super::*;

    /// Bodies that came a byte at a time held a connection for as long as somebody liked.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up_and_one_that_comes_is_not() {
        let drop = |_| async {
            tokio::time::sleep(Duration::from_secs(7)).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"x")))
        };
        let begun = Instant::now();
        let dripping = Box::pin(stream::repeat(()).then(drop));
        let refused = Timed::new(StreamBody::new(dripping)).collect().await;
        assert!(refused.unwrap_err().to_string().contains("too long"));
        assert_eq!(begun.elapsed(), BODY_WITHIN);

        let coming = Box::pin(stream::repeat(()).then(drop).take(8));
        let whole = Timed::new(StreamBody::new(coming)).collect().await;
        assert_eq!(whole.unwrap().to_bytes().len(), 8);
    }
}
