//! Who calls: a person, a system, or a system on behalf of a person.

use crate::role::Role;
use crate::system::System;
use crate::token::Token;

/// Longest subject, in characters; OpenID Connect allows no more.
const SUBJECT_MAX: usize = 255;

/// A person, known by a bearer token. Has no `Debug`: it carries the token.
#[derive(Clone)]
pub struct Person {
    subject: String,
    roles: Vec<Role>,
    token: Option<Token>,
}

impl Person {
    /// A person by the identity provider's opaque id. `None` for an id that is
    /// empty, too long, not printable, or could be taken for a system's path.
    #[must_use]
    pub fn new(subject: &str, roles: Vec<Role>) -> Option<Self> {
        let sound = (1..=SUBJECT_MAX).contains(&subject.len())
            && subject.bytes().all(|b| b.is_ascii_graphic())
            && !subject.starts_with('/');
        sound.then(|| Self { subject: subject.to_owned(), roles, token: None })
    }

    /// The identity provider's opaque id.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What the person is at the hub.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    pub(crate) fn with_token(self, token: Token) -> Self {
        Self { token: Some(token), ..self }
    }
}

/// Who calls. The [`Guard`](crate::Guard) puts it into the request's extensions;
/// there is always a person or a system in it.
#[derive(Clone)]
pub struct Caller {
    who: Who,
}

#[derive(Clone)]
enum Who {
    Person(Person),
    System(System),
    OnBehalf(System, Person),
}

impl Caller {
    /// A person who calls without a system in between.
    #[must_use]
    pub fn person(person: Person) -> Self {
        Self { who: Who::Person(person) }
    }

    /// A system that calls in its own right; also a service that acts on an event
    /// or a timer.
    #[must_use]
    pub fn system(system: System) -> Self {
        Self { who: Who::System(system) }
    }

    /// A system that carries a person's token.
    #[must_use]
    pub fn on_behalf(system: System, person: Person) -> Self {
        Self { who: Who::OnBehalf(system, person) }
    }

    /// The caller of a request that came through the guard.
    ///
    /// # Errors
    /// `Internal` where the server has no guard in front of it: a fault of wiring,
    /// and then nobody is let in.
    pub fn of<T>(request: &tonic::Request<T>) -> Result<&Self, tonic::Status> {
        request.extensions().get().ok_or_else(|| tonic::Status::internal("internal fault"))
    }

    /// Opaque id for the event log and the read log: the person's subject, else the
    /// path of the system. A subject never starts with `/`, a path always does.
    #[must_use]
    pub fn actor(&self) -> String {
        match &self.who {
            Who::Person(person) | Who::OnBehalf(_, person) => person.subject.clone(),
            Who::System(system) => system.path(),
        }
    }

    /// Path of the system that carried the person's token; `None` where the actor
    /// called without one in between.
    #[must_use]
    pub fn via(&self) -> Option<String> {
        match &self.who {
            Who::OnBehalf(system, _) => Some(system.path()),
            Who::Person(_) | Who::System(_) => None,
        }
    }

    /// Whether the person holds the role; a system holds none.
    #[must_use]
    pub fn has_role(&self, role: &Role) -> bool {
        self.as_person().is_some_and(|person| person.roles.contains(role))
    }

    /// Whether the person is the MASH Manager, or covers for one (R15).
    #[must_use]
    pub fn is_mash_manager(&self) -> bool {
        let managers = [Role::MashManager, Role::ServiceManager, Role::HeadOfService];
        managers.iter().any(|role| self.has_role(role))
    }

    /// The agency in the certificate of an adapter or an agency's system (R45).
    #[must_use]
    pub fn agency(&self) -> Option<&str> {
        match self.as_system()? {
            System::Adapter(agency) | System::Agency(agency) => Some(agency),
            System::Service(_) => None,
        }
    }

    /// Name of the service in the certificate.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        match self.as_system()? {
            System::Service(name) => Some(name),
            System::Adapter(_) | System::Agency(_) => None,
        }
    }

    /// The person's token, to be passed on in calls on their behalf.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        self.as_person()?.token.clone()
    }

    /// The person, if there is one.
    #[must_use]
    pub fn as_person(&self) -> Option<&Person> {
        match &self.who {
            Who::Person(person) | Who::OnBehalf(_, person) => Some(person),
            Who::System(_) => None,
        }
    }

    /// The system, if there is one.
    #[must_use]
    pub fn as_system(&self) -> Option<&System> {
        match &self.who {
            Who::System(system) | Who::OnBehalf(system, _) => Some(system),
            Who::Person(_) => None,
        }
    }

    /// What kind of caller this is, for logs; says nothing of who.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.who {
            Who::Person(_) => "person",
            Who::System(System::Service(_)) => "service",
            Who::System(System::Adapter(_)) => "adapter",
            Who::System(System::Agency(_)) => "agency",
            Who::OnBehalf(..) => "system on behalf of a person",
        }
    }
}
