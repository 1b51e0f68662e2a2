//! Atomics: loom's, whose SeqCst is weaker than the language's. Fences, which it knows, make up for it.

pub use loom::sync::atomic::Ordering;
use loom::sync::atomic::fence;

macro_rules! atomic {
    ($name:ident, $value:ty) => {
        #[derive(Debug, Default)]
        pub struct $name(loom::sync::atomic::$name);

        impl $name {
            pub fn new(value: $value) -> Self {
                Self(loom::sync::atomic::$name::new(value))
            }

            pub fn load(&self, order: Ordering) -> $value {
                fenced(order, || self.0.load(order))
            }

            pub fn store(&self, value: $value, order: Ordering) {
                if ::std::thread::panicking() {
                    // A failed model is taken down, and loom is gone already.
                    return;
                }
                fenced(order, || self.0.store(value, order));
            }

            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                fenced(order, || self.0.swap(value, order))
            }
        }
    };
}

atomic!(AtomicBool, bool);
atomic!(AtomicU8, u8);
atomic!(AtomicUsize, usize);

impl AtomicUsize {
    pub fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        fenced(order, || self.0.fetch_add(value, order))
    }

    pub fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        fenced(order, || self.0.fetch_sub(value, order))
    }
}

fn fenced<T>(order: Ordering, access: impl FnOnce() -> T) -> T {
    if order != Ordering::SeqCst {
        return access();
    }
    fence(order);
    let result = access();
    fence(order);
    result
}
