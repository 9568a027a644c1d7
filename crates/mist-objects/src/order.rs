//! The order of rules whose position is a number: which rules get which number, in which order of requests. No I/O.
//!
//! Facts (official API document, `nac_rule_order`, `wxlan_rule_order`): NAC rules count from 0, and the smallest number comes first.
//! Of WxLAN rules, the largest number comes first, numbers are positive, and -1 is the last rule. The cloud does not check that
//! numbers are unique.

use std::collections::{BTreeMap, BTreeSet};

/// The meaning of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest comes first. Numbers start with 0.
    Rising,
    /// The largest comes first. Numbers start with 1, and -1 is the last rule.
    Falling,
}

/// The number of the last rule, for [`Direction::Falling`].
pub const LAST: i64 = -1;

/// A request: the rule at this position gets this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The position of the rule in the desired sequence, from 0.
    pub rule: usize,
    pub number: i64,
}

/// The requests for a sequence of rules. If they are sent in this order, no two rules have equal numbers in between, except for
/// rules that have them already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbering {
    /// Numbers for the time being, of rules that exchange their numbers with each other.
    pub temporary: Vec<Numbered>,
    /// The numbers of new and of moved rules.
    pub moves: Vec<Numbered>,
}

/// Numbers a sequence of rules. `numbers` are the present ones in the desired sequence, `None` for new rules. `taken` are those
/// of other rules, which no rule gets.
///
/// The longest chain of rules that can keep their numbers, so that the rules between them fit in, is not written.
#[must_use]
pub fn number(numbers: &[Option<i64>], direction: Direction, taken: &[i64]) -> Numbering {
    let numbers_of_all: Vec<i64> = numbers.iter().flatten().chain(taken).copied().collect();
    let space = Space::new(direction, taken);
    // A last rule with the number of last rules keeps it.
    let (mut sequence, is_pinned) = match (direction, numbers) {
        (Direction::Falling, [rest @ .., Some(LAST)]) if !taken.contains(&LAST) => (rest.to_vec(), true),
        _ => (numbers.to_vec(), false),
    };
    if direction == Direction::Falling {
        sequence.reverse();
    }
    let count = sequence.len();
    let position = |at: usize| if direction == Direction::Falling { count - 1 - at } else { at };
    let ranks: Vec<Option<i64>> = sequence.iter().map(|number| number.and_then(|number| space.rank(number))).collect();
    let kept = longest_chain(&ranks);
    let moved = |at: &usize| !kept.contains(at);
    let used: BTreeSet<i64> = (0..count).filter(moved).filter_map(|at| ranks[at]).collect();
    let (mut targets, mut gap, mut low) = (BTreeMap::new(), Vec::new(), 0);
    for (at, rank) in ranks.iter().enumerate() {
        if let Some(high) = rank.filter(|_| kept.contains(&at)) {
            fill(&mut targets, &gap, low, Some(high), &used);
            (gap, low) = (Vec::new(), high + 1);
        } else {
            gap.push(at);
        }
    }
    fill(&mut targets, &gap, low, None, &used);
    let mut plan = Numbering::default();
    let mut held: BTreeMap<usize, i64> = targets.keys().filter_map(|at| Some((*at, sequence[*at]?))).collect();
    let mut open: BTreeMap<usize, i64> = targets.iter().map(|(at, rank)| (*at, space.number(*rank))).collect();
    let mut unused = numbers_of_all.iter().chain(open.values()).max().copied().unwrap_or_default().max(0) + 1;
    while !open.is_empty() {
        let is_free =
            |(at, target): &(&usize, &i64)| !held.iter().any(|(other, number)| other != *at && number == *target);
        match open.iter().find(is_free).map(|(at, target)| (*at, *target)) {
            Some((at, target)) => {
                plan.moves.push(Numbered { rule: position(at), number: target });
                open.remove(&at);
                held.remove(&at);
            }
            None => {
                // Every open rule waits for another one: one of them makes room.
                let Some(at) = open.keys().next().copied() else { break };
                plan.temporary.push(Numbered { rule: position(at), number: unused });
                held.insert(at, unused);
                unused += 1;
            }
        }
    }
    debug_assert!(!is_pinned || plan.moves.iter().all(|one| one.rule + 1 < numbers.len()));
    plan
}

/// The positions in the order that their present numbers give, for rules of one group. Rules without a number come last.
#[must_use]
pub fn present(numbers: &[Option<i64>], direction: Direction) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..numbers.len()).collect();
    positions.sort_by_key(|at| match (numbers[*at], direction) {
        (None, _) => (2, 0),
        (Some(LAST), Direction::Falling) => (1, 0),
        (Some(number), Direction::Falling) => (0, number.saturating_neg()),
        (Some(number), Direction::Rising) => (0, number),
    });
    positions
}

/// The numbers that rules can get, counted from 0.
struct Space {
    first: i64,
    taken: BTreeSet<i64>,
}

impl Space {
    fn new(direction: Direction, taken: &[i64]) -> Self {
        let first = if direction == Direction::Falling { 1 } else { 0 };
        Self { first, taken: taken.iter().copied().filter(|number| *number >= first).collect() }
    }

    /// The rank of a number. `None` if no rule can get it.
    fn rank(&self, number: i64) -> Option<i64> {
        let below = i64::try_from(self.taken.range(..number).count()).ok()?;
        (number >= self.first && !self.taken.contains(&number)).then(|| number - self.first - below)
    }

    fn number(&self, rank: i64) -> i64 {
        let mut number = self.first + rank;
        for taken in &self.taken {
            number += i64::from(*taken <= number);
        }
        number
    }
}

/// The longest chain of rules whose ranks leave room for the rules before and between them.
fn longest_chain(ranks: &[Option<i64>]) -> BTreeSet<usize> {
    // Room is left if the rank grows at least as much as the position: a longest non-decreasing subsequence.
    let room = |at: usize| Some(ranks[at]? - i64::try_from(at).ok()?).filter(|room| *room >= 0);
    let (mut ends, mut before): (Vec<(i64, usize)>, Vec<Option<usize>>) = (Vec::new(), vec![None; ranks.len()]);
    for (at, room) in (0..ranks.len()).filter_map(|at| Some((at, room(at)?))) {
        let length = ends.partition_point(|(end, _)| *end <= room);
        before[at] = length.checked_sub(1).map(|length| ends[length].1);
        if length == ends.len() { ends.push((room, at)) } else { ends[length] = (room, at) }
    }
    let mut last = ends.last().map(|(_, at)| *at);
    std::iter::from_fn(|| {
        let at = last?;
        last = before[at];
        Some(at)
    })
    .collect()
}

/// Gives the rules of a gap the ranks from `low` up to `high`, those first that no moved rule has.
fn fill(targets: &mut BTreeMap<usize, i64>, gap: &[usize], low: i64, high: Option<i64>, used: &BTreeSet<i64>) {
    let enough = i64::try_from(gap.len() + used.len()).unwrap_or(i64::MAX);
    let end = high.unwrap_or_else(|| low.saturating_add(enough));
    let mut ranks: Vec<i64> = (low..end).filter(|rank| !used.contains(rank)).take(gap.len()).collect();
    ranks.extend((low..end).filter(|rank| used.contains(rank)).take(gap.len() - ranks.len()));
    ranks.sort_unstable();
    targets.extend(gap.iter().copied().zip(ranks));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator of numbers that are the same in every run.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % end
        }
    }

    /// Sends the requests one by one, and checks the numbers after each.
    fn carried_out(numbers: &[Option<i64>], taken: &[i64], plan: &Numbering) -> Vec<i64> {
        let mut now = numbers.to_vec();
        for one in plan.temporary.iter().chain(&plan.moves) {
            now[one.rule] = Some(one.number);
            let all: Vec<i64> = now.iter().flatten().chain(taken).copied().collect();
            let distinct: BTreeSet<i64> = all.iter().copied().collect();
            assert_eq!(distinct.len(), all.len(), "equal numbers after {one:?}: {now:?} {taken:?} {plan:?}");
        }
        now.into_iter().map(Option::unwrap).collect()
    }

    fn is_in_order(numbers: &[i64], direction: Direction) -> bool {
        let is_valid = |number: i64| number >= if direction == Direction::Falling { 1 } else { 0 };
        let body = match (direction, numbers) {
            (Direction::Falling, [body @ .., -1]) => body,
            _ => numbers,
        };
        body.iter().all(|number| is_valid(*number))
            && body.windows(2).all(|two| if direction == Direction::Rising { two[0] < two[1] } else { two[0] > two[1] })
    }

    /// The most rules that can keep their numbers, by trying all choices.
    fn most_kept(numbers: &[Option<i64>], direction: Direction, taken: &[i64]) -> usize {
        let mut rising = numbers.to_vec();
        if direction == Direction::Falling {
            rising.reverse();
        }
        let first = if direction == Direction::Falling { 1 } else { 0 };
        let fits = |choice: usize| {
            let mut least = first;
            rising.iter().enumerate().all(|(at, number)| {
                while taken.contains(&least) {
                    least += 1;
                }
                let number = if choice >> at & 1 == 1 { number.unwrap_or(-9) } else { least };
                let fits = number >= least && !taken.contains(&number);
                least = number + 1;
                fits
            })
        };
        (0..1_usize << rising.len())
            .filter(|choice| fits(*choice))
            .map(|choice| choice.count_ones() as usize)
            .max()
            .unwrap()
    }

    #[test]
    fn a_thousand_random_moves_give_the_order_with_the_fewest_writes() {
        let mut dice = Dice(7);
        for round in 0..1000 {
            let direction = if round % 2 == 0 { Direction::Rising } else { Direction::Falling };
            let count = 1 + dice.below(9);
            let mut pool: Vec<i64> = (0..count as i64 * if round % 3 == 0 { 1 } else { 3 }).collect();
            pool.iter_mut().for_each(|number| *number += i64::from(direction == Direction::Falling));
            let mut draw = |dice: &mut Dice| pool.swap_remove(dice.below(pool.len()));
            let numbers: Vec<Option<i64>> =
                (0..count).map(|_| Some(draw(&mut dice)).filter(|_| dice.below(8) > 0)).collect();
            let taken: Vec<i64> = numbers.iter().filter(|number| number.is_none()).take(1).map(|_| 2).collect();
            let taken: Vec<i64> = taken.into_iter().filter(|two| !numbers.contains(&Some(*two))).collect();
            let plan = number(&numbers, direction, &taken);
            let end = carried_out(&numbers, &taken, &plan);
            assert!(is_in_order(&end, direction), "{direction:?} {numbers:?} {end:?}");
            assert_eq!(
                plan.moves.len(),
                count - most_kept(&numbers, direction, &taken),
                "{direction:?} {numbers:?} {taken:?} {plan:?}"
            );
            let again: Vec<Option<i64>> = end.into_iter().map(Some).collect();
            assert_eq!(number(&again, direction, &taken), Numbering::default(), "a second run");
        }
    }

    #[test]
    fn one_moved_rule_of_a_long_list_is_one_write() {
        let spaced: Vec<Option<i64>> = (0..500).map(|number| Some(number * 10)).collect();
        let mut dice = Dice(3);
        for _ in 0..1000 {
            let mut moved = spaced.clone();
            let rule = moved.remove(dice.below(moved.len()));
            moved.insert(dice.below(moved.len() + 1), rule);
            let plan = number(&moved, Direction::Rising, &[]);
            assert!(is_in_order(&carried_out(&moved, &[], &plan), Direction::Rising));
            // Before the rule with the number 0, no room is left.
            let is_to_the_front = moved[0] != Some(0) && moved[1] == Some(0);
            assert!(plan.moves.len() <= 1 || is_to_the_front, "{plan:?}");
            assert!(plan.temporary.is_empty());
        }
    }

    #[test]
    fn two_rules_exchange_their_numbers_by_a_temporary_one() {
        let numbers = [Some(1), Some(0), Some(2), Some(3)];
        let plan = number(&numbers, Direction::Rising, &[]);
        assert_eq!((plan.temporary.len(), plan.moves.len()), (1, 2));
        assert_eq!(carried_out(&numbers, &[], &plan), [0, 1, 2, 3]);
    }

    #[test]
    fn the_last_wxlan_rule_keeps_its_number_and_another_place_takes_it_away() {
        let (three, last) = ([Some(1), Some(2), Some(-1)], [Some(-1), Some(2), Some(1)]);
        let plan = number(&three, Direction::Falling, &[]);
        assert_eq!((plan.moves.len(), carried_out(&three, &[], &plan)[2]), (1, -1));
        let plan = number(&last, Direction::Falling, &[]);
        assert_eq!(plan.moves, [Numbered { rule: 0, number: 3 }]);
    }

    #[test]
    fn equal_and_invalid_numbers_are_repaired() {
        for numbers in [vec![Some(5), Some(5), Some(5)], vec![Some(-3), None, Some(0)], vec![None, None], vec![]] {
            for direction in [Direction::Rising, Direction::Falling] {
                let plan = number(&numbers, direction, &[]);
                let mut end = numbers.clone();
                plan.temporary.iter().chain(&plan.moves).for_each(|one| end[one.rule] = Some(one.number));
                let end: Vec<i64> = end.into_iter().map(Option::unwrap).collect();
                assert!(is_in_order(&end, direction), "{numbers:?} {end:?}");
            }
        }
    }

    #[test]
    fn the_present_order_follows_the_meaning_of_the_numbers() {
        let numbers = [Some(1), None, Some(7), Some(-1), Some(3)];
        assert_eq!(present(&numbers, Direction::Falling), [2, 4, 0, 3, 1]);
        assert_eq!(present(&numbers, Direction::Rising), [3, 0, 4, 2, 1]);
    }
}
