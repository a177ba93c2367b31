//! The probes port: alive, ready, and the page of metrics; nothing else.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};

use super::{
    answer::{AnswerBody, whole},
    arrival::{Arrival, Handler, Probes},
    refuse,
    stop::Stop,
};
use crate::primitives::{Code, Refusal};

/// Answers the three paths.
#[derive(Debug)]
pub(super) struct ProbesHandler<P> {
    probes: Arc<P>,
    stop: Stop,
}

impl<P: Probes> ProbesHandler<P> {
    pub(super) const fn new(probes: Arc<P>, stop: Stop) -> Self {
        Self { probes, stop }
    }

    fn answer(&self, arrival: &Arrival) -> Response<AnswerBody> {
        let page = match arrival.head.uri.path() {
            "/livez" => text(StatusCode::OK, "alive"),
            "/readyz" => self.readiness(),
            "/metrics" => self.metrics(),
            _ => {
                let refusal = Refusal::new(Code::UnknownEndpoint, "there is no such probe");
                return refuse::response(&refusal, arrival.request);
            }
        };
        if matches!(arrival.head.method, Method::GET | Method::HEAD) {
            return page;
        }
        let refusal = Refusal::new(Code::MethodNotAllowed, "probes are asked with GET or HEAD");
        let mut response = refuse::response(&refusal, arrival.request);
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, allowed);
        response
    }

    /// A gateway that stops is not ready, so that nobody sends it more.
    fn readiness(&self) -> Response<AnswerBody> {
        match self.probes.ready() {
            _ if self.stop.is_stopping() => text(StatusCode::SERVICE_UNAVAILABLE, "draining"),
            Ok(()) => text(StatusCode::OK, "ready"),
            Err(missing) => text(StatusCode::SERVICE_UNAVAILABLE, missing),
        }
    }

    fn metrics(&self) -> Response<AnswerBody> {
        page(StatusCode::OK, OPENMETRICS, self.probes.page().into())
    }
}

impl<P: Probes> Handler for ProbesHandler<P> {
    async fn handle(self: Arc<Self>, arrival: Arrival) -> Response<AnswerBody> {
        self.answer(&arrival)
    }
}

fn text(status: StatusCode, word: &'static str) -> Response<AnswerBody> {
    page(status, "text/plain; charset=utf-8", word.into())
}

fn page(status: StatusCode, kind: &'static str, body: Bytes) -> Response<AnswerBody> {
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The media type of OpenMetrics 1.0.0.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
