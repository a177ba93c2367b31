use super::*;
use std::io::Write as _;

/// Ends without closing, as a crash does, but leaves the lock.
fn crash(ledger: Ledger) {
    ledger.core.queue.abandon();
    ledger.close();
    drop(ledger);
}

#[test]
fn a_request_that_a_crash_cut_off_is_abandoned_at_the_next_start() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    let ended = one_request(&ledger).uuid();
    let mut trail = ledger.begin(&arrived()).expect("begun");
    let cut_off = trail.request().uuid();
    block_on(trail.dispatched()).expect("durable");
    copy(home.path(), |copied| {
        let all = {
            open(copied).close();
            entries(copied)
        };
        assert_chained(&all);
        let endings = endings(&all);
        assert_eq!(endings.get(&ended), Some(&(1, 1)));
        assert_eq!(endings.get(&cut_off), Some(&(1, 1)));
        let last = all
            .iter()
            .rfind(|one| one.request_id() == Some(cut_off))
            .expect("there");
        assert_eq!(last.event_name(), Event::Abandoned.name());
        // it belongs to the stream the request was in
        let first = all
            .iter()
            .find(|one| one.request_id() == Some(cut_off))
            .expect("there");
        assert_eq!(last.stream(), first.stream());
        // and nothing is abandoned twice
        open(copied).close();
        assert_eq!(super::endings(&entries(copied)), endings);
    });
    drop(trail);
    crash(ledger);
}

#[test]
fn each_stream_names_the_one_before_and_its_root() {
    let home = tempfile::tempdir().expect("a directory");
    for _ in 0..3 {
        let ledger = open(home.path());
        one_request(&ledger);
        ledger.close();
    }
    let all = entries(home.path());
    assert_chained(&all);
    let mut before: Option<(String, crate::audit::tree::Frontier)> = None;
    let mut opened = 0;
    for entry in all.iter().filter(|one| one.sequence().is_some()) {
        let stream = entry.stream().expect("a stream").to_string();
        if entry.event_name() == Event::StreamOpened.name() {
            opened += 1;
            let (name, tree) = before.take().unzip();
            assert_eq!(entry.text(names::PREVIOUS_STREAM), name.as_deref());
            let root = tree.map(|tree| hex::text(&tree.root()));
            assert_eq!(entry.text(names::PREVIOUS_ROOT), root.as_deref());
            before = Some((stream, crate::audit::tree::Frontier::default()));
        }
        before.as_mut().expect("a stream").1.push(entry.leaf());
    }
    assert_eq!(opened, 3);
    let instances: std::collections::BTreeSet<_> = all
        .iter()
        .map(|entry| {
            let value: serde_json::Value = serde_json::from_slice(entry.bytes()).expect("JSON");
            value["resource"]["service.instance.id"].to_string()
        })
        .collect();
    assert_eq!(instances.len(), 1);
}

#[test]
fn a_tail_torn_at_any_offset_is_cut_and_nothing_before_it_is_lost() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    one_request(&ledger);
    let bytes = fs::read(path(home.path(), 1)).expect("read");
    drop(ledger);
    let used = bytes.iter().rposition(|byte| *byte != 0).expect("records") + 1;
    let mut most = 0;
    for cut in 0..=used {
        let other = memory();
        let mut torn = bytes.get(..cut).expect("within").to_vec();
        torn.resize(used + 100, 0);
        fs::write(path(other.path(), 1), &torn).expect("written");
        let survey = recover::survey(other.path()).expect("surveyed");
        let kept = survey.left.map_or(0, |left| left.chain.tree().size());
        assert_eq!(kept, whole_records(&torn), "cut at {cut}");
        most = most.max(kept);
        if cut % 500 == 0 {
            open(other.path()).close();
            let all = entries(other.path());
            assert_chained(&all);
            assert!(
                endings(&all).values().all(|one| *one == (1, 1)),
                "cut at {cut}"
            );
        }
    }
    assert_eq!(most, 4, "opened, received, dispatched, complete");
}

/// Records that are whole in a segment.
fn whole_records(bytes: &[u8]) -> u64 {
    let Some((mut reading, _)) = Reading::start(bytes).expect("read") else {
        return 0;
    };
    let mut many = 0;
    while let Frame::Whole(_) = reading.frame().expect("read") {
        many += 1;
    }
    many
}

#[test]
fn what_is_cut_is_kept_beside_the_segment_and_recorded() {
    let home = tempfile::tempdir().expect("a directory");
    crash(open(home.path()));
    let file = path(home.path(), 1);
    let mut tail = fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .expect("opened");
    tail.write_all(b"\x05\0\0\0half a frame").expect("written");
    open(home.path()).close();
    let all = entries(home.path());
    assert_chained(&all);
    let cut: Vec<_> = all
        .iter()
        .filter_map(|one| one.number(names::CUT_BYTES))
        .collect();
    assert_eq!(cut.len(), 1);
    let kept = fs::read(file.with_extension("torn")).expect("kept");
    assert!(kept.ends_with(b"half a frame"));
}

fn copy(from: &Path, then: impl FnOnce(&Path)) {
    let to = tempfile::tempdir().expect("a directory");
    for number in list(from).expect("listed") {
        fs::copy(path(from, number), path(to.path(), number)).expect("copied");
    }
    then(to.path());
}
