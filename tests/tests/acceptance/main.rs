//! The project from the view of a user: the playbooks, modules in tasks, executables without Ansible, the documentation, and the
//! demo. Each has a module of this test.

/// Turns functions into tests with the oldest and the newest supported version of Ansible. The module of a test has the name of
/// the version, so that `scripts/test` can omit a version.
///
/// `with the collection:` runs the modules of the collection, and not those of `library/`.
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

/// The same for the newest version only: for behavior that does not depend on the version, or has other tests with the oldest.
macro_rules! for_the_newest_ansible {
    ($($situation:ident),* $(,)?) => {
        mod newest {
            use super::*;
            $crate::for_versions!(new [ansible_2_19 "2.19"] [$($situation)*]);
        }
    };
}

/// The same for all supported versions, which takes longer.
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
    ($sandbox:ident $situations:tt) => {
        $crate::for_versions!($sandbox [
            ansible_2_14 "2.14", ansible_2_16 "2.16", ansible_2_17 "2.17", ansible_2_18 "2.18", ansible_2_19 "2.19"
        ] $situations);
    };
}

macro_rules! for_versions {
    ($sandbox:ident [$($module:ident $version:literal),*] $situations:tt) => {
        $($crate::for_version!($sandbox $module $version $situations);)*
    };
}

macro_rules! for_version {
    ($sandbox:ident $module:ident $version:literal [$($situation:ident)*]) => {
        mod $module {
            $(#[test] fn $situation() -> anyhow::Result<()> {
                super::$situation(&acceptance::Sandbox::$sandbox($version)?)
            })*
        }
    };
}

use {for_all_versions, for_version, for_versions};

mod check_mode;
mod collection;
mod demo;
mod device_playbooks;
mod documentation;
mod examples;
mod executables;
mod hostile_names;
mod inventory;
mod life;
mod machine_readable;
mod object_playbooks;
mod objects;
mod one_program;
mod pipelines;
mod playbooks;
mod readme;
mod searches;
mod secrets;
mod tasks;
