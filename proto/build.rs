//! Compiles the contracts without protoc. Messages get no `Debug`: they can hold
//! personal data (R63); only events, which cannot, keep it.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const FILES: [&str; 28] = [
    "mash/terms/v1/terms.proto",
    "mash/event_log/v1/event_log_service.proto",
    "mash/intake/v1/intake_events.proto",
    "mash/intake/v1/intake_service.proto",
    "mash/intake/v1/consent_service.proto",
    "mash/intake/v1/seal_service.proto",
    "mash/intake/v1/subject_service.proto",
    "mash/intake/v1/code_list_service.proto",
    "mash/intake/v1/hand_over_events.proto",
    "mash/intake/v1/hand_over_service.proto",
    "mash/intake/v1/notice_events.proto",
    "mash/intake/v1/notice_service.proto",
    "mash/intake/v1/register_import_service.proto",
    "mash/intake/v1/remit_service.proto",
    "mash/intake/v1/register_events.proto",
    "mash/intake/v1/register_service.proto",
    "mash/intake/v1/consultation_service.proto",
    "mash/intake/v1/information_request_events.proto",
    "mash/intake/v1/information_request_service.proto",
    "mash/screening/v1/screening_events.proto",
    "mash/screening/v1/screening_service.proto",
    "mash/partner/v1/partner_service.proto",
    "mash/partner_checks/v1/partner_checks_events.proto",
    "mash/partner_checks/v1/partner_checks_service.proto",
    "mash/deadlines/v1/deadlines_events.proto",
    "mash/deadlines/v1/deadlines_service.proto",
    "mash/reporting/v1/reporting_service.proto",
    "google/protobuf/timestamp.proto",
];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptor.bin"), descriptors.encode_to_vec())?;

    let mut names = tonic_prost_build::Config::new();
    names.enable_type_names();
    tonic_prost_build::configure()
        .skip_debug(messages_with_people(&descriptors))
        .compile_fds_with_config(descriptors, names)?;
    println!("cargo:rerun-if-changed=mash");
    Ok(())
}

/// Every message of a file that is not a list of events or of terms.
fn messages_with_people(descriptors: &prost_types::FileDescriptorSet) -> Vec<String> {
    descriptors
        .file
        .iter()
        .filter(|file| file.package().starts_with("mash."))
        .filter(|file| {
            !file.name().ends_with("_events.proto") && !file.name().ends_with("terms.proto")
        })
        .flat_map(|file| {
            let package = file.package();
            file.message_type.iter().map(move |message| format!(".{package}.{}", message.name()))
        })
        .collect()
}
