//! What messages may carry, over the descriptors of all contracts.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
    field_descriptor_proto::Type,
};

use crate::tree::none;

/// Text that is a code: an agency's, a national list's, a role's, a version's.
const CODES: [&str; 4] = ["agency", "referral_source", "role", "protocol_version"];
/// Numbers that count what is no property of a person.
const COUNTERS: [&str; 4] = ["step", "revision", "matches_waiting", "differences_unanswered"];
/// Moreover in the answer to a command: the reference that is read out (R11).
const REFERENCE: &str = "reference";
/// And what the protocol file has people told, the same words to all of a kind (R9, R10).
const TOLD: [&str; 3] = ["advice", "edt_telephone", "referrer_words"];

/// All messages by full name, as a field names them (`.mash.intake.v1.Contact`).
struct Contracts {
    messages: BTreeMap<String, DescriptorProto>,
    events: Vec<String>,
    methods: Vec<MethodDescriptorProto>,
}

impl Contracts {
    fn read() -> Self {
        let set =
            FileDescriptorSet::decode(proto::DESCRIPTOR).expect("the descriptors of the contracts");
        let mut contracts =
            Self { messages: BTreeMap::new(), events: Vec::new(), methods: Vec::new() };
        for file in set.file {
            let package = format!(".{}", file.package());
            if file.name().ends_with("_events.proto") {
                let names =
                    file.message_type.iter().map(|message| format!("{package}.{}", message.name()));
                contracts.events.extend(names);
            }
            contracts.methods.extend(file.service.into_iter().flat_map(|service| service.method));
            contracts.add(&package, file.message_type);
        }
        contracts
    }

    fn add(&mut self, within: &str, messages: Vec<DescriptorProto>) {
        for mut message in messages {
            let name = format!("{within}.{}", message.name());
            self.add(&name, std::mem::take(&mut message.nested_type));
            self.messages.insert(name, message);
        }
    }

    /// Fields of a message, and of those in it, that are no id, code or time.
    fn more_than_codes(&self, name: &str, texts: &[&str]) -> Vec<String> {
        let (mut seen, mut waiting, mut found) =
            (BTreeSet::new(), vec![name.to_owned()], Vec::new());
        while let Some(name) = waiting.pop() {
            if name == ".google.protobuf.Timestamp" || !seen.insert(name.clone()) {
                continue;
            }
            let Some(message) = self.messages.get(&name) else {
                found.push(format!("{name}: a message that no contract has"));
                continue;
            };
            for field in &message.field {
                if field.r#type() == Type::Message {
                    waiting.push(field.type_name().to_owned());
                } else if !is_code(field, texts) {
                    found.push(format!(
                        "{}.{} ({})",
                        &name[1..],
                        field.name(),
                        field.r#type().as_str_name()
                    ));
                }
            }
        }
        found
    }
}

fn is_code(field: &FieldDescriptorProto, texts: &[&str]) -> bool {
    let name = field.name();
    let kind = field.r#type();
    let code = kind == Type::String
        && (name.ends_with("_id") || name.ends_with("_ids") || texts.contains(&name));
    let counter = (kind == Type::Int32 || kind == Type::Int64) && COUNTERS.contains(&name);
    code || counter || kind == Type::Enum || kind == Type::Bool
}

#[test]
fn r63_events_carry_ids_codes_and_times() {
    let contracts = Contracts::read();
    assert!(contracts.events.len() >= 15, "the contracts of events are read");
    let more = contracts.events.iter().flat_map(|name| contracts.more_than_codes(name, &CODES));
    none("events carry ids, codes and times (R63)", more.collect());
}

#[test]
fn r63_a_kept_reply_holds_ids_codes_and_times() {
    let contracts = Contracts::read();
    let is_command = |method: &&MethodDescriptorProto| {
        let request = contracts.messages.get(method.input_type());
        request
            .is_some_and(|request| request.field.iter().any(|field| field.name() == "request_id"))
    };
    let commands: Vec<_> = contracts.methods.iter().filter(is_command).collect();
    assert!(commands.len() >= 8, "the contracts of commands are read");
    let texts: Vec<&str> = CODES.iter().copied().chain([REFERENCE]).chain(TOLD).collect();
    let more = commands
        .iter()
        .flat_map(|command| contracts.more_than_codes(command.output_type(), &texts));
    none(
        "the reply to a command, which is kept, holds ids, codes, times and the reference",
        more.collect(),
    );
}

#[test]
fn r63_a_name_a_birth_date_or_free_text_would_be_found() {
    let contracts = Contracts::read();
    let found = contracts.more_than_codes(".mash.intake.v1.Child", &CODES);
    for field in ["name", "address", "nhs_number"] {
        assert!(
            found.iter().any(|found| found.starts_with(&format!("mash.intake.v1.Child.{field} "))),
            "{field}"
        );
    }
    assert!(found.iter().any(|found| found.starts_with("mash.terms.v1.Date.year ")));
}
