//! The fields of a dictionary by name. The lines of the table are split once, when the first field is looked up, and a field is
//! parsed once, when it is used: objects look up the same fields again and again. A field is of any type here.

use std::sync::OnceLock;

/// A schema of the table, with its index.
#[derive(Debug)]
pub(super) struct Block<T> {
    pub(super) lines: &'static str,
    index: OnceLock<Index<T>>,
}

impl<T> Block<T> {
    pub(super) const fn new(lines: &'static str) -> Self {
        Self { lines, index: OnceLock::new() }
    }

    pub(super) fn index(&self) -> &Index<T> {
        self.index.get_or_init(|| Index::new(self.lines))
    }
}

#[derive(Debug)]
pub(super) struct Index<T> {
    /// In the order of the lines.
    entries: Vec<Entry<T>>,
    /// The positions in `entries` in the order of the names.
    by_name: Vec<usize>,
    /// The position of `*`, which every other name means.
    free: Option<usize>,
    required: Vec<usize>,
    secret: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) name: &'static str,
    words: &'static str,
    field: OnceLock<T>,
}

impl<T: Copy> Entry<T> {
    /// The field, which `read` makes of the words of its line.
    pub(super) fn field(&self, read: fn(&'static str) -> T) -> T {
        *self.field.get_or_init(|| read(self.words))
    }
}

impl<T> Entry<T> {
    fn has(&self, flag: char) -> bool {
        self.words.split(' ').next().is_some_and(|flags| flags.contains(flag))
    }
}

impl<T> Index<T> {
    fn new(lines: &'static str) -> Self {
        let entry = |(name, words)| Entry { name, words, field: OnceLock::new() };
        let entries: Vec<Entry<T>> = lines.lines().filter_map(|line| line.split_once(' ')).map(entry).collect();
        let positions = |has: &dyn Fn(&Entry<T>) -> bool| {
            let having = entries.iter().enumerate().filter(|(_, entry)| has(entry));
            having.map(|(position, _)| position).collect::<Vec<usize>>()
        };
        let mut by_name = positions(&|_| true);
        // Stable: of a repeated name, the first line counts.
        by_name.sort_by_key(|position| entries[*position].name);
        Self {
            free: positions(&|entry| entry.name == "*").first().copied(),
            required: positions(&|entry| entry.has('q')),
            secret: positions(&|entry| entry.has('s') && entry.name != "*"),
            by_name,
            entries,
        }
    }

    /// The field with exactly this name.
    pub(super) fn exact(&self, name: &str) -> Option<&Entry<T>> {
        let first = self.by_name.partition_point(|position| self.entries[*position].name < name);
        let entry = self.entries.get(*self.by_name.get(first)?)?;
        (entry.name == name).then_some(entry)
    }

    /// The field that every name means which the document does not have.
    pub(super) fn free(&self) -> Option<&Entry<T>> {
        self.entries.get(self.free?)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.by_name.binary_search_by_key(&name, |position| self.entries[*position].name).is_ok()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Entry<T>> {
        self.entries.iter()
    }

    pub(super) fn required(&self) -> impl Iterator<Item = &Entry<T>> {
        self.at(&self.required)
    }

    /// Those with the name of a secret. A secret of any name is not one of them.
    pub(super) fn secret(&self) -> impl Iterator<Item = &Entry<T>> {
        self.at(&self.secret)
    }

    fn at<'a>(&'a self, positions: &'a [usize]) -> impl Iterator<Item = &'a Entry<T>> {
        positions.iter().filter_map(|position| self.entries.get(*position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_repeated_name_the_first_line_counts() {
        let index = Index::<&str>::new("b x\na b\nb d\n* s\n");
        let words = |entry: Option<&Entry<&'static str>>| entry.map(|entry| entry.field(|words| words));
        assert_eq!(
            (words(index.exact("b")), words(index.exact("a")), words(index.free())),
            (Some("x"), Some("b"), Some("s"))
        );
        assert_eq!((words(index.exact("c")), words(index.exact(""))), (None, None));
        assert_eq!(words(Index::new("").free()), None);
        assert_eq!(index.all().map(|entry| entry.name).collect::<String>(), "bab*");
    }
}
