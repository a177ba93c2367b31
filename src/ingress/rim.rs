//! What is true for every request whatever becomes of it: five tower layers.
//!
//! Nothing here decides anything. Each layer takes an [`Arrival`] as a value,
//! so no data travels in request extensions.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{FutureExt, future::BoxFuture};
use http::{HeaderName, Response, header};
use tower::{
    BoxError, Service, ServiceBuilder, layer::layer_fn, service_fn, util::BoxCloneSyncService,
};

use super::{
    answer::AnswerBody,
    arrival::{Arrival, Handler},
    body::RETRY_AFTER,
    refuse,
};
use crate::{
    identity,
    primitives::{Code, Refusal, RequestId},
    telemetry::events::RequestRefused,
};

/// A handler with everything around it.
pub(super) type Rim = BoxCloneSyncService<Arrival, Response<AnswerBody>, Infallible>;

/// Puts the layers around a handler. `at_once` requests are in it together,
/// each until the head of its answer; more are turned away, not queued.
pub(super) fn rim(handler: Arc<impl Handler>, at_once: usize) -> Rim {
    let handle = service_fn(move |arrival: Arrival| {
        let handler = Arc::clone(&handler);
        async move { Ok::<_, BoxError>(handler.handle(arrival).await) }
    });
    let service = ServiceBuilder::new()
        .layer(layer_fn(|inner| Answered { inner }))
        .load_shed()
        .layer(tower::limit::GlobalConcurrencyLimitLayer::new(at_once))
        .layer(layer_fn(|inner| Unpanicked { inner }))
        .map_request(hide_credentials)
        .service(handle);
    BoxCloneSyncService::new(service)
}

/// Outermost: whatever happened inside is an answer, and carries the id.
#[derive(Debug, Clone)]
struct Answered<S> {
    inner: S,
}

impl<S> Service<Arrival> for Answered<S>
where
    S: Service<Arrival, Response = Response<AnswerBody>, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // a service that sheds load is always ready
        drop(self.inner.poll_ready(context));
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, arrival: Arrival) -> Self::Future {
        let request = arrival.request;
        let answer = self.inner.call(arrival);
        Box::pin(async move {
            let mut response = answer.await.unwrap_or_else(|_shed| overloaded(request));
            if let Some(id) = refuse::id_value(request) {
                response.headers_mut().insert(refuse::REQUEST_ID, id);
            }
            Ok(response)
        })
    }
}

fn overloaded(request: RequestId) -> Response<AnswerBody> {
    let sentence = "the gateway has as many requests as it may, try again shortly";
    let refusal = Refusal::new(Code::Overloaded, sentence).with_retry_after(RETRY_AFTER);
    refuse::response(&refusal, request)
}

/// Turns a panic into an answer. What the panic says stays in the process: it
/// may quote what was being handled.
#[derive(Debug, Clone)]
struct Unpanicked<S> {
    inner: S,
}

impl<S> Service<Arrival> for Unpanicked<S>
where
    S: Service<Arrival, Response = Response<AnswerBody>, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, arrival: Arrival) -> Self::Future {
        let request = arrival.request;
        // nothing of the handler runs before its future is polled
        let answer = AssertUnwindSafe(self.inner.call(arrival)).catch_unwind();
        Box::pin(async move { answer.await.unwrap_or_else(|_panic| Ok(failed(request))) })
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
