//! Reading a log from its owner: the gRPC side of [`EventLog`], offered to the
//! other services only.

use proto::{
    convert,
    event_log::v1::{
        ReadEventsRequest, ReadEventsResponse,
        event_log_service_server::{EventLogService, EventLogServiceServer},
    },
};
use runtime::{fields::Fields, refusal::refusal};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::{EventLog, received::Logged, store, store_failure};

/// The reason of the refusal that tells a follower that the log went back.
pub const LOG_REWOUND: &str = "LOG_REWOUND";
/// The most events of one answer.
pub const LARGEST_READ: i32 = 1000;

impl EventLog {
    /// The gRPC service that other services read this log with.
    pub fn source(&self) -> EventLogServiceServer<Source> {
        EventLogServiceServer::new(Source { log: self.clone() })
    }
}

/// A log as its followers may read it.
#[derive(Debug)]
pub struct Source {
    log: EventLog,
}

#[tonic::async_trait]
impl EventLogService for Source {
    async fn read_events(
        &self,
        request: Request<ReadEventsRequest>,
    ) -> Result<Response<ReadEventsResponse>, Status> {
        let (after, limit) = parse(request.get_ref())?;
        let (events, head_position) =
            self.read(after, limit).await.map_err(|error| store_failure(&error))?.ok_or_else(
                || {
                    refusal(
                        Code::FailedPrecondition,
                        LOG_REWOUND,
                        "the log does not hold the event you stand on",
                        &[],
                    )
                },
            )?;
        let events = events.into_iter().map(Logged::into_wire).collect();
        Ok(Response::new(ReadEventsResponse { events, head_position }))
    }
}

impl Source {
    /// The events after a cursor and the head; `None` where the cursor's event is
    /// not at its position.
    async fn read(
        &self,
        (position, event): (i64, Option<Uuid>),
        limit: i64,
    ) -> Result<Option<(Vec<Logged>, i64)>, sqlx::Error> {
        let mut connection = self.log.pool.acquire().await?;
        if position > 0 && store::event_at(&mut connection, position).await? != event {
            return Ok(None);
        }
        let events = if limit > 0 {
            store::events_after(&mut connection, position, limit).await?
        } else {
            Vec::new()
        };
        Ok(Some((events, store::head(&mut connection).await?)))
    }
}

fn parse(request: &ReadEventsRequest) -> Result<((i64, Option<Uuid>), i64), Status> {
    let mut fields = Fields::new();
    let rule = "event log";
    let position = Some(request.after_position).filter(|position| *position >= 0);
    fields.check("after_position", rule, "is negative", position);
    let event = convert::from_id(&request.after_event_id);
    if request.after_position > 0 {
        fields.check("after_event_id", rule, "is not a UUID", event);
    }
    let limit = Some(request.max_events).filter(|limit| (0..=LARGEST_READ).contains(limit));
    fields.check("max_events", rule, "must be 0 to 1000", limit);
    match (position, limit) {
        (Some(position), Some(limit)) if fields.good() => Ok(((position, event), limit.into())),
        _ => Err(fields.refuse()),
    }
}
