//! A process that is killed, again and again, on one ledger.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use super::*;
use crate::audit::verify;

const DIRECTORY: &str = "PORTCULLIS_TEST_LEDGER";

#[test]
#[ignore = "run by the test below, as the process that is killed"]
fn child_that_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let ledger = open(Path::new(&directory));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let mut trail = ledger.begin(&arrived()).expect("begun");
                    let request = trail.request();
                    trail.keep(Ok(caller())).expect("kept");
                    block_on(trail.dispatched()).expect("durable");
                    println!("\n!dispatched {request}");
                    block_on(trail.finish(Outcome::Answered { status: 200 })).expect("durable");
                    println!("\n!complete {request}");
                }
            });
        }
    });
}

/// Runs the child until it has acknowledged `many` records, kills it, and
/// returns everything it acknowledged until it was dead.
fn run_and_kill(directory: &Path, many: usize) -> Vec<(String, Uuid)> {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("audit::ledger::tests::crash::child_that_is_killed")
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let mut acknowledged = Vec::new();
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    for line in out.split(b'\n') {
        let line = String::from_utf8_lossy(&line.expect("read")).into_owned();
        let words = line.strip_prefix('!').and_then(|line| line.split_once(' '));
        let Some((stage, id)) = words else { continue };
        // the last line may be cut by the kill
        acknowledged.extend(id.parse().ok().map(|id| (stage.to_owned(), id)));
        if acknowledged.len() == many {
            child.kill().expect("killed");
        }
    }
    child.wait().expect("ended");
    acknowledged
}

#[test]
fn every_acknowledged_record_survives_kill_9() {
    let home = tempfile::tempdir().expect("a directory");
    let mut acknowledged = Vec::new();
    for round in 0..6 {
        let these = run_and_kill(home.path(), 30 + round * 41);
        assert!(!these.is_empty(), "the child did something");
        acknowledged.extend(these);
    }
    open(home.path()).close();
    let all = entries(home.path());
    assert_chained(&all);
    let there: std::collections::BTreeSet<_> = all
        .iter()
        .filter_map(|one| Some((one.text(names::STAGE)?.to_owned(), one.request_id()?)))
        .collect();
    for (stage, request) in &acknowledged {
        let stage = if stage == "complete" {
            "response.complete"
        } else {
            "request.dispatched"
        };
        assert!(
            there.contains(&(stage.to_owned(), *request)),
            "{stage} {request}"
        );
    }
    let endings = endings(&all);
    assert!(
        endings.values().all(|one| *one == (1, 1)),
        "one of each, after any crash"
    );
    let keys = home.path().join("audit-keys.txt");
    let report = verify::verify(&keys, &[home.path().to_owned()]).expect("readable");
    assert_eq!((report.problems, report.torn), (Vec::new(), false));
    let opened = Event::StreamOpened.name();
    assert_eq!(
        all.iter().filter(|one| one.event_name() == opened).count(),
        7
    );
}
