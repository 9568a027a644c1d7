//! What keeps objects, whatever goes wrong: no object is lost or doubled, nothing is claimed that the cloud did not confirm,
//! running again finishes, and no secret of any object is shown.

mod faults;
mod interruptions;
mod leaks;
