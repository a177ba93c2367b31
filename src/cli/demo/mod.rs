//! `portcullis demo`: see it work, with nothing to set up.
//!
//! ```text
//! your call -> relay -> gateway -> made-up provider
//!              (sent, got back)    (saw, had answered)      ledger (the record)
//! ```
//!
//! The gateway is the one `serve` starts, from a configuration on disk. The
//! relay before it and the provider behind it remember what passes, so that
//! each call can be shown from all sides. Nothing is left out of what the
//! gateway does, and nothing is done for it.

mod calls;
mod home;
mod provider;
mod relay;
mod show;
#[cfg(test)]
mod tests;
mod verdict;
mod wire;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use serde_json::json;
use tokio::{net::TcpListener, sync::mpsc};

use super::{
    Exit, audit,
    console::{Console, Stop},
    serve,
};
use crate::{config, gateway::Running, primitives::Secret};

use calls::Call;
use home::Home;
use provider::Provider;
use relay::{Exchange, Relay};
use show::Shown;

/// Starts a gateway on loopback with a made-up provider behind it, and shows every call.
///
/// A key is made and calls are printed, ready to paste. For each call you see
/// what the caller sent, what the provider saw, what came back, and the record.
/// The configuration is written to a folder that is named; it is an ordinary
/// one, and nothing in the gateway knows of the demo.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis demo
  portcullis demo --once             make the calls, check them, end
  portcullis demo --dir ./try-it     keep the configuration

Exit codes:
  0  ended; with --once: every check held
  1  with --once: a check failed
  2  it could not be started")]
pub(super) struct Demo {
    /// Make the calls itself, check what comes of them, and end.
    #[arg(long)]
    once: bool,
    /// One JSON object for each call.
    #[arg(long)]
    json: bool,
    /// The folder for configuration, keys and ledger, new or empty; a temporary one if left out.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// The port callers use; 8080 if it is free, or else any.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

impl Demo {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        crate::telemetry::start_quiet_logging();
        serve::runtime()?.block_on(async {
            let stage = Stage::set(&self, console).await?;
            self.play(stage, console).await
        })
    }

    async fn play(&self, mut stage: Stage, console: &mut Console<'_>) -> Result<Exit, Stop> {
        self.introduce(&stage, console)?;
        let exit = if self.once {
            self.make_calls(&mut stage, console).await?
        } else {
            self.watch(&mut stage, console).await?
        };
        stage.running.shut_down().await;
        Ok(exit)
    }

    fn introduce(&self, stage: &Stage, console: &mut Console<'_>) -> Result<(), Stop> {
        let (address, key) = (stage.address, stage.key.expose());
        if self.json {
            let start = json!({
                "base_url": format!("http://{address}"),
                "gateway": format!("http://{}", stage.gateway),
                "key": key,
                "config": stage.home.config(),
            });
            console.line(start)?;
            return console.flush();
        }
        console.line(format_args!(
            "A gateway on loopback, a made-up provider behind it, a key for one day.\n\n\
             base URLs   http://{address}/openai/v1   http://{address}/anthropic\n\
             key         {key}\n\
             folder      {}\n\
             the port in front remembers what callers send; the gateway itself is at {}\n",
            stage.home.folder().display(),
            stage.gateway,
        ))?;
        if !self.once {
            console.line(calls::to_paste(address, key))?;
            console.line("Calls are shown as they come; Ctrl-C ends the demo.\n")?;
        }
        console.flush()
    }

    async fn make_calls(&self, stage: &mut Stage, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let mut failed = 0_usize;
        let all = calls::all();
        for (index, call) in all.iter().enumerate() {
            let shown = stage.make(call).await?;
            if !self.json {
                let number = index.saturating_add(1);
                console.line(format_args!("{number} of {}: {}", all.len(), call.what))?;
            }
            let found = verdict::of(&shown, call.expects, stage.key.expose());
            self.show(&shown, console)?;
            for finding in &found {
                failed = failed.saturating_add(usize::from(!finding.holds));
                let word = if finding.holds { "ok    " } else { "FAILED" };
                if self.json {
                    let (call, claim) = (call.what, finding.claim);
                    console.line(json!({"call": call, "check": claim, "holds": finding.holds}))?;
                } else {
                    console.line(format_args!("  {word}  {}", finding.claim))?;
                }
            }
            if !self.json {
                console.line("")?;
            }
        }
        if self.json {
            console.line(json!({"calls": all.len(), "failed_checks": failed}))?;
        } else if failed == 0 {
            console.line(format_args!("{} calls, every check held", all.len()))?;
        } else {
            console.line(format_args!("{} calls, {failed} checks failed", all.len()))?;
        }
        Ok(if failed == 0 { Exit::Done } else { Exit::No })
    }

    async fn watch(&self, stage: &mut Stage, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let mut ended = std::pin::pin!(serve::asked_to_stop());
        loop {
            tokio::select! {
                Some(exchange) = stage.told.recv() => {
                    let shown = stage.complete(exchange)?;
                    self.show(&shown, console)?;
                    if !self.json {
                        console.line("")?;
                    }
                    console.flush()?;
                }
                signal = &mut ended => {
                    signal?;
                    return Ok(Exit::Done);
                }
            }
        }
    }

    fn show(&self, shown: &Shown, console: &mut Console<'_>) -> Result<(), Stop> {
        if self.json {
            console.line(shown.json().map_err(Stop::said)?)
        } else {
            let page = shown.page(console.look());
            console.put(page)
        }
    }
}

/// Everything that runs.
struct Stage {
    home: Home,
    key: Secret,
    /// Where callers call.
    address: SocketAddr,
    /// Where the gateway itself is.
    gateway: SocketAddr,
    ledger: PathBuf,
    provider: Arc<Provider>,
    running: Running,
    told: mpsc::UnboundedReceiver<Exchange>,
}

impl Stage {
    async fn set(demo: &Demo, console: &mut Console<'_>) -> Result<Self, Stop> {
        let home = Home::make(demo.dir.clone())?;
        let front = demo.front(console).await?;
        let back = bind(0).await.map_err(cannot_listen)?;
        let gateway = free_address().await?;
        home.configure(gateway, back.local_addr()?)?;
        let key = home.mint()?;
        let provider = Provider::new(home.credential.clone());
        wire::serve(back, Arc::clone(&provider), Provider::answer);
        let running = serve::start(&home.config()).await?;
        let (telling, told) = mpsc::unbounded_channel();
        let address = front.local_addr()?;
        wire::serve(front, Relay::new(gateway, telling), Relay::pass);
        Ok(Self {
            key,
            address,
            gateway,
            ledger: config::places(&home.config())?.ledger,
            home,
            provider,
            running,
            told,
        })
    }

    /// Makes one call, as an application would.
    async fn make(&mut self, call: &Call) -> Result<Shown, Stop> {
        let request = call
            .request(self.address, self.key.expose())
            .map_err(Stop::said)?;
        let answer = wire::call(self.address, request).await?;
        drop(wire::whole(answer.into_body()).await?);
        let exchange = self.told.recv().await;
        self.complete(exchange.ok_or_else(|| Stop::said("the relay has ended"))?)
    }

    /// Adds what the provider and the ledger know of a call.
    fn complete(&self, exchange: Exchange) -> Result<Shown, Stop> {
        let header = |name: &str| {
            let value = exchange.headers.get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        let seen = header(provider::ID).and_then(|id| self.provider.seen(&id));
        let request = header(REQUEST_ID);
        let records = match &request {
            Some(id) => audit::of_request(&self.ledger, id)?,
            None => Vec::new(),
        };
        Ok(Shown {
            exchange,
            request,
            seen,
            records,
        })
    }
}

impl Demo {
    /// The port callers use.
    async fn front(&self, console: &mut Console<'_>) -> Result<TcpListener, Stop> {
        let wanted = self.port.unwrap_or(USUAL_PORT);
        match bind(wanted).await {
            Ok(listener) => Ok(listener),
            Err(error) if self.port.is_none() && error.kind() == io::ErrorKind::AddrInUse => {
                let other = bind(0).await.map_err(cannot_listen)?;
                console.note(format_args!(
                    "port {wanted} is in use by somebody else; this demo uses {} instead",
                    other.local_addr()?.port()
                ))?;
                Ok(other)
            }
            Err(error) => Err(Stop::said(format_args!(
                "port {wanted} cannot be used: {error}"
            ))),
        }
    }
}

async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// A port nobody uses, for the configuration to name. Somebody may take it in
/// between; the gateway says so then.
async fn free_address() -> Result<SocketAddr, Stop> {
    let listener = bind(0).await.map_err(cannot_listen)?;
    Ok(listener.local_addr()?)
}

fn cannot_listen(error: io::Error) -> Stop {
    Stop::said(format_args!("no port of loopback can be used: {error}"))
}

/// The port in README.
const USUAL_PORT: u16 = 8080;

/// The header in which the gateway tells its id of a request.
const REQUEST_ID: &str = "x-portcullis-request-id";
