//! Outbox: the one send of a connection that may be under way.

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    kept: Kept,
    /// The length of the whole send, while it is under way.
    length: Option<usize>,
    /// Bytes that were accepted and never sent.
    pub(super) lost: usize,
}

/// What the system has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    sent: usize,
}

impl Kept {
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    pub(super) fn advance(&mut self, taken: usize) {
        self.sent += taken;
    }
}

impl Outbox {
    pub(super) fn is_busy(&self) -> bool {
        self.length.is_some()
    }

    pub(super) fn begin(&mut self, length: usize) {
        self.length = Some(length);
    }

    /// Keeps what the system did not take at once.
    pub(super) fn keep(&mut self, rest: &[u8]) {
        self.kept = Kept { bytes: rest.to_vec(), sent: 0 };
    }

    pub(super) fn take(&mut self) -> Kept {
        std::mem::take(&mut self.kept)
    }

    pub(super) fn put_back(&mut self, kept: Kept) {
        self.kept = kept;
    }

    /// The length of the send, if it is done: nothing is kept here, nor `elsewhere`.
    pub(super) fn finish(&mut self, elsewhere: bool) -> Option<usize> {
        if elsewhere || !self.kept.rest().is_empty() {
            return None;
        }
        self.kept = Kept::default();
        self.length.take()
    }

    /// Gives the send up; how many bytes of it were not taken, if there was one.
    pub(super) fn fail(&mut self) -> Option<usize> {
        let unsent = self.unsent();
        self.kept = Kept::default();
        self.length.take().map(|_| unsent)
    }

    pub(super) fn unsent(&self) -> usize {
        self.kept.rest().len()
    }
}
