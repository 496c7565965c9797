//! An event outside the process that appended it: as the log holds it, on the
//! broker as a CloudEvent in binary mode (NATS binding), and as a follower gets it.

use async_nats::HeaderMap;
use jiff::Timestamp;
use prost::bytes::Bytes;
use proto::{convert, event::Event, event_log::v1 as pb};
use thiserror::Error;
use uuid::Uuid;

/// An event as the log holds it, with its position.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Its place in the log.
    pub position: i64,
    /// The event.
    pub id: Uuid,
    /// The record that it is about.
    pub aggregate: Uuid,
    /// The record's revision that it made.
    pub revision: i64,
    /// Full name of its message.
    pub type_name: String,
    /// Whom it is for, where it is for one only.
    pub addressee: Option<String>,
    /// The message: ids, codes and times (R63).
    pub payload: Vec<u8>,
    /// When it happened.
    pub occurred_at: jiff_sqlx::Timestamp,
    pub(crate) trace_parent: Option<String>,
}

impl Logged {
    /// The full name of the message, and the addressee where there is one.
    pub(crate) fn subject(&self) -> String {
        match &self.addressee {
            Some(addressee) => format!("{}.{addressee}", self.type_name),
            None => self.type_name.clone(),
        }
    }

    /// CloudEvents attributes. `previous` is the event at the position before, by
    /// which a follower knows that it stands on the same log.
    pub(crate) fn headers(&self, service: &str, previous: Option<Uuid>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let id = self.id.to_string();
        headers.insert(async_nats::header::NATS_MESSAGE_ID, id.as_str());
        headers.insert("ce-specversion", "1.0");
        headers.insert("ce-id", id.as_str());
        headers.insert("ce-source", service);
        headers.insert("ce-type", self.type_name.as_str());
        headers.insert("ce-time", self.occurred_at.to_jiff().to_string());
        headers.insert("ce-position", self.position.to_string());
        headers.insert("ce-aggregate", self.aggregate.to_string());
        headers.insert("ce-revision", self.revision.to_string());
        headers.insert("content-type", "application/protobuf");
        if let Some(previous) = previous {
            headers.insert("ce-previous", previous.to_string());
        }
        if let Some(trace_parent) = &self.trace_parent {
            headers.insert("ce-traceparent", trace_parent.as_str());
        }
        headers
    }

    pub(crate) fn into_wire(self) -> pb::LoggedEvent {
        pb::LoggedEvent {
            position: self.position,
            event_id: self.id.to_string(),
            aggregate_id: self.aggregate.to_string(),
            revision: self.revision,
            r#type: self.type_name,
            payload: self.payload,
            occurred_at: Some(convert::to_timestamp(self.occurred_at.to_jiff())),
            trace_parent: self.trace_parent.unwrap_or_default(),
        }
    }
}

/// An event as a follower gets it.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its place in the source's log.
    pub position: i64,
    /// The event.
    pub id: Uuid,
    /// The record that it is about.
    pub aggregate: Uuid,
    /// The record's revision that it made.
    pub revision: i64,
    /// Full name of its message.
    pub type_name: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    pub(crate) previous: Option<Uuid>,
    pub(crate) payload: Bytes,
    pub(crate) trace_parent: Option<String>,
}

/// A message that is no event of a source's log.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the message has no usable {0}")]
pub struct NotAnEvent(&'static str);

/// A payload that is not what its type says.
#[derive(Debug, Error)]
#[error("the payload of {type_name} cannot be decoded")]
pub struct Undecodable {
    type_name: String,
    source: prost::DecodeError,
}

impl Received {
    /// The message's name within its package, for a `match`.
    pub fn name(&self) -> &str {
        self.type_name.rsplit('.').next().unwrap_or(&self.type_name)
    }

    /// The message itself.
    ///
    /// # Errors
    /// Where the payload is not such a message.
    pub fn decode<E: Event + Default>(&self) -> Result<E, Undecodable> {
        E::decode(self.payload.clone())
            .map_err(|source| Undecodable { type_name: self.type_name.clone(), source })
    }

    /// Reads a message of the feed.
    pub(crate) fn from_feed(
        headers: Option<&HeaderMap>,
        payload: Bytes,
    ) -> Result<Self, NotAnEvent> {
        let text = |name: &'static str| {
            headers
                .and_then(|headers| headers.get(name))
                .map(|value| value.as_str())
                .ok_or(NotAnEvent(name))
        };
        let id = |name| convert::from_id(text(name)?).ok_or(NotAnEvent(name));
        let number = |name| text(name)?.parse::<i64>().map_err(|_| NotAnEvent(name));
        Ok(Self {
            position: number("ce-position")?,
            id: id("ce-id")?,
            aggregate: id("ce-aggregate")?,
            revision: number("ce-revision")?,
            type_name: text("ce-type")?.to_owned(),
            occurred_at: text("ce-time")?.parse().map_err(|_| NotAnEvent("ce-time"))?,
            previous: id("ce-previous").ok(),
            payload,
            trace_parent: text("ce-traceparent").ok().map(str::to_owned),
        })
    }

    /// Reads an event that the owner of the log sent; `previous` is the one before.
    pub(crate) fn from_owner(
        event: pb::LoggedEvent,
        previous: Option<Uuid>,
    ) -> Result<Self, NotAnEvent> {
        Ok(Self {
            position: event.position,
            id: convert::from_id(&event.event_id).ok_or(NotAnEvent("event_id"))?,
            aggregate: convert::from_id(&event.aggregate_id).ok_or(NotAnEvent("aggregate_id"))?,
            revision: event.revision,
            type_name: event.r#type,
            occurred_at: event
                .occurred_at
                .as_ref()
                .and_then(convert::from_timestamp)
                .ok_or(NotAnEvent("occurred_at"))?,
            previous,
            payload: event.payload.into(),
            trace_parent: Some(event.trace_parent).filter(|parent| !parent.is_empty()),
        })
    }
}
