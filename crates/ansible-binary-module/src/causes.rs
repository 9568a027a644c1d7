//! The errors behind a failure, as data.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The errors behind a [`Failure`](crate::Failure), as data: for callers that decide by the error, such as tests.
///
/// They are not part of the result: they are never printed, and two failures with different causes are equal.
#[derive(Clone, Default)]
pub struct Causes(Vec<Arc<dyn Any + Send + Sync>>);

impl Causes {
    /// One error, of any type.
    pub fn of<E: Any + Send + Sync>(error: E) -> Self {
        Self(vec![Arc::new(error)])
    }

    /// The errors of one type, in the order in which they were added.
    pub fn each<E: Any>(&self) -> impl Iterator<Item = &E> {
        self.0.iter().filter_map(|error| error.downcast_ref())
    }
}

impl Extend<Self> for Causes {
    fn extend<I: IntoIterator<Item = Self>>(&mut self, others: I) {
        self.0.extend(others.into_iter().flat_map(|others| others.0));
    }
}

impl FromIterator<Self> for Causes {
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        let mut causes = Self::default();
        causes.extend(all);
        causes
    }
}

/// Only their number: an error may contain a secret.
impl fmt::Debug for Causes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Causes({})", self.0.len())
    }
}

impl PartialEq for Causes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Causes {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Failure;

    #[derive(Debug, PartialEq)]
    struct Limit(u8);

    #[test]
    fn a_failure_gives_its_errors_by_type_and_in_order() {
        let failure = Failure::new("two limits").caused_by(Limit(1)).caused_by("a text").caused_by(Limit(2));
        assert_eq!(failure.cause::<Limit>(), Some(&Limit(1)));
        assert_eq!(failure.causes.each::<Limit>().collect::<Vec<_>>(), [&Limit(1), &Limit(2)]);
        assert_eq!((failure.cause::<&str>(), failure.cause::<u8>()), (Some(&"a text"), None));
        let all: Causes = [Causes::of(Limit(3)), failure.causes].into_iter().collect();
        assert_eq!(all.each::<Limit>().collect::<Vec<_>>(), [&Limit(3), &Limit(1), &Limit(2)]);
    }

    #[test]
    fn the_errors_are_neither_shown_nor_compared() {
        let failure = Failure::new("it failed").caused_by("canary".to_owned());
        assert!(!format!("{failure} {failure:?}").contains("canary"));
        assert_eq!(failure, Failure::new("it failed"));
    }

    #[test]
    fn a_failure_keeps_its_errors_on_its_way_as_an_error() {
        let boxed: Box<dyn std::error::Error> = Failure::new("it failed").caused_by(Limit(1)).into_error().into();
        let failure: Failure = boxed.into();
        assert_eq!(failure.context("the attempt").cause::<Limit>(), Some(&Limit(1)));
    }
}
