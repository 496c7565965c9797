//! The lists of what somebody must take, answer, or say that they have.

use sqlx::PgConnection;

use crate::domain::turn::{InTurn, List, Turn};

/// At most `limit` lines of a list behind a place, in their order.
pub async fn page(
    connection: &mut PgConnection,
    list: List,
    behind: Option<Turn>,
    limit: i64,
) -> Result<Vec<InTurn>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id AS "id!", done AS "done!", place AS "place!", subjects AS "subjects!", reference AS "reference!",
               received_at AS "received_at!"
        FROM intake.turn
        WHERE list = $1 AND ($2::boolean IS NULL OR (done, place, id) > ($2, $3::bigint, $4::uuid))
        ORDER BY done, place, id
        LIMIT $5
        "#,
        name(list),
        behind.map(|behind| behind.done),
        behind.map(|behind| behind.order),
        behind.map(|behind| behind.id),
        limit,
    )
    .fetch_all(connection)
    .await?;
    let lines = rows.into_iter().map(|row| InTurn {
        turn: Turn { done: row.done, order: row.place, id: row.id },
        reference: row.reference,
        received_at: row.received_at.to_jiff(),
        subjects: row.subjects,
    });
    Ok(lines.collect())
}

/// A list as the view names it.
fn name(list: List) -> &'static str {
    match list {
        List::ToEdt => "to_edt",
        List::FromEdt => "from_edt",
        List::Authority => "authority",
        List::Unit => "unit",
        List::Remit => "remit",
        List::OverrideReview => "override_review",
    }
}
