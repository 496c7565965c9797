//! What a caller streams, part by part, in bounded time.

use std::time::Duration;

use runtime::refusal::refusal;
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Status, Streaming};

/// How long a stream may take.
const WHOLE_WITHIN: Duration = Duration::from_secs(600);
/// How long the next part may take.
const NEXT_WITHIN: Duration = Duration::from_secs(30);

/// A stream that is being read.
pub struct Parts<T> {
    stream: Streaming<T>,
    until: Instant,
}

impl<T> Parts<T> {
    /// A stream that begins now.
    pub fn of(stream: Streaming<T>) -> Self {
        Self { stream, until: Instant::now() + WHOLE_WITHIN }
    }

    /// The next part; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<T>, Status> {
        let until = self.until.min(Instant::now() + NEXT_WITHIN);
        let Ok(part) = timeout_at(until, self.stream.message()).await else {
            return Err(refusal(
                Code::DeadlineExceeded,
                "STREAM_TOO_SLOW",
                "the stream took too long; send it again, and it goes on where it was",
                &[],
            ));
        };
        // The codec's own words would tell of the inside.
        part.map_err(|_| {
            let text = "a part is too large or cannot be decoded; those answered are safe";
            refusal(Code::InvalidArgument, "UNDECODABLE", text, &[])
        })
    }
}
