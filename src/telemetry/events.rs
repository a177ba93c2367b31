//! Operational events: one struct each, one line each.

use std::{fmt::Display, net::SocketAddr};

use tracing::{error, info, warn};

use crate::primitives::{Refusal, RequestId};

/// A port is open.
#[derive(Debug)]
pub struct Listening {
    /// What the port is for: `data` or `probes`.
    pub listener: &'static str,
    /// Where.
    pub address: SocketAddr,
}

impl Listening {
    /// Logs it.
    pub fn emit(&self) {
        info!(listener = self.listener, address = %self.address, "listening");
    }
}

/// A request has ended.
#[derive(Debug)]
pub struct RequestEnded {
    /// Its id.
    pub request: RequestId,
    /// The status sent.
    pub status: u16,
    /// The operation, where one was found.
    pub operation: &'static str,
    /// Microseconds from head to end.
    pub micros: u64,
}

impl RequestEnded {
    /// Logs it.
    pub fn emit(&self) {
        info!(
            request_id = %self.request,
            status = self.status,
            operation = self.operation,
            duration_us = self.micros,
            "request ended"
        );
    }
}

/// A request was refused.
#[derive(Debug)]
pub struct RequestRefused<'a> {
    /// Its id.
    pub request: RequestId,
    /// Why.
    pub refusal: &'a Refusal,
}

impl RequestRefused<'_> {
    /// Logs it with the operator's detail. The sentence stays out: it may
    /// name a model as the caller wrote it.
    pub fn emit(&self) {
        let (code, detail) = (self.refusal.code(), self.refusal.detail().unwrap_or(""));
        if code.status().is_server_error() {
            warn!(request_id = %self.request, code = code.name(), detail, "request refused");
        } else {
            info!(request_id = %self.request, code = code.name(), detail, "request refused");
        }
    }
}

/// Something the gateway lives on has a fault.
#[derive(Debug)]
pub struct Degraded<'a, E: Display> {
    /// What: `keyring`, `audit`, `listener`.
    pub part: &'static str,
    /// The fault, in its room's own words.
    pub fault: &'a E,
}

impl<E: Display> Degraded<'_, E> {
    /// Logs it.
    pub fn emit(&self) {
        error!(part = self.part, fault = %self.fault, "degraded");
    }
}

/// A changed configuration is in force.
#[derive(Debug)]
pub struct ConfigLoaded<'a> {
    /// Its digest.
    pub digest: &'a str,
}

impl ConfigLoaded<'_> {
    /// Logs it.
    pub fn emit(&self) {
        info!(digest = self.digest, "configuration loaded");
    }
}

/// A changed configuration has faults; the old one stays in force.
#[derive(Debug)]
pub struct ConfigRejected<'a> {
    /// The faults, located. A configuration holds no secrets to show.
    pub faults: &'a str,
}

impl ConfigRejected<'_> {
    /// Logs it.
    pub fn emit(&self) {
        error!(
            faults = self.faults,
            "configuration rejected, the old one stays in force"
        );
    }
}

/// The gateway stops.
#[derive(Debug)]
pub struct Stopping {
    /// Seconds running requests have.
    pub drain_seconds: u64,
}

impl Stopping {
    /// Logs it.
    pub fn emit(&self) {
        info!(drain_seconds = self.drain_seconds, "stopping");
    }
}

/// The gateway has stopped.
#[derive(Debug)]
pub struct Stopped {
    /// Requests that were cut.
    pub cut: usize,
}

impl Stopped {
    /// Logs it.
    pub fn emit(&self) {
        info!(cut = self.cut, "stopped");
    }
}
