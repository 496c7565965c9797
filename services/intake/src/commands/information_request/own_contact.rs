//! Whether an answer could show a child's own contact (R2).

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    commands::open_case::{LookedUp, person},
    domain::{
        information_request::Subject, look_up::may_be, matching::Matcher, own_contact::Raised,
    },
    store::own_contacts::{contacts_of, raised, taken_off},
};

/// Whether an answer about `subjects` could show a contact that is or may be a child's own (R2):
/// whoever it is about may be anybody on it, the child, a brother or sister, an adult, or who was
/// taken off it. What is asked about one shows what another has told, and who asks may be the
/// very parent whom it is about.
pub async fn could_show_own(
    connection: &mut PgConnection,
    found: &LookedUp,
    subjects: &[&Subject],
    matcher: &Matcher,
) -> Result<bool, sqlx::Error> {
    if found.in_part {
        return Ok(true);
    }
    let mut contacts = contacts_of(connection, &found.may_be).await?;
    contacts.extend(taken_off_of(connection, subjects, matcher).await?);
    Ok(raised(connection, &contacts).await?.iter().any(Raised::may_be_own))
}

/// The contacts that somebody was taken off who may be one of these.
async fn taken_off_of(
    connection: &mut PgConnection,
    subjects: &[&Subject],
    matcher: &Matcher,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let asked: Vec<_> = subjects.iter().map(|subject| person(subject, matcher)).collect();
    let off = taken_off(connection).await?.into_iter().filter(|off| {
        let known = off.known_as.iter().map(|known| person(known, matcher));
        known.into_iter().any(|known| asked.iter().any(|it| may_be(&matcher.compare(it, &known))))
    });
    Ok(off.map(|off| off.contact).collect())
}
