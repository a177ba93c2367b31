//! Servers on loopback that do exactly what a test says.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    sync::Notify,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// What a server does with a request it has read whole.
#[derive(Clone)]
pub(super) enum Then {
    /// Writes these bytes and waits for the next request.
    Say(Vec<u8>),
    /// Writes these bytes and closes.
    SayAndClose(Vec<u8>),
    /// Writes these bytes and then nothing, until the other side closes.
    SayAndStall(Vec<u8>),
}

/// What a server saw.
#[derive(Default)]
pub(super) struct Seen {
    /// Connections taken.
    pub(super) connections: AtomicUsize,
    /// Handshakes of TLS that ended well.
    pub(super) shaken: AtomicUsize,
    /// Bytes of HTTP, all connections together.
    pub(super) bytes: AtomicUsize,
    /// Whole requests, heads and bodies as text.
    pub(super) requests: Mutex<Vec<String>>,
    /// Told when the other side closes a connection.
    pub(super) closed: Notify,
}

/// A server; stops when dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers the n-th request of each connection with the n-th of `script`.
    pub(super) async fn plain(script: Vec<Then>) -> Self {
        Self::start(None, script).await
    }

    /// The same behind TLS.
    pub(super) async fn tls(acceptor: TlsAcceptor, script: Vec<Then>) -> Self {
        Self::start(Some(acceptor), script).await
    }

    /// One answer on one connection.
    pub(super) async fn saying(answer: impl Into<Vec<u8>>) -> Self {
        Self::plain(vec![Then::SayAndClose(answer.into())]).await
    }

    async fn start(tls: Option<TlsAcceptor>, script: Vec<Then>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let noted = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                noted.connections.fetch_add(1, Ordering::SeqCst);
                let (tls, script, seen) = (tls.clone(), script.clone(), Arc::clone(&noted));
                tokio::spawn(async move {
                    match tls {
                        None => follow(tcp, script, &seen).await,
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(tcp).await {
                                seen.shaken.fetch_add(1, Ordering::SeqCst);
                                follow(socket, script, &seen).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            address,
            seen,
            task,
        }
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub(super) fn bytes(&self) -> usize {
        self.seen.bytes.load(Ordering::SeqCst)
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// Waits for the other side to close a connection.
    pub(super) async fn is_closed_within(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.seen.closed.notified())
            .await
            .is_ok()
    }
}

async fn follow(mut socket: impl Socket, script: Vec<Then>, seen: &Seen) {
    for then in script {
        let Some(request) = read_request(&mut socket, seen).await else {
            seen.closed.notify_one();
            return;
        };
        seen.requests.lock().unwrap().push(request);
        match then {
            Then::Say(answer) => write(&mut socket, &answer).await,
            Then::SayAndClose(answer) => {
                write(&mut socket, &answer).await;
                socket.shutdown().await.ok();
                return;
            }
            Then::SayAndStall(answer) => {
                write(&mut socket, &answer).await;
                break;
            }
        }
    }
    // Bytes may still come, the end is what counts.
    let mut rest = [0; 1024];
    while socket.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    seen.closed.notify_one();
}

/// The other side may be gone already, which is for the test to find out.
async fn write(socket: &mut impl Socket, bytes: &[u8]) {
    socket.write_all(bytes).await.ok();
    socket.flush().await.ok();
}

/// A head and as much body as its length says; `None` at the end.
async fn read_request(socket: &mut impl Socket, seen: &Seen) -> Option<String> {
    let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let read = socket
            .read(&mut chunk)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        seen.bytes.fetch_add(read, Ordering::SeqCst);
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return Some(text);
        }
    }
}

/// A whole answer with a length.
pub(super) fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
