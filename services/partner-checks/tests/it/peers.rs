//! Screening and intake as partner-checks meets them: small servers that answer the two
//! questions which are asked before a check is sent, and note who asked.

use std::sync::{Arc, Mutex};

use harness::Stage;
use proto::{
    intake::v1::{
        self as intake,
        intake_service_server::{IntakeService, IntakeServiceServer},
    },
    screening::v1::{
        self as screening, CaseState,
        screening_service_server::{ScreeningService, ScreeningServiceServer},
    },
    terms::v1::{BasisKind, Date},
};
use runtime::{
    refusal::refusal,
    server,
    tasks::Tasks,
    tls::{self, TlsFiles},
};
use tokio::net::TcpListener;
use tonic::{Code, Request, Response, Status, service::Routes};

/// What the peers answer, and what they saw.
#[derive(Default)]
pub struct Said {
    /// The case's state; `None` while screening has not heard of the contact.
    pub case: Option<CaseState>,
    /// Significant harm or immediate danger is indicated.
    pub section_47: bool,
    /// Children (UUIDs) whom their unit has.
    pub with_unit: Vec<String>,
    /// The first child is not born yet.
    pub unborn: bool,
    /// There is consent, where no basis is named.
    pub consent: bool,
    /// How often screening was asked.
    pub asked: usize,
    /// Whether every question came with a person's token and a certificate.
    pub on_behalf: bool,
}

pub struct Peers {
    pub said: Arc<Mutex<Said>>,
    pub screening: String,
    pub intake: String,
    screening_tasks: Tasks,
    intake_tasks: Tasks,
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.screening_tasks.stop();
        self.intake_tasks.stop();
    }
}

impl Peers {
    /// A case that is being screened, and consent for everything.
    pub async fn start() -> Self {
        let said = Said { case: Some(CaseState::Screening), on_behalf: true, ..Said::default() };
        let said = Arc::new(Mutex::new(said));
        let (screening_tasks, intake_tasks) = (Tasks::new(), Tasks::new());
        let cases = Routes::new(ScreeningServiceServer::new(Cases(said.clone())));
        let screening = serve("screening", cases, &screening_tasks).await;
        let contacts = Routes::new(IntakeServiceServer::new(Contacts(said.clone())));
        let intake = serve("intake", contacts, &intake_tasks).await;
        Self { said, screening, intake, screening_tasks, intake_tasks }
    }

    pub fn say(&self, change: impl FnOnce(&mut Said)) {
        change(&mut self.said.lock().unwrap());
    }

    pub fn stop_screening(&self) {
        self.screening_tasks.stop();
    }

    pub fn stop_intake(&self) {
        self.intake_tasks.stop();
    }
}

async fn serve(service: &str, routes: Routes, tasks: &Tasks) -> String {
    let identities = Stage::shared().identities();
    let own = identities.service(service);
    let files = TlsFiles {
        certificate: own.certificate,
        key: own.key,
        authority: identities.services_ca(),
    };
    let (tls, _) = tls::watch_files(files, tasks).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    server::serve(listener, tls, routes, None, tasks).unwrap();
    address
}

fn note<T>(said: &mut Said, request: &Request<T>) {
    let token = request.metadata().contains_key("authorization");
    said.on_behalf &= token && request.peer_certs().is_some_and(|chain| !chain.is_empty());
}

struct Cases(Arc<Mutex<Said>>);

struct Contacts(Arc<Mutex<Said>>);

fn not_here<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not asked by partner-checks"))
}

#[tonic::async_trait]
impl ScreeningService for Cases {
    async fn get_case_state(
        &self,
        request: Request<screening::GetCaseStateRequest>,
    ) -> Result<Response<screening::GetCaseStateResponse>, Status> {
        let mut said = self.0.lock().unwrap();
        note(&mut said, &request);
        said.asked += 1;
        let not_yet =
            || refusal(Code::FailedPrecondition, "CASE_NOT_OPEN_YET", "not heard of yet", &[]);
        let state = said.case.ok_or_else(not_yet)?;
        Ok(Response::new(screening::GetCaseStateResponse {
            state: state.into(),
            section_47: said.section_47,
            child_ids: Vec::new(),
            child_ids_with_unit: said.with_unit.clone(),
        }))
    }

    async fn list_cases(
        &self,
        _: Request<screening::ListCasesRequest>,
    ) -> Result<Response<screening::ListCasesResponse>, Status> {
        not_here()
    }

    async fn get_case(
        &self,
        _: Request<screening::GetCaseRequest>,
    ) -> Result<Response<screening::GetCaseResponse>, Status> {
        not_here()
    }

    async fn decide_initially(
        &self,
        _: Request<screening::DecideInitiallyRequest>,
    ) -> Result<Response<screening::DecideInitiallyResponse>, Status> {
        not_here()
    }

    async fn decide_outcome(
        &self,
        _: Request<screening::DecideOutcomeRequest>,
    ) -> Result<Response<screening::DecideOutcomeResponse>, Status> {
        not_here()
    }

    async fn inform_referrer(
        &self,
        _: Request<screening::InformReferrerRequest>,
    ) -> Result<Response<screening::InformReferrerResponse>, Status> {
        not_here()
    }

    async fn review_answer(
        &self,
        _: Request<screening::ReviewAnswerRequest>,
    ) -> Result<Response<screening::ReviewAnswerResponse>, Status> {
        not_here()
    }

    async fn close_case(
        &self,
        _: Request<screening::CloseCaseRequest>,
    ) -> Result<Response<screening::CloseCaseResponse>, Status> {
        not_here()
    }
}

#[tonic::async_trait]
impl IntakeService for Contacts {
    /// Without a basis named nothing may be shared; with one it is Section 47.
    async fn get_disclosure(
        &self,
        request: Request<intake::GetDisclosureRequest>,
    ) -> Result<Response<intake::GetDisclosureResponse>, Status> {
        let mut said = self.0.lock().unwrap();
        note(&mut said, &request);
        let asked = request.into_inner();
        let on_consent = asked.basis_id.is_empty();
        if on_consent && !said.consent {
            let facts = [("rule", "R38".to_owned()), ("ways_forward", "seek consent".to_owned())];
            return Err(refusal(
                Code::FailedPrecondition,
                "BASIS_REQUIRED",
                "there is no consent",
                &facts,
            ));
        }
        let children = asked.child_ids.into_iter().enumerate().map(|(place, child_id)| {
            if said.unborn && place == 0 {
                let expected_date = Some(Date { year: 2027, month: 3, day: 2 });
                return intake::DisclosedChild {
                    child_id,
                    unborn: true,
                    expected_date,
                    ..intake::DisclosedChild::default()
                };
            }
            intake::DisclosedChild {
                child_id,
                name: format!("Chidera Okafor {place}"),
                birth_date: Some(Date { year: 2016, month: 5, day: 17 }),
                address: "12 Example Road, London E8".to_owned(),
                school: "Clapton Park Primary".to_owned(),
                nhs_number: String::new(),
                ..intake::DisclosedChild::default()
            }
        });
        Ok(Response::new(intake::GetDisclosureResponse {
            revision: 3,
            reference: "MH-2000-7".to_owned(),
            children: children.collect(),
            basis: if on_consent { BasisKind::Consent } else { BasisKind::Section47 }.into(),
        }))
    }

    async fn submit_contact(
        &self,
        _: Request<intake::SubmitContactRequest>,
    ) -> Result<Response<intake::SubmitContactResponse>, Status> {
        not_here()
    }

    async fn get_contact(
        &self,
        _: Request<intake::GetContactRequest>,
    ) -> Result<Response<intake::GetContactResponse>, Status> {
        not_here()
    }

    async fn amend_contact(
        &self,
        _: Request<intake::AmendContactRequest>,
    ) -> Result<Response<intake::AmendContactResponse>, Status> {
        not_here()
    }

    async fn record_basis(
        &self,
        _: Request<intake::RecordBasisRequest>,
    ) -> Result<Response<intake::RecordBasisResponse>, Status> {
        not_here()
    }
    async fn end_basis(
        &self,
        _: Request<intake::EndBasisRequest>,
    ) -> Result<Response<intake::EndBasisResponse>, Status> {
        not_here()
    }
}
