//! The gRPC edge of places, peer groups and online spaces (R5).

use access::{Caller, Read, log_read};
use messaging::{EventLog, store_failure};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        FindSubjectsRequest, FindSubjectsResponse, FoundSubject, GetSubjectRequest,
        GetSubjectResponse, SubjectContact, subject_service_server::SubjectService,
    },
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::parse;
use crate::{commands::CommandError, store::subjects, wire};

/// What a subject shows, for the read log (R61).
const SUBJECT_FIELDS: &[&str] = &["subject", "contacts", "children"];

/// The API of places, groups and online spaces.
pub struct Api {
    log: EventLog,
}

impl Api {
    /// The API over a log.
    pub fn new(log: EventLog) -> Self {
        Self { log }
    }
}

#[tonic::async_trait]
impl SubjectService for Api {
    async fn find_subjects(
        &self,
        request: Request<FindSubjectsRequest>,
    ) -> Result<Response<FindSubjectsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (words, kind, purpose) = parse::find_subjects(request.into_inner())?;
        let failed = |error: sqlx::Error| store_failure(&error);
        let mut tx = self.log.begin_read().await.map_err(failed)?;
        let found = subjects::search(&mut tx, &words, kind).await.map_err(failed)?;
        let shown: Vec<Uuid> = found.iter().map(|found| found.id).collect();
        // What shows nothing of anybody leaves no row.
        if !shown.is_empty() {
            let read = Read {
                at: self.log.clock().now(),
                caller: &caller,
                action: "SubjectService.FindSubjects",
                subjects: &shown,
                purpose: purpose.as_str_name(),
                fields: &["subject"],
            };
            log_read(&mut tx, &read).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)?;
        let subjects = found.into_iter().map(|found| FoundSubject {
            subject_id: found.id.to_string(),
            subject: Some(wire::subject(found.subject)),
            contacts: found.contacts,
        });
        Ok(Response::new(FindSubjectsResponse { subjects: subjects.collect() }))
    }

    async fn get_subject(
        &self,
        request: Request<GetSubjectRequest>,
    ) -> Result<Response<GetSubjectResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (id, purpose) = parse::get_subject(request.get_ref())?;
        let failed = |error: sqlx::Error| store_failure(&error);
        let mut tx = self.log.begin_read().await.map_err(failed)?;
        let subject = subjects::find(&mut tx, id).await.map_err(failed)?;
        let subject = subject.ok_or(CommandError::NoSuchSubject)?;
        let about = subjects::contacts(&mut tx, id).await.map_err(failed)?;
        let children = about.iter().flat_map(|about| about.child_ids.iter().copied());
        let shown: Vec<Uuid> = [id].into_iter().chain(children).collect();
        let read = Read {
            at: self.log.clock().now(),
            caller: &caller,
            action: "SubjectService.GetSubject",
            subjects: &shown,
            purpose: purpose.as_str_name(),
            fields: SUBJECT_FIELDS,
        };
        log_read(&mut tx, &read).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let contacts = about.into_iter().map(|about| SubjectContact {
            contact_id: about.contact.to_string(),
            reference: about.reference,
            received_at: Some(to_timestamp(about.received_at)),
            child_ids: about.child_ids.iter().map(Uuid::to_string).collect(),
        });
        let contacts = contacts.collect();
        Ok(Response::new(GetSubjectResponse { subject: Some(wire::subject(subject)), contacts }))
    }
}
