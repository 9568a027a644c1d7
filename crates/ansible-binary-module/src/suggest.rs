//! Suggests names for misspelled ones.

/// The closest of these names, if it is close enough to be a misspelling.
pub(crate) fn closest<'a>(unknown: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    // A longer text is not a misspelled name, and the comparison takes quadratic time.
    if unknown.len() > 64 {
        return None;
    }
    // One error in a short name, two in others.
    let allowed = if unknown.chars().count() < 5 { 1 } else { 2 };
    names
        .map(|name| (distance(&unknown, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The number of inserted, deleted, replaced and swapped characters (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for row in 0..=left.len() {
        for column in 0..=right.len() {
            rows[row][column] = if row == 0 || column == 0 {
                row + column
            } else {
                let differs = usize::from(left[row - 1] != right[column - 1]);
                let mut least =
                    (rows[row - 1][column] + 1).min(rows[row][column - 1] + 1).min(rows[row - 1][column - 1] + differs);
                let swapped =
                    row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
                if swapped {
                    least = least.min(rows[row - 2][column - 2] + 1);
                }
                least
            };
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_is_recognized_and_another_name_is_not() {
        let names = ["name", "state", "site_id", "api_token"];
        for (unknown, meant) in [
            ("naem", Some("name")),
            ("Name", Some("name")),
            ("site_ids", Some("site_id")),
            ("apitoken", Some("api_token")),
            ("stat", Some("state")),
            ("color", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(closest(unknown, names.into_iter()), meant, "{unknown}");
        }
        assert_eq!(closest("b", ["a"].into_iter()), None);
    }
}
