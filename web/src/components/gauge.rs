//! Progress, as a scale with a needle's length of colour.

use leptos::prelude::*;

use super::dynamic::{Known, text, when};
use crate::view::number::{decimal, percent};

/// A scale from 0 to 100; nothing when no progress is known.
#[component]
pub(crate) fn Gauge(progress: Known<Option<f64>>) -> impl IntoView {
    let value = move || progress.get().map(percent);
    view! {
        {when(move || value().is_some(), move || view! {
            <div class="gauge">
                <div
                    class="gauge__scale"
                    role="progressbar"
                    aria-label="Progress"
                    aria-valuemin="0"
                    aria-valuemax="100"
                    aria-valuenow=text(move || value().unwrap_or_default().to_string())
                >
                    <div
                        class="gauge__fill"
                        style:transform=text(move || {
                            format!("scaleX({})", decimal(f64::from(value().unwrap_or_default()) / 100.0))
                        })
                    ></div>
                </div>
                <span class="gauge__value">{text(move || format!("{} %", value().unwrap_or_default()))}</span>
            </div> }.into_any())}
    }
}
