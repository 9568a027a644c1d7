//! Sites and site groups of privileges by their names: looked up together, each kind at most once.

use crate::error::{Error, Refusal, Result};
use crate::privilege::Privilege;
use mist_client::Client;
use mist_client::names::{self, Kind};
use std::collections::{BTreeMap, BTreeSet};

/// The ids of names that were looked up.
#[derive(Clone, Debug, Default)]
pub struct Names {
    sites: BTreeMap<String, String>,
    sitegroups: BTreeMap<String, String>,
}

impl Names {
    /// Looks up the names in these privileges, all together: no call without names, one listing for each kind with.
    ///
    /// # Errors
    /// What is close to an unknown name, or what went wrong with a call.
    pub fn look_up<'a>(
        client: &Client,
        org_id: &str,
        privileges: impl IntoIterator<Item = &'a Privilege>,
    ) -> Result<Self> {
        let (mut sites, mut sitegroups) = (BTreeSet::new(), BTreeSet::new());
        for privilege in privileges {
            sites.extend(privilege.site.as_deref());
            sitegroups.extend(privilege.sitegroup.as_deref());
        }
        let ids = |kind, names: &BTreeSet<&str>| names::ids(client, org_id, kind, names).map_err(error);
        Ok(Self { sites: ids(Kind::Site, &sites)?, sitegroups: ids(Kind::SiteGroup, &sitegroups)? })
    }

    /// The same privileges by ids, each once.
    #[must_use]
    pub fn resolve(&self, privileges: Vec<Privilege>) -> Vec<Privilege> {
        let mut list: Vec<Privilege> = Vec::with_capacity(privileges.len());
        for mut privilege in privileges {
            if let Some(name) = privilege.site.take() {
                privilege.site_id = self.sites.get(&name).cloned();
            }
            if let Some(name) = privilege.sitegroup.take() {
                privilege.sitegroup_id = self.sitegroups.get(&name).cloned();
            }
            if !list.iter().any(|known| known.is_same(&privilege)) {
                list.push(privilege);
            }
        }
        list
    }
}

fn error(error: mist_client::Error) -> Error {
    match error {
        mist_client::Error::NoSuchName { .. } | mist_client::Error::AmbiguousName { .. } => {
            Refusal::UnknownPlace(error).into()
        }
        other => Error::Cloud(other),
    }
}
