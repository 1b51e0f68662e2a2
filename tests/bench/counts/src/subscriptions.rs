//! Subscriptions: the tries of SUB and PUB.

use std::hint::black_box;

use sockery::{
    message::PipeId,
    pattern::strategy::{MultiTrie, Trie},
};

use crate::{Outcome, meter::Meter};

/// The subscriptions that are there.
const TOPICS: usize = 1_000;
/// The pipes that hold each of them.
const PIPES: u32 = 8;

/// Adds a prefix to those of a SUB.
pub(crate) fn add(meter: &mut Meter) -> Outcome {
    let topics = topics();
    meter.rounds(|meter| {
        let mut trie = Trie::default();
        meter.count(TOPICS, || {
            topics.iter().for_each(|topic| _ = trie.add(topic));
            Ok(())
        })
    })
}

/// Asks a SUB's prefixes about a text that begins with one of them.
pub(crate) fn matches(meter: &mut Meter) -> Outcome {
    let (topics, texts) = (topics(), texts());
    let mut trie = Trie::default();
    topics.iter().for_each(|topic| _ = trie.add(topic));
    meter.rounds(|meter| {
        meter.count(TOPICS, || {
            let all = texts.iter().all(|text| trie.matches(black_box(text)));
            if all { Ok(()) } else { Err("a text did not match".into()) }
        })
    })
}

/// Adds a pipe's prefix to those of a PUB.
pub(crate) fn add_of_pipes(meter: &mut Meter) -> Outcome {
    let topics = topics();
    meter.rounds(|meter| {
        let mut trie = MultiTrie::default();
        meter.count(TOPICS * PIPES as usize, || {
            fill(&mut trie, &topics);
            Ok(())
        })
    })
}

/// Asks a PUB's prefixes for the pipes that hold one of a text.
pub(crate) fn matches_of_pipes(meter: &mut Meter) -> Outcome {
    let (topics, texts) = (topics(), texts());
    let (mut trie, mut found) = (MultiTrie::default(), Vec::new());
    fill(&mut trie, &topics);
    meter.rounds(|meter| {
        meter.count(TOPICS, || {
            for text in &texts {
                trie.matching(black_box(text), &mut found);
                if found.len() != PIPES as usize {
                    return Err(format!("{} pipes matched", found.len()).into());
                }
            }
            Ok(())
        })
    })
}

fn fill(trie: &mut MultiTrie, topics: &[Vec<u8>]) {
    for topic in topics {
        for slot in 0..PIPES {
            trie.add(topic, PipeId { slot, serial: slot + 1 });
        }
    }
}

fn topics() -> Vec<Vec<u8>> {
    let topic = |number| format!("hall {}, sensor {}: ", number % 10, number / 10).into_bytes();
    (0..TOPICS).map(topic).collect()
}

/// A text to each topic.
fn texts() -> Vec<Vec<u8>> {
    topics().into_iter().map(|topic| [&topic[..], b"21.5 degrees"].concat()).collect()
}
