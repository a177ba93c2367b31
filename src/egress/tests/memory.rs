//! Answers read as a whole share their memory.

use bytes::Bytes;

use super::{
    line, send,
    server::{Server, Then, ok},
};
use crate::{
    egress::body::{AT_PEAK, UpstreamBody},
    primitives::{Budget, Code, Limits},
};

/// Bytes of one answer here; they come in many reads.
const LARGE: usize = 1_000_000;

fn large() -> String {
    "x".repeat(LARGE)
}

/// The same without a length, in two chunks.
fn chunked() -> String {
    let half = "x".repeat(LARGE / 2);
    let chunk = format!("{:x}\r\n{half}\r\n", half.len());
    format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n")
}

async fn body_of(server: &Server) -> UpstreamBody {
    let line = line("127.0.0.1", server.address.port(), &Limits::default());
    send(&line).await.unwrap().body
}

#[tokio::test]
async fn answers_together_stay_within_their_memory_and_give_it_back() {
    for answer in [ok(&large()), chunked().into_bytes()] {
        let server = Server::plain(vec![Then::Say(answer)]).await;
        let budget = Budget::new(2 * LARGE * AT_PEAK);
        let (mut one, mut two, mut three) = (budget.share(), budget.share(), budget.share());
        for share in [&mut one, &mut two] {
            let whole = body_of(&server).await.collect(share).await.unwrap();
            assert_eq!(whole.len(), LARGE);
        }
        let refused = body_of(&server).await.collect(&mut three).await;
        assert_eq!(refused.unwrap_err().code(), Code::Overloaded);
        drop((two, three));
        let mut again = budget.share();
        body_of(&server).await.collect(&mut again).await.unwrap();
        drop((one, again));
        assert_eq!(budget.share().grow_to(2 * LARGE * AT_PEAK), Ok(()));
    }
    assert_eq!(Code::Overloaded.status().as_u16(), 503);
}

#[tokio::test]
async fn an_answer_that_is_dropped_in_its_middle_gives_its_memory_back() {
    let mut begun = ok(&large());
    begun.truncate(LARGE / 2);
    let server = Server::plain(vec![Then::SayAndStall(begun)]).await;
    let budget = Budget::new(LARGE * AT_PEAK);
    let (body, reading) = (body_of(&server).await, budget.clone());
    let reader = tokio::spawn(async move { body.collect(&mut reading.share()).await });
    while budget.share().grow_to(LARGE * AT_PEAK).is_ok() {
        tokio::task::yield_now().await;
    }
    reader.abort();
    assert!(reader.await.unwrap_err().is_cancelled());
    assert_eq!(budget.share().grow_to(LARGE * AT_PEAK), Ok(()));
}

#[tokio::test]
async fn an_answer_with_a_length_is_read_into_room_of_that_length() {
    let server = Server::saying(ok(&large())).await;
    let mut memory = Budget::new(usize::MAX).share();
    let whole = body_of(&server).await.collect(&mut memory).await.unwrap();
    let room = Bytes::try_into_mut(whole).unwrap();
    assert_eq!((room.len(), room.capacity()), (LARGE, LARGE));
}

#[tokio::test]
async fn a_length_that_is_only_announced_takes_nothing() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\nx");
    let server = Server::saying(head).await;
    let budget = Budget::new(AT_PEAK);
    let broken = body_of(&server).await.collect(&mut budget.share()).await;
    assert_eq!(broken.unwrap_err().code(), Code::UpstreamReset);
}
