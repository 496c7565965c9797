//! Hand-overs to units: what may be recorded, what is planned, from when the hour runs (R9).

use access::Personal;

use super::*;

fn protocol() -> calendar::protocol::Protocol {
    calendar::protocol::Protocol::embedded().unwrap()
}

fn running(id: u128) -> Running {
    Running { id: Uuid::from_u128(id), due_at: Timestamp::UNIX_EPOCH }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn receipt(second: i64) -> Receipt {
    Receipt { at: at(second), by: Personal::new("Duty".to_owned()) }
}

fn found() -> UnitHandOver {
    UnitHandOver {
        id: Uuid::from_u128(1),
        revision: 1,
        contact: Uuid::from_u128(2),
        children: vec![Uuid::from_u128(3)],
        unit: "Unit 7".to_owned(),
        found_at: at(0),
        passing: running(4),
        passing_from: at(0),
        passed: None,
        receipt: None,
        receipt_recorded_by: None,
        withdrawn_at: None,
        begun: None,
        taken_back: None,
    }
}

fn passed() -> UnitHandOver {
    let way = SecureWay::Telephone;
    let passed = Passed { at: at(60), by: "a".to_owned(), way, unit: None, receipt: running(5) };
    UnitHandOver { passed: Some(passed), ..found() }
}

#[test]
fn r9_the_unit_is_told_and_then_has_them() {
    assert_eq!(found().may_pass(at(0)), Ok(()));
    assert_eq!(found().may_pass(at(-1)), Err(UnitRefusal::PassedBeforeFound));
    assert_eq!(found().may_receive(&receipt(60)), Err(UnitRefusal::NotPassed));
    assert_eq!(found().running(), Some(running(4)));
    assert_eq!(passed().may_pass(at(0)), Err(UnitRefusal::PassedAlready));
    assert_eq!(passed().may_receive(&receipt(59)), Err(UnitRefusal::Receipt(BeforePassing)));
    assert!(passed().may_receive(&receipt(60)).is_ok());
    assert_eq!(passed().running(), Some(running(5)));
    let received = UnitHandOver { receipt: Some(receipt(61)), ..passed() };
    assert_eq!(received.may_receive(&receipt(62)), Err(UnitRefusal::ReceivedAlready));
    assert_eq!(received.running(), None);
    for hand_over in [found(), passed()] {
        let withdrawn = UnitHandOver { withdrawn_at: Some(at(70)), ..hand_over };
        assert_eq!(withdrawn.may_pass(at(80)), Err(UnitRefusal::Withdrawn));
        assert_eq!(withdrawn.may_receive(&receipt(80)), Err(UnitRefusal::Withdrawn));
        assert_eq!(withdrawn.running(), None);
    }
}

const ANNA: Uuid = Uuid::from_u128(3);
const BEN: Uuid = Uuid::from_u128(6);

fn seen(child: Uuid, unit: Option<&str>) -> Seen {
    let unit = unit.map(str::to_owned);
    Seen { child, unit, opened_that_day: false, may_begin: true, arrived_at: None }
}

fn of_both(hand_over: UnitHandOver) -> UnitHandOver {
    UnitHandOver { children: vec![ANNA, BEN], ..hand_over }
}

fn beginning(children: &[Uuid], since: Option<i64>) -> Beginning {
    Beginning { children: children.to_vec(), since: since.map(at), ..Beginning::default() }
}

#[test]
fn r20_whom_the_unit_was_told_of_stay_there_when_a_sibling_is_taken_off() {
    let left = [seen(BEN, Some("Unit 7"))];
    let received = UnitHandOver { receipt: Some(receipt(61)), ..of_both(passed()) };
    for told in [of_both(passed()), received] {
        assert_eq!(plan(&[told], &left, None), Plan::default());
    }
    let before = plan(&[of_both(found())], &left, None);
    assert_eq!(before.withdraw, [Uuid::from_u128(1)]);
    assert_eq!(before.begin["Unit 7"], beginning(&[BEN], Some(0)));
    for hand_over in [found(), passed()] {
        let plan = plan(&[hand_over], &left[..0], None);
        assert!(plan.withdraw == [Uuid::from_u128(1)] && plan.begin.is_empty());
    }
    let without_ground = plan(&[of_both(passed())], &[seen(BEN, None)], None);
    assert_eq!(without_ground.withdraw, [Uuid::from_u128(1)]);
}

#[test]
fn r9_what_lost_its_ground_is_withdrawn_and_the_other_child_begins_anew() {
    let received = UnitHandOver { receipt: Some(receipt(61)), ..of_both(passed()) };
    for (hand_over, since) in
        [(of_both(found()), Some(0)), (of_both(passed()), None), (received, None)]
    {
        let mut ben = seen(BEN, Some("Unit 7"));
        ben.may_begin = false;
        let plan = plan(&[hand_over], &[seen(ANNA, None), ben], None);
        assert_eq!(plan.withdraw, [Uuid::from_u128(1)]);
        let begun = BTreeMap::from([("Unit 7".to_owned(), beginning(&[BEN], since))]);
        assert_eq!((plan.begin, plan.follow), (begun, Vec::new()));
    }
    let both = [seen(ANNA, Some("Unit 7")), seen(BEN, Some("Unit 7"))];
    assert_eq!(plan(&[of_both(passed())], &both, None), Plan::default());
}

#[test]
fn r9_a_changed_unit_is_followed_until_one_was_told() {
    let moved = |unit| [seen(ANNA, Some("Unit 9")), seen(BEN, Some(unit))];
    let followed = plan(&[of_both(found())], &moved("Unit 9"), None);
    assert_eq!(followed.follow, [(Uuid::from_u128(1), "Unit 9".to_owned())]);
    assert!(followed.withdraw.is_empty() && followed.begin.is_empty());
    assert_eq!(plan(&[of_both(passed())], &moved("Unit 9"), None), Plan::default());
    let apart = plan(&[of_both(found())], &moved("Unit 7"), None);
    assert_eq!(apart.withdraw, [Uuid::from_u128(1)]);
    let (nine, seven) = (beginning(&[ANNA], Some(0)), beginning(&[BEN], Some(0)));
    let begun = [("Unit 7".to_owned(), seven), ("Unit 9".to_owned(), nine)];
    assert_eq!(apart.begin, BTreeMap::from(begun));
}

#[test]
fn r9_the_hour_runs_from_receipt_or_the_opening_and_from_who_told_later() {
    let protocol = protocol();
    let starts = |shown: Shown| shown.starts(protocol.calendar());
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let arrival = |text, urgent| starts(Shown::ByArrival { at: at(text), urgent });
    let (open, night) = ("2026-11-24T10:00:00Z", "2026-11-21T22:00:00Z");
    assert_eq!(arrival(open, false), at(open));
    assert_eq!(arrival(night, false), at("2026-11-23T09:00:00Z"));
    assert_eq!(arrival(night, true), at(night));
    let opening = at("2026-11-23T09:00:00Z");
    let later = |text, urgent, opened_that_day| {
        starts(Shown::Later { at: at(text), urgent, opened_that_day })
    };
    assert_eq!(later(night, true, false), at(night));
    assert_eq!(later(night, false, false), opening);
    assert_eq!((later(night, true, true), later(night, false, true)), (opening, opening));
    assert_eq!((later(open, true, true), later(open, false, false)), (at(open), at(open)));
    assert_eq!(starts(Shown::Before(at(night))), at(night));
}

#[test]
fn r9_what_a_manager_takes_back_is_withdrawn_and_who_is_not_meant_begins_anew() {
    let received = UnitHandOver { receipt: Some(receipt(61)), ..of_both(passed()) };
    let it = Some(Uuid::from_u128(1));
    for (hand_over, since) in
        [(of_both(found()), Some(0)), (of_both(passed()), None), (received, None)]
    {
        // The case of the one who is meant counts no more.
        let mut ben = seen(BEN, Some("Unit 7"));
        ben.may_begin = false;
        let plan = plan(&[hand_over], &[seen(ANNA, None), ben], it);
        assert_eq!(plan.withdraw, [Uuid::from_u128(1)]);
        assert_eq!(plan.begin["Unit 7"], beginning(&[BEN], since));
    }
    let moved = plan(&[found()], &[seen(ANNA, Some("Unit 9"))], it);
    assert_eq!(moved.begin["Unit 9"], beginning(&[ANNA], Some(0)));
    let named = of_both(found()).take_back(&[BEN]).unwrap();
    assert_eq!(named, Some(vec![BEN]));
    assert_eq!(of_both(found()).take_back(&[]).unwrap(), Some(vec![ANNA, BEN]));
    assert_eq!(found().take_back(&[BEN]).unwrap(), None);
    let withdrawn = UnitHandOver { withdrawn_at: Some(at(70)), ..found() };
    assert_eq!(withdrawn.take_back(&[]), Err(UnitRefusal::Withdrawn));
}

#[test]
fn r9_the_unit_that_a_person_named_stays_while_there_is_an_open_case() {
    let begun = || Begun { by: "a".to_owned(), reason: Personal::new("Theirs.".to_owned()) };
    let named = UnitHandOver { begun: Some(begun()), ..of_both(found()) };
    let apart = [seen(ANNA, Some("Unit 9")), seen(BEN, Some("Unit 3"))];
    assert_eq!(plan(std::slice::from_ref(&named), &apart, None), Plan::default());
    let id = Uuid::from_u128(1);
    let one_left = [seen(ANNA, Some("Unit 9")), seen(BEN, None)];
    let without = plan(std::slice::from_ref(&named), &one_left, None);
    assert!(without.withdraw == [id] && without.begin.is_empty());
    assert_eq!(without.begin_as[&id], beginning(&[ANNA], Some(0)), "not to Unit 9");
    let received = UnitHandOver { receipt: Some(receipt(61)), ..of_both(passed()) };
    let named = UnitHandOver { begun: Some(begun()), ..received };
    let taken_back = plan(&[named], &one_left, Some(id));
    assert_eq!(taken_back.begin_as[&id], beginning(&[ANNA], None));
}

#[test]
fn r9_a_manager_takes_back_and_while_the_hub_is_closed_edts_duty_manager() {
    for open in [true, false] {
        assert_eq!(may_take_back(Adopter::HubManager, open), Ok(()));
        assert_eq!(may_take_back(Adopter::Other, open), Err(UnitRefusal::NoManager));
    }
    assert_eq!(may_take_back(Adopter::EdtManager, true), Err(UnitRefusal::NoManager));
    assert_eq!(may_take_back(Adopter::EdtManager, false), Ok(()));
}

#[test]
fn r9_of_two_who_are_new_the_hour_runs_from_whom_the_hub_was_told_of_first() {
    let new = |child, arrived| Seen { arrived_at: Some(at(arrived)), ..seen(child, Some("7")) };
    let begun = plan(&[], &[new(ANNA, 90), new(BEN, 30), seen(Uuid::nil(), Some("7"))], None);
    assert_eq!(begun.begin["7"].arrived_at, Some(at(30)));
    let alone = plan(&[], &[seen(ANNA, Some("7"))], None);
    assert_eq!(alone.begin["7"].arrived_at, None);
    let later = Beginning { arrived_at: Some(at(90)), ..beginning(&[ANNA], Some(20)) };
    let starts = |beginning: &Beginning| {
        let shown = beginning.shown(at(99), true);
        shown.into_iter().map(|shown| shown.starts(protocol().calendar())).min()
    };
    assert_eq!(starts(&later), Some(at(20)), "an hour that ran before goes on");
    assert_eq!(starts(&beginning(&[ANNA], None)), Some(at(99)));
}

#[test]
fn r9_with_a_case_that_was_open_before_nobody_waits_for_the_opening() {
    let today = |child| Seen { opened_that_day: true, ..seen(child, Some("Unit 7")) };
    let begun = |children: &[Seen]| plan(&[], children, None).begin["Unit 7"].opened_that_day;
    assert!(begun(&[today(ANNA), today(BEN)]));
    assert!(!begun(&[today(ANNA), seen(BEN, Some("Unit 7"))]));
}
