use std::net::Ipv6Addr;

use proptest::prelude::*;

use super::*;

fn closed() -> AddressPolicy {
    AddressPolicy::new(vec![], false, vec![])
}

fn allowing(cidrs: &[&str]) -> AddressPolicy {
    AddressPolicy::new(cidrs.iter().map(|cidr| cidr.parse().unwrap()).collect(), false, vec![])
}

fn listening_on(own: &str) -> AddressPolicy {
    AddressPolicy::new(
        vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()],
        true,
        vec![own.parse().unwrap()],
    )
}

fn at(ip: &str) -> SocketAddr {
    SocketAddr::new(ip.parse().unwrap(), 443)
}

fn mapped(v4: Ipv4Addr) -> IpAddr {
    v4.to_ipv6_mapped().into()
}

fn nat64(v4: Ipv4Addr) -> IpAddr {
    let [a, b, c, d] = v4.octets().map(u16::from);
    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a << 8 | b, c << 8 | d).into()
}

#[track_caller]
fn check(policy: &AddressPolicy, address: &str, expected: bool) {
    assert_eq!(policy.judge(address.parse().unwrap()).is_ok(), expected, "{address}");
}

/// One line a range: before it, its first, its last, after it. What is before and after is open unless marked `!`.
#[track_caller]
fn check_borders(table: &str) {
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let [before, first, last, after] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("a line has four addresses: {line}");
        };
        for ip in [first, last] {
            assert!(closed().judge(at(ip)).is_err(), "{ip} is closed");
        }
        for ip in [before, after].into_iter().filter(|&ip| ip != "-") {
            match ip.strip_prefix('!') {
                Some(ip) => assert!(closed().judge(at(ip)).is_err(), "{ip} is closed too"),
                None => assert!(closed().judge(at(ip)).is_ok(), "{ip} is open"),
            }
        }
    }
}

#[test]
fn every_closed_ipv4_range_ends_where_it_should() {
    check_borders(
        "
        -                 0.0.0.0        0.255.255.255    1.0.0.0
        9.255.255.255     10.0.0.0       10.255.255.255   11.0.0.0
        100.63.255.255    100.64.0.0     100.127.255.255  100.128.0.0
        126.255.255.255   127.0.0.0      127.255.255.255  128.0.0.0
        169.253.255.255   169.254.0.0    169.254.255.255  169.255.0.0
        172.15.255.255    172.16.0.0     172.31.255.255   172.32.0.0
        191.255.255.255   192.0.0.0      192.0.0.255      192.0.1.0
        192.0.1.255       192.0.2.0      192.0.2.255      192.0.3.0
        192.88.98.255     192.88.99.0    192.88.99.255    192.88.100.0
        192.167.255.255   192.168.0.0    192.168.255.255  192.169.0.0
        198.17.255.255    198.18.0.0     198.19.255.255   198.20.0.0
        198.51.99.255     198.51.100.0   198.51.100.255   198.51.101.0
        203.0.112.255     203.0.113.0    203.0.113.255    203.0.114.0
        223.255.255.255   224.0.0.0      239.255.255.255  !240.0.0.0
        !239.255.255.255  240.0.0.0      255.255.255.255  -
        168.63.129.15     168.63.129.16  168.63.129.16    168.63.129.17
        ",
    );
}

#[test]
fn every_closed_ipv6_range_ends_where_it_should() {
    check_borders(
        "
        -                                         ::              ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff    !100::
        !64:ff9b::                                64:ff9b::1:0:0  64:ff9b:ffff:ffff:ffff:ffff:ffff:ffff    !64:ff9c::
        !64:ff9b::ffff:ffff:ffff                  64:ff9b:1::     64:ff9b:1:ffff:ffff:ffff:ffff:ffff       !64:ff9b:2::
        !ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff    100::           100::ffff:ffff:ffff:ffff                 100:0:0:1::
        2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff   2001::          2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff   2001:200::
        2001:db7:ffff:ffff:ffff:ffff:ffff:ffff    2001:db8::      2001:db8:ffff:ffff:ffff:ffff:ffff:ffff   2001:db9::
        2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff   2002::          2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff  2003::
        3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff   3fff::          3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff   3fff:1000::
        5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff   5f00::          5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff  5f01::
        fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff   fc00::          fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff  fe00::
        fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff   fe80::          febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff  !fec0::
        !febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff  fec0::          feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff  !ff00::
        !feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff  ff00::          ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff  -
        ",
    );
}

#[test]
fn each_kind_of_ipv6_clothing_is_seen_through_or_closed() {
    for ip in [
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "::ffff:127.0.0.1",
        "::ffff:168.63.129.16",
    ] {
        assert!(closed().judge(at(ip)).is_err(), "{ip}");
    }
    for ip in ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8"] {
        assert!(closed().judge(at(ip)).is_ok(), "{ip}");
    }
    // Compatible, 6to4 and Teredo carry an address too, but nobody needs them.
    for ip in ["::8.8.8.8", "2002:808:808::1", "2001:0:808:808::1"] {
        assert!(closed().judge(at(ip)).is_err(), "{ip}");
    }
}

#[test]
fn an_allow_list_opens_what_it_names_and_nothing_else() {
    let policy = allowing(&[
        "10.42.0.0/16",
        "fd12::/16",
        "::ffff:192.168.7.0/120",
        "64:ff9b::172.16.0.0/108",
        "127.0.0.1/8",
    ]);
    for ip in [
        "10.42.0.0",
        "10.42.255.255",
        "::ffff:10.42.1.1",
        "64:ff9b::10.42.1.1",
        "fd12::1",
        "192.168.7.9",
        "172.31.0.1",
        "127.9.9.9",
    ] {
        assert!(policy.judge(at(ip)).is_ok(), "{ip}");
    }
    for ip in ["10.41.255.255", "10.43.0.0", "fd13::1", "192.168.8.0", "::1", "::ffff:10.43.0.0"] {
        assert!(policy.judge(at(ip)).is_err(), "{ip}");
    }
}

#[test]
fn development_allows_loopback_and_nothing_more() {
    let policy = AddressPolicy::new(vec![], true, vec![]);
    for ip in ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"] {
        assert!(policy.judge(at(ip)).is_ok(), "{ip}");
    }
    for ip in ["0.0.0.0", "::", "10.0.0.1", "169.254.0.1", "fe80::1"] {
        assert!(policy.judge(at(ip)).is_err(), "{ip}");
    }
}

#[test]
fn metadata_is_never_open_unless_named_by_itself() {
    for ip in range::METADATA {
        let wide = if ip.is_ipv4() {
            ["0.0.0.0/0", "128.0.0.0/1", "169.254.169.252/30"]
        } else {
            ["::/0", "fd00::/8", "fe80::/10"]
        };
        let address = SocketAddr::new(ip, 80);
        assert_eq!(allowing(&wide).judge(address).unwrap_err().reason, Reason::Metadata);
        assert!(allowing(&[&IpNet::from(ip).to_string()]).judge(address).is_ok());
    }
    assert!(allowing(&["::ffff:169.254.169.254/128"]).judge(at("169.254.169.254")).is_ok());
}

#[test]
fn our_own_listener_is_never_open_unless_named_by_itself() {
    let policy = listening_on("127.0.0.1:5000");
    for (address, expected) in [
        ("127.0.0.1:5000", false),
        ("[::ffff:127.0.0.1]:5000", false),
        ("0.0.0.0:5000", false),
        ("127.0.0.1:5001", true),
        ("127.0.0.2:5000", true),
        ("[::1]:5000", true),
    ] {
        check(&policy, address, expected);
    }
    let named = AddressPolicy::new(
        vec!["127.0.0.1/32".parse().unwrap()],
        false,
        vec!["127.0.0.1:5000".parse().unwrap()],
    );
    check(&named, "127.0.0.1:5000", true);
}

#[test]
fn a_listener_on_every_address_is_met_on_each_of_them() {
    for own in ["0.0.0.0:5000", "[::]:5000"] {
        let policy = listening_on(own);
        for address in
            ["127.0.0.1:5000", "127.9.9.9:5000", "[::1]:5000", "0.0.0.0:5000", "[::]:5000"]
        {
            check(&policy, address, false);
        }
        check(&policy, "10.0.0.7:5000", true);
        assert!(policy.judge_interface("10.0.0.7:5000".parse().unwrap()).is_err());
        assert!(policy.judge_interface("10.0.0.7:5001".parse().unwrap()).is_ok());
        assert!(policy.listens_everywhere(5000) && !policy.listens_everywhere(5001));
    }
    let named = AddressPolicy::new(
        vec!["10.0.0.7/32".parse().unwrap()],
        false,
        vec!["0.0.0.0:5000".parse().unwrap()],
    );
    assert!(named.judge_interface("10.0.0.7:5000".parse().unwrap()).is_ok());
}

#[test]
fn a_refusal_names_the_setting_and_the_entry() {
    let refusal = closed().judge(at("::ffff:10.0.0.7")).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "a webhook may not reach `::ffff:10.0.0.7`, a private address, unless the setting `webhooks.allow_cidrs` names \
         it, for example as `10.0.0.7/32`"
    );
    let refusal = closed().judge(at("fd00:ec2::254")).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "a webhook may not reach `fd00:ec2::254`, where a cloud may hand out credentials, unless the setting \
         `webhooks.allow_cidrs` names `fd00:ec2::254/128` by itself"
    );
    let refusal = listening_on("[::1]:443").judge(at("::1")).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "a webhook may not reach `[::1]:443`, where boathook itself listens; point it at the receiver's own address"
    );
}

#[test]
fn a_uri_is_judged_by_its_literal_address_and_a_name_passes() {
    for (uri, expected) in [
        ("http://10.0.0.1/", false),
        ("http://2130706433/", false),
        ("http://0x7f.1/", false),
        ("http://0177.0.0.1/", false),
        ("http://127.0.0.1./", false),
        ("http://[::ffff:169.254.169.254]/", false),
        ("http://１２７.1/", false),
        ("http://localhost/", true),
        ("http://metadata.google.internal/", true),
        ("http://8.8.8.8/", true),
    ] {
        assert_eq!(closed().judge_uri(&uri.parse().unwrap()).is_ok(), expected, "{uri}");
    }
}

proptest! {
    #[test]
    fn ipv6_clothing_never_changes_a_verdict(
        v4 in any::<u32>().prop_map(Ipv4Addr::from),
        net in any::<u32>().prop_map(Ipv4Addr::from),
        prefix_len in 0..=32_u8,
        loopback_allowed: bool,
        own_is_met: bool,
    ) {
        let own = if own_is_met { v4 } else { net };
        let allow = vec![Ipv4Net::new(net, prefix_len).unwrap().into()];
        let policy = AddressPolicy::new(allow, loopback_allowed, vec![SocketAddr::new(own.into(), 443)]);
        let reason = |ip: IpAddr| policy.judge(SocketAddr::new(ip, 443)).map_err(|refusal| refusal.reason);
        prop_assert_eq!(reason(mapped(v4)), reason(v4.into()));
        prop_assert_eq!(reason(nat64(v4)), reason(v4.into()));
    }

    #[test]
    fn an_allow_list_in_ipv6_clothing_means_the_same(
        v4 in any::<u32>().prop_map(Ipv4Addr::from),
        net in any::<u32>().prop_map(Ipv4Addr::from),
        prefix_len in 0..=32_u8,
    ) {
        let plain = AddressPolicy::new(vec![IpNet::new(net.into(), prefix_len).unwrap()], false, vec![]);
        for clothed in [mapped(net), nat64(net)] {
            let clothed = AddressPolicy::new(vec![IpNet::new(clothed, prefix_len + 96).unwrap()], false, vec![]);
            let address = SocketAddr::new(v4.into(), 443);
            prop_assert_eq!(clothed.judge(address), plain.judge(address));
        }
    }

    #[test]
    fn nothing_that_the_standard_library_calls_special_is_open(
        low_bits in 0..1_u32 << 24,
        bits: u128,
        first_octet in prop::sample::select(vec![10_u32, 127, 169, 172, 192, 198, 203, 224, 239, 255]),
        head in 0xfd00..=0xffff_u128,
        port: u16,
    ) {
        let v4 = Ipv4Addr::from(low_bits | (first_octet << 24));
        let link_local = Ipv4Addr::from((low_bits & 0xffff) | 0xa9fe_0000);
        for v4 in [v4, link_local] {
            if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || v4.is_documentation() {
                prop_assert!(closed().judge(SocketAddr::new(v4.into(), port)).is_err());
            }
        }
        let v6 = Ipv6Addr::from((bits >> 16) | (head << 112));
        if v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_multicast() {
            prop_assert!(closed().judge(SocketAddr::new(v6.into(), port)).is_err());
        }
    }
}

#[test]
fn an_import_is_refused_in_words_of_its_own() {
    let refusal = |policy: AddressPolicy, ip: &str| {
        policy.for_imports().judge(at(ip)).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(closed(), "10.0.0.1"),
        closed()
            .judge(at("10.0.0.1"))
            .unwrap_err()
            .to_string()
            .replace("a webhook", "an import")
            .replace("webhooks.allow_cidrs", "imports.allow_cidrs")
    );
    assert!(refusal(closed(), "169.254.169.254").contains("`imports.allow_cidrs` names"));
    let own = refusal(listening_on("127.0.0.1:443"), "127.0.0.1");
    assert!(own.starts_with("an import may not") && own.contains("resourceId"), "{own}");
}
