//! Codes between the wire and the domain, in one place for both directions.

use proto::{deadlines::v1 as deadlines, terms::v1 as terms};

use crate::domain::terms::{Channel, Outcome, PageCause, Pathway, Rag};

/// The two sides of a code list. What is not said, and what a later version may add,
/// has no value here.
macro_rules! codes {
    ($($domain:ident = $wire:path { $($code:ident),+ $(,)? })+) => {
        $(
            impl $domain {
                /// From the wire; `None` for what is unspecified or unknown.
                pub fn from_wire(code: i32) -> Option<Self> {
                    use $wire as Wire;
                    $(if code == Wire::$code as i32 {
                        return Some(Self::$code);
                    })+
                    None
                }

                /// For the wire.
                pub fn to_wire(self) -> $wire {
                    use $wire as Wire;
                    match self {
                        $(Self::$code => Wire::$code),+
                    }
                }
            }
        )+
    };
}

codes! {
    Channel = terms::Channel { Form, Phone, Email, Mail, WalkIn, System }
    Rag = terms::Rag { Red, Amber, Green }
    Pathway = terms::Pathway { NoFurtherActionInHub, StatutoryAssessment, CscScreening, EarlyHelpScreening }
    Outcome = terms::Outcome {
        AdviceAndGuidance,
        CommunityOrVoluntaryService,
        EarlyHelpAssessment,
        StatutoryAssessment,
        NoFurtherAction,
    }
}

impl PageCause {
    /// From the wire, which is the only way it goes; `None` for what is unspecified
    /// or unknown.
    pub fn from_wire(code: i32) -> Option<Self> {
        match deadlines::PageCause::try_from(code).ok()? {
            deadlines::PageCause::Unspecified => None,
            deadlines::PageCause::Section47 => Some(Self::Section47),
            deadlines::PageCause::RiskFlag => Some(Self::RiskFlag),
            deadlines::PageCause::RedCheckOverdue => Some(Self::RedCheckOverdue),
            deadlines::PageCause::RedCheckReminder => Some(Self::RedCheckReminder),
            deadlines::PageCause::HandOverOverdue => Some(Self::HandOverOverdue),
            deadlines::PageCause::UnitReceiptOverdue => Some(Self::UnitReceiptOverdue),
            deadlines::PageCause::EventParked => Some(Self::EventParked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes that one side knows, out of more than there are.
    fn known(side: impl Fn(i32) -> bool) -> Vec<i32> {
        (-1..100).filter(|code| side(*code)).collect()
    }

    #[test]
    fn r67_every_code_of_the_contracts_can_be_counted() {
        macro_rules! alike {
            ($domain:ident, $wire:path) => {{
                use $wire as Wire;
                let wire = known(|code| code != 0 && Wire::try_from(code).is_ok());
                assert_eq!(
                    known(|code| $domain::from_wire(code).is_some()),
                    wire,
                    stringify!($domain)
                );
            }};
        }
        alike!(Channel, terms::Channel);
        alike!(Rag, terms::Rag);
        alike!(Pathway, terms::Pathway);
        alike!(Outcome, terms::Outcome);
        alike!(PageCause, deadlines::PageCause);
    }

    #[test]
    fn r67_a_code_comes_back_as_it_went() {
        for code in 1..=5 {
            let outcome = Outcome::from_wire(code).unwrap();
            assert_eq!(outcome.to_wire() as i32, code);
        }
    }
}
