//! Episodes of case systems (R9), and whether what a row says of one is new.

use std::collections::HashMap;

use access::Personal;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::people::{Entry, Source};
use crate::domain::register::{Episode, EpisodeKind};

/// Those of these episodes that are known, by their reference, each with its person's entry.
pub async fn known(
    connection: &mut PgConnection,
    references: &[String],
) -> Result<HashMap<String, (Uuid, Episode)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT person_id, source_ref AS "source_ref!", kind AS "kind: EpisodeKind", unit, worker,
               opened_on, closed_on
        FROM intake.episode
        WHERE source_ref = ANY($1)
        "#,
        references,
    )
    .fetch_all(connection)
    .await?;
    let episodes = rows.into_iter().map(|row| {
        let episode = Episode {
            kind: row.kind,
            unit: row.unit,
            worker: row.worker,
            opened_on: row.opened_on.to_jiff(),
            closed_on: row.closed_on.map(|day: jiff_sqlx::Date| day.to_jiff()),
        };
        (row.source_ref, (row.person_id, episode))
    });
    Ok(episodes.collect())
}

/// The entries of those of these people of case systems who are known, by their source.
pub async fn people(
    connection: &mut PgConnection,
    references: &[String],
) -> Result<HashMap<Source, (Uuid, Entry)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, source_ref AS "source_ref!", name, chosen_name, birth_date, nhs_number, upn, address, postcode,
               school, sex, household
        FROM intake.person
        WHERE source_ref = ANY($1)
        "#,
        references,
    )
    .fetch_all(connection)
    .await?;
    let people = rows.into_iter().map(|row| {
        let source = Source::CaseSystem(row.source_ref);
        let entry = Entry {
            source: source.clone(),
            name: Personal::new(row.name.unwrap_or_default()),
            chosen_name: Personal::new(row.chosen_name.unwrap_or_default()),
            birth_date: row.birth_date.map(|day: jiff_sqlx::Date| Personal::new(day.to_jiff())),
            nhs_number: row.nhs_number.map(Personal::new),
            upn: row.upn.map(Personal::new),
            address: Personal::new(row.address.unwrap_or_default()),
            postcode: row.postcode.map(Personal::new),
            school: Personal::new(row.school.unwrap_or_default()),
            sex: row.sex.unwrap_or_default(),
            household: row.household.into_iter().map(Personal::new).collect(),
        };
        (source, (row.id, entry))
    });
    Ok(people.collect())
}

/// An episode as it is told: its reference, and the entry of its person.
pub type ToldEpisode<'a> = (&'a str, Uuid, &'a Episode);

/// Adds episodes, or puts them as they are told now in the stead of those of the same
/// reference. No reference may stand there twice.
pub async fn put(
    connection: &mut PgConnection,
    episodes: &[ToldEpisode<'_>],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = episodes.iter().map(|_| Uuid::now_v7()).collect();
    let people: Vec<Uuid> = episodes.iter().map(|(_, person, _)| *person).collect();
    let references: Vec<&str> = episodes.iter().map(|(reference, ..)| *reference).collect();
    let episodes = || episodes.iter().map(|(.., episode)| episode);
    let kinds: Vec<EpisodeKind> = episodes().map(|episode| episode.kind).collect();
    let units: Vec<Option<&str>> = episodes().map(|episode| episode.unit.as_deref()).collect();
    let workers: Vec<Option<&str>> = episodes().map(|episode| episode.worker.as_deref()).collect();
    let opened: Vec<_> = episodes().map(|episode| episode.opened_on.to_sqlx()).collect();
    let closed: Vec<_> =
        episodes().map(|episode| episode.closed_on.map(|day| day.to_sqlx())).collect();
    sqlx::query!(
        r#"
        INSERT INTO intake.episode
            (id, person_id, source_ref, kind, unit, worker, opened_on, closed_on)
        SELECT id, person_id, source_ref, kind, unit, worker, opened_on, closed_on
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::intake.episode_kind[], $5::text[],
                    $6::text[], $7::date[], $8::date[])
            AS told (id, person_id, source_ref, kind, unit, worker, opened_on, closed_on)
        ON CONFLICT (source_ref) DO UPDATE SET
            person_id = excluded.person_id, kind = excluded.kind, unit = excluded.unit,
            worker = excluded.worker, opened_on = excluded.opened_on, closed_on = excluded.closed_on
        "#,
        &ids,
        &people,
        &references as _,
        &kinds as &[EpisodeKind],
        &units as _,
        &workers as _,
        &opened as _,
        &closed as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
