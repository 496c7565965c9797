//! The owner's side of following: asking it for events that the feed did not bring.

use proto::event_log::v1::{
    LoggedEvent, ReadEventsRequest, event_log_service_client::EventLogServiceClient,
};
use tonic::{Code, Request, transport::Channel};
use tonic_types::StatusExt;

use super::{FollowError, store::Cursor};
use crate::{received::Received, source::LOG_REWOUND};

/// How many events are asked for at once.
const PAGE: i32 = 256;
/// Answers hold up to a page of events of a few kilobytes.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

pub(crate) struct Owner {
    client: EventLogServiceClient<Channel>,
}

/// A stretch of the owner's log.
pub(crate) struct Stretch {
    pub(crate) events: Vec<Received>,
    pub(crate) head: i64,
}

impl Owner {
    pub(crate) fn new(channel: Channel) -> Self {
        Self {
            client: EventLogServiceClient::new(channel).max_decoding_message_size(LARGEST_ANSWER),
        }
    }

    /// The events right after the cursor, and how far the log reaches; `None` where the
    /// log went back.
    pub(crate) async fn read_after(
        &mut self,
        cursor: &Cursor,
    ) -> Result<Option<Stretch>, FollowError> {
        let mut request = Request::new(ReadEventsRequest {
            after_position: cursor.position,
            after_event_id: cursor.event_id.map(|id| id.to_string()).unwrap_or_default(),
            max_events: PAGE,
        });
        request.set_timeout(runtime::channel::ASK_WITHIN);
        let answer = match self.client.read_events(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) if status.code() == Code::FailedPrecondition && is_rewound(&status) => {
                return Ok(None);
            }
            Err(status) => return Err(FollowError::Owner(status.code().description().to_owned())),
        };
        let events = in_order(cursor, answer.events)?;
        Ok(Some(Stretch { events, head: answer.head_position }))
    }
}

fn is_rewound(status: &tonic::Status) -> bool {
    status.get_details_error_info().is_some_and(|info| info.reason == LOG_REWOUND)
}

/// Each event stands on the one before it, the first on the cursor.
fn in_order(cursor: &Cursor, events: Vec<LoggedEvent>) -> Result<Vec<Received>, FollowError> {
    let mut previous = cursor.event_id;
    events
        .into_iter()
        .map(|event| {
            let event = Received::from_owner(event, previous)?;
            previous = Some(event.id);
            Ok(event)
        })
        .collect()
}
