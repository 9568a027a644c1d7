//! What has a name.

use std::fmt;

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// An organization.
    Organization,
    /// A site.
    Site,
    /// A site group.
    SiteGroup,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Organization => "organization",
            Self::Site => "site",
            Self::SiteGroup => "site group",
        })
    }
}
