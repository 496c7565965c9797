//! Pairs of people, and what is said of them.

use jiff::civil::{Date, date};

use super::*;

/// Of a family of Hackney, everything known.
const OKAFOR: Written<'_> = Written {
    name: "Chidera Okafor",
    birth_date: Some(date(2016, 5, 17)),
    nhs_number: "",
    upn: "",
    sex: "F",
    address: "Flat 3, 12 Example Road, London E8 3AB",
    school: "Clapton Park Primary School",
    household: &["Ngozi Okafor", "Emeka Okafor"],
};

fn compared(one: Written<'_>, other: Written<'_>) -> Score {
    let matcher = Matcher::embedded().unwrap();
    let (one, other) = (matcher.person(&one), matcher.person(&other));
    let score = matcher.compare(&one, &other);
    let turned = matcher.compare(&other, &one);
    assert_eq!(score.band, turned.band);
    assert!((score.bits - turned.bits).abs() < 1e-9);
    assert_eq!(score.reasons.len(), turned.reasons.len());
    score
}

fn band(one: Written<'_>, other: Written<'_>) -> Band {
    compared(one, other).band
}

/// Two names, all else the same but the school.
fn names(one: &str, other: &str) -> Band {
    let school = "Gayhurst School";
    let household = &[];
    band(
        Written { name: one, household, ..OKAFOR },
        Written { name: other, school, household, ..OKAFOR },
    )
}

fn born(birth_date: Date) -> Written<'static> {
    Written { birth_date: Some(birth_date), ..OKAFOR }
}

#[test]
fn r8_a_national_number_that_nothing_contradicts_is_certain() {
    let nhs_number = "943 476 5919";
    let known = Written { nhs_number, ..OKAFOR };
    let moved = "7 Elsewhere Street, Leeds LS1 4AP";
    assert_eq!(band(known, Written { address: moved, school: "", ..known }), Band::Certain);
    assert_eq!(band(known, Written { name: "Dera Okafor", ..known }), Band::Certain);
    assert_eq!(band(known, Written { name: "", birth_date: None, ..known }), Band::Certain);
    // A whole name and a number stand against a wrong birth date.
    let other_date = Some(date(2011, 1, 30));
    assert_eq!(band(known, Written { birth_date: other_date, ..known }), Band::Certain);
    let upn = "A950000178301";
    assert_eq!(band(Written { upn, ..OKAFOR }, Written { upn, ..OKAFOR }), Band::Certain);
    // Everything but the number alike is never certain.
    assert_eq!(band(OKAFOR, OKAFOR), Band::Likely);
}

#[test]
fn r8_a_number_that_name_and_birth_date_contradict_is_shown_and_not_linked() {
    let known = Written { nhs_number: "9434765919", ..OKAFOR };
    let stranger = Written {
        name: "Piotr Nowak",
        birth_date: Some(date(2009, 11, 2)),
        sex: "M",
        address: "",
        school: "",
        household: &[],
        ..known
    };
    assert_eq!(band(known, stranger), Band::Likely);
    let upn = "A950000178301";
    let two_numbers = Written { nhs_number: "4010232137", upn, ..OKAFOR };
    assert_eq!(band(Written { upn, ..known }, two_numbers), Band::Likely);
    let first_name = Written { name: "Chidera", birth_date: Some(date(2001, 2, 3)), ..known };
    assert_eq!(band(known, first_name), Band::Likely);
}

#[test]
fn r8_the_number_of_one_twin_links_nobody_to_the_other() {
    let twin = Written { nhs_number: "9434765919", ..OKAFOR };
    assert_eq!(band(twin, Written { name: "Kelechi Okafor", ..twin }), Band::Likely);
}

#[test]
fn r8_twins_are_two_children() {
    for (one, other) in [
        ("Taiwo Adeyemi", "Kehinde Adeyemi"),
        ("Hassan Ali", "Hussain Ali"),
        ("Hasan Abdi Warsame", "Xuseen Abdi Warsame"),
        ("Karim Rahmani", "Karima Rahmani"),
        ("Nguyễn Văn An", "Nguyễn Văn Bình"),
        ("Mohammed Yusuf Khan", "Mohammed Ibrahim Khan"),
        ("Maria Silva Santos", "João Silva Santos"),
    ] {
        assert_eq!(names(one, other), Band::None, "{one}, {other}");
        let school = OKAFOR.school;
        let twin = |name| Written { name, school, ..OKAFOR };
        assert_eq!(band(twin(one), twin(other)), Band::None, "{one}, {other}");
    }
}

#[test]
fn r8_eight_first_names_of_one_family_are_eight_children() {
    let first = ["Moshe", "Yosef", "Chaya", "Rivka", "Shlomo", "Shmuel", "Leah", "Mordechai"];
    let family: Vec<String> = first.iter().map(|first| format!("{first} Friedman")).collect();
    for (place, one) in family.iter().enumerate() {
        for (other_place, other) in family.iter().enumerate().skip(place + 1) {
            let year = |place: usize| Some(date(2008 + place as i16, 5, 17));
            let one = Written { name: one, birth_date: year(place), sex: "", ..OKAFOR };
            let other = Written { name: other, birth_date: year(other_place), sex: "", ..OKAFOR };
            assert_eq!(band(one, other), Band::None, "{} {}", one.name, other.name);
            let undated = |written| Written { birth_date: None, ..written };
            assert_eq!(band(undated(one), undated(other)), Band::None);
        }
    }
}

#[test]
fn r8_one_child_is_found_under_many_spellings() {
    for (one, other) in [
        ("William Harper", "Bill Harper"),
        ("Elizabeth Harper", "Beth Harper"),
        ("Mohammed Hossain", "Muhammad Hussain"),
        ("Maxamed Cali Faarax", "Mohamed Ali Farah"),
        ("Fatima Begum", "Fatema Begom"),
        ("Ayşe Yılmaz", "Aysha Yilmaz"),
        ("Łukasz Wiśniewski", "Lukasz Wisniewski"),
        ("Agnieszka Kowalska", "Agnieska Kowalska"),
        ("Oluwatobiloba Ogunleye", "Tobi Ogunleye"),
        ("Oluwasanmi Ogunleye", "Sanmi Ogunleye"),
        ("Abdul Rahman Khan", "Abdulrahman Khan"),
        ("Mary Ann Harper", "Maryann Harper"),
        ("Chidera Okafor", "OKAFOR, Chidera"),
        ("Sarah Smith-Jones", "Sarah Jones"),
        ("Sarah Smith-Jones", "Sarah Smith Jones"),
        ("Siân O’Brien", "Sian OBrien"),
        ("Nguyễn Thị Lan", "Lan Nguyen"),
        ("محمد حسن", "Mohammed Hassan"),
        ("משה כהן", "Moishe Cohen"),
        ("Олександр Шевченко", "Oleksandr Shevchenko"),
        ("ফাতেমা বেগম", "Fatima Begum"),
        ("Chukwuebuka Eze", "Chukuebuka Eze"),
        ("Gabrielle Harper", "Gabriele Harper"),
        ("Harper Anastasia", "Anastasiia Harper"),
        ("Jolanta Nowak", "Jolnata Nowak"),
    ] {
        assert!(names(one, other) >= Band::Possible, "{one}, {other}");
    }
}

#[test]
fn r8_birth_dates_with_swapped_day_and_month_or_a_slip_are_near() {
    for other in [date(2016, 5, 18), date(2016, 6, 17), date(2015, 5, 17), date(2016, 5, 11)] {
        assert_eq!(band(OKAFOR, born(other)), Band::Likely, "{other}");
    }
    let swapped = compared(born(date(2016, 5, 7)), born(date(2016, 7, 5)));
    assert_eq!(swapped.band, Band::Likely);
    let what = What::BirthDate(BirthDate::Swapped);
    assert!(swapped.reasons.iter().any(|reason| reason.what == what && reason.bits > 0.0));
}

#[test]
fn r8_a_common_name_needs_more_than_a_rare_one() {
    let (common, rare) = ("Mohammed Ali", "Kosisochukwu Nwankwo");
    let alone = |name| Written { name, ..Written::default() };
    let dated = |name| Written { birth_date: OKAFOR.birth_date, ..alone(name) };
    let at_home = |name| Written { address: OKAFOR.address, ..alone(name) };
    let same = |written| compared(written, written);
    assert!(same(dated(common)).bits + 4.0 < same(dated(rare)).bits);
    assert!(same(dated(rare)).band > Band::None);
    assert_eq!(same(alone(common)).band, Band::None);
    assert!(same(at_home(common)).band > Band::None);
}

#[test]
fn r8_1_january_says_less_than_another_day() {
    let day = |day| compared(born(day), born(day)).bits;
    assert!(day(date(2016, 1, 1)) < day(date(2016, 5, 17)));
}

#[test]
fn r8_every_reason_is_told_with_its_weight() {
    let moved = Written { address: "9 Other Lane, London N16 5XY", sex: "U", ..OKAFOR };
    let score = compared(OKAFOR, moved);
    let codes: Vec<_> = score.reasons.iter().map(|reason| reason.what.code()).collect();
    let told = [
        "birth_date_same",
        "home_different",
        "school_same",
        "names_all",
        "spelling_same",
        "household_same",
    ];
    assert_eq!(codes, told);
    let sum: f64 = score.reasons.iter().map(|reason| reason.bits).sum();
    let prior = sum - score.bits;
    // One of the two of the file.
    assert!((prior - 18.0).abs() < 1e-9 || (prior - 1.0).abs() < 1e-9, "{prior}");
    assert!(score.reasons[1].bits <= 0.0 && score.reasons[0].bits > 0.0);
}

#[test]
fn r8_of_whom_nothing_is_known_nobody_is_found() {
    let nobody = Written { address: "NFA", name: "Unknown baby", ..Written::default() };
    let score = compared(nobody, nobody);
    assert_eq!((score.band, score.reasons.len()), (Band::None, 0));
    let matcher = Matcher::embedded().unwrap();
    let keys = matcher.person(&nobody).keys();
    assert!(keys.held.is_empty() && keys.asked.is_empty());
}

#[test]
fn r8_codes_of_evidence_are_told_apart() {
    let codes: std::collections::HashSet<_> = What::ALL.iter().map(|what| what.code()).collect();
    assert_eq!(codes.len(), What::ALL.len());
}

#[test]
fn r8_wrong_data_are_refused_with_what_is_wrong() {
    let refused = |from: &str, to: &str| {
        assert!(FILE.contains(from), "{from}");
        Matcher::parse(&FILE.replacen(from, to, 1)).unwrap_err()
    };
    assert!(matches!(refused("[bands]", "[bands"), MatchingError::Unreadable(_)));
    assert!(matches!(refused("likely = ", "certain = "), MatchingError::Unreadable(_)));
    assert!(matches!(refused("names_all = [0.", "names_all = [7."), MatchingError::Unreadable(_)));
    let error = refused("names_all = ", "names_every = ");
    assert!(matches!(error, MatchingError::NoOdds { code: "names_all" }));
    let error = refused("\n[evidence]\n", "\n[evidence]\nshoe_size = [0.5, 0.5, 0.5]\n");
    assert!(matches!(error, MatchingError::UnknownEvidence { code } if code == "shoe_size"));
    let error = refused("hassan hasan", "hassan hasan hussain");
    assert!(matches!(error, MatchingError::InTwoGroups { name } if name == "hussain"));
    let error = refused("hassan hasan", "hassan Hasan");
    assert!(matches!(error, MatchingError::NotFolded { name } if name == "Hasan"));
}
