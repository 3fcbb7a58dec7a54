//! Where the relay is reached, as text and as a picture for a phone.

use serde_json::json;

use crate::harness::Relay;

#[tokio::test]
async fn a_relay_for_its_own_machine_says_so() {
    let relay = Relay::start().await;
    let own = format!("http://{}", relay.address);
    let reach = relay.get("/api/addresses").await.json();
    assert_eq!(
        reach,
        json!({"addresses": [own], "listens_beyond_loopback": false})
    );
}

#[tokio::test]
async fn an_address_of_the_relay_is_drawn_and_no_other_text() {
    let relay = Relay::start().await;
    let picture = |address: &str| {
        let path = format!("/api/addresses/qr.svg?address={address}");
        let relay = &relay;
        async move { relay.get(&path).await }
    };
    let answer = picture(&format!("http://{}", relay.address)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "image/svg+xml");
    assert!(answer.text.contains("<svg ") && answer.text.ends_with("</svg>"));
    for other in [
        "http://evil.example",
        "",
        "http://127.0.0.1:1",
        "javascript:0",
    ] {
        picture(other).await.refused(422, "invalid");
    }
    relay
        .get("/api/addresses/qr.svg")
        .await
        .refused(422, "invalid");
}
