//! Ids: the small numbers by which programs know their sockets, each at most once at a time.
//!
//! Given in turn, so that a number is not given again at once: an old message or a careless program
//! would take the new socket for the last one.

/// So many sockets a device has.
const DEVICE: usize = 10;
/// More than any system has descriptors for.
const MOST: usize = 1 << 20;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Ids {
    /// The place of each id's connection; ids beyond the end are free.
    places: Vec<Option<usize>>,
    next: usize,
    used: usize,
    limit: usize,
}

impl Default for Ids {
    fn default() -> Self {
        Self { places: Vec::new(), next: 0, used: 0, limit: DEVICE }
    }
}

impl Ids {
    /// How many sockets there may be; sets it first, where a number is given that can be.
    pub(super) fn limit(&mut self, wanted: Option<usize>) -> usize {
        if let Some(wanted) = wanted.filter(|wanted| (1..=MOST).contains(wanted)) {
            self.limit = wanted;
        }
        self.limit
    }

    /// How many are in use.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    pub(super) fn is_full(&self) -> bool {
        self.used >= self.limit
    }

    /// Gives the next free id after the last one given.
    pub(super) fn give(&mut self, place: usize) -> Option<u32> {
        if self.is_full() {
            return None;
        }
        let is_free = |id: &usize| self.places.get(*id).is_none_or(Option::is_none);
        let (after, before) = (self.next.min(self.limit)..self.limit, 0..self.next.min(self.limit));
        let id = after.chain(before).find(is_free)?;
        if id >= self.places.len() {
            self.places.resize(id + 1, None);
        }
        self.places[id] = Some(place);
        self.next = id + 1;
        self.used += 1;
        u32::try_from(id).ok()
    }

    /// The place of the connection that has this id.
    pub(super) fn place(&self, id: i64) -> Option<usize> {
        *self.places.get(usize::try_from(id).ok()?)?
    }

    /// The id as such, if it is one: below the limit, or still in use from before it was lowered.
    pub(super) fn known(&self, id: i64) -> Option<u32> {
        let known = usize::try_from(id).ok()?;
        (known < self.limit || self.place(id).is_some()).then(|| u32::try_from(known).ok())?
    }

    pub(super) fn free(&mut self, id: u32) {
        let place = self.places.get_mut(id as usize);
        self.used -= usize::from(place.is_some_and(|place| place.take().is_some()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_given_in_turn_and_only_while_free() {
        let mut ids = Ids::default();
        assert_eq!(ids.give(70), Some(0));
        ids.free(0);
        ids.free(0);
        assert_eq!((ids.give(71), ids.place(1), ids.place(0)), (Some(1), Some(71), None));
        for expected in [2, 3, 4, 5, 6, 7, 8, 9, 0] {
            assert_eq!(ids.give(72), Some(expected));
        }
        assert_eq!(ids.give(73), None);
        ids.free(4);
        assert_eq!(ids.give(74), Some(4));
        assert_eq!((ids.known(9), ids.known(10), ids.known(-1)), (Some(9), None, None));
    }

    #[test]
    fn the_limit_may_be_moved() {
        let mut ids = Ids::default();
        assert_eq!(ids.limit(None), 10);
        assert_eq!((ids.limit(Some(0)), ids.limit(Some(usize::MAX))), (10, 10));
        assert_eq!(ids.limit(Some(1000)), 1000);
        let given: Vec<_> = (0..1000).map_while(|place| ids.give(place)).collect();
        assert_eq!(given, (0..1000).collect::<Vec<_>>());
        assert_eq!(ids.give(0), None);
        ids.limit(Some(2));
        assert_eq!((ids.known(999), ids.place(999)), (Some(999), Some(999)));
        (1..1000).for_each(|id| ids.free(id));
        assert_eq!((ids.known(999), ids.give(5), ids.give(6)), (None, Some(1), None));
    }
}
