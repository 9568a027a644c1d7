//! Documentation of `mist_export`.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};

pub const DOCUMENTATION: Documentation = Documentation::new()
    .short_description("Write an organization of the Juniper Mist cloud to a folder of files")
    .description(&[
        "Writes the objects of an organization and of its sites to a folder. There is one file for each type, and one for each object of the types with large objects (templates, device profiles). It never changes anything in the cloud.",
        "The same organization gives the same bytes, so the folder can be kept in git. Files have names in place of IDs, no times and no secrets. M(mist_apply) reads the folder.",
        "Files of objects that no longer exist are deleted, if an earlier export wrote them. Other files stay.",
    ])
    .version_added("0.3.0")
    .author(AUTHOR)
    .requirements(REQUIREMENTS)
    .notes(&[
        "Each type of the organization takes at least one call, and each type of a site one call for each site. If the quota of the hour is too small, nothing is read or written.",
        "A list that the credentials cannot read is skipped with a warning. A list that fails also fails the task, after all other files were written. In both cases, the files of its objects stay.",
        "Images of maps and portals are not exported.",
    ])
    .seealso(&[
        SeeAlso::Module { module: "mist_apply", description: "Brings an organization to the state of the folder." },
        SeeAlso::Module { module: "mist_object_info", description: "Objects of one type." },
    ])
    .attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full).details("Shows the changed files, with masked secrets."),
        Attribute::idempotent(Support::Full),
        PLATFORM,
    ])
    .examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Write the organization to files
  mist_export:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    dest: /etc/mist/acme

- name: Write the WLANs and the settings of some sites, and the secrets to another folder
  mist_export:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    dest: /etc/mist/acme
    kinds: [wlans, site/setting]
    sites: [Site*]
    secrets_dest: /etc/mist/acme-secrets
"#;
