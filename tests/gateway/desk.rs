//! A gateway on loopback, with everything around it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use jiff::{Timestamp, civil::date};
use portcullis::{
    audit::{self, Entry},
    config::{self, Faults, Plan, Surroundings},
    gateway::{self, Running, Source},
    identity::{MintRequest, load_or_create_master, mint},
    primitives::{Limits, Team},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A gateway that runs, and its surroundings.
pub(crate) struct Desk {
    pub(crate) home: TempDir,
    pub(crate) key: String,
    pub(crate) provider: Provider,
    pub(crate) address: SocketAddr,
    runtime: Runtime,
    running: Option<Running>,
}

/// The grants most tests use.
pub(crate) const GRANTS: &str = "\
grants:
  - name: g
    teams: [t]
    models: [\"p/one\"]
    limits: { requests_per_minute: 1000000 }
";

impl Desk {
    pub(crate) fn open() -> Self {
        Self::with(Limits {
            requests_per_minute: 1_000_000,
            concurrent_requests: 1_000,
            ..Limits::default()
        })
    }

    /// One that delivers its records.
    pub(crate) fn delivering(collector: SocketAddr) -> Self {
        let otlp = format!("{{ endpoint: \"http://{collector}\" }}");
        Self::set_up(Limits::default(), &otlp)
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::set_up(limits, "none")
    }

    fn set_up(limits: Limits, otlp: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let provider = Provider::start();
        let file = home.path().join("portcullis.yaml");
        fs::write(
            &file,
            text(&provider, GRANTS).replace("otlp: none", &format!("otlp: {otlp}")),
        )
        .unwrap();
        let master = load_or_create_master(&home.path().join("master.key")).unwrap();
        let request = MintRequest {
            owner: "ada".into(),
            team: Team::new("t").unwrap(),
            tenant: None,
            expires_in: None,
        };
        let keys = home.path().join("keys.yaml");
        let (key, _) = mint(&keys, &request, &master, Timestamp::now()).unwrap();
        let runtime = Runtime::new().unwrap();
        let running = runtime
            .block_on(gateway::start_with(Source { file, load }, limits))
            .unwrap();
        Self {
            key: key.expose().to_owned(),
            address: running.data_address(),
            home,
            provider,
            runtime,
            running: Some(running),
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.home.path().join("portcullis.yaml")
    }

    /// Writes another configuration in the place of the one there is.
    pub(crate) fn configure(&self, grants: &str) {
        let next = self.home.path().join("next");
        fs::write(&next, text(&self.provider, grants)).unwrap();
        fs::rename(next, self.file()).unwrap();
    }

    pub(crate) fn connect(&self) -> Caller {
        Caller {
            stream: BufReader::new(TcpStream::connect(self.address).unwrap()),
            key: self.key.clone(),
        }
    }

    /// Tells streamed answers to stop.
    pub(crate) fn stop_answers(&self, code: portcullis::primitives::Code) {
        self.running.as_ref().unwrap().stop_answers(code);
    }

    /// Stops it, and gives all records of its ledger.
    pub(crate) fn records(&mut self) -> Vec<Entry> {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.shut_down());
        }
        self.ledger()
    }

    /// The records so far.
    pub(crate) fn ledger(&self) -> Vec<Entry> {
        let read = audit::read(&self.home.path().join("state/audit")).unwrap();
        read.map(Result::unwrap).collect()
    }
}

/// Terminal records by request: exactly one each is what is promised.
pub(crate) fn terminal(records: &[Entry]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for one in records {
        let Some(id) = one.request_id() else { continue };
        let ends = ["complete", "panic", "abandoned"];
        let end = ends.iter().any(|end| one.event_name().ends_with(end));
        *counts.entry(id.to_string()).or_insert(0) += usize::from(end);
    }
    counts
}

fn load(file: &Path) -> Result<Plan, Faults> {
    let around = Surroundings {
        environment: &|_| None,
        today: date(2030, 1, 1),
    };
    config::load(file, &around)
}

fn text(provider: &Provider, grants: &str) -> String {
    format!(
        "\
listen:
  data: {{ address: \"127.0.0.1:0\" }}
secrets: {{ master: {{ file: ./master.key }} }}
providers:
  p: {{ kind: openai, base_url: \"http://{}\", allow_networks: [\"127.0.0.0/8\"], credential: none }}
identity:
  keys: {{ file: ./keys.yaml }}
audit:
  otlp: none
{grants}",
        provider.address
    )
}

/// A caller with one connection.
pub(crate) struct Caller {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Caller {
    /// Asks for a completion; the status and the body.
    pub(crate) fn chat(&mut self, model: &str, content: &str) -> (u16, String) {
        self.send(model, content);
        self.answer()
    }

    /// Asks for a stream and reads whatever comes until the connection says
    /// nothing more: head and body as they are on the wire.
    pub(crate) fn stream(mut self, model: &str, content: &str) -> String {
        self.ask(model, content, "\"stream\":true,");
        self.rest()
    }

    /// Everything until the end of the answer or of the connection.
    pub(crate) fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let mut byte = [0];
        while !all.ends_with(b"0\r\n\r\n") {
            match std::io::Read::read(&mut self.stream, &mut byte) {
                Ok(1) => all.extend(byte),
                Ok(_) | Err(_) => break,
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    pub(crate) fn send(&mut self, model: &str, content: &str) {
        self.ask(model, content, "");
    }

    pub(crate) fn ask(&mut self, model: &str, content: &str, more: &str) {
        let body = format!(
            "{{{more}\"model\":\"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"{content}\"}}]}}"
        );
        let head = format!(
            "POST /p/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.key,
            body.len()
        );
        self.stream
            .get_mut()
            .write_all((head + &body).as_bytes())
            .unwrap();
    }

    pub(crate) fn answer(&mut self) -> (u16, String) {
        let (start, body) = message(&mut self.stream).unwrap();
        let status = start.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body)
    }
}

/// One HTTP message with a declared length: its first line and its body.
pub(crate) fn message(stream: &mut impl BufRead) -> Option<(String, String)> {
    let (start, body) = message_bytes(stream)?;
    Some((start, String::from_utf8(body).ok()?))
}

/// The same, with a body of any bytes.
pub(crate) fn message_bytes(stream: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let (mut start, mut length) = (String::new(), 0);
    if stream.read_line(&mut start).ok()? == 0 {
        return None;
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((start, body))
}

/// A provider that repeats what it was told.
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    pub(crate) asked: Arc<AtomicUsize>,
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
    wait: Arc<Mutex<Duration>>,
}

impl Provider {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = Self {
            address: listener.local_addr().unwrap(),
            asked: Arc::default(),
            seen: Arc::default(),
            wait: Arc::default(),
        };
        let (asked, seen) = (Arc::clone(&provider.asked), Arc::clone(&provider.seen));
        let wait = Arc::clone(&provider.wait);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (asked, seen) = (Arc::clone(&asked), Arc::clone(&seen));
                let wait = Arc::clone(&wait);
                thread::spawn(move || answer_all(stream, &asked, &seen, &wait));
            }
        });
        provider
    }

    /// How long it thinks before it answers.
    pub(crate) fn think(&self, time: Duration) {
        *self.wait.lock().unwrap() = time;
    }
}

fn answer_all(
    stream: TcpStream,
    asked: &AtomicUsize,
    seen: &Mutex<Vec<String>>,
    wait: &Mutex<Duration>,
) {
    let mut stream = BufReader::new(stream);
    while let Some((_, body)) = message(&mut stream) {
        asked.fetch_add(1, Ordering::SeqCst);
        let request: serde_json::Value = serde_json::from_str(&body).unwrap();
        let said = request["messages"][0]["content"].clone();
        if request["stream"] == true {
            seen.lock().unwrap().push(body);
            let time = *wait.lock().unwrap();
            events(stream.get_mut(), said.as_str().unwrap(), time);
            return;
        }
        seen.lock().unwrap().push(body);
        let time = *wait.lock().unwrap();
        thread::sleep(time);
        let answer = serde_json::json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": "one",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        })
        .to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        if stream
            .get_mut()
            .write_all((head + &answer).as_bytes())
            .is_err()
        {
            return;
        }
    }
}

/// The text in events of one character each, its end after `time`; a text that
/// begins with `cut` stops in its middle.
fn events(stream: &mut TcpStream, text: &str, time: Duration) {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    if stream.write_all(head.as_bytes()).is_err() {
        return;
    }
    let mut say = |data: &str| {
        stream
            .write_all(format!("data: {data}\n\n").as_bytes())
            .is_ok()
    };
    say_head(&mut say);
    for one in text.chars() {
        let delta = serde_json::json!({"id": "c", "object": "chat.completion.chunk", "created": 1,
            "model": "one", "choices": [{"index": 0, "delta": {"content": one.to_string()}, "finish_reason": null}]});
        if !say(&delta.to_string()) {
            return;
        }
    }
    thread::sleep(time);
    if text.starts_with("cut") {
        return;
    }
    say(
        r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"one","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    );
    say("[DONE]");
}

fn say_head(say: &mut impl FnMut(&str) -> bool) {
    say(
        r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"one","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
    );
}
