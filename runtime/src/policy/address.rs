//! Which addresses are public.
//!
//! A host name proves nothing about where its requests end: whoever owns the
//! name points it anywhere. So the address that is connected to is checked,
//! after resolving, and only public addresses pass without a grant by address.
//!
//! An IPv6 address that carries an IPv4 address inside is refused when the
//! inner one is not public: a gateway on the way may take it out again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{host::HostPattern, text::quoted};

/// What an address is when it is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressKind {
    /// `0.0.0.0`, `::` and the rest of 0.0.0.0/8, which reach this machine.
    Unspecified,
    /// 127.0.0.0/8 and `::1`: this machine.
    Loopback,
    /// Where clouds hand out credentials, such as 169.254.169.254.
    CloudMetadata,
    /// 169.254.0.0/16 and fe80::/10: this network segment.
    LinkLocal,
    /// RFC 1918, shared address space (100.64.0.0/10), unique local (fc00::/7)
    /// and site-local (fec0::/10) addresses, and the local NAT64 prefix.
    Private,
    /// One to many.
    Multicast,
    /// 255.255.255.255.
    Broadcast,
    /// Addresses for examples in texts.
    Documentation,
    /// Benchmarking, protocol assignments, tunnels, and what is not assigned.
    Reserved,
}

/// A connection that was refused because of its address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address {address} of {} is {kind}, which must be granted by address: addresses = [{:?}]", quoted(&host.to_string()), address.to_string())]
pub struct AddressDenied {
    /// The host of the rule that was asked.
    pub host: HostPattern,
    /// The address it resolved to.
    pub address: IpAddr,
    /// Why it needs a grant of its own.
    pub kind: AddressKind,
}

impl std::fmt::Display for AddressKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "an unspecified address",
            Self::Loopback => "a loopback address",
            Self::CloudMetadata => "a cloud metadata address",
            Self::LinkLocal => "a link-local address",
            Self::Private => "a private address",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Documentation => "a documentation address",
            Self::Reserved => "a reserved address",
        })
    }
}

/// What an address is, or `None` when it is public.
pub(crate) fn not_public(address: IpAddr) -> Option<AddressKind> {
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address),
    }
}

fn not_public_v4(address: Ipv4Addr) -> Option<AddressKind> {
    let kind = match address.octets() {
        // AWS, Google, Azure, Oracle and others; Alibaba; Azure's wire server.
        [169, 254, 169, 254] | [100, 100, 100, 200] | [168, 63, 129, 16] => {
            AddressKind::CloudMetadata
        }
        [0, ..] => AddressKind::Unspecified,
        [127, ..] => AddressKind::Loopback,
        [169, 254, ..] => AddressKind::LinkLocal,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => {
            AddressKind::Private
        }
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => AddressKind::Documentation,
        // Protocol assignments, the 6to4 relays, benchmarking.
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => AddressKind::Reserved,
        [255, 255, 255, 255] => AddressKind::Broadcast,
        [224..=239, ..] => AddressKind::Multicast,
        [240..=255, ..] => AddressKind::Reserved,
        _ => return None,
    };
    Some(kind)
}

fn not_public_v6(address: Ipv6Addr) -> Option<AddressKind> {
    let segments = address.segments();
    let kind = match segments {
        // AWS; Google; Oracle.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
        | [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe] => AddressKind::CloudMetadata,
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressKind::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressKind::Loopback,
        // IPv4-compatible, -mapped and -translated; NAT64 by the known prefix.
        [0, 0, 0, 0, 0, 0 | 0xffff, a, b]
        | [0, 0, 0, 0, 0xffff, 0, a, b]
        | [0x64, 0xff9b, 0, 0, 0, 0, a, b] => {
            return not_public_v4(embedded(a, b));
        }
        // 6to4 carries the address of the router in front.
        [0x2002, a, b, ..] => return not_public_v4(embedded(a, b)).or(Some(AddressKind::Reserved)),
        [0x64, 0xff9b, 1, ..] => AddressKind::Private,
        [0xfe80..=0xfebf, ..] => AddressKind::LinkLocal,
        [0xfec0..=0xfeff, ..] | [0xfc00..=0xfdff, ..] => AddressKind::Private,
        [0xff00..=0xffff, ..] => AddressKind::Multicast,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => AddressKind::Documentation,
        // Protocol assignments, Teredo tunnels and benchmarking among them.
        [0x2001, 0..=0x1ff, ..] => AddressKind::Reserved,
        // ISATAP, a tunnel inside an ordinary network.
        [0x2000..=0x3fff, _, _, _, 0 | 0x200, 0x5efe, a, b] => {
            return not_public_v4(embedded(a, b));
        }
        [0x2000..=0x3fff, ..] => return None,
        // Nothing else is given out as global unicast.
        _ => AddressKind::Reserved,
    };
    Some(kind)
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses() {
        for text in [
            "1.1.1.1",
            "93.184.216.34",
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "168.63.129.15",
            "169.253.255.255",
            "192.167.255.255",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "2a00:1450:4001::200e",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert_eq!(
                not_public(text.parse().expect("an address")),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn addresses_that_are_not_public() {
        use AddressKind::*;
        for (text, kind) in [
            ("0.0.0.0", Unspecified),
            ("0.1.2.3", Unspecified),
            ("::", Unspecified),
            ("127.0.0.1", Loopback),
            ("127.255.255.255", Loopback),
            ("::1", Loopback),
            ("169.254.169.254", CloudMetadata),
            ("100.100.100.200", CloudMetadata),
            ("168.63.129.16", CloudMetadata),
            ("fd00:ec2::254", CloudMetadata),
            ("fd20:ce::254", CloudMetadata),
            ("169.254.0.1", LinkLocal),
            ("fe80::1", LinkLocal),
            ("febf::1", LinkLocal),
            ("10.0.0.1", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.168.1.1", Private),
            ("100.64.0.1", Private),
            ("100.127.255.255", Private),
            ("fc00::1", Private),
            ("fdff::1", Private),
            ("fec0::1", Private),
            ("64:ff9b:1::1", Private),
            ("224.0.0.1", Multicast),
            ("239.255.255.250", Multicast),
            ("ff02::1", Multicast),
            ("255.255.255.255", Broadcast),
            ("192.0.2.1", Documentation),
            ("198.51.100.1", Documentation),
            ("203.0.113.1", Documentation),
            ("2001:db8::1", Documentation),
            ("3fff::1", Documentation),
            ("192.0.0.1", Reserved),
            ("192.88.99.1", Reserved),
            ("198.18.0.1", Reserved),
            ("240.0.0.1", Reserved),
            ("100::1", Reserved),
            ("2001::1", Reserved),
            ("2001:20::1", Reserved),
            ("2002:101:101::1", Reserved),
            ("4000::1", Reserved),
            ("5f00::1", Reserved),
        ] {
            assert_eq!(
                not_public(text.parse().expect("an address")),
                Some(kind),
                "{text}"
            );
        }
    }

    #[test]
    fn embedded_addresses_are_looked_into() {
        for inner in [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "192.168.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ] {
            let v4: Ipv4Addr = inner.parse().expect("an address");
            let expected = not_public(v4.into());
            assert!(expected.is_some());
            let [a, b, c, d] = v4.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            let mut forms = vec![
                format!("::ffff:{inner}"),
                format!("::ffff:0:{inner}"),
                format!("64:ff9b::{inner}"),
                format!("2002:{high:x}:{low:x}::1"),
                format!("2606:4700::5efe:{inner}"),
                format!("2606:4700::200:5efe:{inner}"),
            ];
            if inner != "0.0.0.0" {
                forms.push(format!("::{inner}"));
            }
            for form in forms {
                assert_eq!(not_public(form.parse().expect(&form)), expected, "{form}");
            }
        }
    }
}
