//! Progress, as a scale with a needle's length of colour.

use crate::dom::{El, Known, el, when};
use crate::view::number::{decimal, percent};

/// A scale from 0 to 100; nothing when no progress is known.
pub(crate) fn gauge(progress: Known<Option<f64>>) -> El {
    let value = move || progress.get().map(percent).unwrap_or_default();
    when(
        move || progress.get().is_some(),
        move || {
            let fill = el("div", "gauge__fill").style("transform", move || {
                format!("scaleX({})", decimal(f64::from(value()) / 100.0))
            });
            let scale = el("div", "gauge__scale")
                .attr("role", "progressbar")
                .attr("aria-label", "Progress")
                .attr("aria-valuemin", "0")
                .attr("aria-valuemax", "100")
                .attr_now("aria-valuenow", move || value().to_string())
                .add(fill);
            el("div", "gauge")
                .add(scale)
                .add(el("span", "gauge__value").text_now(move || format!("{} %", value())))
        },
    )
}
