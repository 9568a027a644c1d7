//! A Mist cloud on loopback for the demo, the tests and the benchmarks.
