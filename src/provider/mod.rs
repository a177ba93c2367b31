//! Dialects: what a request to a model API says, and what its answer says.
//!
//! [`Upstream::read`] turns bytes into a [`Call`]: the model it names, the
//! capabilities it needs, and what may be done with each of its leaves.
//! [`Outbound`] is the only thing that is sent, and asks for every proof.
//! Everything particular to a provider is in its folder: tables of leaves (one
//! readable page per operation), headers, error shape, login.
//!
//! INVARIANT: bytes that pass are forwarded as they came. A request that two
//! readers could read in two ways is refused, never put right.
//!
//! INVARIANT: our credential is put into a request in one function,
//! [`Upstream::sign`], and a caller's is in none.
//!
//! Left out on purpose: translation between dialects.

mod anthropic;
mod call;
mod dialect;
mod endpoint;
mod facts;
mod head;
mod network;
mod openai;
mod outbound;
mod read;
pub mod settings;
mod shape;
pub mod stream;
mod upstream;

use bytes::Bytes;
use serde_json::json;

pub use call::Call;
pub use endpoint::Endpoint;
pub use facts::{AnswerFacts, Usage};
pub use network::Network;
pub use outbound::{AnswerReading, Outbound, Return};
pub use upstream::{Origin, Plain, Scheme, Upstream, Upstreams};

use crate::primitives::{Refusal, RequestId};
use dialect::Dialect;

/// Every kind of provider there is: one folder, one line.
const DIALECTS: [&Dialect; 3] = [
    &openai::DIALECT,
    &openai::compatible::DIALECT,
    &anthropic::DIALECT,
];

/// The body of a refusal where no provider is known.
#[must_use]
pub fn plain_refusal_body(refusal: &Refusal, request: RequestId) -> Bytes {
    let body = json!({"error": {
        "message": refusal.sentence(),
        "type": refusal.code().error_type(),
        "code": refusal.code().name(),
        "request_id": request.to_string(),
    }});
    body.to_string().into()
}

#[cfg(test)]
mod tests;
