//! What a caller is told beyond the reference (R1, R5, R10), in the protocol file's words.

use super::contact::Channel;
use crate::protocol::Texts;

/// What a caller is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// One line for each thing to do; none where nothing is.
    pub lines: Vec<String>,
    /// The Emergency Duty Team's number; empty while the hub is open.
    pub edt_telephone: String,
}

/// In immediate danger to dial 999 (R5); outside hub hours to telephone the Emergency Duty
/// Team, with its number (R10).
pub fn advice(immediate_danger: bool, hub_is_open: bool, texts: &Texts) -> Advice {
    let danger = immediate_danger.then(|| texts.immediate_danger.clone());
    let team = (!hub_is_open).then_some(&texts.edt_telephone);
    let closed = team.map(|number| format!("{} {number}", texts.out_of_hours));
    Advice {
        lines: danger.into_iter().chain(closed).collect(),
        edt_telephone: team.cloned().unwrap_or_default(),
    }
}

/// The same for whoever brings a contact. Somebody at the door is offered a duty social
/// worker while the hub is open (R1).
pub fn advice_on_arrival(
    (channel, immediate_danger): (Channel, bool),
    hub_is_open: bool,
    texts: &Texts,
) -> Advice {
    let mut advice = advice(immediate_danger, hub_is_open, texts);
    if channel == Channel::WalkIn && hub_is_open {
        advice.lines.push(texts.walk_in.clone());
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_who_comes_to_the_door_in_office_hours_is_offered_a_duty_social_worker() {
        let texts = Texts {
            immediate_danger: "Call 999.".to_owned(),
            out_of_hours: "Call the team:".to_owned(),
            edt_telephone: "020 7946 0199".to_owned(),
            walk_in: "Ask for the duty social worker.".to_owned(),
            passed_to_unit: String::new(),
            passed_on: String::new(),
        };
        let told = |channel, danger, open| advice_on_arrival((channel, danger), open, &texts).lines;
        assert_eq!(told(Channel::WalkIn, false, true), ["Ask for the duty social worker."]);
        let both = ["Call 999.", "Ask for the duty social worker."];
        assert_eq!(told(Channel::WalkIn, true, true), both);
        assert_eq!(told(Channel::WalkIn, false, false), ["Call the team: 020 7946 0199"]);
        assert!(told(Channel::Phone, false, true).is_empty());
    }

    #[test]
    fn r10_out_of_hours_every_caller_is_given_the_number_of_edt() {
        let texts = Texts {
            immediate_danger: "Call 999.".to_owned(),
            out_of_hours: "Call the team:".to_owned(),
            edt_telephone: "020 7946 0199".to_owned(),
            walk_in: String::new(),
            passed_to_unit: String::new(),
            passed_on: String::new(),
        };
        let told = |danger, open| {
            let advice = advice(danger, open, &texts);
            (advice.lines.join(" "), advice.edt_telephone)
        };
        let (number, nothing) = ("020 7946 0199".to_owned(), String::new());
        assert_eq!(told(false, true), (nothing.clone(), nothing.clone()));
        assert_eq!(told(true, true), ("Call 999.".to_owned(), nothing));
        assert_eq!(told(false, false), ("Call the team: 020 7946 0199".to_owned(), number.clone()));
        assert_eq!(
            told(true, false),
            ("Call 999. Call the team: 020 7946 0199".to_owned(), number)
        );
    }
}
