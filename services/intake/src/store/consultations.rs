//! The log of the consultation line: codes and times (R53).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::consultation::{Advice, Beginning, Call, Ending};

/// A list of codes that a call is logged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.consultation_list", rename_all = "snake_case")]
pub enum List {
    /// What calls are about.
    Theme,
    /// Kinds of agencies.
    CallerAgency,
    /// What callers are there.
    CallerRole,
}

/// Adds the codes of a list that are new; none is ever taken away, since calls are
/// logged by it.
pub async fn keep_codes(
    connection: &mut PgConnection,
    list: List,
    codes: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.consultation_code (list, code)
        SELECT $1, code FROM unnest($2::text[]) AS new (code)
        ON CONFLICT DO NOTHING
        "#,
        list as List,
        codes,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a call as it begins. One that does not go on is over.
pub async fn insert(
    connection: &mut PgConnection,
    call: &Call,
    answered_by: Option<&String>,
) -> Result<(), sqlx::Error> {
    let caller = call.caller.as_ref();
    let became_contact = (!call.beginning.goes_on()).then_some(call.beginning == Beginning::Danger);
    sqlx::query!(
        r#"
        INSERT INTO intake.consultation
            (id, revision, begun_at, beginning, answered_by, caller_agency, caller_role, became_contact)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7)
        "#,
        call.id,
        call.begun_at.to_sqlx() as _,
        call.beginning as Beginning,
        answered_by,
        caller.map(|caller| caller.agency.as_str()),
        caller.map(|caller| caller.role.as_str()),
        became_contact,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks a call that somebody answers: its revision, and whether it is over.
pub async fn lock(
    connection: &mut PgConnection,
    id: Uuid,
    answered_by: &str,
) -> Result<Option<(i64, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT revision, became_contact IS NOT NULL AS "is_over!"
        FROM intake.consultation
        WHERE id = $1 AND answered_by = $2
        FOR UPDATE
        "#,
        id,
        answered_by,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.revision, row.is_over)))
}

/// Ends a call, as its second revision.
pub async fn end(
    connection: &mut PgConnection,
    id: Uuid,
    ending: &Ending,
) -> Result<(), sqlx::Error> {
    let ended = sqlx::query!(
        r#"
        UPDATE intake.consultation
        SET revision = 2, theme = $2, advice = $3, became_contact = $4, minutes = $5
        WHERE id = $1 AND revision = 1
        "#,
        id,
        ending.theme,
        &ending.advice as &[Advice],
        ending.became_contact,
        ending.minutes,
    )
    .execute(connection)
    .await?;
    one_row(&ended)
}

/// By what calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountBy {
    /// What they were about.
    Theme,
    /// What was advised.
    Advice,
    /// The kind of agency.
    Agency,
    /// How they began.
    Beginning,
    /// Whether they became a contact.
    BecameContact,
}

impl CountBy {
    fn code(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Advice => "advice",
            Self::Agency => "agency",
            Self::Beginning => "beginning",
            Self::BecameContact => "became_contact",
        }
    }
}

/// How many calls of one code began at one logged time.
pub struct Counted {
    /// The logged time.
    pub begun_at: jiff_sqlx::Timestamp,
    /// The code; empty for an agency that was not asked.
    pub code: String,
    /// How many.
    pub calls: i64,
}

/// How many calls of each code began at each logged time, from `from` to before `until`.
/// Months are the calendar's to make of it (R57).
pub async fn count(
    connection: &mut PgConnection,
    by: CountBy,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Counted>, sqlx::Error> {
    sqlx::query_as!(
        Counted,
        r#"
        SELECT begun_at, code AS "code!", count(*) AS "calls!"
        FROM intake.consultation
        CROSS JOIN LATERAL (
            SELECT theme AS code WHERE $1 = 'theme'
            UNION ALL SELECT unnest(advice)::text WHERE $1 = 'advice'
            UNION ALL SELECT COALESCE(caller_agency, '') WHERE $1 = 'agency'
            UNION ALL SELECT beginning::text WHERE $1 = 'beginning'
            UNION ALL SELECT became_contact::text WHERE $1 = 'became_contact'
        ) AS coded
        WHERE code IS NOT NULL AND begun_at >= $2 AND begun_at < $3
        GROUP BY begun_at, code
        "#,
        by.code(),
        from.to_sqlx() as _,
        until.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}
