//! What `Listeners::load` and `bind` say about settings.

use std::fs;

use portcullis::{
    ingress::{Listeners, settings::ListenSettings},
    primitives::SettingFault,
};

use crate::{
    room::listen,
    tls::{files, write},
};

fn faults(change: impl FnOnce(&mut ListenSettings)) -> Vec<SettingFault> {
    let mut settings = listen(None);
    change(&mut settings);
    Listeners::load(&settings).unwrap_err()
}

fn paths(faults: &[SettingFault]) -> Vec<&str> {
    faults.iter().map(|one| one.path.as_str()).collect()
}

#[test]
fn an_address_is_an_ip_address_and_a_port() {
    for bad in [
        "",
        "8080",
        ":8080",
        "localhost:8080",
        "127.0.0.1",
        "::1",
        "127.0.0.1:99999",
        "gw.example:1",
    ] {
        let found = faults(|settings| settings.data.address = bad.to_owned());
        assert_eq!(paths(&found), ["data.address"], "{bad}");
        assert_eq!(found[0].value.as_deref(), Some(bad));
    }
    assert!(
        faults(|one| one.data.address = "127.0.0.1".to_owned())[0]
            .problem
            .contains("port")
    );
}

#[test]
fn every_fault_is_told_at_once() {
    let found = faults(|settings| {
        settings.data.address = "0.0.0.0:8080".to_owned();
        settings.data.hosts = vec!["a b".to_owned(), "*.example".to_owned()];
        settings.data.tls = Some(portcullis::ingress::settings::TlsSettings {
            certificate: "/nowhere/cert.pem".to_owned(),
            key: "/nowhere/key.pem".to_owned(),
            client_ca: Some("/nowhere/ca.pem".to_owned()),
        });
        settings.probes.as_mut().unwrap().address = "here".to_owned();
    });
    let expected = [
        "data.hosts[0]",
        "data.hosts[1]",
        "data.tls.certificate",
        "data.tls.key",
        "data.tls.client_ca",
        "probes.address",
    ];
    assert_eq!(paths(&found), expected);
}

#[test]
fn hosts_are_required_off_loopback() {
    let found = faults(|settings| settings.data.address = "0.0.0.0:0".to_owned());
    assert_eq!(paths(&found), ["data.hosts"]);
    let found = faults(|settings| settings.data.hosts = vec!["any".to_owned()]);
    assert_eq!(paths(&found), ["data.hosts[0]"]);
}

#[test]
fn two_ports_have_two_addresses() {
    let found = faults(|settings| {
        settings.data.address = "127.0.0.1:18080".to_owned();
        settings.probes.as_mut().unwrap().address = "127.0.0.1:18080".to_owned();
    });
    assert_eq!(paths(&found), ["probes.address"]);
}

#[test]
fn tls_files_are_checked() {
    let files = files(None);
    let load = || Listeners::load(&listen(Some(files.settings.clone()))).map(drop);
    load().unwrap();
    let (certificate, key) = (
        files.folder.path().join("cert.pem"),
        files.folder.path().join("key.pem"),
    );
    let (good_certificate, good_key) = (
        fs::read_to_string(&certificate).unwrap(),
        fs::read_to_string(&key).unwrap(),
    );

    write(&key, &good_key, 0o644);
    assert_eq!(paths(&load().unwrap_err()), ["data.tls.key"]);
    write(&key, &good_certificate, 0o600);
    assert_eq!(paths(&load().unwrap_err()), ["data.tls.key"]);
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    write(&key, &other, 0o600);
    let found = load().unwrap_err();
    assert_eq!(found[0].problem, "is not the key of the certificate");
    assert!(
        found
            .iter()
            .all(|one| !format!("{one:?}").contains("BEGIN"))
    );
    write(&key, &good_key, 0o600);
    write(&certificate, &good_key, 0o600);
    assert_eq!(paths(&load().unwrap_err()), ["data.tls.certificate"]);
    write(&certificate, "-----BEGIN CERTIFICATE-----\n!\n", 0o600);
    assert_eq!(paths(&load().unwrap_err()), ["data.tls.certificate"]);
}

#[tokio::test]
async fn an_address_in_use_is_a_fault_with_its_place() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = listen(None);
    settings.probes.as_mut().unwrap().address = taken.local_addr().unwrap().to_string();
    let fault = Listeners::load(&settings)
        .unwrap()
        .bind()
        .await
        .unwrap_err();
    assert_eq!(fault.path, "probes.address");
}
