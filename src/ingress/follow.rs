//! Follows a connection from head to body to the next head.
//!
//! INVARIANT: no byte of a message is let go before the message before it was
//! answered. A second head sent ahead waits where nothing reads it, so hyper
//! never holds two requests, and what a broken body leaves behind is never
//! taken for one.

use std::sync::Arc;

use super::{
    chunked::Chunks,
    head::{Fault, Framing, Rules, Scan},
};

/// One connection's place in the sequence of messages.
#[derive(Debug)]
pub(super) struct Follower {
    rules: Arc<Rules>,
    at: At,
}

#[derive(Debug)]
enum At {
    Head(Box<Scan>),
    Length(u64),
    Chunks(Chunks),
    /// The message was let go whole; its answer is not out yet.
    Answer,
}

/// What may be done with the bytes at hand.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The first so many may be read on.
    Release(usize),
    /// None yet: more are needed.
    More,
    /// None, and more do not help, before the answer is out.
    Hold,
}

impl Follower {
    pub(super) fn new(rules: Arc<Rules>) -> Self {
        let at = At::Head(Box::default());
        Self { rules, at }
    }

    /// Judges `raw`, which begins with the first byte not yet let go and, in a
    /// head, grows from call to call.
    pub(super) fn on_bytes(&mut self, raw: &[u8]) -> Result<Step, Fault> {
        let (taken, next) = match &mut self.at {
            At::Head(scan) => match scan.on_bytes(raw, &self.rules)? {
                None => return Ok(Step::More),
                Some(head) => (head.bytes, body(head.framing)),
            },
            At::Length(_) | At::Chunks(_) if raw.is_empty() => return Ok(Step::More),
            At::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(raw.len());
                *left = left.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
                (taken, (*left == 0).then_some(At::Answer))
            }
            At::Chunks(chunks) => {
                let taken = chunks.on_bytes(raw)?;
                (taken, (*chunks == Chunks::Done).then_some(At::Answer))
            }
            At::Answer => return Ok(Step::Hold),
        };
        if let Some(next) = next {
            self.at = next;
        }
        Ok(Step::Release(taken))
    }

    /// The answer is out: the next head may come. `false` where it may not,
    /// because the message itself is not over.
    pub(super) fn on_answered(&mut self) -> bool {
        let over = matches!(self.at, At::Answer);
        if over {
            self.at = At::Head(Box::default());
        }
        over
    }

    /// Whether a head is expected or being read.
    pub(super) const fn in_head(&self) -> bool {
        matches!(self.at, At::Head(_))
    }
}

fn body(framing: Framing) -> Option<At> {
    Some(match framing {
        Framing::Length(0) => At::Answer,
        Framing::Length(left) => At::Length(left),
        Framing::Chunked => At::Chunks(Chunks::start()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingress::host::Hosts;

    fn follower() -> Follower {
        Follower::new(Arc::new(Rules {
            hosts: Hosts::any(),
            fields: 10,
            bytes: 1_000,
            target: 100,
        }))
    }

    const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const POST: &[u8] = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n";

    #[test]
    fn a_head_sent_ahead_waits_for_the_answer() {
        let mut follower = follower();
        let two = [GET, GET].concat();
        assert_eq!(follower.on_bytes(&two), Ok(Step::Release(GET.len())));
        assert_eq!(follower.on_bytes(GET), Ok(Step::Hold));
        assert!(follower.on_answered());
        assert_eq!(follower.on_bytes(GET), Ok(Step::Release(GET.len())));
    }

    #[test]
    fn the_next_head_begins_where_the_body_ends() {
        let mut follower = follower();
        assert_eq!(follower.on_bytes(POST), Ok(Step::Release(POST.len())));
        assert!(!follower.on_answered());
        assert_eq!(follower.on_bytes(b"ab"), Ok(Step::Release(2)));
        assert_eq!(follower.on_bytes(b""), Ok(Step::More));
        assert_eq!(follower.on_bytes(b"cGET"), Ok(Step::Release(1)));
        assert!(follower.on_answered());
        assert_eq!(follower.on_bytes(b"GET"), Ok(Step::More));
        assert_eq!(follower.on_bytes(b"GET\n"), Err(Fault::BareLineFeed));
    }
}
