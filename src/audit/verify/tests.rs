//! What somebody with the files and without the key can do, and what is said
//! about it.
use std::fs;

use super::*;
use crate::audit::{
    entry::Entry,
    ledger::{self, Frame, Reading, tests as made, write_frame},
    record::names,
};

/// A closed ledger of one segment, with its checkpoint.
fn closed() -> tempfile::TempDir {
    let home = made::memory();
    let ledger = made::open(home.path());
    made::one_request(&ledger);
    ledger.close();
    home
}

fn keys(home: &Path) -> PathBuf {
    home.join("audit-keys.txt")
}

fn of(home: &Path) -> Report {
    verify(&keys(home), &[home.to_owned()]).expect("readable")
}

fn first(home: &Path) -> PathBuf {
    ledger::path(home, 1)
}

/// The records of a segment, and where they begin in it.
fn split(path: &Path) -> (Vec<u8>, Vec<Vec<u8>>) {
    let bytes = fs::read(path).expect("read");
    let (mut reading, _) = Reading::start(bytes.as_slice())
        .expect("read")
        .expect("a segment");
    let opening = usize::try_from(reading.offset()).expect("small");
    let mut records = Vec::new();
    while let Frame::Whole(record) = reading.frame().expect("read") {
        records.push(record);
    }
    (bytes[..opening].to_vec(), records)
}

/// The segment again, with other records and good checksums.
fn join(path: &Path, opening: &[u8], records: &[Vec<u8>]) {
    let mut bytes = opening.to_vec();
    for record in records {
        write_frame(&mut bytes, record);
    }
    fs::write(path, bytes).expect("written");
}

fn kinds(report: &Report) -> Vec<Kind> {
    let mut kinds: Vec<_> = report.problems.iter().map(|one| one.kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn what_nobody_touched_is_intact() {
    let home = closed();
    let report = of(home.path());
    assert_eq!(report.problems, []);
    assert_eq!((report.exit_code(), report.records), (0, 5));
    assert!(report.checkpoints > 0 && report.repeats == 0);
    let stream = report.streams.first().expect("a stream");
    assert!(stream.closed && stream.sealed == stream.last && stream.open == 0);
}

#[test]
fn a_live_ledger_is_intact_with_an_unsealed_tail() {
    let home = made::memory();
    let ledger = made::open(home.path());
    made::one_request(&ledger);
    let report = of(home.path());
    assert_eq!(report.problems, []);
    assert_eq!((report.exit_code(), report.unsealed()), (2, 4));
}

#[test]
fn each_flipped_byte_is_noticed() {
    let home = closed();
    let path = first(home.path());
    let good = fs::read(&path).expect("read");
    let (opening, records) = split(&path);
    let frames = records.iter().take(5).map(|one| one.len() + 8);
    let leaves = opening.len() + frames.sum::<usize>();
    let step = if std::env::var_os("CI").is_some() {
        1
    } else {
        7
    };
    for at in (0..good.len()).step_by(step) {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(&path, &bad).expect("written");
        let code = of(home.path()).exit_code();
        // behind the records is their checkpoint; with a wrong length it looks
        // like a tail that a crash tore, and `checkpoints.log` has it too
        assert!(
            code == 1 || (code == 2 && at >= leaves),
            "byte {at}: {code}"
        );
    }
}

#[test]
fn an_altered_record_is_named() {
    let home = closed();
    let path = first(home.path());
    let (opening, mut records) = split(&path);
    let text = String::from_utf8(records[2].clone()).expect("UTF-8");
    records[2] = text.replace("\"ada\"", "\"eve\"").into_bytes();
    join(&path, &opening, &records);
    let report = of(home.path());
    assert_eq!(report.exit_code(), 1);
    let said: Vec<_> = report
        .problems
        .iter()
        .map(|one| (one.number, one.text.as_str()))
        .collect();
    assert_eq!(
        said.first(),
        Some(&(
            Some(4),
            "it does not follow from record 3: one of the two was altered"
        ))
    );
}

#[test]
fn a_tail_cut_at_any_offset_is_missed() {
    let home = closed();
    let path = first(home.path());
    let good = fs::read(&path).expect("read");
    // the last frame is the checkpoint, which is in `checkpoints.log` as well
    let (opening, records) = split(&path);
    let frames = records
        .iter()
        .take(5)
        .map(|one| one.len() + 8)
        .sum::<usize>();
    let step = if std::env::var_os("CI").is_some() {
        1
    } else {
        7
    };
    for cut in (0..opening.len() + frames).step_by(step) {
        fs::write(&path, &good[..cut]).expect("written");
        assert_eq!(of(home.path()).exit_code(), 1, "cut at {cut}");
    }
    fs::remove_file(&path).expect("removed");
    assert_eq!(kinds(&of(home.path())), [Kind::Missing]);
}

#[test]
fn deleted_swapped_and_inserted_records_are_noticed() {
    let home = closed();
    let path = first(home.path());
    let (opening, good) = split(&path);
    let leaves = good.len() - 1;
    for at in 0..leaves {
        let mut records = good.clone();
        records.remove(at);
        join(&path, &opening, &records);
        assert_eq!(of(home.path()).exit_code(), 1, "deleted {at}");
        let mut records = good.clone();
        records.insert(at, good[(at + 1) % leaves].clone());
        join(&path, &opening, &records);
        assert_eq!(of(home.path()).exit_code(), 1, "inserted {at}");
        if at + 1 < leaves {
            let mut records = good.clone();
            records.swap(at, at + 1);
            join(&path, &opening, &records);
            assert_eq!(of(home.path()).exit_code(), 1, "swapped {at}");
        }
    }
    join(&path, &opening, &good);
    assert_eq!(of(home.path()).exit_code(), 0);
}

/// With all hashes made to fit again, only the signature stands in the way.
#[test]
fn a_past_that_was_written_again_without_the_key_is_noticed() {
    let home = closed();
    let path = first(home.path());
    let (opening, mut records) = split(&path);
    let mut before: Option<String> = None;
    for record in records.iter_mut().take(5) {
        let mut text = String::from_utf8(record.clone())
            .expect("UTF-8")
            .replace("\"ada\"", "\"eve\"");
        let entry = Entry::parse(record.clone()).expect("a record");
        if let (Some(then), Some(now)) = (entry.text(names::SEQUENCE_PREVIOUS_HASH), &before) {
            text = text.replace(then, now);
        }
        *record = text.into_bytes();
        before = Some(crate::audit::hex::text(&crate::audit::tree::leaf(record)));
    }
    join(&path, &opening, &records);
    let report = of(home.path());
    assert_eq!(report.exit_code(), 1);
    assert!(
        report
            .problems
            .iter()
            .all(|one| one.text.contains("root of its checkpoint"))
    );
}

#[test]
fn two_records_of_one_number_are_a_fork_and_repeats_are_not() {
    let home = closed();
    let (opening, records) = split(&first(home.path()));
    join(&ledger::path(home.path(), 2), &opening, &records);
    let report = of(home.path());
    assert_eq!((report.exit_code(), report.repeats), (0, 5));
    let other = String::from_utf8(records[4].clone())
        .expect("UTF-8")
        .replace("end\":true", "end\":null");
    let mut records = records;
    records[4] = other.into_bytes();
    join(&ledger::path(home.path(), 2), &opening, &records);
    assert!(kinds(&of(home.path())).contains(&Kind::Forked));
}

#[test]
fn a_missing_segment_and_a_missing_stream_are_noticed() {
    let home = made::memory();
    for _ in 0..4 {
        let ledger = made::open(home.path());
        made::one_request(&ledger);
        ledger.close();
    }
    assert_eq!(of(home.path()).exit_code(), 0);
    let (second, log) = (ledger::path(home.path(), 2), home.path().join(ledger::LOG));
    let kept = (
        fs::read(&second).expect("read"),
        fs::read(&log).expect("read"),
    );
    fs::remove_file(&second).expect("removed");
    assert_eq!(
        kinds(&of(home.path())),
        [Kind::Missing],
        "the log vouches for it"
    );
    fs::remove_file(&log).expect("removed");
    assert_eq!(
        kinds(&of(home.path())),
        [Kind::Missing],
        "the next stream names it"
    );
    fs::write(&second, &kept.0).expect("written");
    assert_eq!(of(home.path()).exit_code(), 0);
    fs::write(&log, &kept.1).expect("written");
    // the oldest may go to retention; its checkpoints stay
    fs::remove_file(first(home.path())).expect("removed");
    assert_eq!(of(home.path()).exit_code(), 0);
    fs::remove_file(ledger::path(home.path(), 4)).expect("removed");
    assert!(
        kinds(&of(home.path())).contains(&Kind::Missing),
        "the last one"
    );
}

#[test]
fn two_streams_after_one_are_a_fork() {
    let home = closed();
    let other = made::memory();
    for name in [
        "0000000001.segment",
        "audit.key",
        "audit-keys.txt",
        "instance",
    ] {
        fs::copy(home.path().join(name), other.path().join(name)).expect("copied");
    }
    for directory in [home.path(), other.path()] {
        made::open(directory).close();
        assert_eq!(of(directory).exit_code(), 0);
    }
    let both = [home.path().to_owned(), other.path().to_owned()];
    let report = verify(&keys(home.path()), &both).expect("readable");
    assert_eq!(kinds(&report), [Kind::Forked]);
}

#[test]
fn a_key_nobody_listed_vouches_for_nothing() {
    let (home, other) = (closed(), closed());
    let report = verify(&keys(other.path()), &[home.path().to_owned()]).expect("readable");
    assert_eq!(kinds(&report), [Kind::Altered]);
    assert!(
        report
            .problems
            .iter()
            .all(|one| one.text.contains("signature"))
    );
}

#[test]
fn after_a_rotation_the_old_key_vouches_for_nothing_new() {
    let home = made::memory();
    let ledger = made::open(home.path());
    made::one_request(&ledger);
    let old = fs::read(home.path().join("audit.key")).expect("read");
    let vkey = ledger.rotate_key().expect("rotated");
    made::one_request(&ledger);
    ledger.close();
    let report = of(home.path());
    assert_eq!(
        (report.problems.as_slice(), report.exit_code()),
        (&[][..], 0)
    );
    assert_ne!(fs::read(home.path().join("audit.key")).expect("read"), old);
    assert!(
        fs::read_to_string(keys(home.path()))
            .expect("read")
            .contains(&vkey)
    );
    // who kept the old key signs the end of the stream with it
    let seed = crate::audit::hex::array::<32>(String::from_utf8(old).expect("hex").trim());
    let origin = vkey.split('+').next().expect("a name");
    let key = seal::SigningKey::from_seed(origin, &seed.expect("a seed")).expect("a key");
    let log = home.path().join(ledger::LOG);
    let notes = fs::read_to_string(&log).expect("read");
    let last = notes.trim_end().rsplit("\n\n").nth(1).expect("a note");
    let note = seal::Note::parse(&format!("{last}\n\n")).expect("a note");
    fs::write(&log, format!("{}\n", note.checkpoint.note(&[&key]))).expect("written");
    assert_eq!(kinds(&of(home.path())), [Kind::Altered]);
}

#[test]
fn json_lines_and_a_collectors_file_say_the_same() {
    let home = closed();
    let lines: Vec<Entry> = made::entries(home.path());
    let plain = home.path().join("records.jsonl");
    let text: String = lines
        .iter()
        .map(|entry| format!("{}\n", String::from_utf8_lossy(entry.bytes())))
        .collect();
    fs::write(&plain, &text).expect("written");
    let report = verify(&keys(home.path()), std::slice::from_ref(&plain)).expect("readable");
    assert_eq!((report.exit_code(), report.records), (0, 5));

    let logs: Vec<_> = lines
        .iter()
        .rev()
        .map(|entry| {
            let original = String::from_utf8_lossy(entry.bytes());
            serde_json::json!({"severityNumber": 9, "attributes": [
                {"key": "added.by.collector", "value": {"intValue": "1"}},
                {"key": "log.record.original", "value": {"stringValue": original}},
            ]})
        })
        .collect();
    let exported = serde_json::json!({"resourceLogs": [{"scopeLogs": [
        {"scope": {"name": "somebody.else"}, "logRecords": [{"body": {"stringValue": "hi"}}]},
        {"scope": {"name": "portcullis.audit"}, "logRecords": logs},
    ]}]});
    let collector = home.path().join("collector.json");
    fs::write(&collector, format!("{exported}\n")).expect("written");
    let report = verify(&keys(home.path()), &[collector]).expect("readable");
    assert_eq!((report.exit_code(), report.records), (0, 5));

    fs::write(&plain, text.replace("\"ada\"", "\"eve\"")).expect("written");
    let report = verify(&keys(home.path()), std::slice::from_ref(&plain)).expect("readable");
    assert_eq!(report.exit_code(), 1);
    fs::write(&plain, "{\"not\": \"a record\"}\n").expect("written");
    let report = verify(&keys(home.path()), &[plain]).expect("readable");
    assert_eq!(report.exit_code(), 1);
}

#[test]
fn the_report_can_be_read_by_people_and_programs() {
    let home = closed();
    let mut out = Vec::new();
    of(home.path()).write_json(&mut out).expect("written");
    let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(json["result"], "intact");
    assert_eq!(
        (&json["exit_code"], &json["records"]),
        (&0.into(), &5.into())
    );
    assert!(of(home.path()).to_string().ends_with("intact\n"));
    let missing = verify(&keys(home.path()), &[home.path().join("nowhere")]);
    assert!(missing.is_err(), "a usage error");
    assert!(verify(&first(home.path()), &[]).is_err(), "no list of keys");
}
