//! What a child itself says of sharing or a service, whoever else is asked (R6).

use super::{ChildAsked, Consent, ConsentAnswer, ConsentGap, ConsentGiver, Giver, is_newer};

impl<C: PartialEq> Consent<C> {
    /// Whether the child is who answered.
    fn is_childs_own(&self) -> bool {
        match self.giver {
            Some(Giver::Child(_)) => true,
            Some(Giver::Adult(_)) => false,
            None => self.given_by == Some(ConsentGiver::Child),
        }
    }

    /// Whether the child is who refused, or took back what it had agreed to.
    pub(super) fn is_childs_own_refusal(&self) -> bool {
        self.is_childs_own() && self.is_refusal()
    }

    /// Whether it says that the child refused: as who answered, or asked beside somebody else.
    /// The answer of that other may be a claim; that the child refused counts all the same.
    pub(super) fn says_child_refuses(&self) -> bool {
        self.is_childs_own_refusal() || self.child_said(ConsentAnswer::Refused)
    }

    /// Whether it says that the child agreed, and that may be relied on as an agreement may.
    pub(super) fn child_agrees(&self) -> bool {
        let own = self.is_childs_own() && self.answer == ConsentAnswer::Agreed;
        let said = (own || self.child_said(ConsentAnswer::Agreed)) && !self.says_child_refuses();
        let is_claim = || self.lacking().into_iter().any(ConsentGap::bars);
        said && self.withdrawn_at.is_none() && !is_claim()
    }

    fn child_said(&self, answer: ConsentAnswer) -> bool {
        matches!(self.child_asked, Some(ChildAsked::Asked(said)) if said == answer)
    }

    /// Whether the child's refusal in it ends with what `later` says, which was recorded behind
    /// or before it: the child was asked again, for the same agencies or fewer of them, and
    /// agreed. A refusal of this very child ends with nothing that was said of every child.
    fn is_ended_by(&self, later: &Self, recorded_later: bool) -> bool {
        let at = if self.is_childs_own() { self.answered_at() } else { self.asked_at };
        let this_child = !self.names_child() || later.names_child();
        let newer = is_newer(later.asked_at, at, recorded_later);
        later.child_agrees() && newer && this_child && later.is_within_agencies_of(self)
    }
}

/// Whether by these answers, on one child, the child itself refuses (R6). A reading: a child's
/// refusal stands, whoever told of it and whatever others say later, until that child is asked
/// again itself and agrees, and who asked, how and when is on record.
pub(super) fn child_refuses<C: PartialEq>(answers: &[&Consent<C>]) -> bool {
    let ended = |place: usize, refusal: &Consent<C>| {
        let mut others = answers.iter().enumerate();
        others.any(|(other, later)| refusal.is_ended_by(later, other > place))
    };
    let mut refusals = answers.iter().enumerate().filter(|(_, it)| it.says_child_refuses());
    refusals.any(|(place, refusal)| !ended(place, refusal))
}
