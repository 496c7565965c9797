//! Requests into values that cannot be wrong; every bad field is named at once.

use jiff::Timestamp;
use proto::{
    convert::from_id,
    deadlines::v1::{AcknowledgePageRequest, ListClocksRequest, ListPagesRequest},
    terms::v1::Purpose,
};
use runtime::fields::Fields;
use service::edge::{Asked, OwnPurpose};
use tonic::Status;
use uuid::Uuid;

/// How many pages are answered where the request does not say.
const USUAL_PAGES: i64 = 50;
/// Why pages are read by whoever does not say it: to see what waits for somebody.
const ON_DUTY: &str = OwnPurpose::Pages.code();
/// The most pages of one answer.
const MOST_PAGES: i32 = 200;

/// The contact whose clocks are asked for, and why (R61).
pub fn clocks(request: ListClocksRequest) -> Result<(Uuid, Purpose), Status> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", "R24", &request.contact_id);
    let purpose = fields.code("purpose", "R61", request.purpose);
    fields.whole(contact.zip(purpose))
}

/// A stretch of the pages that wait.
#[derive(Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The last page of the stretch before; none at the beginning.
    pub after: Option<(Timestamp, Uuid)>,
    /// How many are asked for.
    pub most: i64,
    /// Why they are read, as the read log has it (R61).
    pub purpose: &'static str,
}

/// Which pages are asked for, and why.
pub fn pages(request: ListPagesRequest) -> Result<Stretch, Status> {
    let mut fields = Fields::new();
    let size = match request.page_size {
        0 => Some(USUAL_PAGES),
        size => Some(i64::from(size)).filter(|_| (1..=MOST_PAGES).contains(&size)),
    };
    let size = fields.check("page_size", "R43", "must be 0 to 200", size);
    let after = match request.page_token.as_str() {
        "" => Some(None),
        text => {
            let why = "is not from an answer before";
            fields.check("page_token", "R43", why, read_token(text)).map(Some)
        }
    };
    let purpose = match request.purpose {
        0 => Some(ON_DUTY),
        code => fields.code("purpose", "R61", code).map(|purpose: Purpose| purpose.as_str_name()),
    };
    let whole = || Some(Stretch { after: after?, most: size?, purpose: purpose? });
    fields.whole(whole())
}

/// The page that is acknowledged.
pub fn acknowledgement(request: AcknowledgePageRequest) -> Asked<Uuid> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let page = fields.id("page_id", "R43", &request.page_id);
    fields.whole(request_id.zip(page))
}

/// The token of the stretch behind a page.
pub fn token(raised_at: Timestamp, id: Uuid) -> String {
    format!("{}_{id}", raised_at.as_microsecond())
}

fn read_token(token: &str) -> Option<(Timestamp, Uuid)> {
    let (at, id) = token.split_once('_')?;
    Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, from_id(id)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_any_other_is_refused() {
        let at: Timestamp = "2026-11-24T10:00:00.000001Z".parse().unwrap();
        let request = |page_token: String| ListPagesRequest { page_token, ..Default::default() };
        let whole = |after| Stretch { after, most: 50, purpose: ON_DUTY };
        let second = pages(request(token(at, Uuid::max()))).unwrap();
        assert_eq!(second, whole(Some((at, Uuid::max()))));
        assert_eq!(pages(request(String::new())).unwrap(), whole(None));
        for bad in ["1", "_", "x_018f4e9e-0000-7000-8000-000000000001", "9223372036854775807_x"] {
            assert!(pages(request(bad.to_owned())).is_err(), "{bad}");
        }
        assert!(pages(ListPagesRequest { page_size: 201, ..Default::default() }).is_err());
    }
}
