//! Servers that speak the same dialect: vLLM, Ollama, Groq, OpenRouter,
//! DeepSeek and many more. They can be anywhere, so only the user knows where.

use super::{ENDPOINTS, error};
use crate::provider::dialect::{Dialect, Login};

/// The dialect by base URL.
pub(in crate::provider) static DIALECT: Dialect = Dialect {
    kind: "openai-compatible",
    address: None,
    prefixes: &["/v1", "/openai/v1", "/api/v1"],
    endpoints: ENDPOINTS,
    headers: &[],
    login: Login::Bearer,
    booking: None,
    answer_headers: &[],
    error,
};
