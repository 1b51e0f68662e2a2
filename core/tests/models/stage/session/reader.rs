//! Reader: follows `Connection::decode` and its delivery. All bytes are here already, so nothing but
//! room makes it go on.

use ::std::sync::Arc;

use crate::{
    message::{Intake, Message},
    pattern::Lane,
};

#[derive(Debug)]
pub struct Reader {
    pub incoming: Arc<Lane>,
    /// Messages that are not decoded yet.
    pub left: usize,
}

impl Reader {
    /// Delivers what the lane has room for.
    pub fn serve(&mut self) {
        while self.left > 0 {
            let room = self.incoming.room();
            if room.messages == 0 {
                return;
            }
            let mut intake = Intake::new(room);
            while self.left > 0 && intake.has_room() {
                intake.push(Message::new(vec![0]));
                self.left -= 1;
            }
            self.incoming.push_all(intake);
        }
    }
}
