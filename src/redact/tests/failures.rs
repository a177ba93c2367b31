//! A detector that fails, and one that takes too long (RED-03).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::*;
use crate::{
    primitives::Code,
    redact::detector::{Decided, Detected, OutOfTime, Wanted},
};

/// Panics, with the text in its message as a slip in indexing would.
struct Broken;

impl Look for Broken {
    fn find_while(
        &self,
        text: &str,
        _: &Wanted,
        _: &mut dyn FnMut() -> bool,
        _: &mut Vec<Detected>,
    ) -> Result<(), OutOfTime> {
        panic!("broken at {text}")
    }

    fn scan(&self, text: &str, _: usize, _: bool, _: &Wanted, _: &mut Vec<Detected>) -> Decided {
        panic!("broken at {text}")
    }
}

#[test]
fn a_detector_that_panics_refuses_both_ways() {
    let broken = looking_with(Broken, &Limits::default());
    let refused = broken
        .clean(
            body("{\"text\":\"canary\"}"),
            &[name("default")],
            &tenant("a"),
        )
        .unwrap_err();
    assert_eq!(refused.code(), Code::RedactionUnavailable);
    assert!(!format!("{refused:?}").contains("canary"));
    let (_, exchange, _) = broken
        .clean(Body(None), &[name("default")], &tenant("a"))
        .unwrap()
        .into_parts();
    let refused = exchange.answer_text("canary").unwrap_err();
    assert_eq!(refused.code(), Code::RedactionUnavailable);
    assert!(!format!("{refused:?}").contains("canary"));
}

#[test]
fn a_scan_that_takes_too_long_refuses() {
    let limits = Limits {
        scan_time: Duration::ZERO,
        scan_time_per_mib: Duration::ZERO,
        ..Limits::default()
    };
    let hurried = looking_with(shipped(), &limits);
    let long = format!("{{\"text\":\"{}\"}}", "word 12 ".repeat(100_000));
    let refused = hurried
        .clean(body(&long), &[name("default")], &tenant("a"))
        .unwrap_err();
    assert_eq!(refused.code(), Code::RedactionUnavailable);
    let (_, exchange, _) = hurried
        .clean(Body(None), &[name("default")], &tenant("a"))
        .unwrap()
        .into_parts();
    assert_eq!(
        exchange.answer_text(&long).unwrap_err().code(),
        Code::RedactionUnavailable
    );
}

/// Asks for time as long as it gets some.
struct Asking(Arc<AtomicBool>);

impl Look for Asking {
    fn find_while(
        &self,
        _: &str,
        _: &Wanted,
        go_on: &mut dyn FnMut() -> bool,
        _: &mut Vec<Detected>,
    ) -> Result<(), OutOfTime> {
        for _ in 0..1_000_000 {
            if !go_on() {
                self.0.store(true, Ordering::Relaxed);
                return Err(OutOfTime);
            }
        }
        Ok(())
    }

    fn scan(&self, text: &str, _: usize, _: bool, _: &Wanted, _: &mut Vec<Detected>) -> Decided {
        Decided {
            hold_from: text.len(),
            keep_from: text.len(),
            swallow: None,
        }
    }
}

#[test]
fn a_short_text_that_takes_too_long_is_stopped_inside() {
    let limits = Limits {
        scan_time: Duration::ZERO,
        scan_time_per_mib: Duration::ZERO,
        ..Limits::default()
    };
    let stopped = Arc::new(AtomicBool::new(false));
    let refused = looking_with(Asking(Arc::clone(&stopped)), &limits)
        .clean(
            body("{\"text\":\"short\"}"),
            &[name("default")],
            &tenant("a"),
        )
        .unwrap_err();
    assert_eq!(refused.code(), Code::RedactionUnavailable);
    assert!(
        stopped.load(Ordering::Relaxed),
        "only the last look refused"
    );
}
