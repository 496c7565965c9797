//! The policies: which principal may do which action on which API.
//!
//! They are Cedar texts in `deploy/policies`, compiled in, and replaceable by a
//! directory. The schema is always the one compiled in: it says which kinds of
//! callers an action can have at all, and a policy beyond it stops the start.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use crate::caller::{Caller, Person};
use crate::system::System;

const SCHEMA: &str = include_str!("../../../../deploy/policies/mash.cedarschema");

const EMBEDDED: [(&str, &str); 14] = [
    ("agencies.cedar", include_str!("../../../../deploy/policies/agencies.cedar")),
    ("code-lists.cedar", include_str!("../../../../deploy/policies/code-lists.cedar")),
    ("consultation.cedar", include_str!("../../../../deploy/policies/consultation.cedar")),
    ("deadlines.cedar", include_str!("../../../../deploy/policies/deadlines.cedar")),
    ("event-log.cedar", include_str!("../../../../deploy/policies/event-log.cedar")),
    ("hand-over.cedar", include_str!("../../../../deploy/policies/hand-over.cedar")),
    (
        "information-requests.cedar",
        include_str!("../../../../deploy/policies/information-requests.cedar"),
    ),
    ("intake.cedar", include_str!("../../../../deploy/policies/intake.cedar")),
    ("notices.cedar", include_str!("../../../../deploy/policies/notices.cedar")),
    ("partner-checks.cedar", include_str!("../../../../deploy/policies/partner-checks.cedar")),
    ("register-import.cedar", include_str!("../../../../deploy/policies/register-import.cedar")),
    ("register.cedar", include_str!("../../../../deploy/policies/register.cedar")),
    ("reporting.cedar", include_str!("../../../../deploy/policies/reporting.cedar")),
    ("screening.cedar", include_str!("../../../../deploy/policies/screening.cedar")),
];

/// Why policies cannot be put in force.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The directory or a file in it cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The directory has no `*.cedar` file.
    #[error("there is no policy")]
    Empty,
    /// The schema or a policy is no Cedar.
    #[error("{file} is no Cedar: {cause}")]
    Syntax {
        /// Which file.
        file: String,
        /// What the parser says.
        cause: String,
    },
    /// A policy has no `@id`, or another has the same; or it is a template.
    #[error("{file}: every policy is static and has an @id of its own")]
    Id {
        /// Which file.
        file: String,
    },
    /// A policy does not fit the schema, or can never apply.
    #[error("policies do not fit the schema: {0}")]
    Invalid(String),
}

/// The API that a server offers: what policies call the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    id: String,
    agency: Option<String>,
}

impl Api {
    /// The API of a service, by the service's name, for example `partner-checks`.
    #[must_use]
    pub fn of(service: &str) -> Self {
        Self { id: service.to_owned(), agency: None }
    }

    /// The API that belongs to one agency: `adapter-police` for `adapter` and
    /// `police`.
    #[must_use]
    pub fn of_agency(service: &str, agency: &str) -> Self {
        Self { id: format!("{service}-{agency}"), agency: Some(agency.to_owned()) }
    }

    /// Its id in policies.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// The policies in force.
pub struct Policies {
    schema: Schema,
    policies: PolicySet,
    actions: HashSet<String>,
    authorizer: Authorizer,
}

impl Policies {
    /// The policies that are compiled in.
    ///
    /// # Errors
    /// See [`PolicyError`].
    pub fn embedded() -> Result<Self, PolicyError> {
        Self::from_texts(EMBEDDED.iter().map(|(file, text)| (*file, *text)))
    }

    /// All `*.cedar` files of a directory, instead of those compiled in.
    ///
    /// # Errors
    /// See [`PolicyError`]; a directory without policies is one.
    pub fn from_dir(dir: &Path) -> Result<Self, PolicyError> {
        let unreadable = |path: &Path, source| PolicyError::Unreadable {
            path: path.display().to_string(),
            source,
        };
        let mut texts = Vec::new();
        for entry in dir.read_dir().map_err(|source| unreadable(dir, source))? {
            let path = entry.map_err(|source| unreadable(dir, source))?.path();
            if path.extension().is_some_and(|extension| extension == "cedar") {
                let text =
                    std::fs::read_to_string(&path).map_err(|source| unreadable(&path, source))?;
                texts.push((path.display().to_string(), text));
            }
        }
        Self::from_texts(texts.iter().map(|(file, text)| (file.as_str(), text.as_str())))
    }

    fn from_texts<'a>(
        texts: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, PolicyError> {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(|error| {
            PolicyError::Syntax { file: "mash.cedarschema".to_owned(), cause: error.to_string() }
        })?;
        let mut policies = PolicySet::new();
        for (file, text) in texts {
            add_file(&mut policies, file, text)?;
        }
        if policies.is_empty() {
            return Err(PolicyError::Empty);
        }
        let verdict = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        // A warning is refused as well: a policy that can never apply is a mistake
        // of whoever wrote it, and misleads whoever reads it.
        if !verdict.validation_passed_without_warnings() {
            let errors = verdict.validation_errors().map(ToString::to_string);
            let warnings = verdict.validation_warnings().map(ToString::to_string);
            let causes: Vec<_> = errors.chain(warnings).collect();
            return Err(PolicyError::Invalid(causes.join("; ")));
        }
        let actions = schema.actions().map(|uid| uid.id().unescaped().to_owned()).collect();
        Ok(Self { schema, policies, actions, authorizer: Authorizer::new() })
    }

    /// Whether the caller may do the action on the API. A system on behalf of a
    /// person needs both to be allowed. Whatever no policy permits is denied, and
    /// so is whatever cannot be decided.
    #[must_use]
    pub fn permit(&self, caller: &Caller, action: &str, api: &Api) -> bool {
        let person = caller.as_person();
        let system = caller.as_system();
        let on_behalf = person.is_some() && system.is_some();
        let person_may =
            person.is_none_or(|person| self.ask(person_entity(person), action, api, on_behalf));
        let system_may =
            system.is_none_or(|system| self.ask(system_entity(system), action, api, on_behalf));
        person_may && system_may
    }

    /// The action, if the schema has it.
    pub(crate) fn known_action<'a>(&self, action: &'a str) -> Option<&'a str> {
        self.actions.contains(action).then_some(action)
    }

    /// Every action that the schema knows, for example `IntakeService.GetContact`.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.actions.iter().map(String::as_str)
    }

    fn ask(&self, principal: Option<Entity>, action: &str, api: &Api, on_behalf: bool) -> bool {
        let answer = || {
            let principal = principal?;
            let resource = api_entity(api)?;
            let action = uid("Mash::Action", action)?;
            let on_behalf = RestrictedExpression::new_bool(on_behalf);
            let context = Context::from_pairs([("on_behalf".to_owned(), on_behalf)]).ok()?;
            let request =
                Request::new(principal.uid(), action, resource.uid(), context, Some(&self.schema))
                    .ok()?;
            let entities =
                Entities::from_entities([principal, resource], Some(&self.schema)).ok()?;
            Some(self.authorizer.is_authorized(&request, &self.policies, &entities))
        };
        // A permit does not count where another policy could not be evaluated: it
        // might have been the one that forbids.
        answer().is_some_and(|response| {
            response.decision() == Decision::Allow && response.diagnostics().errors().count() == 0
        })
    }
}

fn add_file(policies: &mut PolicySet, file: &str, text: &str) -> Result<(), PolicyError> {
    let parsed: PolicySet = text.parse().map_err(|error: cedar_policy::ParseErrors| {
        PolicyError::Syntax { file: file.to_owned(), cause: error.to_string() }
    })?;
    let bad_id = || PolicyError::Id { file: file.to_owned() };
    if parsed.num_of_templates() > 0 {
        return Err(bad_id());
    }
    for policy in parsed.policies() {
        let id = policy.annotation("id").filter(|id| !id.is_empty()).ok_or_else(bad_id)?;
        policies.add(policy.new_id(PolicyId::new(id))).map_err(|_| bad_id())?;
    }
    Ok(())
}

fn person_entity(person: &Person) -> Option<Entity> {
    let roles = person.roles().iter().map(|r| RestrictedExpression::new_string(r.to_string()));
    let roles = RestrictedExpression::new_set(roles);
    entity("Mash::Person", person.subject(), [("roles".to_owned(), roles)].into())
}

fn system_entity(system: &System) -> Option<Entity> {
    match system {
        System::Service(name) => entity("Mash::Service", name, HashMap::new()),
        System::Adapter(agency) => entity("Mash::Adapter", agency, agency_attribute(agency)),
        System::Agency(agency) => entity("Mash::Agency", agency, agency_attribute(agency)),
    }
}

fn api_entity(api: &Api) -> Option<Entity> {
    let attributes = api.agency.as_deref().map(agency_attribute).unwrap_or_default();
    entity("Mash::Api", &api.id, attributes)
}

fn agency_attribute(agency: &str) -> HashMap<String, RestrictedExpression> {
    [("agency".to_owned(), RestrictedExpression::new_string(agency.to_owned()))].into()
}

fn entity(
    kind: &str,
    id: &str,
    attributes: HashMap<String, RestrictedExpression>,
) -> Option<Entity> {
    Entity::new(uid(kind, id)?, attributes, HashSet::new()).ok()
}

fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    let kind: EntityTypeName = kind.parse().ok()?;
    Some(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}
