//! Who may ask for figures, and for which periods.

use harness::fields_of;
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    reporting::v1::{GetFiguresRequest, GetFiguresResponse},
};
use tonic::Code;

use crate::stage::{Hub, MORNING};

pub fn period(from: Option<Timestamp>, until: Option<Timestamp>) -> GetFiguresRequest {
    GetFiguresRequest { from: from.map(to_timestamp), until: until.map(to_timestamp) }
}

#[tokio::test]
async fn r67_with_nothing_heard_every_figure_is_zero() {
    let hub = Hub::start().await;
    let reporting = hub.reporting().await;
    assert!(reporting.figures(None, None).await == GetFiguresResponse::default());
    assert!(
        reporting.figures(Some(*MORNING), Some(*MORNING)).await == GetFiguresResponse::default()
    );
}

#[tokio::test]
async fn r65_the_board_reads_figures_and_a_referrer_does_not() {
    let hub = Hub::start().await;
    let reporting = hub.reporting().await;
    for role in ["board", "mash_manager", "auditor"] {
        assert!(
            reporting.as_person(role).await.get_figures(period(None, None)).await.is_ok(),
            "{role}"
        );
    }
    for role in ["referrer", "partner:police", "screening_practitioner"] {
        let refused =
            reporting.as_person(role).await.get_figures(period(None, None)).await.err().unwrap();
        assert_eq!(refused.code(), Code::PermissionDenied, "{role}");
    }
}

#[tokio::test]
async fn r67_a_period_that_is_none_is_refused_by_field() {
    let hub = Hub::start().await;
    let reporting = hub.reporting().await;
    let mut board = reporting.as_person("board").await;
    let backwards = period(Some(*MORNING), Some(*MORNING - SignedDuration::from_secs(1)));
    let nowhen = prost_types::Timestamp { seconds: i64::MAX, nanos: -1 };
    let nowhere = GetFiguresRequest { from: Some(nowhen), until: Some(nowhen) };
    for (request, fields) in [(backwards, vec!["until"]), (nowhere, vec!["from", "until"])] {
        let refused = board.get_figures(request).await.err().unwrap();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields_of(&refused), fields);
    }
}
