//! JSON lines on standard error.

use tracing_subscriber::{
    EnvFilter, Layer, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Names the level of our own events: `trace` to `error`, or `off`.
const VARIABLE: &str = "PORTCULLIS_LOG";

/// A panic is told by where it happened alone. What it says may quote the text
/// that was being read (THREATS AUD-03).
fn hide_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

/// Starts logging for the whole process. Called once; a second call changes nothing.
pub fn start_logging() {
    hide_panics();
    start(&std::env::var(VARIABLE).unwrap_or_default());
}

/// The same for a command that talks to a person: warnings and worse, unless
/// somebody asks for more.
pub fn start_quiet_logging() {
    let wanted = std::env::var(VARIABLE).ok().filter(|one| !one.is_empty());
    start(wanted.as_deref().unwrap_or("warn"));
}

fn start(wanted: &str) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_filter(filter(wanted));
    // An error means that somebody has set a subscriber up already.
    drop(tracing_subscriber::registry().with(lines).try_init());
}

/// Our own events at the level asked for, everybody else's at `warn`,
/// whatever is asked for: HTTP and TLS crates log bytes at `trace`.
fn filter(wanted: &str) -> EnvFilter {
    let level: LevelFilter = wanted.trim().parse().unwrap_or(LevelFilter::INFO);
    let level = if wanted.trim().is_empty() {
        LevelFilter::INFO
    } else {
        level
    };
    EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .parse_lossy(format!("warn,portcullis={level}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_setting_lets_a_foreign_crate_print_what_it_carries() {
        for wanted in ["trace", "hyper=trace", "trace,rustls=trace", "", "debug"] {
            let text = filter(wanted).to_string();
            for directive in text.split(',') {
                let own = directive.starts_with("portcullis=");
                assert!(own || directive == "warn", "{wanted}: {text}");
            }
        }
        assert!(filter("debug").to_string().contains("portcullis=debug"));
        assert!(
            filter("hyper=trace")
                .to_string()
                .contains("portcullis=info")
        );
    }
}
