//! The tables of the consultation line cannot hold a child (R53), and its figures give
//! nobody away (R69).

use harness::{Bearer, Stage};
use proto::{
    intake::v1::{self as pb, consultation_service_client::ConsultationServiceClient},
    terms::v1::Date,
};
use sqlx::PgPool;
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};

use crate::stage::{Intake, MORNING};

/// Every column of the log's tables with its type; whether its values are bound by a
/// foreign key to the codes, whether by a check of their own, and by which.
const COLUMNS: &str = "
    SELECT relname::text, attname::text, format_type(atttypid, atttypmod),
           EXISTS (SELECT FROM pg_constraint
                   WHERE contype = 'f' AND conrelid = attrelid AND attnum = ANY(conkey)
                     AND confrelid = 'intake.consultation_code'::regclass),
           EXISTS (SELECT FROM pg_constraint
                   WHERE contype = 'c' AND conrelid = attrelid AND conkey = ARRAY[attnum]),
           ARRAY(SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
                 WHERE contype = 'c' AND conrelid = attrelid AND conkey = ARRAY[attnum])
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'intake'::regnamespace AND relkind IN ('r', 'p')
      AND starts_with(relname, 'consultation') AND attnum > 0 AND NOT attisdropped
    ORDER BY relname, attnum";

#[tokio::test]
async fn r53_the_tables_of_the_log_cannot_hold_a_child() {
    let intake = Intake::start(*MORNING).await;
    let columns: Vec<(String, String, String, bool, bool, Vec<String>)> =
        sqlx::query_as(COLUMNS).fetch_all(&intake.database).await.unwrap();
    assert!(columns.len() >= 10, "the columns are read");
    for (table, column, kind, is_code, is_checked, checks) in &columns {
        let holds_no_child = match kind.as_str() {
            "text" => *is_code || takes_no_words(&intake.database, column, checks).await,
            // Only its own id, which is checked to be random.
            "uuid" => column == "id" && *is_checked,
            "timestamp with time zone" | "smallint" | "bigint" => *is_checked,
            "boolean" => true,
            other => other.strip_suffix("[]").unwrap_or(other).starts_with("intake.consultation_"),
        };
        assert!(holds_no_child, "{table}.{column} {kind}");
    }
    let elsewhere: Vec<String> = sqlx::query_scalar(
        "SELECT conname::text FROM pg_constraint
         JOIN pg_class AS own ON own.oid = conrelid JOIN pg_class AS other ON other.oid = confrelid
         WHERE contype = 'f' AND starts_with(own.relname, 'consultation')
             <> starts_with(other.relname, 'consultation')",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap();
    assert!(elsewhere.is_empty(), "no key leads into the log or out of it: {elsewhere:?}");
}

/// Whether one of a text column's checks refuses a name, and words about one.
async fn takes_no_words(database: &PgPool, column: &str, checks: &[String]) -> bool {
    for check in checks {
        let words = "(VALUES ('Amara Okafor'), ('Amara is often hungry'), ('Ọmọ'))";
        let taken = format!("SELECT bool_or({check}) FROM {words} AS words ({column})");
        let taken = sqlx::query_scalar(sqlx::AssertSqlSafe(taken)).fetch_one(database).await;
        let taken: bool = taken.unwrap();
        if !taken {
            return true;
        }
    }
    false
}

/// Intake that serves, and so has made the codes of the protocol file those of the log.
async fn serving() -> Intake {
    let intake = Intake::start(*MORNING).await;
    Stage::shared().channel(&intake.place.address).await;
    intake
}

async fn refused(database: &PgPool, column: &str, value: &str) -> bool {
    let mut values = vec![
        ("id", "gen_random_uuid()"),
        ("revision", "1"),
        ("begun_at", "'2026-11-24T10:00:00Z'"),
        ("beginning", "'lead_consulted'"),
        ("answered_by", "'user-1'"),
        ("caller_agency", "'school'"),
        ("caller_role", "'teacher'"),
    ];
    values.retain(|(name, _)| *name != column);
    if !column.is_empty() {
        values.push((column, value));
    }
    let (names, values): (Vec<&str>, Vec<&str>) = values.into_iter().unzip();
    let statement = format!(
        "INSERT INTO intake.consultation ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    );
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(database).await.is_err()
}

#[tokio::test]
async fn r53_what_could_tell_of_a_child_is_refused_by_the_database() {
    let intake = serving().await;
    assert!(!refused(&intake.database, "", "").await, "a row of codes is taken");
    for (column, value) in [
        ("theme", "'Amara is often hungry'"),
        ("caller_agency", "'Clapton Park Primary'"),
        ("caller_role", "'her_teacher'"),
        ("answered_by", "'Ayşe, about Amara'"),
        // An instant would join the call to the contact that was received at it.
        ("begun_at", "'2026-11-24T10:00:01Z'"),
        ("id", "uuidv7()"),
        ("became_contact", "true"),
        ("minutes", "12"),
        ("advice", "ARRAY['talk_to_family']::intake.consultation_advice[]"),
    ] {
        assert!(refused(&intake.database, column, value).await, "{column} {value}");
    }
    let code = "INSERT INTO intake.consultation_code VALUES ('theme', 'Amara Okafor, 17 May')";
    assert!(sqlx::query(code).execute(&intake.database).await.is_err());
}

async fn counts(
    intake: &Intake,
    role: &str,
    by: pb::ConsultationCountBy,
) -> Result<Vec<(i32, String, Option<i64>)>, tonic::Status> {
    let bearer: Bearer = Stage::shared().person(role, intake.clock.now());
    let channel: Channel = Stage::shared().channel(&intake.place.address).await;
    let mut client: ConsultationServiceClient<InterceptedService<Channel, Bearer>> =
        ConsultationServiceClient::with_interceptor(channel, bearer);
    let request = pb::CountConsultationsRequest {
        from: Some(Date { year: 2026, month: 6, day: 1 }),
        until: Some(Date { year: 2026, month: 8, day: 1 }),
        by: by.into(),
    };
    let reply = client.count_consultations(request).await?.into_inner();
    let count =
        |count: pb::ConsultationCount| (count.month.unwrap().month, count.code, count.calls);
    Ok(reply.counts.into_iter().map(count).collect())
}

#[tokio::test]
async fn r67_r69_calls_are_counted_and_the_board_gets_no_small_number() {
    let intake = serving().await;
    // Midnight in London on 1 July is eleven in the evening of 30 June by UTC.
    for (begun_at, theme, calls) in [
        ("2026-06-30T22:45:00Z", "neglect", 1),
        ("2026-06-30T23:00:00Z", "neglect", 20),
        ("2026-07-10T10:00:00Z", "consent", 3),
        ("2026-07-10T10:00:00Z", "exploitation", 9),
        ("2026-07-10T10:00:00Z", "education", 8),
        ("2026-07-31T23:00:00Z", "neglect", 50),
    ] {
        sqlx::query(
            "INSERT INTO intake.consultation (id, revision, begun_at, beginning, answered_by, caller_agency,
                 caller_role, theme, advice, became_contact, minutes)
             SELECT gen_random_uuid(), 2, $1::timestamptz, 'lead_consulted', 'user-1', 'school', 'teacher', $2,
                 '{talk_to_family,make_referral}', false, 12
             FROM generate_series(1, $3)",
        )
        .bind(begun_at)
        .bind(theme)
        .bind(calls)
        .execute(&intake.database)
        .await
        .unwrap();
    }
    let row = |month, code: &str, calls| (month, code.to_owned(), calls);
    let by_theme = counts(&intake, "mash_manager", pb::ConsultationCountBy::Theme).await.unwrap();
    let whole = [
        row(6, "neglect", Some(1)),
        row(7, "consent", Some(3)),
        row(7, "education", Some(8)),
        row(7, "exploitation", Some(9)),
        row(7, "neglect", Some(20)),
    ];
    assert_eq!(by_theme, whole);
    let by_theme = counts(&intake, "board", pb::ConsultationCountBy::Theme).await.unwrap();
    let withheld = [
        row(6, "neglect", None),
        row(7, "consent", None),
        row(7, "education", None),
        row(7, "exploitation", Some(9)),
        row(7, "neglect", Some(20)),
    ];
    assert_eq!(by_theme, withheld);
    let manager = "service_manager";
    for (by, code) in [
        (pb::ConsultationCountBy::Advice, "make_referral"),
        (pb::ConsultationCountBy::Agency, "school"),
        (pb::ConsultationCountBy::Beginning, "lead_consulted"),
        (pb::ConsultationCountBy::BecameContact, "false"),
    ] {
        let counted = counts(&intake, manager, by).await.unwrap();
        assert!(counted.contains(&row(7, code, Some(40))), "{by:?}: {counted:?}");
    }
    let refused =
        counts(&intake, "consultation_adviser", pb::ConsultationCountBy::Theme).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let bad = counts(&intake, manager, pb::ConsultationCountBy::Unspecified).await.unwrap_err();
    assert_eq!(bad.code(), Code::InvalidArgument);
}
