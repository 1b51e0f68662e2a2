//! Filters: whose connections a bound endpoint takes, by address, process, user or group
//! (`ZMQ_TCP_ACCEPT_FILTER`, `ZMQ_IPC_FILTER_*`; libzmq prefers ZAP).
//!
//! A part of [`super::Options`]: each setting adds one filter, and holds for endpoints bound later.

use std::{net::IpAddr, str::FromStr};

use super::table::Opt;
use crate::error::{Error, ErrorCode};

/// Addresses whose first bits are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether an address is one of it; IPv4 has no part in IPv6.
    fn has(&self, address: IpAddr) -> bool {
        let shift = |width: u32| width - self.bits;
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = own.to_bits() ^ other.to_bits();
                differ.checked_shr(shift(32)).unwrap_or_default() == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = own.to_bits() ^ other.to_bits();
                differ.checked_shr(shift(128)).unwrap_or_default() == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            let expected = "TCP_ACCEPT_FILTER takes an address or a network such as 10.0.0.0/8";
            Error::new(ErrorCode::Invalid, format!("{expected}, got {text:?}"))
        };
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address = address.trim_start_matches('[').trim_end_matches(']');
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), str::parse).map_err(|_| wrong())?;
        if bits > width {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

/// See the module's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    networks: Vec<Network>,
    processes: Vec<i64>,
    users: Vec<i64>,
    groups: Vec<i64>,
}

impl Filters {
    /// Adds a network; without a text all are taken back.
    ///
    /// # Errors
    /// EINVAL, saying what was expected.
    pub(super) fn add_network(&mut self, text: &str) -> Result<(), Error> {
        if text.is_empty() {
            self.networks.clear();
        } else {
            self.networks.push(text.parse()?);
        }
        Ok(())
    }

    /// Adds a number of what the option tells; the option's default takes all of them back.
    pub(super) fn add_number(&mut self, opt: Opt, number: i64, default: i64) {
        let list = match opt {
            Opt::IpcFilterPid => &mut self.processes,
            Opt::IpcFilterUid => &mut self.users,
            _ => &mut self.groups,
        };
        if number == default {
            list.clear();
        } else {
            list.push(number);
        }
    }

    /// Whether a tcp peer at this address, if it is known, is taken.
    #[must_use]
    pub fn admit_address(&self, address: Option<IpAddr>) -> bool {
        let fits = |address| self.networks.iter().any(|network| network.has(address));
        self.networks.is_empty() || address.is_some_and(fits)
    }

    /// Whether an ipc peer is taken: one filter of any sort that fits is enough. `credentials` are its
    /// user, group and, where the system tells, process.
    #[must_use]
    pub fn admit_process(&self, credentials: Option<(u32, u32, Option<i32>)>) -> bool {
        let Self { processes, users, groups, .. } = self;
        if processes.is_empty() && users.is_empty() && groups.is_empty() {
            return true;
        }
        credentials.is_some_and(|(user, group, process)| {
            users.contains(&user.into())
                || groups.contains(&group.into())
                || process.is_some_and(|process| processes.contains(&process.into()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_the_addresses_with_its_first_bits() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.2", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("fe80::/10", "febf::1", true),
            ("[fe80::]/10", "fec0::1", false),
            ("::/0", "::1", true),
            ("::1", "::1", true),
        ];
        for (network, address, within) in cases {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.has(address.parse().unwrap()), within, "{network:?} {address}");
        }
        for text in ["x", "10.0.0.0/33", "10.0.0.0/", "/8", "10.0.0.0/-1", "::/129", "host/8"] {
            let error = text.parse::<Network>().unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn any_filter_that_fits_is_enough_and_none_lets_everybody_in() {
        let mut filters = Filters::default();
        assert!(filters.admit_process(None) && filters.admit_address(None));
        filters.add_number(Opt::IpcFilterUid, 5, -1);
        assert!(!filters.admit_process(None));
        assert!(!filters.admit_process(Some((1, 5, Some(5)))));
        filters.add_number(Opt::IpcFilterGid, 6, -1);
        filters.add_number(Opt::IpcFilterPid, 7, 0);
        for peer in [(5, 0, None), (0, 6, None), (0, 0, Some(7))] {
            assert!(filters.admit_process(Some(peer)), "{peer:?}");
        }
        assert!(!filters.admit_process(Some((0, 0, Some(8)))));
        for (opt, default) in
            [(Opt::IpcFilterUid, -1), (Opt::IpcFilterGid, -1), (Opt::IpcFilterPid, 0)]
        {
            filters.add_number(opt, default, default);
        }
        assert!(filters.admit_process(None));
        filters.add_network("10.0.0.0/8").unwrap();
        filters.add_network("").unwrap();
        assert_eq!(filters, Filters::default());
    }
}
