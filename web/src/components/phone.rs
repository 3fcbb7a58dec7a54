//! How to open this relay on a phone.

use crate::board::Board;
use crate::dom::{El, Held, el, nothing, part, spawn};
use crate::view::reach::Reach;
use crate::{api, page};

use super::dialog::dialog_top;
use super::palette::Palette;

/// The dialog that shows it, and its place on the page.
pub(crate) fn phone_dialog(palette: Palette) -> El {
    let dialog = palette.phone;
    dialog.place("dialog phone", "Open on your phone", move || {
        let reach = Held::new(None::<Result<Reach, String>>);
        let board = Board::get();
        spawn(async move {
            let found = api::addresses(&board.identity()).await;
            reach.try_set(Some(found));
        });
        el("div", "dialog__body")
            .add(dialog_top(dialog, "Open on your phone"))
            .add(part(move || {
                let sentence = |text: &str| el("p", "").text(text);
                Some(match reach.get() {
                    None => sentence("Asking the relay …"),
                    Some(Err(why)) => sentence(&why),
                    Some(Ok(reach)) => way(&reach),
                })
            }))
    })
}

fn way(reach: &Reach) -> El {
    let Some(address) = reach.likeliest(&page::origin()) else {
        return by_tunnel();
    };
    let asked = String::from(js_sys::encode_uri_component(&address));
    let code = el("img", "phone__code")
        .attr("src", &format!("/api/addresses/qr.svg?address={asked}"))
        .attr("alt", &format!("QR code of {address}"))
        .attr("width", "240")
        .attr("height", "240")
        .test("phone-code");
    let link = el("a", "").attr("href", &address).text(&address);
    nothing().add(code).add(
        el("p", "")
            .text("Point its camera here, or type ")
            .add(link),
    )
}

/// The relay listens on its own machine only: what reaches it all the same.
fn by_tunnel() -> El {
    let port = page::port();
    let code = |text: &str| el("code", "").text(text);
    el("p", "")
        .test("phone-tunnel")
        .text("This relay listens on its own computer only. An Android phone on a cable reaches it at ")
        .add(code(&format!("http://127.0.0.1:{port}")))
        .text(" after ")
        .add(code(&format!("adb reverse tcp:{port} tcp:{port}")))
        .text(" on that computer.")
}
