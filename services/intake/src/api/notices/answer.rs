//! Notices, from domain to wire.

use proto::{
    convert::{to_date, to_timestamp},
    intake::v1 as pb,
};

use crate::{
    api::page::Place,
    domain::notice::{DayFigures, Listed, Priority, Waiting},
    events::notices::{priority, reason},
};

/// The place of a notice on the list.
pub fn place(notice: &Listed) -> Place {
    let current = notice.confirmed.map_or(notice.proposal.priority, |(confirmed, _)| confirmed);
    Place {
        done: notice.confirmed.is_some(),
        rank: current as u8,
        order: notice.received_at.as_microsecond(),
        id: notice.id,
    }
}

/// A notice on the list.
pub fn listed(notice: Listed) -> pb::ListedNotice {
    let (confirmed, confirmed_at) = notice.confirmed.unzip();
    let confirmed = confirmed.map_or(pb::NoticePriority::Unspecified, priority);
    pb::ListedNotice {
        notice_id: notice.id.to_string(),
        revision: notice.revision,
        contact_id: notice.contact.to_string(),
        reference: notice.reference,
        batch_id: notice.batch.to_string(),
        number: notice.number,
        referral_source: notice.referral_source,
        received_at: Some(to_timestamp(notice.received_at)),
        proposed: priority(notice.proposal.priority).into(),
        reasons: notice.proposal.reasons.into_iter().map(|why| reason(why).into()).collect(),
        confirmed: confirmed.into(),
        confirmed_at: confirmed_at.map(to_timestamp),
    }
}

/// The backlog. A priority of which nothing waits is shown too.
pub fn backlog(waiting: &[Waiting], days: &[DayFigures]) -> pb::GetBacklogResponse {
    let of = |of: Priority| {
        let found = waiting.iter().find(|waiting| waiting.priority == of);
        pb::WaitingNotices {
            priority: priority(of).into(),
            waiting: found.map_or(0, |waiting| waiting.number),
            oldest_received_at: found.and_then(|waiting| waiting.oldest).map(to_timestamp),
        }
    };
    let day = |day: &DayFigures| pb::NoticeDay {
        day: Some(to_date(day.day)),
        received: day.received,
        confirmed: day.confirmed,
    };
    pb::GetBacklogResponse {
        waiting: Priority::ALL.map(of).to_vec(),
        days: days.iter().map(day).collect(),
    }
}
