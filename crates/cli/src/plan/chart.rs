//! Charts as inline SVG. The page sets the colours, and each chart describes itself in words.

use maud::{Markup, html};

const WIDTH: f64 = 720.0;
/// Where bars start and end. Their names are before them, and their values after them.
const LEFT: f64 = 280.0;
const RIGHT: f64 = 565.0;
const ROW: f64 = 30.0;

/// A bar. The `length` 1 is the longest that fits.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) length: f64,
    /// A class of the page's style: `old`, `current` or `bad`.
    pub(super) class: &'static str,
}

/// The title of a chart, and what it shows in words.
pub(super) struct Caption<'a> {
    /// Unique in the page.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) description: String,
}

/// Horizontal bars. `mark` is the position of a line across them, with its name.
pub(super) fn bars(caption: &Caption, bars: &[Bar], mark: Option<(f64, &str)>) -> Markup {
    let top = if mark.is_some() { 24.0 } else { 4.0 };
    let scale = |length: f64| (RIGHT - LEFT) * length.clamp(0.0, 1.0);
    let rows = || (0u32..).map(|row| top + ROW * f64::from(row));
    let height = rows().nth(bars.len()).unwrap_or_default() + 4.0;
    figure(
        caption,
        height,
        &html! {
            @if let Some((at, name)) = mark {
                line class="mark" x1=(tenths(LEFT + scale(at))) x2=(tenths(LEFT + scale(at))) y1="18" y2=(height - 4.0) {}
                text class="tick" x=(tenths(LEFT + scale(at))) y="13" text-anchor="middle" { (name) }
            }
            @for (bar, y) in bars.iter().zip(rows()) {
                text class="name" x=(LEFT - 10.0) y=(y + 20.0) { (bar.name) }
                rect class=(bar.class) x=(LEFT) y=(y + 4.0) width=(tenths(scale(bar.length).max(1.5))) height="22" rx="3" {}
                text class="value" x=(tenths(LEFT + scale(bar.length).max(1.5) + 8.0)) y=(y + 20.0) { (bar.value) }
            }
        },
    )
}

/// A curve through points from 0 to 1, with the origin at the lower left. `across` and `up` are the
/// labels of the axes, and `dots` are labelled points on the curve.
pub(super) struct Curve<'a> {
    pub(super) points: &'a [(f64, f64)],
    pub(super) across: &'a [(f64, String)],
    pub(super) up: &'a [(f64, String)],
    pub(super) dots: &'a [(f64, f64, String)],
}

pub(super) fn curve(caption: &Caption, curve: &Curve) -> Markup {
    let (left, right, top, bottom) = (60.0, 650.0, 16.0, 250.0);
    let x = |across: f64| tenths(left + (right - left) * across);
    let y = |up: f64| tenths(bottom - (bottom - top) * up);
    let line: Vec<String> = curve.points.iter().map(|(across, up)| format!("{},{}", x(*across), y(*up))).collect();
    let area = format!("{},{} {} {},{}", x(0.0), y(0.0), line.join(" "), x(1.0), y(0.0));
    figure(
        caption,
        290.0,
        &html! {
            @for (at, name) in curve.up {
                line class="grid" x1=(left) x2=(right) y1=(y(*at)) y2=(y(*at)) {}
                text class="tick" x=(left - 8.0) y=(y(*at)) dy="4" text-anchor="end" { (name) }
            }
            @for (at, name) in curve.across {
                text class="tick" x=(x(*at)) y="272" text-anchor="middle" { (name) }
            }
            polygon class="area" points=(area) {}
            polyline class="curve" points=(line.join(" ")) {}
            @for (across, up, name) in curve.dots {
                circle class="dot" cx=(x(*across)) cy=(y(*up)) r="5" {}
                text class="value" x=(x(*across)) y=(y(*up)) dx="9" dy="-9" text-anchor=(if *across > 0.8 { "end" } else { "start" }) { (name) }
            }
        },
    )
}

fn figure(caption: &Caption, height: f64, drawing: &Markup) -> Markup {
    let Caption { id, title, description } = caption;
    html! {
        figure {
            svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-labelledby=(format!("{id}-title {id}-words")) {
                title id=(format!("{id}-title")) { (title) }
                desc id=(format!("{id}-words")) { (description) }
                (drawing)
            }
        }
    }
}

fn tenths(number: f64) -> f64 {
    (10.0 * number).round() / 10.0
}
