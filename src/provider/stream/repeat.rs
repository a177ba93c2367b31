//! Values that repeat or measure a text: log probabilities, offsets.
//!
//! Tokens with their probabilities spell the text once more, and offsets point
//! into it. Where redaction changes the text, the first would tell what was
//! masked and the second would be wrong, so both go.

use super::path;
use crate::wire::{
    json::{Document, Node},
    splice::Edit,
};

/// A value that goes when a text changes.
#[derive(Debug)]
pub(in crate::provider) struct Repeat {
    /// The text's path.
    pub(in crate::provider) text: &'static str,
    /// The value's path; its `*` are the text's, in order.
    pub(in crate::provider) value: &'static str,
    /// What stands there instead.
    pub(in crate::provider) instead: &'static str,
}

/// Takes what repeats changed texts out, and edits within it. Says how many
/// values went.
pub(in crate::provider) fn follow(
    repeats: &[Repeat],
    document: &Document,
    edits: &mut Vec<Edit>,
) -> usize {
    let mut gone: Vec<(Node<'_>, &str)> = Vec::new();
    for edit in edits.iter() {
        let Some(leaf) = leaf(document, edit) else {
            continue;
        };
        for repeat in repeats {
            let value = matched(leaf, repeat.text)
                .and_then(|numbers| at(document, repeat.value, &numbers))
                .filter(|value| !path::is_empty(*value));
            if let Some(value) = value
                && gone.iter().all(|(one, _)| one.index() != value.index())
            {
                gone.push((value, repeat.instead));
            }
        }
    }
    let gone: Vec<Edit> = gone
        .into_iter()
        .map(|(value, instead)| Edit {
            span: value.span(),
            with: instead.into(),
        })
        .collect();
    let count = gone.len();
    add(edits, gone);
    count
}

/// Adds edits that count more than those within them.
pub(super) fn add(edits: &mut Vec<Edit>, more: Vec<Edit>) {
    for one in more {
        edits.retain(|edit| edit.span.end <= one.span.start || one.span.end <= edit.span.start);
        edits.push(one);
    }
}

/// The string or number an edit stands in.
fn leaf<'a>(document: &'a Document, edit: &Edit) -> Option<Node<'a>> {
    let mut low = 0;
    let mut high = document.nodes().count();
    while low < high {
        let middle = low.midpoint(high);
        let node = document.node(middle)?;
        if node.span().start <= edit.span.start {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    document.node(low.checked_sub(1)?)
}

/// The positions where a node's path has `*`, if it has that path.
fn matched(node: Node<'_>, path: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    let mut at = node;
    for step in path.rsplit('/').filter(|step| !step.is_empty()) {
        match at.name() {
            Some(name) if name.text() == step => {}
            None if step == "*" => numbers.push(at.position()),
            _ => return None,
        }
        at = at.parent()?;
    }
    numbers.reverse();
    at.parent().is_none().then_some(numbers)
}

/// The value at a path with these positions for its `*`.
fn at<'a>(document: &'a Document, path: &str, numbers: &[usize]) -> Option<Node<'a>> {
    let mut numbers = numbers.iter();
    let mut node = document.root()?;
    for step in path.split('/').skip(1) {
        node = match step {
            "*" => node.items().nth(*numbers.next()?)?,
            name => node.get(name)?,
        };
    }
    Some(node)
}
