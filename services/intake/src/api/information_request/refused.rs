//! Refusals of requests for information, to the caller.

use messaging::store_failure;
use runtime::{
    fields::Fields,
    refusal::{not_found, refusal, stale_revision},
};
use tonic::{Code, Status};

use crate::{
    api::receipt,
    commands::information_request::RequestError,
    domain::information_request::{
        correction::CannotBe,
        decision::{Refusal, WhyManager},
        state::NotNow,
    },
};

impl From<RequestError> for Status {
    fn from(error: RequestError) -> Self {
        match &error {
            RequestError::NoSuchRequest => not_found("request for information"),
            RequestError::StaleRevision(current) => stale_revision(*current),
            RequestError::Refused(refused) => refused_by_rule(*refused),
            RequestError::Receipt(why) => receipt::refused(*why, "receipt_at"),
            RequestError::CannotBe(wrong) => cannot_be(wrong),
            RequestError::Append(cause) => cause.into(),
            RequestError::Store(cause) => store_failure(cause),
        }
    }
}

/// Names every field of a correction that does not fit the request.
fn cannot_be(wrong: &[CannotBe]) -> Status {
    let mut fields = Fields::new();
    for why in wrong {
        let (field, rule) = match why {
            CannotBe::ReceivedAfterRecorded => ("correction.received_at", "R13"),
            CannotBe::NoPurpose => ("correction.purpose", "R55"),
            CannotBe::AboutNobody | CannotBe::FewerSubjects => ("correction.subjects", "R55"),
        };
        fields.violation(field, rule, &why.to_string());
    }
    fields.refuse()
}

fn refused_by_rule(refused: Refusal) -> Status {
    let (reason, rule, way_forward) = match refused {
        Refusal::NotNow(not_now) => match not_now {
            NotNow::NotWithHub => {
                ("REQUEST_NOT_WITH_HUB", "R55", "read the request again; take it back first")
            }
            NotNow::NotPassed => ("REQUEST_WITH_HUB", "R54", "read the request again"),
            NotNow::NoReceiptAwaited => ("NO_RECEIPT_AWAITED", "R54", "read the request again"),
            NotNow::GoesToGovernance => {
                ("GOES_TO_INFORMATION_GOVERNANCE", "R55", "pass it to information governance")
            }
            NotNow::NotForGovernance => ("UNIT_REQUIRED", "R54", "name the unit that it goes to"),
            NotNow::NotDatedByManager => {
                ("NOT_DATED_BY_MANAGER", "R55", "answer it by its deadline")
            }
        },
        Refusal::NotVerified => {
            ("REQUESTER_NOT_VERIFIED", "R55", "make sure who asks; refuse the request")
        }
        Refusal::OpenCase => {
            let ways = "pass it to the unit; a manager gives a reason to decide it all the same";
            ("OPEN_CASE", "R54", ways)
        }
        Refusal::NeedsManager(why) => {
            let rule = match why {
                WhyManager::Foreign => "R56",
                WhyManager::Dated => "R55",
                WhyManager::Basis | WhyManager::ConsentRefused => "R38",
                WhyManager::OpenCase => "R54",
                WhyManager::OwnContact => "R2",
            };
            ("MANAGER_REQUIRED", rule, "ask a manager to decide it")
        }
    };
    let facts = [("rule", rule.to_owned()), ("ways_forward", way_forward.to_owned())];
    let code = match refused {
        Refusal::NeedsManager(_) => Code::PermissionDenied,
        Refusal::NotNow(_) | Refusal::NotVerified | Refusal::OpenCase => Code::FailedPrecondition,
    };
    refusal(code, reason, &refused.to_string(), &facts)
}
