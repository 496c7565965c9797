//! The roles a person can hold, as the identity provider names them in the token's
//! claim `roles` (ARCHITECTURE §7).

use std::fmt;

use crate::system::is_agency_code;

/// What a person is at the hub. A string that is none of these gives no role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Role {
    /// Raises contacts: a professional or a member of the public.
    Referrer,
    /// Screens for Children's Social Care.
    ScreeningPractitioner,
    /// Screens for early help.
    EarlyHelpPractitioner,
    /// Decides (R15), and decides what partners are asked (R33).
    MashManager,
    /// Decides outcomes of early help screening (R26).
    EarlyHelpManager,
    /// Stands in for the MASH Manager (R15), confirms agreements (R37).
    ServiceManager,
    /// Stands in for the Service Manager (R15).
    HeadOfService,
    /// The out-of-hours Emergency Duty Team (R10).
    Edt,
    /// Its duty manager, beside the role of the team: adopts overrides while the hub is
    /// closed (R7).
    EdtManager,
    /// A practitioner of a partner agency in the hub (R45).
    Partner(
        /// The agency's code, for example `police`.
        String,
    ),
    /// Marked experienced, and so answers the consultation line (R51). Held beside the
    /// role of the work.
    ConsultationAdviser,
    /// The system of an agency or of EDT that sends notices in batches (R14); it may do
    /// nothing else.
    NoticeSender,
    /// The social care case system, which imports its episodes (R8, R9); it may do nothing
    /// else.
    CaseSystem,
    /// Looks at records and logs, changes nothing.
    Auditor,
    /// Runs the system, sees no record.
    Operator,
    /// The Partnership Board: figures only (R65).
    Board,
}

impl Role {
    /// The role that a token names; `None` for a string that names none, so that a
    /// provider may put roles of other systems into the same claim.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(agency) = name.strip_prefix("partner:") {
            return is_agency_code(agency).then(|| Self::Partner(agency.to_owned()));
        }
        Some(match name {
            "referrer" => Self::Referrer,
            "screening_practitioner" => Self::ScreeningPractitioner,
            "early_help_practitioner" => Self::EarlyHelpPractitioner,
            "mash_manager" => Self::MashManager,
            "early_help_manager" => Self::EarlyHelpManager,
            "service_manager" => Self::ServiceManager,
            "head_of_service" => Self::HeadOfService,
            "edt" => Self::Edt,
            "edt_manager" => Self::EdtManager,
            "consultation_adviser" => Self::ConsultationAdviser,
            "notice_sender" => Self::NoticeSender,
            "case_system" => Self::CaseSystem,
            "auditor" => Self::Auditor,
            "operator" => Self::Operator,
            "board" => Self::Board,
            _ => return None,
        })
    }
}

/// As tokens and policies write it; [`Role::parse`] reads it back.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Referrer => "referrer",
            Self::ScreeningPractitioner => "screening_practitioner",
            Self::EarlyHelpPractitioner => "early_help_practitioner",
            Self::MashManager => "mash_manager",
            Self::EarlyHelpManager => "early_help_manager",
            Self::ServiceManager => "service_manager",
            Self::HeadOfService => "head_of_service",
            Self::Edt => "edt",
            Self::EdtManager => "edt_manager",
            Self::Partner(agency) => return write!(f, "partner:{agency}"),
            Self::ConsultationAdviser => "consultation_adviser",
            Self::NoticeSender => "notice_sender",
            Self::CaseSystem => "case_system",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
            Self::Board => "board",
        })
    }
}
