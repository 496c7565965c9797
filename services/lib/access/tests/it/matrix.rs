//! Every RPC × every caller, against a matrix that is written here and not derived
//! from the policies (R45, R61).

use std::collections::BTreeSet;
use std::path::Path;

use access::{Api, Caller, Person, Policies, Role, System};
use prost::Message;

/// What one RPC allows: people alone, systems alone, and systems on behalf of
/// people. Whatever is not named is denied.
struct Row {
    action: &'static str,
    api: &'static str,
    people: &'static [&'static str],
    systems: &'static [&'static str],
    on_behalf: (&'static [&'static str], &'static [&'static str]),
}

const fn people(action: &'static str, api: &'static str, people: &'static [&'static str]) -> Row {
    Row { action, api, people, systems: &[], on_behalf: (&[], &[]) }
}

const fn systems(action: &'static str, api: &'static str, systems: &'static [&'static str]) -> Row {
    Row { action, api, people: &[], systems, on_behalf: (&[], &[]) }
}

const READERS: &[&str] = &[
    "screening_practitioner",
    "early_help_practitioner",
    "mash_manager",
    "early_help_manager",
    "service_manager",
    "head_of_service",
    "edt",
    "auditor",
];
const RAISERS: &[&str] = &[
    "referrer",
    "screening_practitioner",
    "early_help_practitioner",
    "mash_manager",
    "early_help_manager",
    "service_manager",
    "head_of_service",
    "edt",
    "consultation_adviser",
];
const ACTING: &[&str] = &["mash_manager", "service_manager", "head_of_service"];
const REQUESTERS: &[&str] = &["mash_manager", "service_manager", "head_of_service", "edt"];
const RECORDERS: &[&str] =
    &["mash_manager", "service_manager", "head_of_service", "edt", "edt_manager"];
const ADOPTERS: &[&str] = &["mash_manager", "service_manager", "head_of_service", "edt_manager"];
const OVERRIDE_READERS: &[&str] =
    &["mash_manager", "service_manager", "head_of_service", "edt_manager", "auditor"];
const AMENDERS: &[&str] = &[
    "screening_practitioner",
    "mash_manager",
    "early_help_manager",
    "service_manager",
    "head_of_service",
    "edt",
    "edt_manager",
];
const TALKERS: &[&str] = &[
    "screening_practitioner",
    "early_help_practitioner",
    "mash_manager",
    "early_help_manager",
    "service_manager",
    "head_of_service",
    "edt",
];
const PAGED: &[&str] =
    &["mash_manager", "service_manager", "head_of_service", "edt", "early_help_manager"];
const CASE_WORKERS: &[&str] = &[
    "mash_manager",
    "early_help_manager",
    "screening_practitioner",
    "early_help_practitioner",
    "service_manager",
    "head_of_service",
];
const COUNTERS: &[&str] =
    &["board", "mash_manager", "service_manager", "head_of_service", "auditor"];
const TAKERS: &[&str] =
    &["screening_practitioner", "mash_manager", "service_manager", "head_of_service", "edt"];
const ANSWERERS: &[&str] =
    &["screening_practitioner", "mash_manager", "service_manager", "head_of_service"];
const REQUEST_READERS: &[&str] = &[
    "screening_practitioner",
    "mash_manager",
    "service_manager",
    "head_of_service",
    "edt",
    "auditor",
];
const ADAPTERS: &[&str] = &["adapter/police", "adapter/health"];
const POLICE: &[&str] = &["agency/police"];
const CHECKS_FOR_REQUESTERS: (&[&str], &[&str]) = (&["service/partner-checks"], REQUESTERS);

const MATRIX: &[Row] = &[
    Row {
        action: "IntakeService.SubmitContact",
        api: "intake",
        people: RAISERS,
        systems: &[],
        on_behalf: (&["service/desk"], RAISERS),
    },
    people("IntakeService.GetContact", "intake", READERS),
    people("IntakeService.RecordBasis", "intake", RECORDERS),
    people("IntakeService.EndBasis", "intake", ADOPTERS),
    people("IntakeService.AmendContact", "intake", AMENDERS),
    people("ConsentService.RecordConsent", "intake", TALKERS),
    people("ConsentService.WithdrawConsent", "intake", TALKERS),
    people("ConsentService.ReviewOverride", "intake", ADOPTERS),
    people("ConsentService.ListOverrideReviews", "intake", OVERRIDE_READERS),
    people("SealService.OpenSealedReferrer", "intake", REQUESTERS),
    people("SealService.OpenSealedFields", "intake", ACTING),
    people("SealService.ListSealOpenings", "intake", &["auditor"]),
    people("SubjectService.FindSubjects", "intake", READERS),
    people("SubjectService.GetSubject", "intake", READERS),
    Row {
        action: "IntakeService.GetDisclosure",
        api: "intake",
        people: &[],
        systems: &[],
        on_behalf: CHECKS_FOR_REQUESTERS,
    },
    people("ConsultationService.BeginConsultation", "intake", &["consultation_adviser"]),
    people("ConsultationService.EndConsultation", "intake", &["consultation_adviser"]),
    people("ConsultationService.LookUpOpenCase", "intake", &["consultation_adviser"]),
    people("ConsultationService.CountConsultations", "intake", COUNTERS),
    people("InformationRequestService.ReceiveInformationRequest", "intake", TAKERS),
    people("InformationRequestService.VerifyRequester", "intake", TAKERS),
    people("InformationRequestService.DateInformationRequest", "intake", ACTING),
    people("InformationRequestService.PassInformationRequest", "intake", TAKERS),
    people("InformationRequestService.RecordInformationRequestReceipt", "intake", TAKERS),
    people("InformationRequestService.TakeBackInformationRequest", "intake", TAKERS),
    people("InformationRequestService.CorrectInformationRequest", "intake", TAKERS),
    people("InformationRequestService.AnswerInformationRequest", "intake", ANSWERERS),
    people("InformationRequestService.RefuseInformationRequest", "intake", ANSWERERS),
    people("InformationRequestService.GetInformationRequest", "intake", REQUEST_READERS),
    people("InformationRequestService.ListInformationRequests", "intake", REQUEST_READERS),
    people("NoticeService.SubmitNotices", "intake", &["notice_sender"]),
    people("NoticeService.ListNotices", "intake", READERS),
    people("NoticeService.ConfirmPriority", "intake", TAKERS),
    people("NoticeService.GetBacklog", "intake", READERS),
    people("RegisterImportService.ImportEpisodes", "intake", &["case_system"]),
    people("RegisterImportService.GetImport", "intake", &["case_system"]),
    people(
        "HandOverService.HandOverToEdt",
        "intake",
        &[
            "screening_practitioner",
            "mash_manager",
            "early_help_manager",
            "service_manager",
            "head_of_service",
        ],
    ),
    people("HandOverService.ReceiveHandOver", "intake", &["edt"]),
    people("HandOverService.UndoReceipt", "intake", RECORDERS),
    people("HandOverService.HandOverFromEdt", "intake", &["edt"]),
    people("HandOverService.ReviewHandOver", "intake", ACTING),
    people("HandOverService.ListHandOvers", "intake", READERS),
    people("RegisterService.GetHistory", "intake", READERS),
    people("RegisterService.ListOpenMatches", "intake", READERS),
    people("RegisterService.ListUnitHandOvers", "intake", READERS),
    people("RegisterService.DecideMatch", "intake", TALKERS),
    people("RegisterService.UndoMatch", "intake", TALKERS),
    people("RegisterService.JoinPeople", "intake", TALKERS),
    people("RegisterService.PartPeople", "intake", TALKERS),
    people("RegisterService.AnswerDifference", "intake", TALKERS),
    people("RegisterService.PassToUnit", "intake", TAKERS),
    people("RegisterService.RecordUnitReceipt", "intake", TAKERS),
    people("RegisterService.TakeBackFromUnit", "intake", ADOPTERS),
    people("RegisterService.HandToUnit", "intake", ADOPTERS),
    people("RemitService.PassToAuthority", "intake", REQUESTERS),
    people("RemitService.RecordReceipt", "intake", TAKERS),
    people("RemitService.TakeBackFromAuthority", "intake", ADOPTERS),
    people("RemitService.ListPassedOn", "intake", READERS),
    people("RemitService.KeepContact", "intake", ACTING),
    people("RemitService.ListRemitQuestions", "intake", READERS),
    Row {
        action: "CodeListService.ListCodes",
        api: "intake",
        people: ROLES,
        systems: ADAPTERS,
        on_behalf: (&[], &[]),
    },
    people("ScreeningService.ListCases", "screening", READERS),
    people("ScreeningService.GetCase", "screening", READERS),
    people("ScreeningService.DecideInitially", "screening", ACTING),
    people(
        "ScreeningService.DecideOutcome",
        "screening",
        &["mash_manager", "service_manager", "head_of_service", "early_help_manager"],
    ),
    people("ScreeningService.InformReferrer", "screening", CASE_WORKERS),
    people("ScreeningService.CloseCase", "screening", CASE_WORKERS),
    people("ScreeningService.ReviewAnswer", "screening", CASE_WORKERS),
    Row {
        action: "ScreeningService.GetCaseState",
        api: "screening",
        people: &[],
        systems: &[],
        on_behalf: CHECKS_FOR_REQUESTERS,
    },
    people("PartnerChecksService.RequestChecks", "partner-checks", REQUESTERS),
    people("PartnerChecksService.ListChecks", "partner-checks", READERS),
    people(
        "PartnerChecksService.ListDisclosures",
        "partner-checks",
        &["mash_manager", "service_manager", "head_of_service", "auditor"],
    ),
    people(
        "PartnerChecksService.ConfirmAgreement",
        "partner-checks",
        &["service_manager", "head_of_service"],
    ),
    systems("AgencyDoorService.ListRequests", "partner-checks", ADAPTERS),
    systems("AgencyDoorService.MarkDelivered", "partner-checks", ADAPTERS),
    systems("AgencyDoorService.MarkSeen", "partner-checks", ADAPTERS),
    systems("AgencyDoorService.RecordAnswer", "partner-checks", ADAPTERS),
    systems("AgencyDoorService.RecordRiskFlag", "partner-checks", ADAPTERS),
    systems("PartnerService.WatchRequests", "adapter-police", POLICE),
    systems("PartnerService.AcknowledgeRequest", "adapter-police", POLICE),
    systems("PartnerService.MarkSeen", "adapter-police", POLICE),
    systems("PartnerService.PublishAnswer", "adapter-police", POLICE),
    systems("PartnerService.FlagRisk", "adapter-police", POLICE),
    people("DeadlinesService.ListClocks", "deadlines", PAGED),
    people("DeadlinesService.ListPages", "deadlines", PAGED),
    people("DeadlinesService.AcknowledgePage", "deadlines", PAGED),
    people(
        "ReportingService.GetFigures",
        "reporting",
        &["board", "mash_manager", "service_manager", "head_of_service", "auditor"],
    ),
    systems("EventLogService.ReadEvents", "intake", SERVICES),
    systems("EventLogService.ReadEvents", "screening", SERVICES),
    systems("EventLogService.ReadEvents", "partner-checks", SERVICES),
    systems("EventLogService.ReadEvents", "deadlines", SERVICES),
    systems("EventLogService.ReadEvents", "reporting", SERVICES),
];

const ROLES: &[&str] = &[
    "",
    "referrer",
    "screening_practitioner",
    "early_help_practitioner",
    "mash_manager",
    "early_help_manager",
    "service_manager",
    "head_of_service",
    "edt",
    "edt_manager",
    "partner:police",
    "partner:health",
    "consultation_adviser",
    "notice_sender",
    "case_system",
    "auditor",
    "operator",
    "board",
];

const SERVICES: &[&str] = &[
    "service/intake",
    "service/screening",
    "service/partner-checks",
    "service/deadlines",
    "service/reporting",
    "service/desk",
];

const OTHER_SYSTEMS: &[&str] =
    &["adapter/police", "adapter/health", "agency/police", "agency/health"];

const APIS: &[&str] =
    &["intake", "screening", "partner-checks", "deadlines", "reporting", "adapter-police", "other"];

fn person(role: &str) -> Person {
    Person::new("user-1", Role::parse(role).into_iter().collect()).unwrap()
}

fn system(path: &str) -> System {
    System::parse(&format!("spiffe://hub.test/{path}"), "hub.test").unwrap()
}

fn api(name: &str) -> Api {
    match name.strip_prefix("adapter-") {
        Some(agency) => Api::of_agency("adapter", agency),
        None => Api::of(name),
    }
}

fn all_systems() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().chain(OTHER_SYSTEMS).copied()
}

#[test]
fn r61_every_rpc_allows_every_caller_exactly_what_the_matrix_says() {
    let policies = Policies::embedded().unwrap();
    let (mut asked, mut wrong) = (0, Vec::new());
    let mut check = |row: &Row, who: String, caller: Caller, expected: bool| {
        asked += 1;
        if policies.permit(&caller, row.action, &api(row.api)) != expected {
            wrong.push(format!("{} by {who}: expected {expected}", row.action));
        }
    };
    for row in MATRIX {
        for role in ROLES {
            let caller = Caller::person(person(role));
            check(row, format!("person {role:?}"), caller, row.people.contains(role));
        }
        for path in all_systems() {
            let caller = Caller::system(system(path));
            check(row, path.to_owned(), caller, row.systems.contains(&path));
            for role in ROLES {
                let caller = Caller::on_behalf(system(path), person(role));
                let expected = row.on_behalf.0.contains(&path) && row.on_behalf.1.contains(role);
                check(row, format!("{path} for {role:?}"), caller, expected);
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(asked, MATRIX.len() * (18 + 10 * 19));
}

#[test]
fn r61_an_action_is_denied_on_every_api_but_its_own() {
    let policies = Policies::embedded().unwrap();
    for row in MATRIX {
        let own: BTreeSet<_> =
            MATRIX.iter().filter(|r| r.action == row.action).map(|r| r.api).collect();
        for other in APIS.iter().filter(|name| !own.contains(*name)) {
            for role in row.people {
                let caller = Caller::person(person(role));
                assert!(
                    !policies.permit(&caller, row.action, &api(other)),
                    "{} on {other}",
                    row.action
                );
            }
            let services_read = row.action == "EventLogService.ReadEvents";
            for path in row.systems.iter().filter(|_| !services_read) {
                let caller = Caller::system(system(path));
                assert!(
                    !policies.permit(&caller, row.action, &api(other)),
                    "{} on {other}",
                    row.action
                );
            }
        }
    }
}

#[test]
fn r45_an_agency_is_let_in_at_its_own_door_only() {
    let policies = Policies::embedded().unwrap();
    for (certificate, door, expected) in [
        ("agency/police", "adapter-police", true),
        ("agency/health", "adapter-health", true),
        ("agency/health", "adapter-police", false),
        ("agency/police", "adapter-health", false),
        ("agency/police", "partner-checks", false),
        ("adapter/police", "adapter-police", false),
    ] {
        let caller = Caller::system(system(certificate));
        let may = policies.permit(&caller, "PartnerService.PublishAnswer", &api(door));
        assert_eq!(may, expected, "{certificate} at {door}");
    }
}

#[test]
fn roles_add_up_and_an_action_nobody_named_is_denied() {
    let policies = Policies::embedded().unwrap();
    let roles = ROLES.iter().filter_map(|role| Role::parse(role)).collect();
    let caller = Caller::person(Person::new("user-1", roles).unwrap());
    assert!(policies.permit(&caller, "IntakeService.GetContact", &Api::of("intake")));
    for action in ["IntakeService.DropContact", "IntakeService.getcontact", "", "*"] {
        assert!(!policies.permit(&caller, action, &Api::of("intake")), "{action}");
    }
}

#[test]
fn r61_without_any_one_of_the_policies_somebody_who_may_is_denied() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../deploy/policies");
    let mut policies = Vec::new();
    for entry in dir.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "cedar") {
            let text = std::fs::read_to_string(path).unwrap();
            policies.extend(text.split("@id").skip(1).map(|policy| format!("@id{policy}")));
        }
    }
    assert!(policies.len() > 10);
    for left_out in 0..policies.len() {
        let folder = tempfile::tempdir().unwrap();
        for (number, policy) in policies.iter().enumerate().filter(|(n, _)| *n != left_out) {
            std::fs::write(folder.path().join(format!("{number}.cedar")), policy).unwrap();
        }
        let rest = Policies::from_dir(folder.path()).unwrap();
        assert!(
            MATRIX.iter().any(|row| denied_by(&rest, row)),
            "no row needs {}",
            policies[left_out]
        );
    }
}

/// Whether somebody is denied whom the row allows.
fn denied_by(policies: &Policies, row: &Row) -> bool {
    let may = |caller| policies.permit(&caller, row.action, &api(row.api));
    let (carriers, carried) = row.on_behalf;
    let mut pairs = carriers.iter().flat_map(|path| carried.iter().map(move |role| (path, role)));
    row.people.iter().any(|role| !may(Caller::person(person(role))))
        || row.systems.iter().any(|path| !may(Caller::system(system(path))))
        || pairs.any(|(path, role)| !may(Caller::on_behalf(system(path), person(role))))
}

#[test]
fn the_matrix_and_the_schema_cover_the_contracts() {
    let files = prost_types::FileDescriptorSet::decode(proto::DESCRIPTOR).unwrap().file;
    let mut rpcs = BTreeSet::new();
    for file in files.iter().filter(|file| file.package().starts_with("mash.")) {
        for service in &file.service {
            rpcs.extend(service.method.iter().map(|m| format!("{}.{}", service.name(), m.name())));
        }
    }
    let matrix: BTreeSet<_> = MATRIX.iter().map(|row| row.action.to_owned()).collect();
    let policies = Policies::embedded().unwrap();
    let schema: BTreeSet<_> = policies.actions().map(str::to_owned).collect();
    assert!(rpcs.len() > 20, "the descriptor has the contracts");
    assert_eq!(matrix, rpcs, "a row here for every RPC");
    assert_eq!(schema, rpcs, "an action in the schema for every RPC");
}
