//! Tasks about objects with any fault: no object is lost or exists twice, a result has only what the cloud confirmed, a second run
//! completes the first, and no secret is shown.

mod damaged_files;
mod faults;
mod interruptions;
mod leaks;
