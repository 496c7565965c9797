//! National numbers that several children of one contact have (R4). One number is one human's:
//! one of them is wrong. Nothing is refused for it; a person finds out which.

use access::Personal;
use uuid::Uuid;

use super::contact::Child;

/// A number that several children have.
#[derive(Debug, PartialEq, Eq)]
pub struct SharedNumber {
    /// Name of the field.
    pub field: &'static str,
    /// The children, in their order.
    pub children: Vec<Uuid>,
}

/// The numbers that several of these children have (R4).
pub fn shared_numbers<'a>(
    children: impl Iterator<Item = (Uuid, &'a Child)> + Clone,
) -> Vec<SharedNumber> {
    let nhs = children.clone().map(|(id, child)| (id, child.nhs_number.as_ref()));
    let upn = children.map(|(id, child)| (id, child.upn.as_ref()));
    let mut shared = of_field("nhs_number", &nhs.collect::<Vec<_>>());
    shared.extend(of_field("upn", &upn.collect::<Vec<_>>()));
    shared
}

fn of_field(
    field: &'static str,
    numbers: &[(Uuid, Option<&Personal<String>>)],
) -> Vec<SharedNumber> {
    let given: Vec<_> =
        numbers.iter().filter_map(|(id, number)| Some((*id, number.as_ref()?.open()))).collect();
    let mut found: Vec<(&String, SharedNumber)> = Vec::new();
    for (id, number) in given {
        match found.iter_mut().find(|(known, _)| *known == number) {
            Some((_, shared)) => shared.children.push(id),
            None => found.push((number, SharedNumber { field, children: vec![id] })),
        }
    }
    found.into_iter().map(|(_, shared)| shared).filter(|shared| shared.children.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_a_number_that_two_children_have_is_a_question() {
        let child = |nhs: &str, upn: &str| {
            let number =
                |text: &str| Some(Personal::new(text.to_owned())).filter(|_| !text.is_empty());
            Child { nhs_number: number(nhs), upn: number(upn), ..Child::unknown() }
        };
        let children = [child("1", ""), child("2", "A"), child("1", "A"), child("", "")];
        let ids: Vec<Uuid> = (1..=4).map(Uuid::from_u128).collect();
        let shared = shared_numbers(ids.iter().copied().zip(&children));
        let of = |field, children: [usize; 2]| SharedNumber {
            field,
            children: children.map(|place| ids[place]).to_vec(),
        };
        assert_eq!(shared, [of("nhs_number", [0, 2]), of("upn", [1, 2])]);
        assert_eq!(shared_numbers(ids.iter().copied().zip(&children[..2])), []);
    }
}
