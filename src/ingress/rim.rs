//! What is true for every request whatever becomes of it: two tower layers.
//!
//! Nothing here decides anything. Each layer takes an [`Arrival`] as a value,
//! so no data travels in request extensions.
//!
//! Left out on purpose: a layer that sheds load. A connection has one request
//! at a time, and `seats` bounds the connections; with HTTP/2 it comes here.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{FutureExt, future::BoxFuture};
use http::{HeaderName, Response, header};
use tower::{Service, ServiceBuilder, layer::layer_fn, service_fn, util::BoxCloneSyncService};

use super::{
    answer::AnswerBody,
    arrival::{Arrival, Handler},
    refuse,
};
use crate::{
    identity,
    primitives::{Code, Refusal, RequestId},
    telemetry::events::RequestRefused,
};

/// A handler with everything around it.
pub(super) type Rim = BoxCloneSyncService<Arrival, Response<AnswerBody>, Infallible>;

/// Puts the layers around a handler, the outermost first.
pub(super) fn rim(handler: Arc<impl Handler>) -> Rim {
    let handle = service_fn(move |arrival: Arrival| {
        let handler = Arc::clone(&handler);
        async move { Ok(handler.handle(arrival).await) }
    });
    let service = ServiceBuilder::new()
        .layer(layer_fn(|inner| Answered { inner }))
        .map_request(hide_credentials)
        .service(handle);
    BoxCloneSyncService::new(service)
}

/// Every request gets an answer, and every answer carries the id of its
/// request. A panic becomes one too; what it says stays in the process: it may
/// quote what was being handled.
#[derive(Debug, Clone)]
struct Answered<S> {
    inner: S,
}

impl<S> Service<Arrival> for Answered<S>
where
    S: Service<Arrival, Response = Response<AnswerBody>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<S::Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, arrival: Arrival) -> Self::Future {
        let request = arrival.request;
        // nothing of the handler runs before its future is polled
        let answer = AssertUnwindSafe(self.inner.call(arrival)).catch_unwind();
        Box::pin(async move {
            let mut response = answer.await.unwrap_or_else(|_panic| Ok(failed(request)))?;
            if let Some(id) = refuse::id_value(request) {
                response.headers_mut().insert(refuse::REQUEST_ID, id);
            }
            Ok(response)
        })
    }
}

fn failed(request: RequestId) -> Response<AnswerBody> {
    let refusal = Refusal::new(Code::InternalError, "the gateway failed").with_detail("panic");
    RequestRefused {
        request,
        refusal: &refusal,
    }
    .emit();
    refuse::response(&refusal, request)
}

/// A value marked sensitive has a `Debug` that shows nothing.
fn hide_credentials(mut arrival: Arrival) -> Arrival {
    let own = identity::HEADERS.map(HeaderName::from_static);
    let others = [header::COOKIE, header::PROXY_AUTHORIZATION];
    for name in own.into_iter().chain(others) {
        if let header::Entry::Occupied(mut entry) = arrival.head.headers.entry(name) {
            for value in entry.iter_mut() {
                value.set_sensitive(true);
            }
        }
    }
    arrival
}
