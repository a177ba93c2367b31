//! Where records go.

use std::fmt;

use http::{HeaderMap, HeaderValue, Uri, header};

use crate::primitives::SettingFault;

/// A collector, checked.
#[derive(Clone)]
pub struct Collector {
    uri: Uri,
    pub(super) headers: HeaderMap,
}

impl Collector {
    /// Takes the base URL and the header fields, values fetched.
    ///
    /// # Errors
    /// When the URL is not `http://` or `https://` with a host, or a header
    /// field cannot be one.
    pub fn load(endpoint: &str, headers: &[(String, String)]) -> Result<Self, Vec<SettingFault>> {
        let mut faults = Vec::new();
        let uri: Option<Uri> = format!("{}/v1/logs", endpoint.trim_end_matches('/'))
            .parse()
            .ok();
        let uri = uri.filter(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.query().is_none()
                && uri
                    .authority()
                    .is_some_and(|whole| !whole.as_str().contains('@'))
        });
        if uri.is_none() {
            let problem = "is not the base address of a collector";
            let instead = "write `http://host:4318` or `https://host:4318`";
            let fault = SettingFault::new("otlp.endpoint", problem, instead);
            faults.push(fault.with_value(endpoint));
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let path = format!("otlp.headers.{name}");
            let field = header::HeaderName::try_from(name).ok();
            let value = HeaderValue::try_from(value).ok();
            let (Some(field), Some(mut value)) = (field, value) else {
                let problem = "cannot be a header field";
                faults.push(SettingFault::new(path, problem, "write visible ASCII"));
                continue;
            };
            value.set_sensitive(true);
            map.insert(field, value);
        }
        map.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
        match uri {
            Some(uri) if faults.is_empty() => Ok(Self { uri, headers: map }),
            Some(_) | None => Err(faults),
        }
    }

    /// Where records go.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Collector({}, {} header fields)",
            self.uri,
            self.headers.len()
        )
    }
}

/// OTLP over HTTP, binary (OTLP 1.9 §OTLP/HTTP).
pub(super) const PROTOBUF: &str = "application/x-protobuf";
