//! Bodies that count against a call's limits as they flow.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use wasmtime_wasi_http::{Error, WasiBody};

use super::Usage;

/// Which of the two limits a body counts against.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Sent,
    Received,
}

/// What all bodies of one direction in one call share.
pub(super) struct Budget {
    usage: Arc<Usage>,
    direction: Direction,
    allowed: u64,
}

impl Budget {
    pub(super) fn new(usage: Arc<Usage>, direction: Direction, allowed: u64) -> Self {
        Budget {
            usage,
            direction,
            allowed,
        }
    }

    fn take(&self, bytes: usize) -> Result<(), Error> {
        let (counter, exceeded) = match self.direction {
            Direction::Sent => (
                &self.usage.sent,
                Error::HttpRequestBodySize(Some(self.allowed)),
            ),
            Direction::Received => (
                &self.usage.received,
                Error::HttpResponseBodySize(Some(self.allowed)),
            ),
        };
        let bytes = bytes as u64;
        if counter.fetch_add(bytes, Ordering::Relaxed) + bytes > self.allowed {
            return Err(exceeded);
        }
        Ok(())
    }
}

/// A body that ends with an error where its budget does.
pub(super) fn limited<B>(inner: B, budget: Budget) -> WasiBody
where
    B: Body<Data = Bytes, Error = Error> + Send + Unpin + 'static,
{
    Limited { inner, budget }.boxed_unsync()
}

struct Limited<B> {
    inner: B,
    budget: Budget,
}

impl<B> Body for Limited<B>
where
    B: Body<Data = Bytes, Error = Error> + Unpin,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && let Err(error) = self.budget.take(data.len())
        {
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
