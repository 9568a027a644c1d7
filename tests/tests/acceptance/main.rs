//! The project as a user meets it: the playbooks, the modules in tasks of one's own, the executables by hand, the
//! documentation, the demo. Each module of this test is one of those.

/// Makes of each function a test for the oldest and for the newest version of Ansible that is supported, in a module
/// of that version's name: `scripts/test` leaves a version out by that name, where it is allowed to.
///
/// With `with the collection:` it finds the modules in the collection, not in `library/`.
macro_rules! for_each_ansible {
    (with the collection: $($situation:ident),* $(,)?) => {
        mod with_the_collection {
            use super::*;
            $crate::for_versions!(with_the_collection [ansible_2_14 "2.14", ansible_2_19 "2.19"] [$($situation)*]);
        }
    };
    ($($situation:ident),* $(,)?) => {
        $crate::for_versions!(new [ansible_2_14 "2.14", ansible_2_19 "2.19"] [$($situation)*]);
    };
}

/// The same for the newest version alone: what is tried does not depend on the version, or other tests try it with the oldest.
macro_rules! for_the_newest_ansible {
    ($($situation:ident),* $(,)?) => {
        mod newest {
            use super::*;
            $crate::for_versions!(new [ansible_2_19 "2.19"] [$($situation)*]);
        }
    };
}

/// The same for the versions between them as well, which takes longer.
macro_rules! for_every_ansible {
    (with the collection: $($situation:ident),* $(,)?) => {
        mod every_version_with_the_collection {
            use super::*;
            $crate::for_all_versions!(with_the_collection [$($situation)*]);
        }
    };
    ($($situation:ident),* $(,)?) => {
        mod every_version {
            use super::*;
            $crate::for_all_versions!(new [$($situation)*]);
        }
    };
}

macro_rules! for_all_versions {
    ($place:ident $situations:tt) => {
        $crate::for_versions!($place [
            ansible_2_14 "2.14", ansible_2_16 "2.16", ansible_2_17 "2.17", ansible_2_18 "2.18", ansible_2_19 "2.19"
        ] $situations);
    };
}

macro_rules! for_versions {
    ($place:ident [$($module:ident $version:literal),*] $situations:tt) => {
        $($crate::for_version!($place $module $version $situations);)*
    };
}

macro_rules! for_version {
    ($place:ident $module:ident $version:literal [$($situation:ident)*]) => {
        mod $module {
            $(#[test] fn $situation() -> anyhow::Result<()> {
                super::$situation(&acceptance::Place::$place($version)?)
            })*
        }
    };
}

use {for_all_versions, for_version, for_versions};

mod check_mode;
mod collection;
mod demo;
mod documentation;
mod examples;
mod executables;
mod hostile_names;
mod inventory;
mod life;
mod machine_readable;
mod object_playbooks;
mod objects;
mod pipelines;
mod playbooks;
mod readme;
mod secrets;
mod tasks;
