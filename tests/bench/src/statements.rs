//! The statements of a command, without the service around them: what the floor
//! executes. They are those of `services/intake/src/store`, `services/deadlines/src/store`
//! and `services/lib/messaging/src/store.rs`, on the same tables and with rows as large.

use intake::matching::KEYS_VERSION;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// Gives the values of one contact; pgbench keeps each under its name.
const VALUES: &str = "SELECT nextval('intake.reference_number') AS number, gen_random_uuid() AS contact, \
     gen_random_uuid() AS first, gen_random_uuid() AS second";

/// What `SubmitContact` writes for `contact::referral`, in its order; the reference
/// number, which it draws after the first of these, is among the values.
fn submit_statements() -> Vec<String> {
    let children = [(":first", 0, "Chidera Okafor"), (":second", 1, "Ola Okafor")];
    let mut all: Vec<String> = BEFORE_PEOPLE.iter().map(|text| (*text).to_owned()).collect();
    all.extend(children.map(|(id, place, name)| child(id, place, name)));
    all.extend(BEHIND_PEOPLE.iter().map(|text| (*text).to_owned()));
    all.extend(children.map(|(id, _, name)| entry(id, name, (id, "NULL"), 19)));
    all.push(entry(":contact", "Ngozi Okafor", ("NULL", ":contact"), 8));
    all.extend([APPEND, KEEP_REPLY].map(str::to_owned));
    all
}

const BEFORE_PEOPLE: &[&str] = &[
    "INSERT INTO messaging.command (caller, rpc, request_id, body_hash, accepted_at) \
     VALUES ('person/4e0f6a52-0000-7000-8000-000000000001', 'SubmitContact', :contact, sha256('body'), now()) \
     ON CONFLICT DO NOTHING",
    "INSERT INTO intake.contact (id, revision, reference, channel, received_at, recorded_at, referral_source, \
         concern, factors, significant_harm, immediate_danger, anonymous, protected, urgent_concerns, risk_of_telling, \
         incident_on, incident_time, incident_place, spoken_to_family, needs, proposed_service, framework_considered, \
         why_not_spoken, why_not_considered) \
     VALUES (:contact, 1, 'F-' || :number::bigint::text, 'form', now(), now(), '2A', \
         'Often hungry, and afraid to go home on Fridays.', '{1B}', false, false, false, false, NULL, NULL, \
         NULL, '', '', NULL, '', '', NULL, '', '')",
    "WITH sealed AS (INSERT INTO intake.sealed_referrer (contact_id, name, organisation, role, contact_details, \
         person_id, source) SELECT :contact::uuid, '', '', '', '', NULL, '2A' WHERE false) \
     INSERT INTO intake.referrer (contact_id, name, organisation, role, contact_details, person_id) \
     SELECT :contact::uuid, 'Ayşe Yılmaz', 'Clapton Park Primary', '', '020 7946 0501', NULL WHERE true",
];

const BEHIND_PEOPLE: &[&str] = &[
    "INSERT INTO intake.adult (id, contact_id, place, name, relationship, parental_responsibility, birth_date, \
         address, postcode, description) \
     VALUES (:contact, :contact, 0, 'Ngozi Okafor', 'mother', true, NULL, '', NULL, '') \
     ON CONFLICT (id) DO UPDATE SET name = excluded.name",
    "WITH consent AS (INSERT INTO intake.consent (id, contact_id, place, child_id, adult_id, agency, purpose, answer, \
         asked_at, how, asked_by, given_by, family_told, giver_child_id, giver_adult_id, claimed, asker_sealed, \
         child_asked, child_answer, child_not_asked_why, with_contact) \
     SELECT :contact::uuid, :contact::uuid, (SELECT count(*) FROM intake.consent WHERE contact_id = :contact), NULL, \
         NULL, NULL, 'share_information', 'agreed', now(), 'in person', 'the head of year', 'parent', true, NULL, \
         :contact::uuid, false, false, NULL, NULL, NULL, true RETURNING id) \
     INSERT INTO intake.sealed_asker (consent_id, asked_by) SELECT id, '' FROM consent WHERE false",
];

const KEEP_REPLY: &str = "UPDATE messaging.command SET reply = convert_to(repeat('x', 187), 'UTF8') \
     WHERE caller = 'person/4e0f6a52-0000-7000-8000-000000000001' AND rpc = 'SubmitContact' AND request_id = :contact";

fn child(id: &str, place: u8, name: &str) -> String {
    format!(
        "INSERT INTO intake.child (id, contact_id, place, name, birth_date, unborn, sex, ethnicity, address, \
             outside_area, school, nhs_number, upn, upn_unknown, chosen_name, pronouns, gender, religion, \
             first_language, communication_needs, disabilities, postcode, uprn, description) \
         VALUES ({id}, :contact, {place}, '{name}', '2016-05-17', false, 'F', 'BAFR', \
             '12 Example Road, London E8', false, 'Clapton Park Primary', '9434765919', NULL, NULL, '', '', NULL, \
             '', '', '', '{{}}', NULL, NULL, '') \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name"
    )
}

/// An entry of the register for a child or an adult, under so many keys.
fn entry(id: &str, name: &str, (child, adult): (&str, &str), keys: u8) -> String {
    format!(
        "WITH put AS (INSERT INTO intake.person (id, name, birth_date, nhs_number, upn, address, postcode, school, \
             sex, household, source_ref, child_id, adult_id, chosen_name, household_folded, keyed_as) \
         VALUES ({id}, '{name}', '2016-05-17', '9434765919', NULL, '12 Example Road, London', 'E8 1EA', \
             'Clapton Park Primary', 'F', '{{Ngozi Okafor}}', NULL, {child}, {adult}, NULL, ARRAY['ngozi okafor ' || :number::bigint::text], {KEYS_VERSION}) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id, xmax = 0 AS is_new), \
         dropped AS (DELETE FROM intake.person_key USING put WHERE person_id = put.id AND key <> ALL ('{{}}'::bigint[])), \
         kept AS (INSERT INTO intake.person_key (key, person_id) \
             SELECT hashtextextended('key ' || n || ' ' || put.id::text, 0), put.id FROM put, generate_series(1, {keys}) n \
             ON CONFLICT DO NOTHING), \
         waiting AS (INSERT INTO intake.unmatched (person_id, of_contact, is_new) SELECT id, true, is_new FROM put) \
         SELECT id FROM put"
    )
}

/// Appends an event about the contact to the log of the database that it is run in.
const APPEND: &str = "WITH appended AS ( \
         INSERT INTO messaging.event (id, aggregate, revision, type, addressee, payload, actor, trace_parent, \
             occurred_at) \
         VALUES (:first, :contact, 1, 'mash.intake.v1.ContactReceived', NULL, \
             convert_to(repeat('x', 251), 'UTF8'), 'person/4e0f6a52-0000-7000-8000-000000000001', NULL, now()) \
         RETURNING number) \
     INSERT INTO messaging.waiting (number) SELECT number FROM appended";

/// What `deadlines` writes when it applies `ContactReceived`: the clock of the initial
/// decision with its timers (R72), between the lock and the move of its cursor.
const TAKE_IN: &[&str] = &[
    "INSERT INTO messaging.cursor (source, position) VALUES ('intake', 0) ON CONFLICT DO NOTHING",
    "SELECT position, event_id FROM messaging.cursor WHERE source = 'intake' FOR UPDATE SKIP LOCKED",
    "SELECT DISTINCT aggregate FROM messaging.parked \
     WHERE source = 'intake' AND state IN ('parked', 'behind', 'retry')",
    "SELECT pg_advisory_xact_lock(hashtextextended('deadlines facts', 0))",
    "INSERT INTO deadlines.clock (id, contact_id, kind, started_at, deadline, protocol_version, rag, agency) \
     VALUES (:second, :contact, 'initial_decision', now(), now() + interval '1 day', '2025.1', NULL, NULL) \
     ON CONFLICT DO NOTHING",
    "SELECT ended_at, ending FROM deadlines.clock_end WHERE clock_id = :second",
    "INSERT INTO deadlines.timer (clock_id, kind, due, try_at, urgent) \
     SELECT :second::uuid, 'warning'::deadlines.timer_kind, due, due, false FROM (SELECT now() + interval '18 hours' AS due) \
     UNION SELECT :second::uuid, 'deadline'::deadlines.timer_kind, now() + interval '1 day', now() + interval '1 day', false \
     ON CONFLICT DO NOTHING",
];

/// What it writes besides where the contact is Section 47 (R18).
const PAGE: &[&str] = &[
    "SELECT EXISTS (SELECT FROM deadlines.cause WHERE cause = 'section_47' AND origin = :contact::uuid::text)",
    "SELECT id FROM deadlines.page WHERE contact_id = :contact AND cause = 'section_47' \
         AND raised_at >= now() - interval '5 minutes' AND acknowledged_at IS NULL AND resolved_at IS NULL \
     ORDER BY raised_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
    "INSERT INTO deadlines.page (id, revision, contact_id, cause, ladder, raised_at, number, step, role, \
         next_climb_at) \
     VALUES (:first, 1, :contact, 'section_47', 'section_47', now(), 0, 0, 'mash_manager', \
         now() + interval '15 minutes')",
    "INSERT INTO deadlines.cause (cause, origin, page_id, contact_id, clock_id, raised_at) \
     VALUES ('section_47', :contact::uuid::text, :first, :contact, NULL, now())",
    "INSERT INTO deadlines.delivery (page_id, number, endpoint, notice, step, role, owed_at, next_try_at) \
     VALUES (:first, 0, 'mash_manager/1', 'raised', 0, 'mash_manager', now(), now())",
    APPEND,
];

const MOVE_CURSOR: &str = "UPDATE messaging.cursor SET position = position + 1, event_id = :contact \
     WHERE source = 'intake'";

/// The script of pgbench for `SubmitContact`: as many round trips as the service makes.
pub fn submit_script() -> String {
    let statements = submit_statements().into_iter().map(|statement| format!("{statement};\n"));
    format!("BEGIN;\n{VALUES} \\gset\n{}COMMIT;\n", statements.collect::<String>())
}

/// What one contact is written with.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Values {
    /// Of which the reference is made.
    pub number: i64,
    /// The contact.
    pub contact: Uuid,
    /// A child, an event, a page.
    pub first: Uuid,
    /// The other child, a clock.
    pub second: Uuid,
}

impl Values {
    /// The values of the contact of this number.
    pub fn of(number: i64) -> Self {
        Self { number, contact: Uuid::now_v7(), first: Uuid::now_v7(), second: Uuid::now_v7() }
    }
}

/// Writes what `SubmitContact` writes.
///
/// # Errors
/// Where the database refuses.
pub async fn submit(connection: &mut PgConnection, values: Values) -> sqlx::Result<()> {
    execute(connection, "SELECT nextval('intake.reference_number')", values).await?;
    for statement in submit_statements() {
        execute(connection, &statement, values).await?;
    }
    Ok(())
}

/// Writes what `deadlines` writes for the contact.
///
/// # Errors
/// Where the database refuses.
pub async fn take_in(
    connection: &mut PgConnection,
    values: Values,
    section_47: bool,
) -> sqlx::Result<()> {
    let page = if section_47 { PAGE } else { &[] };
    for statement in TAKE_IN.iter().chain(page).chain([&MOVE_CURSOR]) {
        execute(connection, statement, values).await?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the floor's statements are texts that pgbench reads too"
)]
async fn execute(
    connection: &mut PgConnection,
    statement: &str,
    values: Values,
) -> sqlx::Result<()> {
    let names = [":number", ":contact", ":first", ":second"];
    let numbered = (1..)
        .zip(names)
        .fold(statement.to_owned(), |text, (place, name)| text.replace(name, &format!("${place}")));
    sqlx::query(AssertSqlSafe(numbered))
        .bind(values.number)
        .bind(values.contact)
        .bind(values.first)
        .bind(values.second)
        .execute(connection)
        .await?;
    Ok(())
}
