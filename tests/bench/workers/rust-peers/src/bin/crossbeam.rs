//! The floor of inproc: bounded channels of boxed bytes, one allocation and one copy a message.

use std::{thread, time::Instant};

use bench_peers::Job;
use crossbeam_channel::{Receiver, Sender, bounded};

type Body = Box<[u8]>;

fn pushpull(job: &Job, sender: Sender<Body>, receiver: &Receiver<Body>) {
    let (body, count) = (job.body(), job.count);
    thread::spawn(move || (0..count).try_for_each(|_| sender.send(body.as_slice().into())));
    let mut began = Instant::now();
    for number in 0..count {
        if number == job.warm_up() {
            began = Instant::now();
        }
        assert_eq!(receiver.recv().expect("the sender sends all").len(), job.size);
    }
    job.tell(count - job.warm_up(), began, Vec::new());
}

fn reqrep(job: &Job, sender: &Sender<Body>, receiver: Receiver<Body>) {
    let (answer, answered) = bounded::<Body>(1_000);
    thread::spawn(move || receiver.iter().try_for_each(|body| answer.send(body)));
    let (body, mut trips, mut began) = (job.body(), Vec::new(), Instant::now());
    for number in 0..job.count {
        let asked = Instant::now();
        if number == job.warm_up() {
            began = asked;
            trips.clear();
        }
        sender.send(body.as_slice().into()).expect("the other thread lives");
        assert_eq!(answered.recv().expect("the other thread lives").len(), job.size);
        trips.push(asked.elapsed());
    }
    job.tell(job.count - job.warm_up(), began, trips);
}

fn main() {
    let job = Job::parse();
    let (sender, receiver) = bounded(1_000);
    match job.role.as_str() {
        "both-pushpull" => pushpull(&job, sender, &receiver),
        "both-reqrep" => reqrep(&job, &sender, receiver),
        other => panic!("{other} is no role here"),
    }
    job.end();
}
