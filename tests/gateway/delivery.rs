//! Records on their way to a collector.

use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest, common::v1::any_value,
};
use prost::Message as _;

use crate::desk::{Desk, message_bytes};

/// A collector that answers 503 so many times and then takes everything.
struct Collector {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Collector {
    fn start(mut down: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let taken: Arc<Mutex<Vec<String>>> = Arc::default();
        let keep = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut stream = BufReader::new(stream);
                while let Some((start, body)) = message_bytes(&mut stream) {
                    assert!(start.starts_with("POST /v1/logs "), "{start}");
                    let answer = if down > 0 {
                        down -= 1;
                        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
                    } else {
                        keep.lock().unwrap().extend(originals(&body));
                        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
                    };
                    stream.get_mut().write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        Self { address, taken }
    }
}

/// The records as the ledger wrote them.
fn originals(body: &[u8]) -> Vec<String> {
    let request = ExportLogsServiceRequest::decode(body).unwrap();
    let groups = request
        .resource_logs
        .into_iter()
        .flat_map(|one| one.scope_logs);
    let records = groups.flat_map(|one| one.log_records);
    records
        .filter_map(|record| {
            let mut attributes = record.attributes.into_iter();
            let original = attributes.find(|one| one.key == "log.record.original")?;
            if let any_value::Value::StringValue(text) = original.value?.value? {
                Some(text)
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn every_record_reaches_a_collector_that_was_down_at_first_in_order_and_unchanged() {
    let collector = Collector::start(2);
    let mut desk = Desk::delivering(collector.address);
    for _ in 0..5 {
        assert_eq!(
            desk.connect()
                .chat("one", "My card is 4111 1111 1111 1111.")
                .0,
            200
        );
    }
    let written: Vec<String> = desk
        .records()
        .iter()
        .map(|one| String::from_utf8(one.bytes().to_vec()).unwrap())
        .collect();
    let taken = collector.taken.lock().unwrap().clone();
    assert!(written.len() > 15);
    assert_eq!(taken, written);
    assert!(!taken.concat().contains("4111 1111 1111 1111"));
}
