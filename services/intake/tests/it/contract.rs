//! What the contracts say that a request holds, so that a field is missed here that is new there.

use prost::Message;
use prost_types::{FileDescriptorSet, field_descriptor_proto::Type};

/// The fields of these messages, each by the path at which a request holds it; but for those
/// that say yes or no, which nobody can get wrong.
pub fn fields_at(holds: &[(&str, &str)]) -> Vec<String> {
    let files = FileDescriptorSet::decode(proto::DESCRIPTOR).unwrap().file;
    let ours = files.into_iter().filter(|file| file.package() == "mash.intake.v1");
    let messages: Vec<_> = ours.flat_map(|file| file.message_type).collect();
    let mut fields = Vec::new();
    for (path, name) in holds {
        let message = messages.iter().find(|message| message.name() == *name).unwrap();
        let named = message.field.iter().filter(|it| it.r#type() != Type::Bool);
        let path = if path.is_empty() { String::new() } else { format!("{path}.") };
        fields.extend(named.map(|field| format!("{path}{}", field.name())));
    }
    fields
}

/// Whether a path is this field, or leads through it.
pub fn is_within(path: &str, field: &str) -> bool {
    let rest = path.strip_prefix(field);
    rest.is_some_and(|rest| matches!(rest.get(..1), None | Some("." | "[")))
}
