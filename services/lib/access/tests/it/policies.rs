//! Policies that must not come into force stop the start.

use std::path::Path;

use access::{Api, Caller, Person, Policies, PolicyError, Role};

fn load(files: &[(&str, &str)]) -> Result<Policies, PolicyError> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    Policies::from_dir(dir.path())
}

const BOARD: &str = r#"@id("board")
permit (principal is Mash::Person, action == Mash::Action::"ReportingService.GetFigures", resource)
when { principal.roles.contains("board") };"#;

#[test]
fn a_directory_replaces_the_policies_that_are_compiled_in() {
    let policies = load(&[("only.cedar", BOARD), ("notes.txt", "not a policy")]).unwrap();
    let figures = |role| {
        let caller = Caller::person(Person::new("user-1", vec![role]).unwrap());
        policies.permit(&caller, "ReportingService.GetFigures", &Api::of("reporting"))
    };
    assert!(figures(Role::Board));
    assert!(!figures(Role::Auditor));
}

#[test]
fn every_policy_file_in_the_repository_is_compiled_in() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../deploy/policies");
    let source = include_str!("../../src/policy.rs");
    let mut seen = 0;
    for entry in dir.read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".cedar") {
            assert!(source.contains(&format!("/deploy/policies/{name}\"")), "{name}");
            seen += 1;
        }
    }
    assert!(seen > 0);
    Policies::from_dir(&dir).unwrap();
}

#[test]
fn policies_that_do_not_fit_stop_the_start() {
    let unknown_action = BOARD.replace("GetFigures", "GetEverything");
    let unknown_attribute = BOARD.replace("principal.roles", "principal.powers");
    let wrong_type = BOARD.replace("principal.roles.contains(\"board\")", "principal.roles == 1");
    // The schema has no system as a caller of figures: such a permit never applies.
    let never = BOARD
        .replace("Mash::Person", "Mash::Agency")
        .replace("principal.roles.contains(\"board\")", "true");
    for text in [&unknown_action, &unknown_attribute, &wrong_type, &never] {
        let refused = load(&[("a.cedar", text)]);
        assert!(matches!(refused, Err(PolicyError::Invalid(_))), "{text}");
    }
    let twice = load(&[("a.cedar", BOARD), ("b.cedar", BOARD)]);
    assert!(matches!(twice, Err(PolicyError::Id { .. })));
    let nameless = load(&[("a.cedar", &BOARD.replace("@id(\"board\")", ""))]);
    assert!(matches!(nameless, Err(PolicyError::Id { .. })));
    assert!(matches!(load(&[("a.cedar", "permit")]), Err(PolicyError::Syntax { .. })));
    assert!(matches!(load(&[]), Err(PolicyError::Empty)));
    assert!(matches!(
        Policies::from_dir(Path::new("/nowhere")),
        Err(PolicyError::Unreadable { .. })
    ));
}

#[test]
fn a_policy_that_forbids_wins() {
    let forbid = r#"@id("nobody") forbid (principal, action, resource);"#;
    let policies = load(&[("a.cedar", BOARD), ("b.cedar", forbid)]).unwrap();
    let caller = Caller::person(Person::new("user-1", vec![Role::Board]).unwrap());
    assert!(!policies.permit(&caller, "ReportingService.GetFigures", &Api::of("reporting")));
}
