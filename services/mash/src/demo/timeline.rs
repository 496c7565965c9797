//! What happens, as it happens: for a person to follow, or one JSON object a line.

use std::{
    collections::HashMap,
    io::{IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use serde::Serialize;

/// How the day is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines for a person.
    Lines,
    /// One JSON object a line.
    Json,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Of which kind.
    pub step: Kind,
    /// Who did it: a role, an agency or a service.
    pub who: String,
    /// What they did.
    pub what: String,
    /// The contact's reference, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What a program may want to know of it.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub facts: serde_json::Value,
}

/// Kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A part of the day begins.
    Scene,
    /// Somebody did something.
    Act,
    /// A service told an event.
    Event,
    /// A clock runs.
    Clock,
    /// Somebody is paged.
    Page,
    /// Somebody was refused.
    Refusal,
    /// A figure of the board.
    Figure,
}

#[derive(Serialize)]
struct Line<'a> {
    seconds: f64,
    #[serde(flatten)]
    step: &'a Step,
}

/// The timeline of a day. Cheap to clone; every clone writes the same one.
#[derive(Clone)]
pub struct Timeline {
    began: Instant,
    form: Form,
    colours: bool,
    references: Arc<Mutex<HashMap<String, String>>>,
}

impl Timeline {
    /// Begins now.
    pub fn begin(form: Form) -> Self {
        let colours = form == Form::Lines && std::io::stdout().is_terminal();
        Self { began: Instant::now(), form, colours, references: Arc::default() }
    }

    /// A part of the day begins.
    pub fn scene(&self, what: &str) {
        self.tell(Kind::Scene, "", what, None, serde_json::Value::Null);
    }

    /// Somebody did something.
    pub fn act(&self, who: &str, what: &str, contact_id: &str) {
        self.tell(Kind::Act, who, what, Some(contact_id), serde_json::Value::Null);
    }

    /// An agency did something about the contact of this reference; it knows no more.
    pub fn agency_act(&self, agency: &str, what: &str, reference: &str) {
        self.write(Kind::Act, agency, what, Some(reference.to_owned()), serde_json::Value::Null);
    }

    /// Remembers a contact's reference, by which it is named from now on.
    pub fn name(&self, contact_id: &str, reference: &str) {
        let mut references = self.references.lock().unwrap_or_else(PoisonError::into_inner);
        references.insert(contact_id.to_owned(), reference.to_owned());
    }

    /// Tells a step of any kind.
    pub fn tell(
        &self,
        kind: Kind,
        who: &str,
        what: &str,
        contact_id: Option<&str>,
        facts: serde_json::Value,
    ) {
        let contact = contact_id.and_then(|id| {
            self.references.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
        });
        self.write(kind, who, what, contact, facts);
    }

    fn write(
        &self,
        kind: Kind,
        who: &str,
        what: &str,
        contact: Option<String>,
        facts: serde_json::Value,
    ) {
        let step = Step { step: kind, who: who.to_owned(), what: what.to_owned(), contact, facts };
        let line = self.line(&step);
        // A reader that has gone away, such as `head`, is no reason to stop a day.
        writeln!(std::io::stdout().lock(), "{line}").ok();
    }

    fn line(&self, step: &Step) -> String {
        let seconds = self.began.elapsed().as_secs_f64();
        if self.form == Form::Json {
            let seconds = (seconds * 1000.0).round() / 1000.0;
            return serde_json::to_string(&Line { seconds, step }).unwrap_or_default();
        }
        let contact = step.contact.as_deref().unwrap_or("");
        let (who, what) = (&step.who, &step.what);
        let (colour, text) = match step.step {
            Kind::Scene => ("1", format!("\n{what}")),
            Kind::Act => ("", format!("{seconds:6.2}s  {who:<18} {what}  {contact}")),
            Kind::Event => {
                ("2", format!("{seconds:6.2}s      event    {who:<15} {what}  {contact}"))
            }
            Kind::Clock => ("36", format!("{seconds:6.2}s      clock    {what}  {contact}")),
            Kind::Page => ("33", format!("{seconds:6.2}s   !  page     {what}  {contact}")),
            Kind::Refusal => ("35", format!("{seconds:6.2}s  {who:<18} is refused: {what}")),
            Kind::Figure => ("", format!("  {who:<34} {what}")),
        };
        let text = text.trim_end();
        if self.colours && !colour.is_empty() {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
