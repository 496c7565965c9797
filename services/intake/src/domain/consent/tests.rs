//! Consent, weighed (R6).

use super::*;

const AMARA: Uuid = Uuid::from_u128(1);
const KOFI: Uuid = Uuid::from_u128(2);
const MOTHER: Uuid = Uuid::from_u128(3);
const FATHER: Uuid = Uuid::from_u128(4);

fn consent(child: Option<Uuid>, agency: Option<&str>, answer: ConsentAnswer) -> Consent<Uuid> {
    Consent {
        child,
        agency: agency.map(str::to_owned),
        purpose: ConsentPurpose::ShareInformation,
        answer,
        asked_at: Some(Timestamp::UNIX_EPOCH),
        how: Personal::new("by telephone".to_owned()),
        adult: None,
        asked_by: Personal::new("a social worker".to_owned()),
        asker_sealed: false,
        given_by: Some(ConsentGiver::Parent),
        giver: (answer != ConsentAnswer::NotSought).then_some(Giver::Adult(MOTHER)),
        child_asked: None,
        giver_responsible: Some(true),
        with_contact: false,
        claimed: false,
        family_told: true,
        withdrawn_at: None,
        withdrawn_by: None,
    }
}

/// A mother's answer on every child to every agency, so many hours after the first.
fn after(hours: i64, answer: ConsentAnswer) -> Consent<Uuid> {
    let at = Timestamp::from_second(hours * 3600).ok();
    Consent { asked_at: at, ..consent(None, None, answer) }
}

fn allowed(consents: &[Consent<Uuid>], children: &[Uuid], agencies: &[&str]) -> bool {
    let agencies: Vec<String> = agencies.iter().map(|agency| agency.to_string()).collect();
    allows_sharing(consents, children, &agencies)
}

#[test]
fn r6_consent_is_for_a_child_and_an_agency() {
    let health = [consent(Some(AMARA), Some("health"), ConsentAnswer::Agreed)];
    assert!(allowed(&health, &[AMARA], &["health"]));
    assert!(!allowed(&health, &[AMARA, KOFI], &["health"]));
    assert!(!allowed(&health, &[AMARA], &["health", "police"]));
    assert!(!allowed(&[], &[AMARA], &["health"]));
}

#[test]
fn r6_consent_to_a_service_is_not_consent_to_share() {
    let mut service = consent(None, None, ConsentAnswer::Agreed);
    service.purpose = ConsentPurpose::Service;
    assert!(!allowed(&[service], &[AMARA], &["health"]));
}

#[test]
fn r6_consent_that_was_withdrawn_is_none_and_stops_what_rests_on_it() {
    let mut health = [consent(None, None, ConsentAnswer::Agreed)];
    assert!(allowed(&health, &[AMARA], &["health"]));
    health[0].withdrawn_at = Some(Timestamp::UNIX_EPOCH);
    assert!(!allowed(&health, &[AMARA], &["health"]));
    let mut service = [to_service(None, None, ConsentAnswer::Agreed)];
    service[0].withdrawn_at = Some(Timestamp::UNIX_EPOCH);
    assert!(!agrees_to_service(&service, &AMARA));
}

#[test]
fn r6_an_adults_consent_is_for_that_adult_and_no_child() {
    let mut father = [consent(None, None, ConsentAnswer::Agreed)];
    father[0].adult = Some(Uuid::from_u128(9));
    assert!(!allowed(&father, &[AMARA], &["health"]));
}

#[test]
fn r6_a_refusal_counts_over_a_general_agreement() {
    let general = [
        consent(None, None, ConsentAnswer::Agreed),
        consent(None, Some("police"), ConsentAnswer::Refused),
    ];
    assert!(allowed(&general, &[AMARA, KOFI], &["health"]));
    assert!(!allowed(&general, &[AMARA], &["police"]));
}

fn to_service(child: Option<Uuid>, agency: Option<&str>, answer: ConsentAnswer) -> Consent<Uuid> {
    Consent { purpose: ConsentPurpose::Service, ..consent(child, agency, answer) }
}

#[test]
fn r6_a_referral_is_agreed_for_a_child_and_consent_to_share_is_not_consent_to_it() {
    assert!(!agrees_to_service(&[], &AMARA));
    assert!(!agrees_to_service(&[consent(None, None, ConsentAnswer::Agreed)], &AMARA));
    let for_amara = [to_service(Some(AMARA), None, ConsentAnswer::Agreed)];
    assert!(agrees_to_service(&for_amara, &AMARA));
    assert!(!agrees_to_service(&for_amara, &KOFI));
    assert!(agrees_to_service(&[to_service(None, None, ConsentAnswer::Agreed)], &KOFI));
}

#[test]
fn r6_doubt_about_a_referral_is_no_agreement_to_it() {
    let general = || to_service(None, None, ConsentAnswer::Agreed);
    for answer in [ConsentAnswer::Refused, ConsentAnswer::NotSought] {
        assert!(!agrees_to_service(&[to_service(None, None, answer)], &AMARA));
        let doubt = [general(), to_service(Some(AMARA), Some("early_help"), answer)];
        assert!(!agrees_to_service(&doubt, &AMARA));
        assert!(agrees_to_service(&doubt, &KOFI));
    }
    let one_service = [to_service(None, Some("early_help"), ConsentAnswer::Agreed)];
    assert!(!agrees_to_service(&one_service, &AMARA));
}

use ConsentAnswer::{Agreed, NotSought, Refused};

#[test]
fn r6_consent_given_later_counts() {
    assert!(!allowed(&[after(0, NotSought)], &[AMARA], &["health"]));
    assert!(allowed(&[after(0, NotSought), after(1, Agreed)], &[AMARA], &["health"]));
    assert!(allowed(&[after(0, Refused), after(1, Agreed)], &[AMARA], &["health"]));
    // What was asked last counts, in whichever order it was recorded.
    assert!(!allowed(&[after(1, Refused), after(0, Agreed)], &[AMARA], &["health"]));
    assert!(allowed(&[after(1, Agreed), after(0, Refused)], &[AMARA], &["health"]));
    // Asked at one time: what was recorded last.
    assert!(!allowed(&[after(0, Agreed), after(0, Refused)], &[AMARA], &["health"]));
    let unnamed = Consent { giver: None, asked_at: None, ..after(0, Refused) };
    assert!(allowed(&[unnamed, after(1, Agreed)], &[AMARA], &["health"]));
}

#[test]
fn r6_a_withdrawal_counts_until_there_is_a_newer_agreement() {
    let withdrawn =
        || Consent { withdrawn_at: Timestamp::from_second(7200).ok(), ..after(0, Agreed) };
    assert!(!allowed(&[withdrawn()], &[AMARA], &["health"]));
    assert!(!allowed(&[withdrawn(), after(1, Agreed)], &[AMARA], &["health"]));
    assert!(allowed(&[withdrawn(), after(3, Agreed)], &[AMARA], &["health"]));
    let claim = Consent { how: Personal::new(String::new()), ..withdrawn() };
    assert!(!allowed(&[after(1, Agreed), claim], &[AMARA], &["health"]));
}

#[test]
fn r6_of_two_parents_the_one_who_refuses_counts() {
    let father = |answer| Consent { giver: Some(Giver::Adult(FATHER)), ..after(0, answer) };
    assert!(!allowed(&[father(Refused), after(1, Agreed)], &[AMARA], &["health"]));
    assert!(allowed(&[father(Agreed), after(1, Agreed)], &[AMARA], &["health"]));
}

#[test]
fn r6_a_refusal_for_one_agency_stays_beside_a_later_general_agreement() {
    let police = Consent { agency: Some("police".to_owned()), ..after(0, Refused) };
    let both = [police, after(1, Agreed)];
    assert!(!allowed(&both, &[AMARA], &["police"]));
    assert!(allowed(&both, &[AMARA], &["health"]));
    // It ends with an agreement to that agency.
    let [police, general] = both;
    let agreed = Consent { agency: Some("police".to_owned()), ..after(2, Agreed) };
    assert!(allowed(&[police, general, agreed], &[AMARA], &["police"]));
}

#[test]
fn r6_nothing_rests_on_an_agreement_without_who_how_and_when() {
    let nothing = || Personal::new(String::new());
    let cases = [
        (Consent { asked_at: None, ..after(0, Agreed) }, ConsentGap::AskedAt),
        (Consent { how: nothing(), ..after(0, Agreed) }, ConsentGap::How),
        (Consent { asked_by: nothing(), ..after(0, Agreed) }, ConsentGap::AskedBy),
        (Consent { giver: None, ..after(0, Agreed) }, ConsentGap::Giver),
        (Consent { claimed: true, ..after(0, Agreed) }, ConsentGap::PublicClaim),
    ];
    for (claim, gap) in cases {
        assert_eq!(claim.gaps(), [gap]);
        let agencies = ["health".to_owned()];
        let claims = [claim];
        assert!(!allows_sharing(&claims, &[AMARA], &agencies));
        assert_eq!(gaps_to_share(&claims, &[AMARA], &agencies), [gap]);
        // A claim takes nothing from an agreement that is on record.
        let [claim] = claims;
        assert!(allowed(&[after(0, Agreed), claim.clone()], &[AMARA], &["health"]));
        let service = Consent { purpose: ConsentPurpose::Service, ..claim };
        assert!(!agrees_to_service(&[service], &AMARA));
    }
    let sealed = Consent { asked_by: nothing(), asker_sealed: true, ..after(0, Agreed) };
    assert!(allowed(&[sealed], &[AMARA], &["health"]));
    assert_eq!(after(0, Refused).gaps(), []);
}

#[test]
fn r6_a_child_agrees_for_itself_only_and_its_refusal_counts() {
    let amara = Consent { giver: Some(Giver::Child(AMARA)), ..after(0, Agreed) };
    let of_amara = [amara];
    assert!(allowed(&of_amara, &[AMARA], &["health"]));
    assert!(!allowed(&of_amara, &[KOFI], &["health"]));
    let asked =
        |answer| Consent { child_asked: Some(ChildAsked::Asked(answer)), ..after(0, Agreed) };
    assert!(allowed(&[asked(Agreed)], &[AMARA], &["health"]));
    assert!(!allowed(&[asked(Refused)], &[AMARA], &["health"]));
}

#[test]
fn r6_an_agreement_to_a_service_given_later_counts() {
    let service = |consent| Consent { purpose: ConsentPurpose::Service, ..consent };
    let given =
        [service(after(0, NotSought)), service(after(1, Refused)), service(after(2, Agreed))];
    assert!(agrees_to_service(&given, &AMARA));
    let one = Consent { agency: Some("early_help".to_owned()), ..service(after(1, Refused)) };
    let general = service(after(2, Agreed));
    assert!(!agrees_to_service(&[one.clone(), general.clone()], &AMARA));
    let late = Consent { agency: Some("early_help".to_owned()), ..service(after(3, Agreed)) };
    assert!(agrees_to_service(&[one, general, late.clone()], &AMARA));
    // Agreeing to one service is no agreement to any.
    assert!(!agrees_to_service(&[service(after(0, Refused)), late], &AMARA));
}

#[test]
fn r6_a_withdrawal_dated_before_its_agreement_revives_no_older_one() {
    let at = |hours: i64| Timestamp::from_second(hours * 3600).unwrap();
    let (older, newer) = (after(9, Agreed), after(11, Agreed));
    assert_eq!(may_withdraw(&newer, at(0)), Err(WithdrawnBeforeAsked));
    assert_eq!(may_withdraw(&newer, at(11)), Ok(()));
    assert_eq!(may_withdraw(&Consent { asked_at: None, ..after(0, Agreed) }, at(0)), Ok(()));
    // Neither a right withdrawal nor an old record of a wrong one leaves the older agreement.
    for hours in [0, 11, 12] {
        let withdrawn = Consent { withdrawn_at: Some(at(hours)), ..newer.clone() };
        assert!(!allowed(&[older.clone(), withdrawn], &[AMARA], &["health"]), "{hours}");
    }
}

#[test]
fn r6_an_adult_without_parental_responsibility_agrees_for_no_child() {
    let agencies = ["health".to_owned()];
    let by_partner = Consent { giver_responsible: Some(false), ..after(0, Agreed) };
    let gap = ConsentGap::GiverWithoutResponsibility;
    assert_eq!((by_partner.gaps(), by_partner.is_claim()), (vec![gap], true));
    let claims = [by_partner];
    assert!(!allows_sharing(&claims, &[AMARA], &agencies));
    assert_eq!(gaps_to_share(&claims, &[AMARA], &agencies), [gap]);
    let [by_partner] = claims;
    // For themselves anybody agrees, and a child's responsibility is nobody's question.
    let own = Consent { adult: Some(MOTHER), ..by_partner.clone() };
    let child = Consent { giver: Some(Giver::Child(AMARA)), ..by_partner };
    assert!(own.gaps().is_empty() && child.gaps().is_empty());
}

#[test]
fn r6_where_responsibility_is_not_known_consent_counts_and_the_gap_shows() {
    let unknown = [Consent { giver_responsible: None, ..after(0, Agreed) }];
    assert!(allowed(&unknown, &[AMARA], &["health"]) && !unknown[0].is_claim());
    let agencies = ["health".to_owned()];
    let gaps = gaps_to_share(&unknown, &[AMARA], &agencies);
    assert_eq!(gaps, [ConsentGap::ResponsibilityUnknown]);
}

#[test]
fn r6_r38_sharing_is_refused_by_an_answer_that_counts_for_any_agency() {
    let refuses = |consents: &[Consent<Uuid>]| refuses_sharing(consents, &[AMARA]);
    let (yes, no) = (ConsentAnswer::Agreed, ConsentAnswer::Refused);
    assert!(!refuses(&[]) && !refuses(&[after(0, yes)]));
    assert!(!refuses(&[consent(None, None, ConsentAnswer::NotSought)]));
    assert!(refuses(&[after(0, no)]) && refuses(&[after(0, yes), after(1, no)]));
    assert!(!refuses(&[after(0, no), after(1, yes)]), "the latest answer counts");
    let withdrawn_at = Timestamp::from_second(7200).ok();
    assert!(refuses(&[Consent { withdrawn_at, ..after(0, yes) }]));
    assert!(!refuses(&[consent(Some(KOFI), None, no)]), "of another child");
    // A refusal for one agency, and an agreement for another, later one.
    let to = |agency, answer| Consent { agency: Some(agency), ..after(1, answer) };
    assert!(refuses(&[to("police".to_owned(), no), to("health".to_owned(), yes)]));
    let service = Consent { purpose: ConsentPurpose::Service, ..after(0, no) };
    assert!(!refuses(&[service]));
    let mothers_own = Consent { adult: Some(MOTHER), ..after(0, no) };
    let mothers_own = [mothers_own];
    assert!(!refuses(&mothers_own) && refuses_sharing(&mothers_own, &[MOTHER]));
}

fn asked(child: ConsentAnswer, consent: Consent<Uuid>) -> Consent<Uuid> {
    Consent { child_asked: Some(ChildAsked::Asked(child)), ..consent }
}

/// Amara's own answer to every agency, so many hours after the first.
fn amaras(hours: i64, answer: ConsentAnswer) -> Consent<Uuid> {
    Consent { giver: Some(Giver::Child(AMARA)), ..after(hours, answer) }
}

fn of_amara(consent: Consent<Uuid>) -> Consent<Uuid> {
    Consent { child: Some(AMARA), ..consent }
}

/// Whether Amara's information may be shared with health; never both refused and allowed.
fn shared(consents: &[Consent<Uuid>]) -> bool {
    let refused = refuses_sharing(consents, &[AMARA]);
    let may = allowed(consents, &[AMARA], &["health"]);
    assert!(!(may && refused));
    let services = consents.iter().cloned();
    let services = services.map(|it| Consent { purpose: ConsentPurpose::Service, ..it });
    assert_eq!(agrees_to_service(&services.collect::<Vec<_>>(), &AMARA), may);
    may
}

#[test]
fn r6_a_childs_refusal_stands_until_that_child_is_asked_again_and_agrees() {
    let refused = || asked(Refused, after(0, Agreed));
    let again = || after(1, Agreed);
    assert!(!shared(&[refused(), again()]) && !shared(&[again(), refused()]));
    assert!(refuses_sharing(&[refused(), again()], &[AMARA]));
    assert!(!shared(&[amaras(0, Refused), again()]));
    let withdrawn = || Consent { withdrawn_at: amaras(1, Agreed).asked_at, ..amaras(0, Agreed) };
    assert!(!shared(&[withdrawn(), again()]));
    // Nobody said which child answered, and still it was the child.
    let unnamed = || Consent {
        giver: None,
        given_by: Some(ConsentGiver::Child),
        ..of_amara(after(0, Refused))
    };
    assert!(!shared(&[unnamed(), again()]));
    for no in [refused, || amaras(0, Refused), withdrawn, unnamed] {
        assert!(!shared(&[no(), again(), asked(Refused, of_amara(after(2, Agreed)))]));
        for yes in [asked(Agreed, of_amara(after(2, Agreed))), amaras(2, Agreed)] {
            assert!(shared(&[no(), again(), yes.clone()]));
            assert!(shared(&[yes, again(), no()]), "in whichever order it was recorded");
        }
    }
    // What it said before it refused is no newer answer.
    let earlier =
        [asked(Agreed, after(0, Agreed)), asked(Refused, after(1, Agreed)), amaras(0, Agreed)];
    assert!(!shared(&earlier));
    // Where the mother refuses, the child's word carries nothing alone.
    assert!(!shared(&[refused(), asked(Agreed, after(1, Refused))]));
    assert!(shared(&[refused(), asked(Agreed, after(1, Refused)), after(2, Agreed)]));
}

#[test]
fn r6_a_childs_refusal_ends_with_its_own_word_for_the_same_agencies_only() {
    let police = |consent| Consent { agency: Some("police".to_owned()), ..consent };
    let refused = asked(Refused, police(after(0, Agreed)));
    let general = [refused.clone(), asked(Agreed, after(1, Agreed))];
    assert!(allowed(&general, &[AMARA], &["health"]));
    assert!(!allowed(&general, &[AMARA], &["police"]) && refuses_sharing(&general, &[AMARA]));
    let agreed = asked(Agreed, police(after(1, Agreed)));
    assert!(allowed(&[refused, agreed], &[AMARA], &["police"]));
    // Amara's refusal is no sibling's, and what is said of every child is no word of hers.
    let hers = || asked(Refused, of_amara(after(0, Agreed)));
    let all = [hers(), asked(Agreed, after(1, Agreed))];
    assert!(allowed(&all, &[KOFI], &["health"]) && !allowed(&all, &[AMARA], &["health"]));
    let brothers = Consent { giver: Some(Giver::Child(KOFI)), ..after(1, Agreed) };
    assert!(!shared(&[hers(), after(1, Agreed), brothers]));
}

#[test]
fn r6_a_childs_refusal_counts_in_whatever_is_a_claim_and_its_agreement_does_not() {
    let nothing = || Personal::new(String::new());
    let mothers = |hours| after(hours, Agreed);
    let claims = [
        Consent { claimed: true, ..mothers(0) },
        Consent { how: nothing(), ..mothers(0) },
        Consent { asked_by: nothing(), ..mothers(0) },
        Consent { giver: None, ..mothers(0) },
        Consent { giver_responsible: Some(false), ..mothers(0) },
        Consent { asked_at: None, ..mothers(0) },
    ];
    for claim in claims {
        let no = [mothers(1), asked(Refused, claim.clone())];
        assert!(no[1].is_claim() && !shared(&no) && refuses_sharing(&no, &[AMARA]));
        let yes = [asked(Refused, mothers(-2)), mothers(-1), asked(Agreed, claim)];
        assert!(!shared(&yes));
    }
    // So does one that was given when nobody else was asked, or refused too.
    let alone = Consent { giver: None, given_by: None, ..after(0, NotSought) };
    assert!(!shared(&[asked(Refused, alone.clone()), mothers(1)]));
    assert!(shared(&[alone, mothers(1)]));
    assert!(!shared(&[asked(Refused, after(0, Refused)), mothers(1)]));
}

#[test]
fn r6_that_nobody_was_asked_gives_way_to_what_is_recorded_of_this_very_child() {
    let missed = || Consent { given_by: None, ..of_amara(after(5, NotSought)) };
    assert!(shared(&[missed(), of_amara(after(0, Agreed))]));
    assert!(shared(&[missed(), amaras(0, Agreed)]));
    assert!(!shared(&[missed(), of_amara(after(0, Refused))]));
    // What was agreed for every child was agreed before this one was there.
    assert!(!shared(&[missed(), after(0, Agreed)]) && !shared(&[after(0, Agreed), missed()]));
    assert!(shared(&[missed(), after(6, Agreed)]));
    // What was said of it before somebody noted that nobody was asked leaves doubt.
    assert!(!shared(&[of_amara(after(0, Agreed)), missed()]));
    let of_police = Consent { agency: Some("police".to_owned()), ..missed() };
    let both = [of_police, of_amara(after(0, Agreed))];
    assert!(allowed(&both, &[AMARA], &["health"]) && !allowed(&both, &[AMARA], &["police"]));
}

#[test]
fn r6_a_correction_takes_an_agreement_from_what_rests_on_it() {
    let claimed = |consent| Consent { claimed: true, ..consent };
    let lost = |before: &Consent<Uuid>| claimed(before.clone()).lost_since(before);
    let gained = |after: &Consent<Uuid>| after.gained_since(&claimed(after.clone()));
    assert!(lost(&after(0, Agreed)) && gained(&after(0, Agreed)));
    assert!(!lost(&after(0, Refused)) && !gained(&after(0, Refused)));
    // That the child agreed had ended its refusal.
    assert!(lost(&asked(Agreed, after(0, Refused))));
    assert!(!lost(&asked(Refused, after(0, Refused))));
}
