//! Did you mean: the known word closest to the one that was written.

/// The known word that differs from `word` by a slip of the hand, if there is one.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    if word.len() > LONGEST {
        return None;
    }
    known
        .into_iter()
        .map(|one| (distance(&word, &folded(one)), one))
        .filter(|(distance, one)| *distance <= slips(one))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, one)| one)
}

/// `` `a`, `b` or `c` ``.
pub(super) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|one| format!("`{one}`")).collect();
    joined(&quoted)
}

/// `` `a`, `b` and `c` ``.
pub(super) fn all<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|one| format!("`{one}`")).collect();
    chained(&quoted, "and")
}

/// `a, b or c`.
pub(super) fn joined(phrases: &[String]) -> String {
    chained(phrases, "or")
}

fn chained(phrases: &[String], word: &str) -> String {
    match phrases.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
    }
}

/// Letter case and the choice of `-`, `_` or a space are not slips worth counting.
fn folded(word: &str) -> Vec<char> {
    word.chars()
        .map(|one| match one {
            '-' | ' ' => '_',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// How many slips still point at this word and not at another one.
fn slips(known: &str) -> usize {
    known.chars().count().div_euclid(3).clamp(1, 3)
}

/// Edits between two words: insert, delete, replace, or swap two neighbours
/// (optimal string alignment).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let mut last_one = None;
    for (row, a) in one.iter().enumerate() {
        let mut line = vec![row.saturating_add(1)];
        let mut last_other = None;
        for (column, b) in other.iter().enumerate() {
            let at =
                |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX);
            let next = column.saturating_add(1);
            let mut cost = at(&above, column).saturating_add(usize::from(a != b));
            cost = cost.min(at(&above, next).saturating_add(1));
            cost = cost.min(at(&line, column).saturating_add(1));
            if last_one == Some(b) && last_other == Some(a) {
                cost = cost.min(at(&before, column.saturating_sub(1)).saturating_add(1));
            }
            line.push(cost);
            last_other = Some(b);
        }
        before = std::mem::replace(&mut above, line);
        last_one = Some(a);
    }
    above.last().copied().unwrap_or_default()
}

/// Characters of a word worth comparing; no key comes near.
const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_finds_its_word() {
        let known = ["kind", "base_url", "credential", "default", "env"];
        for (word, meant) in [
            ("knid", Some("kind")),
            ("baseUrl", Some("base_url")),
            ("base-url", Some("base_url")),
            ("credentails", Some("credential")),
            ("evn", Some("env")),
            ("Default", Some("default")),
            ("timeout", None),
            ("", None),
        ] {
            assert_eq!(closest(word, known), meant, "{word}");
        }
    }

    #[test]
    fn a_list_reads_like_a_sentence() {
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
