//! Requests into values that cannot be wrong; every bad field is named at once.

use jiff::Timestamp;
use proto::{
    convert::from_id,
    deadlines::v1::{AcknowledgePageRequest, ListClocksRequest, ListPagesRequest},
};
use runtime::fields::Fields;
use tonic::Status;
use uuid::Uuid;

/// How many pages are answered where the request does not say.
const USUAL_PAGES: i64 = 50;
/// The most pages of one answer.
const MOST_PAGES: i32 = 200;

/// The contact whose clocks are asked for.
pub fn contact(request: &ListClocksRequest) -> Result<Uuid, Status> {
    let mut fields = Fields::new();
    let contact = fields.check("contact_id", "R24", "is not a UUID", from_id(&request.contact_id));
    contact.ok_or_else(|| fields.refuse())
}

/// Where a list of pages goes on, and how many are asked for.
pub fn stretch(request: &ListPagesRequest) -> Result<(Option<(Timestamp, Uuid)>, i64), Status> {
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
    after.zip(size).ok_or_else(|| fields.refuse())
}

/// A request id and the page that is acknowledged.
pub fn acknowledgement(request: &AcknowledgePageRequest) -> Result<(Uuid, Uuid), Status> {
    let mut fields = Fields::new();
    let request_id =
        fields.check("request_id", "R43", "is not a UUID", from_id(&request.request_id));
    let page = fields.check("page_id", "R43", "is not a UUID", from_id(&request.page_id));
    request_id.zip(page).ok_or_else(|| fields.refuse())
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
        let request = |page_token: String| ListPagesRequest { page_size: 0, page_token };
        assert_eq!(
            stretch(&request(token(at, Uuid::max()))).unwrap(),
            (Some((at, Uuid::max())), 50)
        );
        assert_eq!(stretch(&request(String::new())).unwrap(), (None, 50));
        for bad in ["1", "_", "x_018f4e9e-0000-7000-8000-000000000001", "9223372036854775807_x"] {
            assert!(stretch(&request(bad.to_owned())).is_err(), "{bad}");
        }
        assert!(stretch(&ListPagesRequest { page_size: 201, page_token: String::new() }).is_err());
    }
}
