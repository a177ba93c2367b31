//! Executes the tables of `src/ARCHITECTURE.md`: who may import whom, where a
//! provider's name may stand, and that every test the page names exists.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot read its input should stop"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const PAGE: &str = include_str!("../src/ARCHITECTURE.md");

/// Room to rank, as the page's table has it.
fn ranks() -> BTreeMap<String, u32> {
    let mut ranks = BTreeMap::new();
    for line in PAGE.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let Some(rank) = cells.get(1).and_then(|cell| cell.parse().ok()) else {
            continue;
        };
        for name in cells[2].split('`').skip(1).step_by(2) {
            let room = name.trim_end_matches('/').trim_end_matches(".rs");
            ranks.insert(room.to_owned(), rank);
        }
    }
    ranks
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|one| one.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|one| one == "rs") {
            out.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut out = Vec::new();
    sources(&root().join("src"), &mut out);
    out
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The path below `src`, as module steps: `["redact", "detector", "card"]`.
fn steps(path: &Path) -> Vec<String> {
    let below = path.strip_prefix(root().join("src")).unwrap();
    let mut steps: Vec<String> = below
        .iter()
        .map(|one| one.to_str().unwrap().trim_end_matches(".rs").to_owned())
        .collect();
    if steps.last().is_some_and(|one| one == "mod") {
        steps.pop();
    }
    steps
}

/// Code without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// First path steps that follow `prefix` in the code, groups opened one level.
fn heads(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|one| one.is_alphanumeric() || one == '_' || one == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            let mut word = String::new();
            for one in group.chars() {
                match one {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    _ if depth == 0 && start && (one.is_alphanumeric() || one == '_') => {
                        word.push(one)
                    }
                    _ if depth == 0 && start && !word.is_empty() => start = false,
                    _ => {}
                }
                if (!start || one == ',') && !word.is_empty() {
                    out.insert(std::mem::take(&mut word));
                }
            }
            if !word.is_empty() {
                out.insert(word);
            }
        } else {
            out.insert(
                rest.chars()
                    .take_while(|one| one.is_alphanumeric() || *one == '_')
                    .collect(),
            );
        }
    }
    out
}

/// The rooms a file imports, by `crate::` or by enough `super::`.
fn imports(path: &Path, ranks: &BTreeMap<String, u32>) -> BTreeSet<String> {
    let code = code(path);
    let mut out = heads(&code, "crate::");
    out.extend(heads(&code, "portcullis::"));
    out.extend(heads(&code, &"super::".repeat(steps(path).len())));
    out.retain(|one| ranks.contains_key(one));
    out
}

#[test]
fn no_room_imports_upwards_or_sideways() {
    let ranks = ranks();
    assert!(ranks.len() > 14, "the rank table was not read: {ranks:?}");
    let mut wrong = Vec::new();
    for path in all_sources() {
        let steps = steps(&path);
        let room = &steps[0];
        let Some(rank) = ranks.get(room) else {
            wrong.push(format!("{} is in no row of the rank table", path.display()));
            continue;
        };
        for import in imports(&path, &ranks) {
            let other = ranks[&import];
            if import != *room && (other > *rank || (other == *rank && *rank != 9)) {
                wrong.push(format!(
                    "{} (rank {rank}) imports {import} (rank {other})",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_import_reader_sees_groups_and_supers() {
    let code = "use crate::{audit::{A, B}, policy, quota::X};\nfn f() { crate::egress::go(); }";
    let seen: Vec<_> = heads(code, "crate::").into_iter().collect();
    assert_eq!(seen, ["audit", "egress", "policy", "quota"]);
    assert!(heads("super::super::config::X", "super::super::").contains("config"));
}

#[test]
fn only_egress_dials() {
    for path in all_sources() {
        let room = steps(&path)[0].clone();
        let code = code(&path);
        let code = code.split("#[cfg(test)]").next().unwrap();
        let dials = ["TcpStream::connect", "client::legacy", "client::conn"]
            .iter()
            .any(|one| code.contains(one));
        let is_test = path.file_stem().is_some_and(|one| one == "tests");
        // The demo is a caller of the gateway, not a part of it.
        let caller = path.starts_with(root().join("src/cli/demo"));
        assert!(
            !dials || room == "egress" || caller || is_test,
            "{} dials",
            path.display()
        );
    }
}

#[test]
fn a_provider_is_named_in_its_own_folder_only() {
    for path in all_sources() {
        let steps = steps(&path);
        let text = steps.join("/");
        let own = text.starts_with("provider/openai") || text.starts_with("provider/anthropic");
        // The list, the detectors of vendors' keys, and the demo that shows two SDKs.
        let listed = text == "provider"
            || text == "provider/providers"
            || text.starts_with("redact/")
            || text.starts_with("cli/demo")
            || text.starts_with("config/")
            || steps.iter().any(|one| one.ends_with("tests"));
        if own || listed {
            continue;
        }
        let code = code(&path).to_lowercase();
        let code = code.split("#[cfg(test)]").next().unwrap().to_owned();
        for name in ["openai", "anthropic"] {
            assert!(!code.contains(name), "{} names {name}", path.display());
        }
    }
}

#[test]
fn every_test_the_page_names_exists() {
    let mut code = String::new();
    let mut files = all_sources();
    sources(&root().join("tests"), &mut files);
    for path in files {
        code.push_str(&fs::read_to_string(path).unwrap());
    }
    for entry in fs::read_dir(root().join("tests/e2e")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|one| one == "py") {
            code.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    let named: BTreeSet<&str> = PAGE
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|word| word.strip_prefix("test: "))
        .collect();
    assert!(named.len() >= 10, "the page names too few tests: {named:?}");
    for name in named {
        let (rust, python) = (format!("fn {name}("), format!("def {name}("));
        assert!(
            code.contains(&rust) || code.contains(&python),
            "no test is called {name}"
        );
    }
}
