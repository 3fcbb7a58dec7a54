use std::fs;

use tempfile::TempDir;

use super::*;

/// A certificate and its key in files.
fn put(folder: &TempDir, name: &str) -> (Tls, Fingerprint) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let [certificate, key] = ["c.pem", "k.pem"].map(|file| folder.path().join(file));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (
        Tls::Files { certificate, key },
        Fingerprint::of(made.cert.der()),
    )
}

fn at_hand(encryption: &Encryption) -> Fingerprint {
    let current = encryption.current.0.read().unwrap();
    Fingerprint::of(&current.cert[0])
}

fn refusal(tls: &Tls) -> String {
    Encryption::new(tls, None).unwrap_err().to_string()
}

#[test]
fn a_certificate_that_cannot_be_used_says_which_file_and_why() {
    let folder = TempDir::new().unwrap();
    let (tls, _) = put(&folder, "a.example");
    let file = |name: &str| folder.path().join(name);
    let keep = fs::read(file("k.pem")).unwrap();

    fs::write(file("k.pem"), "nonsense").unwrap();
    assert!(refusal(&tls).contains("no private key"));
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    fs::write(file("k.pem"), other).unwrap();
    let refused = refusal(&tls);
    assert!(refused.contains("not that of the certificate"), "{refused}");
    fs::write(file("k.pem"), keep).unwrap();
    fs::write(file("c.pem"), "").unwrap();
    assert!(refusal(&tls).contains("no certificate in"));
    fs::remove_file(file("c.pem")).unwrap();
    assert!(refusal(&tls).contains("cannot read the certificate"));
}

#[tokio::test(start_paused = true)]
async fn files_that_change_are_used_and_broken_ones_are_not() {
    let folder = TempDir::new().unwrap();
    let (tls, first) = put(&folder, "a.example");
    let encryption = Encryption::new(&tls, None).unwrap();
    assert_eq!(at_hand(&encryption), first);

    let looked = async || tokio::time::advance(LOOK_EVERY).await;
    let following = encryption.follow();
    let changing = async {
        let (_, second) = put(&folder, "b.example");
        while at_hand(&encryption) != second {
            looked().await;
        }
        fs::write(folder.path().join("k.pem"), "nonsense").unwrap();
        for _ in 0..5 {
            looked().await;
        }
        assert_eq!(at_hand(&encryption), second);
        let (_, third) = put(&folder, "c.example");
        while at_hand(&encryption) != third {
            looked().await;
        }
    };
    tokio::select! {
        () = following => unreachable!("it follows for ever"),
        () = changing => {}
    }
}

#[test]
fn the_relays_own_certificate_is_made_once_and_only_its_owner_reads_the_key() {
    let folder = TempDir::new().unwrap();
    let make = || Encryption::new(&Tls::SelfSigned, Some(folder.path())).unwrap();
    let made = make();
    let fingerprint = made.fingerprint().unwrap();
    assert_eq!(at_hand(&made), fingerprint);
    assert_eq!(make().fingerprint(), Some(fingerprint));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = folder.path().join("tls/key.pem").metadata().unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn one_that_gets_old_is_made_anew() {
    let folder = TempDir::new().unwrap();
    let make = || Encryption::new(&Tls::SelfSigned, Some(folder.path())).unwrap();
    let first = make().fingerprint();
    let file = fs::File::options()
        .write(true)
        .open(folder.path().join("tls/certificate.pem"))
        .unwrap();
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(771 * 24 * 60 * 60);
    file.set_modified(long_ago).unwrap();
    assert_ne!(make().fingerprint(), first);
}

#[test]
fn without_a_folder_it_lasts_as_long_as_the_relay() {
    let make = || Encryption::new(&Tls::SelfSigned, None).unwrap();
    assert_ne!(make().fingerprint(), make().fingerprint());
}
