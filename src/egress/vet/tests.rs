use super::*;
use proptest::prelude::*;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn doors(open: &[&str]) -> Doors {
    Doors::new(open.iter().map(|one| one.parse().unwrap()).collect(), true)
}

/// Both ends of every class.
const TABLE: &[(Class, &[&str])] = &[
    (
        Class::Public,
        &[
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "2a00::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ],
    ),
    (Class::Loopback, &["127.0.0.1", "127.255.255.255", "::1"]),
    (
        Class::Private,
        &[
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "fc00::",
            "fd12:3456::1",
            "fdff:ffff::",
        ],
    ),
    (Class::Shared, &["100.64.0.0", "100.127.255.255"]),
    (
        Class::LinkLocal,
        &["169.254.0.0", "169.254.255.255", "fe80::1", "febf::"],
    ),
    (
        Class::Benchmark,
        &["198.18.0.0", "198.19.255.255", "2001:2::1"],
    ),
    (
        Class::Metadata,
        &[
            "169.254.169.254",
            "169.254.170.2",
            "169.254.170.23",
            "169.254.0.23",
            "169.254.42.42",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "fd00:100::100:200",
            "fd00:a9fe:a9fe::1",
            "fd00:42::42",
            "fe80::a9fe:a9fe",
        ],
    ),
    (Class::Unspecified, &["0.0.0.0", "0.255.255.255", "::"]),
    (
        Class::Multicast,
        &["224.0.0.1", "239.255.255.255", "ff02::1"],
    ),
    (
        Class::Documentation,
        &[
            "192.0.2.1",
            "198.51.100.255",
            "203.0.113.0",
            "2001:db8::1",
            "3fff:fff::",
        ],
    ),
    (
        Class::Tunnel,
        &[
            "192.88.99.1",
            "::7f00:1",
            "::a00:1",
            "64:ff9b:1::1",
            "64:ff9b:1:ffff::a00:1",
            "2001::1",
            "2001:0:ffff::",
            "2002:7f00:1::",
            "2002:101:101::1",
        ],
    ),
    (
        Class::Reserved,
        &[
            "192.0.0.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.175.48.1",
            "240.0.0.1",
            "255.255.255.255",
            "100::1",
            "2001:4:112::1",
            "2001:1ff::",
            "2620:4f:8000::1",
            "::ffff:0:127.0.0.1",
            "4000::1",
            "5f00::1",
            "1fff::1",
            "fec0::1",
        ],
    ),
];

#[test]
fn every_class_has_its_addresses() {
    for (class, addresses) in TABLE {
        for text in *addresses {
            assert_eq!(classify(address(text)), *class, "{text}");
        }
    }
}

#[test]
fn without_an_entry_only_public_addresses_open() {
    for (class, addresses) in TABLE {
        for text in *addresses {
            let open = doors(&[]).vet(&[address(text)]).is_ok();
            assert_eq!(open, *class == Class::Public, "{text}");
        }
    }
}

#[test]
fn an_entry_opens_its_range_and_nothing_beside_it() {
    let doors = doors(&["127.0.0.0/8", "10.1.0.0/16", "fd00::/8"]);
    for text in [
        "127.9.9.9",
        "10.1.2.3",
        "fd12::1",
        "::ffff:10.1.2.3",
        "1.1.1.1",
    ] {
        assert!(doors.vet(&[address(text)]).is_ok(), "{text}");
    }
    for text in ["10.2.0.0", "192.168.0.1", "fc00::1", "::1", "0.0.0.0"] {
        assert!(doors.vet(&[address(text)]).is_err(), "{text}");
    }
}

#[test]
fn a_metadata_address_needs_an_entry_of_its_own() {
    let wide = doors(&["169.254.0.0/16", "fd00::/8", "100.64.0.0/10"]);
    for text in ["169.254.169.254", "fd00:ec2::254", "100.100.100.200"] {
        assert!(wide.vet(&[address(text)]).is_err(), "{text}");
    }
    assert!(wide.vet(&[address("169.254.1.1")]).is_ok());
    let exact = doors(&["169.254.169.254/32", "fd00:ec2::254/128"]);
    assert!(exact.vet(&[address("169.254.169.254")]).is_ok());
    assert!(exact.vet(&[address("fd00:ec2::254")]).is_ok());
    assert!(exact.vet(&[address("169.254.170.2")]).is_err());
}

#[test]
fn what_must_never_open_does_not_open_by_any_entry() {
    let text = "0.0.0.0/0 ::/0 0.0.0.0/8 224.0.0.0/4 64:ff9b::/96 2002::/16 ::/96";
    let doors = doors(&text.split(' ').collect::<Vec<_>>());
    for text in [
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "203.0.113.1",
        "2002:a00:1::",
        "::",
        "::a00:1",
    ] {
        assert!(doors.vet(&[address(text)]).is_err(), "{text}");
    }
}

#[test]
fn one_bad_address_bars_the_name() {
    let both = [address("1.1.1.1"), address("10.0.0.1")];
    let barred = doors(&[]).vet(&both).unwrap_err();
    assert_eq!(barred.to_string(), "10.0.0.1 is private");
}

#[test]
fn an_ipv4_address_is_dialled_as_one() {
    let told = doors(&[]).vet(&[address("::ffff:1.1.1.1"), address("1.1.1.1")]);
    assert_eq!(told.unwrap(), [address("1.1.1.1")]);
}

#[test]
fn where_prompts_would_travel_unencrypted_the_public_is_closed() {
    let near = Doors::new(vec!["10.0.0.0/8".parse().unwrap()], false);
    assert!(near.vet(&[address("10.0.0.1")]).is_ok());
    assert!(near.vet(&[address("1.1.1.1")]).is_err());
}

#[test]
fn an_entry_wider_than_one_openable_range_opens_nothing() {
    for text in [
        "10.0.0.0/8",
        "172.20.0.0/16",
        "::1/128",
        "fd00::/8",
        "169.254.169.254/32",
        "168.63.129.16/32",
        "100.64.0.0/10",
    ] {
        assert!(opens(text.parse().unwrap()), "{text}");
    }
    for text in [
        "0.0.0.0/0",
        "10.0.0.0/7",
        "8.8.8.8/32",
        "224.0.0.0/4",
        "203.0.113.0/24",
        "64:ff9b::/96",
        "2000::/3",
        "168.63.129.0/24",
    ] {
        assert!(!opens(text.parse().unwrap()), "{text}");
    }
}

/// Every IPv6 spelling of an IPv4 address this gateway knows of: mapped,
/// compatible, translated, NAT64, local NAT64 (RFC 6052 §2.2 with /48 and
/// /96), 6to4, Teredo with it as the server and, inverted, as the client.
fn spellings(v4: Ipv4Addr) -> Vec<Ipv6Addr> {
    let bits = u128::from(v4.to_bits());
    let (high, low) = (bits >> 16, bits & 0xffff);
    let spread = (high << 64) | ((low >> 8) << 48) | ((low & 0xff) << 40);
    [
        v4.to_ipv6_mapped().to_bits(),
        bits,
        (0xffff << 48) | bits,
        (0x0064_ff9b << 96) | bits,
        (0x0064_ff9b_0001 << 80) | bits,
        (0x0064_ff9b_0001 << 80) | spread,
        (0x2002 << 112) | (bits << 80),
        (0x2001_0000 << 96) | (bits << 64),
        (0x2001_0000 << 96) | (bits ^ 0xffff_ffff),
    ]
    .map(Ipv6Addr::from_bits)
    .to_vec()
}

fn not_public() -> impl Strategy<Value = Ipv4Addr> {
    let listed = V4.iter().map(|(range, _)| *range).collect::<Vec<_>>();
    let inside = (proptest::sample::select(listed), any::<u32>()).prop_map(|(range, bits)| {
        let text = format!("{range:?}");
        let (first, length) = text.split_once('/').unwrap();
        let first: Ipv4Addr = first.parse().unwrap();
        let behind = u32::MAX.checked_shr(length.parse().unwrap()).unwrap_or(0);
        Ipv4Addr::from_bits(first.to_bits() | (bits & behind))
    });
    let metadata = METADATA.iter().filter_map(|one| match one {
        IpAddr::V4(one) => Some(*one),
        IpAddr::V6(_) => None,
    });
    prop_oneof![
        4 => inside,
        1 => proptest::sample::select(metadata.collect::<Vec<_>>()),
    ]
}

proptest! {
    #[test]
    fn a_bad_address_is_bad_in_every_spelling(v4 in not_public()) {
        prop_assert!(doors(&[]).vet(&[IpAddr::V4(v4)]).is_err());
        for v6 in spellings(v4) {
            prop_assert!(doors(&[]).vet(&[IpAddr::V6(v6)]).is_err(), "{v6}");
        }
    }

    #[test]
    fn only_the_mapped_spelling_is_opened_by_an_entry_for_ipv4(low: u32) {
        let v4 = Ipv4Addr::from_bits(0x0a00_0000 | (low >> 8));
        let opened = doors(&["10.0.0.0/8"]);
        let open: Vec<_> = spellings(v4)
            .into_iter()
            .filter(|one| opened.vet(&[IpAddr::V6(*one)]).is_ok())
            .collect();
        prop_assert_eq!(open, [v4.to_ipv6_mapped()]);
    }
}
