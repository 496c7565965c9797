//! Tables that are only ever added to (R62).

use crate::stage::{Intake, MORNING};

/// Every table whose triggers refuse a change, and which changes.
const KEPT: &str = "
    SELECT relname::text, bool_or(tgtype & 8 > 0), bool_or(tgtype & 16 > 0), bool_or(tgtype & 32 > 0)
    FROM pg_trigger
    JOIN pg_proc ON pg_proc.oid = tgfoid AND proname IN ('refuse_change', 'keep_passed_on')
    JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = 'intake'::regnamespace
    GROUP BY relname
    ORDER BY relname";

#[tokio::test]
async fn r62_no_table_that_is_only_ever_added_to_can_be_emptied() {
    let intake = Intake::start(*MORNING).await;
    let kept: Vec<(String, bool, bool, bool)> =
        sqlx::query_as(KEPT).fetch_all(&intake.database).await.unwrap();
    assert!(kept.len() >= 10, "{kept:?}");
    for (table, deleted, updated, emptied) in kept {
        assert!(deleted && updated && emptied, "{table}");
        let statement = sqlx::AssertSqlSafe(format!("TRUNCATE intake.{table} CASCADE"));
        let refused = sqlx::query(statement).execute(&intake.database).await.unwrap_err();
        assert!(refused.to_string().contains("only ever added to"), "{table}: {refused}");
    }
}
