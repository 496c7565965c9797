//! Who has an open case in Children's Social Care, and at which unit: the one question
//! that the consultation line (R52) and requests for information (R54) ask of the
//! register.

use access::Personal;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

/// Somebody who may be in the register.
pub struct Asked<'a> {
    /// Name; counts only with the birth date.
    pub name: &'a Personal<String>,
    /// Date of birth.
    pub birth_date: Option<&'a Personal<Date>>,
    /// Ten digits.
    pub nhs_number: Option<&'a Personal<String>>,
}

/// What the register says of somebody.
#[derive(Debug, Default)]
pub struct Found {
    /// Those in the register who fit, each once.
    pub persons: Vec<Uuid>,
    /// One of them has an open case.
    pub open: bool,
    /// The units that hold one, each once, in order.
    pub units: Vec<String>,
}

impl Found {
    /// Takes in what it says of somebody else.
    pub fn add(&mut self, other: Self) {
        self.persons.extend(other.persons);
        self.open |= other.open;
        self.units.extend(other.units);
        self.persons.sort_unstable();
        self.persons.dedup();
        self.units.sort_unstable();
        self.units.dedup();
    }
}

/// What the register says of `asked` on a day. They are known by their NHS number, or by
/// name and birth date together where no NHS number says otherwise. All who fit are given,
/// with everybody who is linked with them (R8): an open case that is missed leaves its unit
/// unaware.
pub async fn find(
    connection: &mut PgConnection,
    asked: &Asked<'_>,
    on: Date,
) -> Result<Found, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE human (person_id) AS (
            SELECT id FROM intake.person
            WHERE nhs_number = $3
               OR (lower(btrim(name)) = lower(btrim($1)) AND birth_date = $2
                   AND (nhs_number IS NULL OR $3::text IS NULL))
            UNION
            SELECT linked_id FROM human JOIN intake.link USING (person_id)
        )
        SELECT human.person_id AS "id!", episode.id IS NOT NULL AS "open!", episode.unit AS "unit?"
        FROM human
        LEFT JOIN intake.episode
            ON episode.person_id = human.person_id
            AND episode.kind IN ('section_17', 'section_47')
            AND episode.opened_on <= $4
            AND (episode.closed_on IS NULL OR episode.closed_on > $4)
        "#,
        asked.name.open(),
        asked.birth_date.map(|day| day.open().to_sqlx()) as _,
        asked.nhs_number.map(Personal::open),
        on.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await?;
    let mut found = Found::default();
    for row in rows {
        let units = row.unit.into_iter().collect();
        found.add(Found { persons: vec![row.id], open: row.open, units });
    }
    Ok(found)
}
