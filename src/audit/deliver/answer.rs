//! What an answer of the collector means: the table of TELEMETRY §4.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message as _;

use super::{PostFault, collector::PROTOBUF};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All of it was taken.
    Accepted,
    /// Some of it was not: send again in halves, to find out which.
    Partial,
    /// Later.
    Retry {
        /// As the collector asks.
        after: Option<Duration>,
        /// Why, for operators.
        fault: String,
    },
    /// Somebody has to change a setting, here or there.
    Hold(String),
    /// The collector will not have it as it is: once more, then in halves.
    Refused(String),
}

/// An answer, or why there is none.
pub(super) type Answer = Result<(StatusCode, HeaderMap, Bytes), PostFault>;

/// Reads the table. Whatever is not in it holds: nothing is lost by waiting.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let (status, headers, body) = match answer {
        Ok(answer) => (answer.0.as_u16(), &answer.1, &answer.2),
        Err(fault) => {
            return Verdict::Retry {
                after: None,
                fault: fault.to_string(),
            };
        }
    };
    let fault = format!("the collector answers with status {status}");
    match status {
        200..=299 => accepted(headers, body),
        408 | 429 | 502 | 503 | 504 => Verdict::Retry {
            after: retry_after(headers),
            fault,
        },
        400 | 413 | 422 | 500 => Verdict::Refused(fault),
        _ => Verdict::Hold(fault),
    }
}

/// Only an answer in the words of OTLP accepts: a proxy's friendly page does
/// not.
fn accepted(headers: &HeaderMap, body: &Bytes) -> Verdict {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_protobuf = kind.is_some_and(|kind| kind.starts_with(PROTOBUF));
    if !body.is_empty() && !is_protobuf {
        let fault = "what answers does not speak OTLP over HTTP in protobuf";
        return Verdict::Hold(fault.to_owned());
    }
    match ExportLogsServiceResponse::decode(body.as_ref()) {
        Ok(answer) => match answer.partial_success {
            Some(partial) if partial.rejected_log_records != 0 => Verdict::Partial,
            Some(_) | None => Verdict::Accepted,
        },
        Err(_) => Verdict::Hold("the collector's answer cannot be read".to_owned()),
    }
}

/// Whole seconds (RFC 9110 §10.2.3); a date is treated as if it were absent.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsPartialSuccess;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: Vec<u8>) -> Verdict {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        let status = StatusCode::from_u16(status).expect("a status");
        judge(&Ok((status, map, body.into())))
    }

    const OTLP: (&str, &str) = ("content-type", PROTOBUF);

    #[test]
    fn each_status_is_treated_as_the_table_says() {
        for status in 200..600 {
            let verdict = answer(status, &[], Vec::new());
            match status {
                200..=299 => assert_eq!(verdict, Verdict::Accepted, "{status}"),
                408 | 429 | 502 | 503 | 504 => {
                    assert!(
                        matches!(verdict, Verdict::Retry { after: None, .. }),
                        "{status}"
                    );
                }
                400 | 413 | 422 | 500 => {
                    assert!(matches!(verdict, Verdict::Refused(_)), "{status}");
                }
                // 401, 403, 404, redirects, and what nobody has thought of
                _ => assert!(matches!(verdict, Verdict::Hold(_)), "{status}"),
            }
        }
        let none = judge(&Err(PostFault("connection refused".to_owned())));
        assert!(matches!(none, Verdict::Retry { .. }));
    }

    #[test]
    fn retry_after_is_obeyed_in_seconds() {
        let after = |value| match answer(503, &[("retry-after", value)], Vec::new()) {
            Verdict::Retry { after, .. } => after,
            Verdict::Accepted | Verdict::Partial | Verdict::Hold(_) | Verdict::Refused(_) => None,
        };
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("Wed, 25 Nov 2026 00:00:00 GMT"), None);
        assert_eq!(after("-1"), None);
    }

    #[test]
    fn rejected_records_are_looked_for_and_a_warning_is_none() {
        let partial = |rejected_log_records| {
            let partial_success = Some(ExportLogsPartialSuccess {
                rejected_log_records,
                error_message: "a word of warning".to_owned(),
            });
            ExportLogsServiceResponse { partial_success }.encode_to_vec()
        };
        assert_eq!(answer(200, &[OTLP], partial(3)), Verdict::Partial);
        assert_eq!(answer(200, &[OTLP], partial(-1)), Verdict::Partial);
        assert_eq!(answer(200, &[OTLP], partial(0)), Verdict::Accepted);
    }

    #[test]
    fn success_in_other_words_is_no_success() {
        let page = b"<html>welcome</html>".to_vec();
        for headers in [&[][..], &[("content-type", "text/html")], &[OTLP]] {
            assert!(matches!(
                answer(200, headers, page.clone()),
                Verdict::Hold(_)
            ));
        }
    }
}
