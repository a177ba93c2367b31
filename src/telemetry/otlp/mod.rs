//! Traces and metrics as OTLP messages (protocol 1.x, protobuf).
//!
//! Encoding only: the messages are bytes for somebody who may dial. What is
//! sent here may be lost; audit has a road of its own.

mod metrics;
mod spans;

use std::fmt;

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, any_value},
    resource::v1::Resource,
};

use super::trace::Value;

pub use metrics::metrics;
pub use spans::spans;

/// Who reports: `service.name`, `service.version`, `service.instance.id`.
#[derive(Clone, PartialEq, Eq)]
pub struct Service {
    /// Which replica.
    pub instance: String,
    /// Which deployment, where one is named.
    pub environment: Option<String>,
}

impl Service {
    /// `service.name`.
    pub const NAME: &'static str = "portcullis";
    /// `service.version`.
    pub const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn resource(&self) -> Resource {
        let mut attributes = vec![
            text("service.name", Self::NAME),
            text("service.version", Self::VERSION),
            text("service.instance.id", &self.instance),
        ];
        attributes.extend(
            self.environment
                .as_deref()
                .map(|one| text("deployment.environment.name", one)),
        );
        Resource {
            attributes,
            ..Resource::default()
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Service({})", self.instance)
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: Service::NAME.to_owned(),
        version: Service::VERSION.to_owned(),
        ..InstrumentationScope::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, any_value::Value::StringValue(value.to_owned()))
}

fn pair(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn attribute(key: &str, value: &Value) -> KeyValue {
    let value = match value {
        Value::Text(text) => any_value::Value::StringValue(text.clone().into_owned()),
        Value::Number(number) => any_value::Value::IntValue(*number),
        Value::Flag(flag) => any_value::Value::BoolValue(*flag),
        Value::Texts(texts) => {
            let values = texts.iter().map(|one| AnyValue {
                value: Some(any_value::Value::StringValue(one.clone())),
            });
            any_value::Value::ArrayValue(ArrayValue {
                values: values.collect(),
            })
        }
    };
    pair(key, value)
}
