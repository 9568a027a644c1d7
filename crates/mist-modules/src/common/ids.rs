//! Ids as Mist writes them.

/// Checks that an option's value is a UUID, and gives it in small letters, as the cloud writes it.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub fn uuid(option: &str, value: &str) -> Result<String, String> {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = value.trim().split('-').collect();
    let well_formed = groups.len() == lengths.len()
        && groups
            .iter()
            .zip(lengths)
            .all(|(group, length)| group.len() == length && group.chars().all(|digit| digit.is_ascii_hexdigit()));
    if well_formed {
        return Ok(value.trim().to_ascii_lowercase());
    }
    let shown: String = value.chars().take(60).flat_map(char::escape_debug).collect();
    Err(format!("{option}: '{shown}' is not a UUID; give an id such as 53f10664-3ce8-4c27-b382-0ef66432349f"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_uuid_is_one() {
        let id = "53f10664-3ce8-4c27-b382-0ef66432349f";
        assert_eq!(uuid("id", &id.to_uppercase()).as_deref(), Ok(id));
        assert_eq!(uuid("id", &format!(" {id}\n")).as_deref(), Ok(id));
        for bad in
            ["", "53f10664", "53f10664-3ce8-4c27-b382-0ef66432349g", "53f106643ce84c27b3820ef66432349f", "../../self"]
        {
            let error = uuid("org_id", bad).unwrap_err();
            assert!(error.starts_with("org_id: ") && error.contains("is not a UUID"), "{error}");
        }
    }
}
