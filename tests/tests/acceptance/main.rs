//! The project as a user meets it: the playbooks, the modules in tasks of one's own, the executables by hand, the
//! documentation, the demo. Each module of this test is one of those.

/// Makes of each function a test for every version of Ansible that is supported, in a module of that version's name:
/// `scripts/test` leaves a version out by that name, where it is allowed to.
macro_rules! for_each_ansible {
    ($($situation:ident),* $(,)?) => {
        mod ansible_2_14 {
            $(#[test] fn $situation() -> anyhow::Result<()> {
                super::$situation(&acceptance::Place::new("2.14")?)
            })*
        }
        mod ansible_2_19 {
            $(#[test] fn $situation() -> anyhow::Result<()> {
                super::$situation(&acceptance::Place::new("2.19")?)
            })*
        }
    };
}

mod check_mode;
mod demo;
mod documentation;
mod executables;
mod life;
mod playbooks;
mod secrets;
mod tasks;
