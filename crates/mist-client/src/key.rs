//! Masked keys, and comparing them with whole ones.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// The middle of a masked key (official API document: `1qkb...QQCL`).
const GAP: &str = "...";

/// The number of characters that the cloud shows at each end.
const SHOWN: usize = 4;

/// A key as the cloud lists it: `1qkb...QQCL`. Never contains a whole key, even if a listing shows one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MaskedKey(String);

impl MaskedKey {
    /// Masks a whole key. A masked one stays as it is.
    #[must_use]
    pub fn new(key: &str) -> Self {
        if let Some((head, tail)) = key.split_once(GAP)
            && head.len() + tail.len() <= 4 * SHOWN
        {
            return Self(key.to_owned());
        }
        let count = key.chars().count();
        if count < 4 * SHOWN {
            return Self(GAP.to_owned());
        }
        let head: String = key.chars().take(SHOWN).collect();
        let tail: String = key.chars().skip(count - SHOWN).collect();
        Self(format!("{head}{GAP}{tail}"))
    }

    /// Returns true if this may be the mask of `key`. A mask that shows no character matches no key.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        self.0.split_once(GAP).is_some_and(|(head, tail)| {
            !head.is_empty()
                && !tail.is_empty()
                && key.len() > head.len() + tail.len()
                && key.starts_with(head)
                && key.ends_with(tail)
        })
    }
}

impl fmt::Display for MaskedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MaskedKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_key_is_masked_and_a_masked_one_stays() {
        for (key, masked) in [
            ("1qkb...QQCL", "1qkb...QQCL"),
            ("1qkbAAAAAAAAAAAAAAAAAAAAQQCL", "1qkb...QQCL"),
            ("tooshort", "..."),
            ("", "..."),
            // A whole key may contain dots.
            ("abcdefghijklmnopqrstuvwxyz...0123456789", "abcd...6789"),
        ] {
            assert_eq!(MaskedKey::new(key).to_string(), masked);
        }
    }

    #[test]
    fn a_mask_matches_the_keys_that_it_may_be_of() {
        for (mask, key, matches) in [
            ("1qkb...QQCL", "1qkbAAAAAAAAAAAAAAAAAAAAQQCL", true),
            ("1qkb...QQCL", "1qkbQQCL", false),
            ("1qkb...QQCL", "2qkbAAAAAAAAAAAAAAAAAAAAQQCL", false),
            ("1qkb...QQCL", "1qkbAAAAAAAAAAAAAAAAAAAAQQCM", false),
            ("...", "1qkbAAAAAAAAAAAAAAAAAAAAQQCL", false),
        ] {
            assert_eq!(MaskedKey::new(mask).matches(key), matches, "{mask} {key}");
        }
    }
}
