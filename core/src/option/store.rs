//! Store: the macro that turns TABLE 3 into types, and how a socket's options are read and changed.
//!
//! `options!` makes, from each row of [`super::table`], a variant of `Opt`, a row of `OPTIONS` and,
//! where the row keeps a value, a typed field of `Options`. So a number, a range and a default are
//! written once, and the code that obeys an option reads a field with a type.

use super::{
    Access, OptionRow, Setting, State,
    table::{Opt, Options},
    value::{self, Field, Value},
};
use crate::error::{Error, ErrorCode};

/// One row is: `Variant NAME / OLD_NAME: Kind(range) access`, then how each dialect knows it,
/// `nn(level, number as NN_NAME, range) = default`, `zmq(number) = default`, `context(number) =
/// default` and `else default` for the dialect that does not name it, then the socket kinds that
/// have it, then who answers for it (`=> field`, `by State` or `lacks "what"`), then a sentence.
macro_rules! options {
    ($(
        $opt:ident $name:ident $(/ $alias:ident)* : $kind:ident($range:expr) $access:ident
        $(nn($level:ident, $nn:literal $(as $nn_name:ident)? $(, $nn_range:expr)?) = $sp:literal)?
        $(zmq($zmq:literal) = $zmtp:literal)?
        $(context($context:literal) = $ctx:literal)?
        $(else $other:literal)?
        $(for [$($only:ident)+])?
        $(=> $field:ident)?
        $(by $by:ident)?
        $(lacks $lacks:literal)?
        $doc:literal;
    )*) => {
        /// Every option, by libzmq's name or else nanomsg's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Opt {
            $(#[doc = $doc] $opt,)*
        }

        /// TABLE 3, in the order of [`Opt`].
        pub static OPTIONS: &[OptionRow] = &[$(OptionRow {
            opt: Opt::$opt,
            name: stringify!($name),
            nn_name: options!(@name $($($nn_name)?)? ; $name),
            aliases: &[$(stringify!($alias)),*],
            nn: options!(@some $(($crate::option::level::$level, $nn))?),
            zmq: options!(@number $($zmq)? $($context)?),
            kind: OptionKind::$kind,
            access: options!(@access $access),
            scope: options!(@scope $(socket $zmq)? $(socket $nn)? $(context $context)?),
            kinds: &[$($(stringify!($only)),+)?],
            state: options!(@state $($field)? ; $($by)? ; $($lacks)?),
            doc: $doc,
            ranges: [options!(@first $($($nn_range,)?)? $range,), $range],
            presets: [
                options!(@preset $kind $($sp,)? $($other,)? $($zmtp,)? $($ctx,)?),
                options!(@preset $kind $($zmtp,)? $($ctx,)? $($other,)? $($sp,)?),
            ],
        },)*];

        /// The options of one socket or context, checked and typed.
        ///
        /// Fields are named after the option. A field that its dialect has no option for holds what
        /// the dialect always does, so code that obeys a field need not ask which dialect it is in.
        #[derive(Clone, Debug)]
        pub struct Options {
            /// The dialect whose names, numbers and defaults these are.
            pub dialect: Dialect,
            /// The mechanism that the options choose.
            pub security: super::security::Security,
            /// The properties shown to peers.
            pub metadata: super::Metadata,
            /// Certificates, keys and trust for TLS.
            pub tls: super::Tls,
            /// Whose connections are taken.
            pub filters: super::Filters,
            /// The processors that the I/O thread may run on; none are all.
            pub processors: std::collections::BTreeSet<usize>,
            /// The priority of the I/O thread, once one is set.
            pub thread_priority: Option<i64>,
            $($(#[doc = $doc] pub $field: store::kinds::$kind,)?)*
        }

        impl Options {
            /// The defaults of a dialect.
            #[must_use]
            pub fn new(dialect: Dialect) -> Self {
                Self {
                    dialect,
                    security: super::security::Security::default(),
                    metadata: super::Metadata::default(),
                    tls: super::Tls::default(),
                    filters: super::Filters::default(),
                    processors: std::collections::BTreeSet::new(),
                    thread_priority: None,
                    $($($field: Field::preset(OPTIONS[Opt::$opt as usize].preset(dialect)),)?)*
                }
            }

            /// Parses and stores into the option's field; nothing for an option without one.
            pub(super) fn keep(&mut self, row: &OptionRow, value: &Value) -> Result<(), Error> {
                match row.opt {
                    $($(Opt::$opt => self.$field = Field::parse(row, self.dialect, value)?,)?)*
                    _ => {}
                }
                Ok(())
            }

            /// The value of the option's field, if it has one.
            pub(super) fn kept(&self, opt: Opt) -> Option<Value> {
                match opt {
                    $($(Opt::$opt => Some(Field::show(&self.$field)),)?)*
                    _ => None,
                }
            }
        }
    };
    (@name $nn_name:ident ; $name:ident) => { stringify!($nn_name) };
    (@name ; $name:ident) => { stringify!($name) };
    (@some) => { None };
    (@some $number:expr) => { Some($number) };
    (@number) => { None };
    (@number $number:literal $($same:literal)?) => { Some($number) };
    (@access rw) => { Access::ReadWrite };
    (@access ro) => { Access::ReadOnly };
    (@access wo) => { Access::WriteOnly };
    (@scope $(socket $socket:literal)+ context $context:literal) => { Scope::Both };
    (@scope context $context:literal) => { Scope::Context };
    (@scope $(socket $socket:literal)+) => { Scope::Socket };
    (@state $field:ident ; ; ) => { State::Kept };
    (@state ; $by:ident ; ) => { State::$by };
    (@state ; ; $lacks:literal) => { State::Missing($lacks) };
    (@first $first:expr, $($rest:expr,)*) => { $first };
    (@preset Bytes $first:literal, $($rest:literal,)*) => { Preset::Text($first) };
    (@preset Text $first:literal, $($rest:literal,)*) => { Preset::Text($first) };
    (@preset $kind:ident $first:literal, $($rest:literal,)*) => { Preset::Int($first) };
}

pub(super) use options;

/// The type of a field, by the kind in its row.
pub(super) mod kinds {
    pub(in crate::option) type Int = i64;
    pub(in crate::option) type Descriptor = i64;
    pub(in crate::option) type Millis = crate::option::value::Millis;
    pub(in crate::option) type Bool = bool;
    pub(in crate::option) type Bytes = Vec<u8>;
    pub(in crate::option) type Text = String;
}

impl Options {
    /// Changes an option.
    ///
    /// What the socket does itself ([`State::Socket`]) is only checked here. The error names the
    /// option, what it takes and what came; it is `NotSupported` where the effect does not exist yet.
    pub fn set(&mut self, row: &OptionRow, value: &Value) -> Result<(), Error> {
        if row.access == Access::ReadOnly {
            return Err(self.barred(row, "is read-only"));
        }
        match row.state {
            State::Kept => self.keep(row, value),
            State::Derived => self.set_derived(row, value),
            State::Security => self.security.set(row, value),
            State::Metadata => self.metadata.add(&String::parse(row, self.dialect, value)?),
            State::Tls => self.tls.set(row, self.dialect, value),
            State::Filters => self.filter(row, value),
            State::Processors => self.choose_processor(row, value),
            State::Priority => {
                self.thread_priority = Some(i64::parse(row, self.dialect, value)?);
                Ok(())
            }
            State::Socket => value::check(row, self.dialect, value).map(drop),
            State::Fixed => self.set_unchangeable(row, value, "a change of it"),
            State::Missing(what) => self.set_unchangeable(row, value, what),
        }
    }

    /// Reads an option. What only the socket knows is `NotSupported` here: it answers first.
    pub fn get(&self, row: &OptionRow) -> Result<Value, Error> {
        if row.access == Access::WriteOnly {
            return Err(self.barred(row, "is write-only"));
        }
        match row.state {
            State::Kept => Ok(self.kept(row.opt).unwrap_or_else(|| row.default(self.dialect))),
            State::Derived => Ok(self.get_derived(row)),
            State::Security => Ok(self.security.get(row.opt)),
            State::Tls => Ok(self.tls.get(row.opt)),
            State::Metadata
            | State::Filters
            | State::Processors
            | State::Priority
            | State::Fixed
            | State::Missing(_) => Ok(row.default(self.dialect)),
            State::Socket => {
                let name = row.name_in(self.dialect);
                Err(Error::new(ErrorCode::NotSupported, format!("only a socket knows its {name}")))
            }
        }
    }

    /// What a pattern must be told after `row` was changed; `None` when it is no pattern's matter.
    #[must_use]
    pub fn setting(&self, row: &OptionRow) -> Option<Setting> {
        Some(match row.opt {
            Opt::ReqResendIvl => Setting::ResendInterval(self.req_resend_ivl.duration()?),
            Opt::SurveyorDeadline => Setting::SurveyDeadline(self.surveyor_deadline.duration()?),
            Opt::Pair1Poly => Setting::Polyamorous(self.pair1_poly),
            Opt::MaxTtl => Setting::MaxHops(u8::try_from(self.maxttl).ok()?),
            Opt::RoutingId => Setting::RoutingId(self.routing_id.clone()),
            Opt::RouterMandatory => Setting::RouterMandatory(self.router_mandatory),
            Opt::RouterHandover => Setting::RouterHandover(self.router_handover),
            Opt::RouterRaw => Setting::RouterRaw(self.router_raw),
            Opt::ConnectRoutingId => Setting::ConnectRoutingId(self.connect_routing_id.clone()),
            Opt::ProbeRouter => Setting::ProbeRouter(self.probe_router),
            Opt::HelloMsg => Setting::Hello(self.hello_msg.clone()),
            Opt::ReqCorrelate => Setting::ReqCorrelate(self.req_correlate),
            Opt::ReqRelaxed => Setting::ReqRelaxed(self.req_relaxed),
            Opt::XpubVerbose => Setting::XpubVerbose(self.xpub_verbose),
            Opt::XpubVerboser => Setting::XpubVerboser(self.xpub_verboser),
            Opt::XpubManual => Setting::XpubManual(self.xpub_manual),
            Opt::XpubManualLastValue => Setting::XpubManualLastValue(self.xpub_manual_last_value),
            Opt::XpubWelcomeMsg => Setting::XpubWelcome(self.xpub_welcome_msg.clone()),
            Opt::XsubVerboseUnsubscribe => {
                Setting::XsubVerboseUnsubscribe(self.xsub_verbose_unsubscribe)
            }
            Opt::OnlyFirstSubscribe => Setting::OnlyFirstSubscribe(self.only_first_subscribe),
            Opt::XpubNodrop => Setting::NoDrop(self.xpub_nodrop),
            Opt::InvertMatching => Setting::InvertMatching(self.invert_matching),
            _ => return None,
        })
    }

    fn filter(&mut self, row: &OptionRow, value: &Value) -> Result<(), Error> {
        if row.opt == Opt::TcpAcceptFilter {
            return self.filters.add_network(&String::parse(row, self.dialect, value)?);
        }
        let number = i64::parse(row, self.dialect, value)?;
        let default = i64::parse(row, self.dialect, &row.default(self.dialect))?;
        self.filters.add_number(row.opt, number, default);
        Ok(())
    }

    fn choose_processor(&mut self, row: &OptionRow, value: &Value) -> Result<(), Error> {
        let number = i64::parse(row, self.dialect, value)?;
        let processor = usize::try_from(number).unwrap_or_default();
        if row.opt == Opt::ThreadAffinityCpuAdd {
            self.processors.insert(processor);
        } else if !self.processors.remove(&processor) {
            let text = format!("{} takes a processor that was added, got {number}", row.name);
            return Err(Error::new(ErrorCode::Invalid, text));
        }
        Ok(())
    }

    fn set_derived(&mut self, row: &OptionRow, value: &Value) -> Result<(), Error> {
        match row.opt {
            Opt::Ipv4Only => self.ipv6 = !bool::parse(row, self.dialect, value)?,
            _ => {
                let mark = i64::parse(row, self.dialect, value)?;
                (self.sndhwm, self.rcvhwm) = (mark, mark);
            }
        }
        Ok(())
    }

    fn get_derived(&self, row: &OptionRow) -> Value {
        match row.opt {
            Opt::Ipv4Only => Value::from(!self.ipv6),
            _ => Value::from(self.sndhwm),
        }
    }

    /// Takes the default and nothing else, so that a program never believes in what is not there.
    fn set_unchangeable(&self, row: &OptionRow, value: &Value, what: &str) -> Result<(), Error> {
        if value::check(row, self.dialect, value)? == row.default(self.dialect) {
            return Ok(());
        }
        let name = row.name_in(self.dialect);
        Err(Error::new(ErrorCode::NotSupported, format!("{name} needs {what}, which is missing")))
    }

    fn barred(&self, row: &OptionRow, how: &str) -> Error {
        let text = format!("{} {how}", row.name_in(self.dialect));
        Error::new(super::not_accessible(self.dialect), text)
    }
}
