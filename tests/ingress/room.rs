//! A running ingress with a handler that does what the path says, and a caller
//! that writes and reads bytes.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use portcullis::{
    ingress::{
        AnswerBody, Arrival, BodyAborted, Certificates, Handler, Listeners, Probes, Rejected, Stop,
        Witness,
        settings::{DataListenerSettings, ListenSettings, PlainListenerSettings, TlsSettings},
        whole,
    },
    primitives::Limits,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};

/// Longer than anything here should take, on any machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Limits small enough to run into; times long enough not to.
pub(crate) fn limits() -> Limits {
    Limits {
        request_body: 1_000,
        all_bodies: 100_000,
        header_count: 12,
        header_bytes: 600,
        target_bytes: 100,
        drain: Duration::from_secs(20),
        ..Limits::default()
    }
}

/// What the handler has seen, and what holds it back.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// `METHOD target` of every request.
    pub(crate) seen: Mutex<Vec<String>>,
    /// Bodies that are kept in memory.
    pub(crate) kept: Mutex<Vec<Bytes>>,
    /// `Debug` of the headers, as a careless log line would have them.
    pub(crate) shown: Mutex<String>,
    /// Lets `/wait` and `/stream` go on.
    pub(crate) go: Notify,
    /// How handlers and bodies ended that did not end by themselves.
    pub(crate) dropped: Mutex<Vec<&'static str>>,
}

/// Notices that it was dropped early, as an audit trail does.
struct Noticed(Arc<Desk>, bool);

impl Drop for Noticed {
    fn drop(&mut self) {
        if !self.1 {
            let how = if std::thread::panicking() {
                "panic"
            } else {
                "hang-up"
            };
            self.0.dropped.lock().unwrap().push(how);
        }
    }
}

impl Handler for Desk {
    async fn handle(self: Arc<Self>, mut arrival: Arrival) -> Response<AnswerBody> {
        let line = format!("{} {}", arrival.head.method, arrival.head.uri);
        self.seen.lock().unwrap().push(line);
        *self.shown.lock().unwrap() = format!("{:?}", arrival.head.headers);
        let mut noticed = Noticed(Arc::clone(&self), false);
        let answer = self.answer(&mut arrival).await;
        noticed.1 = true;
        answer
    }
}

impl Desk {
    async fn answer(self: &Arc<Self>, arrival: &mut Arrival) -> Response<AnswerBody> {
        let text = |text: String| Response::new(whole(text.into()));
        match arrival.head.uri.path() {
            "/panic" => panic!("canary in a panic"),
            "/unread" => refused(StatusCode::UNAUTHORIZED, "unread"),
            "/wait" => {
                self.go.notified().await;
                text("waited".to_owned())
            }
            "/keep" => match arrival.read_body().await {
                Ok(body) => {
                    self.kept.lock().unwrap().push(body);
                    text("kept".to_owned())
                }
                Err(refusal) => refused(refusal.code().status(), refusal.code().name()),
            },
            "/stream" => Response::new(self.stream()),
            "/panic-later" => Response::new(self.panics_later()),
            "/abort" => frames(vec![Ok("event: error\n\n".into()), Err(BodyAborted)]),
            "/huge" => text("x".repeat(32 * 1024 * 1024)),
            "/tls" => {
                let facts = arrival.tls.as_ref().map(|facts| {
                    let certificate = facts.client_certificate.is_some();
                    format!("{} {certificate}", facts.version)
                });
                text(facts.unwrap_or_default())
            }
            _ => match arrival.read_body().await {
                Ok(body) => text(String::from_utf8_lossy(&body).into_owned()),
                Err(refusal) => refused(refusal.code().status(), refusal.code().name()),
            },
        }
    }

    fn panics_later(self: &Arc<Self>) -> AnswerBody {
        let noticed = Noticed(Arc::clone(self), false);
        let parts = stream::unfold(noticed, async |noticed| {
            let part = Ok(Frame::data(Bytes::from("one")));
            Some((part, noticed))
        });
        let mut first = true;
        let parts = parts.inspect(move |_| assert!(std::mem::take(&mut first), "canary in a body"));
        StreamBody::new(parts).boxed_unsync()
    }

    /// `one`, then `two` once the desk says so.
    fn stream(self: &Arc<Self>) -> AnswerBody {
        let desk = Arc::clone(self);
        let parts = stream::unfold(0, move |part| {
            let desk = Arc::clone(&desk);
            async move {
                match part {
                    0 => Some((Ok(Frame::data(Bytes::from("one"))), 1)),
                    1 => {
                        desk.go.notified().await;
                        Some((Ok(Frame::data(Bytes::from("two"))), 2))
                    }
                    _ => None,
                }
            }
        });
        StreamBody::new(parts).boxed_unsync()
    }
}

fn refused(status: StatusCode, word: &'static str) -> Response<AnswerBody> {
    let mut response = Response::new(whole(word.into()));
    *response.status_mut() = status;
    response
}

fn frames(parts: Vec<Result<Bytes, BodyAborted>>) -> Response<AnswerBody> {
    let parts = parts.into_iter().map(|part| part.map(Frame::data));
    Response::new(StreamBody::new(stream::iter(parts)).boxed_unsync())
}

/// Remembers what was rejected.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub(crate) Mutex<Vec<Rejected>>);

impl Witness for Notes {
    fn connection_rejected(&self, rejected: Rejected) {
        self.0.lock().unwrap().push(rejected);
    }
}

impl Notes {
    pub(crate) fn reasons(&self) -> Vec<&'static str> {
        let notes = self.0.lock().unwrap();
        notes.iter().map(|one| one.reason).collect()
    }
}

/// Readiness as a test sets it.
#[derive(Debug, Default)]
pub(crate) struct Lamp(pub(crate) Mutex<Option<&'static str>>);

impl Probes for Lamp {
    fn ready(&self) -> Result<(), &'static str> {
        self.0.lock().unwrap().map_or(Ok(()), Err)
    }

    fn page(&self) -> String {
        "# EOF\n".to_owned()
    }
}

/// A running ingress.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) address: SocketAddr,
    pub(crate) probes: SocketAddr,
    pub(crate) desk: Arc<Desk>,
    pub(crate) notes: Arc<Notes>,
    pub(crate) lamp: Arc<Lamp>,
    pub(crate) stop: Stop,
    pub(crate) certificates: Option<Certificates>,
    served: JoinHandle<usize>,
}

pub(crate) fn listen(tls: Option<TlsSettings>) -> ListenSettings {
    ListenSettings {
        data: DataListenerSettings {
            address: "127.0.0.1:0".to_owned(),
            hosts: Vec::new(),
            tls,
        },
        probes: Some(PlainListenerSettings {
            address: "127.0.0.1:0".to_owned(),
        }),
        admin: None,
    }
}

impl Room {
    pub(crate) async fn open(limits: Limits) -> Self {
        Self::with(limits, listen(None)).await
    }

    pub(crate) async fn with(limits: Limits, settings: ListenSettings) -> Self {
        let listeners = Listeners::load(&settings).unwrap();
        let certificates = listeners.certificates().cloned();
        let bound = listeners.bind().await.unwrap();
        let (desk, notes) = (Arc::<Desk>::default(), Arc::<Notes>::default());
        let (lamp, stop) = (Arc::<Lamp>::default(), Stop::new());
        let (address, probes) = (bound.data_address(), bound.probes_address().unwrap());
        let (handler, shown, switch) = (desk.clone(), lamp.clone(), stop.clone());
        let witness: Arc<dyn Witness> = notes.clone();
        let served =
            tokio::spawn(
                async move { bound.serve(&limits, handler, shown, witness, switch).await },
            );
        Self {
            address,
            probes,
            desk,
            notes,
            lamp,
            stop,
            certificates,
            served,
        }
    }

    pub(crate) async fn call(&self) -> Caller<TcpStream> {
        Caller::new(TcpStream::connect(self.address).await.unwrap())
    }

    /// Sends bytes on a connection of their own and reads until it ends.
    pub(crate) async fn exchange(&self, bytes: &[u8]) -> String {
        let mut caller = self.call().await;
        caller.send(bytes).await;
        caller.rest().await
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !so(self) {
            assert!(start.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.desk.seen.lock().unwrap().clone()
    }

    /// How many requests were cut once everything has ended.
    pub(crate) async fn served(self) -> usize {
        timeout(PATIENCE, self.served).await.unwrap().unwrap()
    }
}

/// The other end of a connection.
#[derive(Debug)]
pub(crate) struct Caller<S> {
    pub(crate) io: S,
    read: Vec<u8>,
}

impl<S: AsyncRead + AsyncWriteExt + Unpin> Caller<S> {
    pub(crate) fn new(io: S) -> Self {
        let read = Vec::new();
        Self { io, read }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.io.write_all(bytes.as_ref()).await.unwrap();
        self.io.flush().await.unwrap();
    }

    /// Everything until the gateway ends the connection, however it does.
    pub(crate) async fn rest(&mut self) -> String {
        let mut bytes = std::mem::take(&mut self.read);
        let read = self.io.read_to_end(&mut bytes);
        // a reset is an end too; what came before it is kept
        drop(timeout(PATIENCE, read).await.expect("the connection ends"));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Everything up to and with `end`.
    pub(crate) async fn up_to(&mut self, end: &str) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.read).into_owned();
            if let Some(at) = text.find(end) {
                let (now, later) = text.split_at(at + end.len());
                self.read = later.as_bytes().to_vec();
                return now.to_owned();
            }
            let read = timeout(PATIENCE, self.io.read_buf(&mut self.read)).await;
            let many = read.unwrap_or_else(|_| panic!("`{end}` never comes after `{text}`"));
            assert_ne!(many.unwrap(), 0, "the end comes before `{end}`: `{text}`");
        }
    }

    /// The status of an answer to a question, if one comes at all.
    pub(crate) async fn try_ask(&mut self) -> Option<u16> {
        self.io.write_all(get("/a").as_bytes()).await.ok()?;
        let read = timeout(PATIENCE, self.io.read_buf(&mut self.read)).await;
        let many = read.expect("an answer or an end").ok()?;
        (many > 0).then(|| status(&String::from_utf8_lossy(&self.read)))
    }

    /// One answer with a known length.
    pub(crate) async fn answer(&mut self) -> String {
        let head = self.up_to("\r\n\r\n").await;
        let length = field(&head, "content-length").expect("a length");
        let length: usize = length.parse().unwrap();
        while self.read.len() < length {
            assert_ne!(self.io.read_buf(&mut self.read).await.unwrap(), 0);
        }
        let body: Vec<u8> = self.read.drain(..length).collect();
        head + &String::from_utf8_lossy(&body)
    }
}

/// The value of a header field.
pub(crate) fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    head.lines().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

pub(crate) fn status(answer: &str) -> u16 {
    let word = answer.split(' ').nth(1);
    word.and_then(|word| word.parse().ok())
        .unwrap_or_else(|| panic!("no status in `{answer}`"))
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("an end of the head").1
}

/// A POST whose body is delimited by its length.
pub(crate) fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{body}")
}

pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")
}
