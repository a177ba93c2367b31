//! The room as a whole, against servers on loopback.

mod clocks;
mod credentials;
mod hostile;
mod keeping;
mod memory;
mod packed;
mod sending;
mod server;
mod surroundings;
mod tls;
mod vetting;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Request;

use super::{
    body::UpstreamBody,
    destination::Place,
    exchange::{Answered, Line},
    fault::Fault,
    resolve::{Resolve, ResolveFault},
};
use crate::primitives::{Budget, Code, Limits, Refusal};

/// Says what a test says, one answer after the other, the last one for ever.
#[derive(Default)]
struct Names {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    fn saying(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |text: &&str| text.parse().unwrap();
        let answers = answers
            .iter()
            .rev()
            .map(|one| one.iter().map(parse).collect());
        Arc::new(Self {
            answers: Mutex::new(answers.collect()),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Resolve for Arc<Names> {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveFault>> {
        (**self).resolve(host)
    }
}

impl Resolve for Names {
    fn resolve(&self, _host: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveFault>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            0 => Err(ResolveFault("no such name".to_owned())),
            1 => Ok(answers[0].clone()),
            _ => Ok(answers.pop().unwrap()),
        };
        Box::pin(async { answer })
    }
}

/// A line to `host`, loopback open.
fn line(host: &str, port: u16, limits: &Limits) -> Line {
    line_with(
        host,
        port,
        limits,
        &["127.0.0.0/8"],
        Names::saying(&[&["127.0.0.1"]]),
    )
}

fn line_with(host: &str, port: u16, limits: &Limits, open: &[&str], names: Arc<Names>) -> Line {
    let networks: Vec<_> = open.iter().map(|one| (*one).to_owned()).collect();
    let place = Place {
        tls: false,
        host,
        port,
        networks: &networks,
        plain_anywhere: true,
    };
    Line::load(&place, None, names, limits).unwrap()
}

fn post(body: &str) -> Request<Bytes> {
    Request::post("/v1/chat")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

/// An exchange without a credential.
async fn send(line: &Line) -> Result<Answered, Fault> {
    line.exchange(post("{}"), |_| {}, &mut || {}).await
}

/// The whole answer, or the code that came instead.
async fn read(line: &Line) -> Result<Bytes, Code> {
    let answered = send(line)
        .await
        .map_err(|fault| Refusal::from(fault).code())?;
    collect(answered.body)
        .await
        .map_err(|refusal| refusal.code())
}

/// The whole body, with all the memory it may want.
async fn collect(body: UpstreamBody) -> Result<Bytes, Refusal> {
    body.collect(&mut Budget::new(usize::MAX).share()).await
}
