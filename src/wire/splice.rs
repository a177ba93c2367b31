//! Replacing spans of a byte string and nothing else.

use std::ops::Range;

/// One replacement.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Which bytes go.
    pub span: Range<usize>,
    /// What stands there instead.
    pub with: Vec<u8>,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Edit({:?} -> {} bytes)", self.span, self.with.len())
    }
}

/// Two edits meet, or one lies outside the bytes: a fault in the caller, and
/// a reason not to send anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("edits overlap or lie outside the text")]
pub struct Overlap;

/// Applies `edits`, in any order, to `bytes`.
///
/// Every byte outside the edited spans comes out as it went in.
///
/// # Errors
/// [`Overlap`], and nothing was applied.
pub fn splice(bytes: &[u8], edits: &mut [Edit]) -> Result<Vec<u8>, Overlap> {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for edit in edits.iter() {
        let before = bytes.get(at..edit.span.start).ok_or(Overlap)?;
        if edit.span.end < edit.span.start || edit.span.end > bytes.len() {
            return Err(Overlap);
        }
        out.extend_from_slice(before);
        out.extend_from_slice(&edit.with);
        at = edit.span.end;
    }
    out.extend_from_slice(bytes.get(at..).ok_or(Overlap)?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(span: Range<usize>, with: &str) -> Edit {
        Edit {
            span,
            with: with.into(),
        }
    }

    #[test]
    fn what_is_not_edited_stays() {
        let mut edits = [edit(6..11, "you"), edit(0..0, ">")];
        assert_eq!(splice(b"hello world!", &mut edits).unwrap(), b">hello you!");
        assert_eq!(splice(b"same", &mut []).unwrap(), b"same");
    }

    #[test]
    fn edits_that_meet_are_refused() {
        assert_eq!(
            splice(b"abcd", &mut [edit(0..2, ""), edit(1..3, "")]),
            Err(Overlap)
        );
        assert_eq!(splice(b"abcd", &mut [edit(3..5, "")]), Err(Overlap));
    }
}
