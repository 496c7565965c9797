//! What partner-checks asks others before it sends anything: screening, whether the
//! case is open; intake, for exactly the identity that may be disclosed and what allows
//! it (R38). On behalf of the person who requests, before any transaction, under one
//! deadline and without retries.

use std::time::Duration;

use access::{Caller, Personal};
use proto::{
    convert::{from_date, from_id},
    intake::v1::{self as intake, intake_service_client::IntakeServiceClient},
    screening::v1::{
        CaseState, GetCaseStateRequest, screening_service_client::ScreeningServiceClient,
    },
    terms::v1::BasisKind,
};
use runtime::refusal::{internal, refusal, unavailable};
use service::ask::{on_behalf, passed_on};
use thiserror::Error;
use tonic::{Code, Status, transport::Channel};
use uuid::Uuid;

use crate::{
    commands::request_checks::Order,
    domain::{
        check::CheckedChild,
        disclosure::{Basis, Identity},
    },
};

/// How long both questions may take together.
const WITHIN: Duration = runtime::channel::ASK_WITHIN;
/// An identity of 200 children, with every field at its longest, in any script.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// The services that are asked. Cheap to clone.
#[derive(Clone)]
pub struct Peers {
    screening: ScreeningServiceClient<Channel>,
    intake: IntakeServiceClient<Channel>,
}

/// What they answered.
pub struct Asked {
    /// Significant harm or immediate danger is indicated.
    pub section_47: bool,
    /// The identity to be disclosed, and its basis.
    pub identity: Identity,
}

/// An answer that a contract does not allow.
#[derive(Debug, Error)]
#[error("a service that was asked gave no usable {0}")]
struct Unusable(&'static str);

impl Peers {
    /// Peers on these channels.
    pub fn new(screening: Channel, intake: Channel) -> Self {
        Self {
            screening: ScreeningServiceClient::new(screening),
            intake: IntakeServiceClient::new(intake).max_decoding_message_size(LARGEST_ANSWER),
        }
    }

    /// Asks what an order must know.
    ///
    /// # Errors
    /// `CASE_CLOSED`; `WITH_UNIT`; what they refuse as they refuse it, such as `CASE_NOT_OPEN_YET` and
    /// `BASIS_REQUIRED`; or `UNAVAILABLE` where one of them is away.
    pub async fn ask(&self, caller: &Caller, order: &Order) -> Result<Asked, Status> {
        let both = async {
            let section_47 = self.open_case(caller, order).await?;
            Ok(Asked { section_47, identity: self.identity(caller, order).await? })
        };
        let asked = tokio::time::timeout(WITHIN, both)
            .await
            .unwrap_or_else(|_| Err(unavailable("a service that must be asked")));
        asked.inspect_err(|status| {
            if status.code() == Code::Unavailable {
                tracing::warn!("a service that must be asked is away");
            }
        })
    }

    /// Whether Section 47 is indicated on the contact's case, which must be open.
    async fn open_case(&self, caller: &Caller, order: &Order) -> Result<bool, Status> {
        let question = GetCaseStateRequest { contact_id: order.contact.to_string() };
        let answer = self.screening.clone().get_case_state(on_behalf(caller, question)).await;
        let case = passed_on("screening", answer)?;
        match case.state() {
            CaseState::Unspecified => Err(internal(&Unusable("state of the case"))),
            CaseState::Undecided | CaseState::Screening => {
                none_with_unit(order, &case.child_ids_with_unit)?;
                Ok(case.section_47)
            }
            CaseState::Closed => Err(refusal(
                Code::FailedPrecondition,
                "CASE_CLOSED",
                "the hub's work on this contact is over",
                &[],
            )),
        }
    }

    async fn identity(&self, caller: &Caller, order: &Order) -> Result<Identity, Status> {
        let question = intake::GetDisclosureRequest {
            contact_id: order.contact.to_string(),
            child_ids: order.children.iter().map(Uuid::to_string).collect(),
            agencies: order.agencies.clone(),
            basis_id: order.basis.map(|id| id.to_string()).unwrap_or_default(),
        };
        let answer = self.intake.clone().get_disclosure(on_behalf(caller, question)).await;
        identity(passed_on("intake", answer)?).map_err(|error| internal(&error))
    }
}

/// R9: a child whom the unit of its open case has received is asked about by that unit, and
/// no longer by the hub.
fn none_with_unit(order: &Order, with_unit: &[String]) -> Result<(), Status> {
    let ids = order.children.iter().map(Uuid::to_string);
    let gone: Vec<String> = ids.filter(|id| with_unit.contains(id)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    Err(refusal(
        Code::FailedPrecondition,
        "WITH_UNIT",
        "the unit that holds their open case has these children",
        &[
            ("rule", "R9".to_owned()),
            ("child_ids", gone.join(",")),
            ("ways_forward", "leave them out: that unit asks about them".to_owned()),
        ],
    ))
}

/// What allows a disclosure, as intake says it; `None` where it does not.
pub fn basis(kind: BasisKind) -> Option<Basis> {
    match kind {
        BasisKind::Unspecified => None,
        BasisKind::Consent => Some(Basis::Consent),
        BasisKind::Override => Some(Basis::Override),
        BasisKind::PublicInterest => Some(Basis::PublicInterest),
        BasisKind::Section47 => Some(Basis::Section47),
        BasisKind::CourtOrder => Some(Basis::CourtOrder),
    }
}

fn identity(answer: intake::GetDisclosureResponse) -> Result<Identity, Unusable> {
    let basis = basis(answer.basis()).ok_or(Unusable("basis"))?;
    let children = answer.children.into_iter().map(|child| {
        let date = if child.unborn { child.expected_date } else { child.birth_date };
        let birth_date = match date {
            None => None,
            Some(date) => Some(Personal::new(from_date(&date).ok_or(Unusable("birth date"))?)),
        };
        Ok(CheckedChild {
            id: from_id(&child.child_id).ok_or(Unusable("child"))?,
            name: Personal::new(child.name),
            birth_date,
            address: Personal::new(child.address),
            school: Personal::new(child.school),
            nhs_number: Personal::new(child.nhs_number),
            unborn: child.unborn,
        })
    });
    Ok(Identity {
        contact_revision: answer.revision,
        reference: answer.reference,
        children: children.collect::<Result<_, _>>()?,
        basis,
    })
}
