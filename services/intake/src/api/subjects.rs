//! The gRPC edge of places, peer groups and online spaces (R5).

use proto::{
    convert::to_timestamp,
    intake::v1::{
        FindSubjectsRequest, FindSubjectsResponse, FoundSubject, GetSubjectRequest,
        GetSubjectResponse, SubjectContact, subject_service_server::SubjectService,
    },
};
use runtime::refusal::not_found;
use service::edge::{self, Shown};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Api,
    page::Place,
    parse::{self, WantedSubject},
};
use crate::{
    store::subjects::{self, About},
    wire,
};

/// What a search shows of subjects, for the read log (R61).
const FOUND_FIELDS: &[&str] = &["subject"];
/// What a subject shows.
const SUBJECT_FIELDS: &[&str] = &["subject", "contacts", "children"];

#[tonic::async_trait]
impl SubjectService for Api {
    async fn find_subjects(
        &self,
        request: Request<FindSubjectsRequest>,
    ) -> Result<Response<FindSubjectsResponse>, Status> {
        edge::read(&self.log, request, parse::find_subjects, async |db, (words, kind, purpose)| {
            let found = subjects::search(db, &words, kind).await?;
            let subjects = found.iter().map(|found| found.id).collect();
            let shown = Shown { subjects, purpose: purpose.as_str_name(), fields: FOUND_FIELDS };
            let subjects = found.into_iter().map(|found| FoundSubject {
                subject_id: found.id.to_string(),
                subject: Some(wire::subject(found.subject)),
                contacts: found.contacts,
            });
            Ok((FindSubjectsResponse { subjects: subjects.collect() }, shown))
        })
        .await
    }

    async fn get_subject(
        &self,
        request: Request<GetSubjectRequest>,
    ) -> Result<Response<GetSubjectResponse>, Status> {
        edge::read(&self.log, request, parse::get_subject, async |db, wanted| {
            let WantedSubject { id, purpose, page, behind } = wanted;
            let subject = subjects::find(db, id).await?;
            let subject = subject.ok_or_else(|| not_found("place, group or online space"))?;
            let mut about = subjects::contacts(db, id, behind, page.look_for()).await?;
            let next_page_token = page.cut(&mut about, place);
            let children = about.iter().flat_map(|about| about.child_ids.iter().copied());
            let subjects: Vec<Uuid> = [id].into_iter().chain(children).collect();
            let shown = Shown { subjects, purpose: purpose.as_str_name(), fields: SUBJECT_FIELDS };
            let contacts = about.into_iter().map(|about| SubjectContact {
                contact_id: about.contact.to_string(),
                reference: about.reference,
                received_at: Some(to_timestamp(about.received_at)),
                child_ids: about.child_ids.iter().map(Uuid::to_string).collect(),
            });
            let (subject, contacts) = (Some(wire::subject(subject)), contacts.collect());
            Ok((GetSubjectResponse { subject, contacts, next_page_token }, shown))
        })
        .await
    }
}

/// Where a contact about a subject stands on its list.
fn place(about: &About) -> Place {
    Place { done: false, rank: 0, order: about.received_at.as_microsecond(), id: about.contact }
}
