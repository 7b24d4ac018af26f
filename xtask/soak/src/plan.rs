//! What becomes of each request: both sides know it from its number and the seed.

/// What the server does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Answers.
    Answer,
    /// Says 103 before it answers.
    Hints,
    /// Answers, and closes without having said so.
    CloseAfter,
    /// Says that it will close, answers, and does.
    CloseSaid,
    /// Answers, and ends the body by closing.
    UntilClose,
    /// Answers, and ends the body by closing its side only.
    HalfCloseAfter,
    /// Answers, and sends another answer at once that nobody asked for.
    Junk,
    /// Answers before it has read the body of the request.
    Early,
    /// Closes at the first try, and answers the second.
    Once,
    /// Closes without an answer.
    CloseBefore,
    /// Closes its side only, without an answer.
    HalfCloseBefore,
    /// Resets without an answer.
    ResetBefore,
    /// Closes within the head.
    CloseInHead,
    /// Resets within the head.
    ResetInHead,
    /// Answers with what is not HTTP.
    Garbage,
    /// Closes within the body.
    CloseInBody,
    /// Closes its side within the body.
    HalfCloseInBody,
    /// Resets within the body.
    ResetInBody,
    /// Says nothing.
    StallBefore,
    /// Says nothing more within the body.
    StallInBody,
}

use Fate::{
    Answer, CloseAfter, CloseBefore, CloseInBody, CloseInHead, CloseSaid, Early, Garbage,
    HalfCloseAfter, HalfCloseBefore, HalfCloseInBody, Hints, Junk, Once, ResetBefore, ResetInBody,
    ResetInHead, StallBefore, StallInBody, UntilClose,
};

/// How many of a thousand requests meet what; the rest is answered.
const SHARES: [(Fate, u64); 19] = [
    (Hints, 20),
    (CloseAfter, 20),
    (CloseSaid, 20),
    (UntilClose, 20),
    (HalfCloseAfter, 20),
    (Junk, 30),
    (Early, 20),
    (Once, 20),
    (CloseBefore, 10),
    (HalfCloseBefore, 10),
    (ResetBefore, 10),
    (CloseInHead, 10),
    (ResetInHead, 10),
    (Garbage, 10),
    (CloseInBody, 10),
    (HalfCloseInBody, 10),
    (ResetInBody, 10),
    (StallBefore, 3),
    (StallInBody, 3),
];

impl Fate {
    /// Whether the right answer comes, as far as the server can tell.
    pub(crate) fn is_answered(self) -> bool {
        self <= Once
    }

    /// Whether the client has to give up by itself.
    pub(crate) fn is_stalled(self) -> bool {
        matches!(self, StallBefore | StallInBody)
    }
}

/// What the client does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Collects the body.
    Collect,
    /// Reads the body piece by piece.
    Stream,
    /// Drops the response after its first piece.
    DropBody,
    /// Drops the future after so many polls; on a thread, the response at once.
    DropFuture(u64),
}

/// A request, as both sides know it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) number: u64,
    pub(crate) fate: Fate,
    pub(crate) way: Way,
    /// The size of what it sends; `None` is a GET.
    pub(crate) sends: Option<usize>,
    /// The size of what it gets.
    pub(crate) gets: usize,
    pub(crate) chunked: bool,
    /// Where the answer is cut in two, or cut off, in thousandths.
    pub(crate) cut: usize,
}

impl Plan {
    pub(crate) fn of(seed: u64, number: u64) -> Self {
        let mut random = Random(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut at = random.below(1000);
        let fate = SHARES.iter().find_map(|(fate, share)| {
            let hit = at < *share;
            at = at.wrapping_sub(*share);
            hit.then_some(*fate)
        });
        let fate = fate.unwrap_or(Answer);
        let way = match random.below(100) {
            0..70 => Way::Collect,
            70..90 => Way::Stream,
            90..95 => Way::DropBody,
            _ => Way::DropFuture(random.below(8)),
        };
        let small = random.size(2_000);
        let gets = match random.below(100) {
            // What comes unasked has to come with the rest, or it is told from an answer by nobody.
            _ if fate == Junk => small,
            0..80 => small,
            80..98 => random.size(20_000),
            _ => random.size(300_000),
        };
        let sends = match random.below(100) {
            _ if fate == Early => Some(random.size(300_000)),
            // A body that is sent cannot be sent again, so its failures are for the client to see.
            _ if fate == Once => None,
            0..80 => None,
            80..98 => Some(random.size(5_000)),
            _ => Some(random.size(300_000)),
        };
        Plan {
            number,
            fate,
            way,
            sends,
            gets,
            chunked: random.below(3) == 0,
            cut: random.size(1000),
        }
    }

    /// What it gets: its number, again and again.
    pub(crate) fn answer(&self) -> Vec<u8> {
        text(self.number, '-', self.gets)
    }

    /// What it sends.
    pub(crate) fn upload(&self) -> Option<Vec<u8>> {
        self.sends.map(|size| text(self.number, '+', size))
    }
}

fn text(number: u64, end: char, size: usize) -> Vec<u8> {
    let one = format!("{number}{end}").into_bytes();
    one.iter().copied().cycle().take(size).collect()
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }

    fn size(&mut self, limit: u64) -> usize {
        usize::try_from(self.below(limit)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_seed_says_all_and_every_fate_comes() {
        let plans = |seed| (0..20_000).map(move |number| Plan::of(seed, number));
        let same = plans(1)
            .zip(plans(1))
            .all(|(a, b)| a.fate == b.fate && a.way == b.way);
        assert!(same);
        assert!(plans(1).zip(plans(2)).any(|(a, b)| a.fate != b.fate));
        let fates: BTreeSet<Fate> = plans(1).map(|plan| plan.fate).collect();
        assert_eq!(fates.len(), SHARES.len() + 1);
        let answered = plans(1).filter(|plan| plan.fate.is_answered()).count();
        assert!((17_000..19_000).contains(&answered), "{answered}");
    }

    #[test]
    fn a_body_says_whose_it_is() {
        let mut plan = Plan::of(1, 42);
        (plan.gets, plan.sends) = (7, Some(4));
        assert_eq!(plan.answer(), b"42-42-4");
        assert_eq!(plan.upload().unwrap(), b"42+4");
    }
}
